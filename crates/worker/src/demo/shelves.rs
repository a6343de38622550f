//! What lies on the made-up shop's shelves, and whom it buys from.

use chrono::NaiveDate;

use super::random::{Random, running_sums};

/// Somebody whom the shop buys from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Supplier {
    pub(crate) name: &'static str,
    pub(crate) lead_time_days: i32,
}

/// Each kind of goods has one of them.
pub(crate) const SUPPLIERS: [Supplier; 3] = [
    Supplier {
        name: "Tidewater Ceramics",
        lead_time_days: 21,
    },
    Supplier {
        name: "Northmill Textiles",
        lead_time_days: 14,
    },
    Supplier {
        name: "Lantern & Wick",
        lead_time_days: 7,
    },
];

/// Of what a shelf holds, in days of sales: nearly empty, short, well filled, too full.
const COVERS: [(u64, u32, u32); 4] = [(8, 0, 6), (22, 7, 20), (52, 21, 75), (18, 120, 400)];

/// What is bought, at what part of its price in percent, and what lies there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shelf {
    /// Which of [`SUPPLIERS`] has it.
    pub(crate) supplier: usize,
    /// What a piece costs, in percent of what it is sold for.
    pub(crate) cost_percent: u32,
    /// Only whole packs of so many are sold.
    pub(crate) pack_size: u32,
    /// Pieces on the shelf.
    pub(crate) pieces: u64,
}

impl Shelf {
    /// Makes up the shelf of an article of which `sold` pieces went in the last `days` days.
    pub(crate) fn make(seed: u64, sku: &str, sold: u64, days: u32) -> Self {
        let kind = sku.split('-').next().unwrap_or(sku);
        let supplier = Random::new(seed, kind).below(SUPPLIERS.len() as u64);
        let mut random = Random::new(seed, sku);
        let (_, least, most) =
            COVERS[random.weighted(&running_sums(COVERS.map(|(weight, ..)| weight)))];
        let cover = random.between(least, most);
        // What nobody buys still lies somewhere.
        let unsold = if sold == 0 { random.below(40) } else { 0 };
        Self {
            supplier: usize::try_from(supplier).unwrap_or_default(),
            cost_percent: random.between(35, 60),
            pack_size: *random.pick(&[1, 1, 4, 6, 12]),
            pieces: sold * u64::from(cover) / u64::from(days.max(1)) + unsold,
        }
    }
}

/// Returns the first day of the sales that [`Shelf::make`] goes by.
pub(crate) fn counted_from(today: NaiveDate, days: u32) -> NaiveDate {
    today - chrono::TimeDelta::days(i64::from(days.max(1)) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shelf_holds_some_days_of_sales_and_goods_of_a_kind_have_one_supplier() {
        let shelves: Vec<Shelf> = (0..500)
            .map(|number| Shelf::make(1, &format!("MUG-{number}"), 91, 91))
            .collect();
        assert!(shelves.iter().all(|shelf| shelf.pieces <= 400));
        assert!(shelves.iter().any(|shelf| shelf.pieces < 7));
        assert!(shelves.iter().any(|shelf| shelf.pieces > 119));
        assert!(
            shelves
                .iter()
                .all(|shelf| shelf.supplier == shelves[0].supplier)
        );
        assert_eq!(shelves[0], Shelf::make(1, "MUG-0", 91, 91));
    }
}
