//! What things are called, where people live, and what is written about stock.

/// A kind of thing: name, code, cheapest and dearest price in cents, and the sets of forms that it comes in.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) code: &'static str,
    pub(super) cents: (u32, u32),
    pub(super) forms: &'static [(&'static str, &'static str)],
}

const COLOURS: &[(&str, &str)] = &[
    ("Navy", "NVY"),
    ("Chalk", "CHK"),
    ("Moss", "MOS"),
    ("Rust", "RST"),
    ("Slate", "SLT"),
    ("Mustard", "MST"),
];
const SIZES: &[(&str, &str)] = &[("Small", "S"), ("Medium", "M"), ("Large", "L")];
const SCENTS: &[(&str, &str)] = &[
    ("Sea Salt", "SEA"),
    ("Fig & Cedar", "FIG"),
    ("Crème Brûlée", "CRB"),
    ("Pine", "PIN"),
];
const ONE: &[(&str, &str)] = &[("", "")];

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "Mug",
        code: "MUG",
        cents: (850, 2_200),
        forms: COLOURS,
    },
    Kind {
        name: "Enamel Jug",
        code: "JUG",
        cents: (1_800, 4_200),
        forms: COLOURS,
    },
    Kind {
        name: "Wool Throw",
        code: "THR",
        cents: (5_400, 14_900),
        forms: COLOURS,
    },
    Kind {
        name: "Cushion Cover",
        code: "CSH",
        cents: (1_900, 4_900),
        forms: COLOURS,
    },
    Kind {
        name: "Linen Napkins, Set of 4",
        code: "NAP",
        cents: (1_650, 3_800),
        forms: COLOURS,
    },
    Kind {
        name: "Storage Basket",
        code: "BSK",
        cents: (1_400, 5_900),
        forms: SIZES,
    },
    Kind {
        name: "Serving Board",
        code: "BRD",
        cents: (2_200, 7_800),
        forms: SIZES,
    },
    Kind {
        name: "Stoneware Bowl",
        code: "BWL",
        cents: (1_100, 4_600),
        forms: SIZES,
    },
    Kind {
        name: "Glass Vase",
        code: "VAS",
        cents: (1_500, 6_400),
        forms: SIZES,
    },
    Kind {
        name: "Doormat",
        code: "MAT",
        cents: (2_400, 4_800),
        forms: SIZES,
    },
    Kind {
        name: "Soy Candle",
        code: "CND",
        cents: (1_200, 3_400),
        forms: SCENTS,
    },
    Kind {
        name: "Hand Soap, 12 oz",
        code: "SOP",
        cents: (900, 1_950),
        forms: SCENTS,
    },
    Kind {
        name: "Room Diffuser",
        code: "DIF",
        cents: (2_600, 5_200),
        forms: SCENTS,
    },
    Kind {
        name: "Brass Hook",
        code: "HOK",
        cents: (450, 1_600),
        forms: ONE,
    },
    Kind {
        name: "Greeting Card",
        code: "CRD",
        cents: (325, 600),
        forms: ONE,
    },
    Kind {
        name: "Gift Wrap Roll",
        code: "WRP",
        cents: (550, 1_100),
        forms: ONE,
    },
    Kind {
        name: "Paper Garland",
        code: "GAR",
        cents: (700, 1_800),
        forms: ONE,
    },
    Kind {
        name: "Tin of Matches",
        code: "TIN",
        cents: (395, 850),
        forms: ONE,
    },
    Kind {
        name: "Wall Clock",
        code: "CLK",
        cents: (3_400, 8_900),
        forms: ONE,
    },
    Kind {
        name: "Desk Lamp, 7\" Shade",
        code: "LMP",
        cents: (4_900, 12_900),
        forms: ONE,
    },
];

pub(super) const MOTIFS: &[&str] = &[
    "Harbor",
    "Lighthouse",
    "Fisherman's",
    "Cottage",
    "Orchard",
    "Meadow",
    "Heron",
    "Swallow",
    "Bluebell",
    "Fern",
    "Pebble",
    "Driftwood",
    "Anchor",
    "Beacon",
    "Birch",
    "Juniper",
    "Clover",
    "Thistle",
    "Tide",
    "Wren",
    "Foxglove",
    "Willow",
    "Gull",
    "Rope & Knot",
    "Compass",
    "Hearth",
    "Lantern",
    "Wild Oat",
    "Quilt",
    "Herringbone",
    "Gingham",
    "Folk",
    "Seaside",
    "Market",
    "Pantry",
    "Potting Shed",
    "Snowdrop",
    "Holly",
    "Cinnamon",
    "Northern Star",
];

/// Countries with the weight of their customers.
pub(super) const COUNTRIES: &[(&str, u64)] = &[
    ("United States", 780),
    ("Canada", 92),
    ("United Kingdom", 40),
    ("Germany", 22),
    ("France", 15),
    ("Netherlands", 11),
    ("Ireland", 9),
    ("Australia", 9),
    ("Japan", 7),
    ("Sweden", 5),
    ("Côte d'Ivoire", 2),
    ("Switzerland", 4),
    ("Norway", 4),
];

/// Country of the shop: nobody there pays for shipping.
pub(super) const HOME: &str = "United States";

/// What is written about stock, and whether it is less or more of it.
pub(super) const STOCK_NOTES: &[(&str, bool)] = &[
    ("damaged", true),
    ("water damage, back room", true),
    ("broken in transit", true),
    ("missing", true),
    ("stock count", false),
    ("found behind shelf 4", false),
    ("wrongly labelled", true),
    ("sample for a fair", true),
    ("display piece", true),
    ("", true),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_kinds_share_a_code() {
        let mut codes: Vec<&str> = KINDS.iter().map(|kind| kind.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), KINDS.len());
    }
}
