use serde::{Deserialize, Serialize};

use super::Grouping;

/// The kinds of report that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// What was sold, given back and adjusted.
    Revenue,
    /// What sells: merchandise ranked by gross, with shares and ABC classes.
    Products,
    /// Who buys: customers scored by recency, frequency and money, in segments.
    Customers,
    /// Who comes back: customers by the month of their first purchase.
    Cohorts,
    /// What the stock is worth at the end of a day.
    InventoryValue,
    /// How much of what was there was sold.
    SellThrough,
    /// What to order.
    Reorder,
}

impl ReportKind {
    /// All kinds, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::Revenue,
        Self::Products,
        Self::Customers,
        Self::Cohorts,
        Self::InventoryValue,
        Self::SellThrough,
        Self::Reorder,
    ];

    /// Returns the word in requests, rows and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Revenue => "revenue",
            Self::Products => "products",
            Self::Customers => "customers",
            Self::Cohorts => "cohorts",
            Self::InventoryValue => "inventory_value",
            Self::SellThrough => "sell_through",
            Self::Reorder => "reorder",
        }
    }

    /// Returns what people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Revenue => "Revenue",
            Self::Products => "Products",
            Self::Customers => "Customers",
            Self::Cohorts => "Cohorts",
            Self::InventoryValue => "Inventory value",
            Self::SellThrough => "Sell-through",
            Self::Reorder => "Reorder",
        }
    }

    /// Finds the kind called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns the series that may be asked for by `group_by`.
    #[must_use]
    pub const fn groupings(self) -> &'static [Grouping] {
        match self {
            Self::Revenue => &[
                Grouping::Day,
                Grouping::Week,
                Grouping::Month,
                Grouping::Product,
                Grouping::Vendor,
                Grouping::Country,
                Grouping::Channel,
                Grouping::Customer,
            ],
            Self::Customers => &[Grouping::Segment, Grouping::Customer],
            Self::Cohorts => &[Grouping::Cohort],
            Self::Products | Self::InventoryValue | Self::SellThrough | Self::Reorder => {
                &[Grouping::Product, Grouping::Vendor]
            }
        }
    }

    /// Returns the series that an empty `group_by` means: none for revenue, whose totals stand for themselves, else all.
    #[must_use]
    pub const fn usual_groupings(self) -> &'static [Grouping] {
        match self {
            Self::Revenue => &[],
            _ => self.groupings(),
        }
    }

    /// Tells whether it describes one day, `to`, and needs no `from`.
    #[must_use]
    pub const fn is_as_of(self) -> bool {
        matches!(self, Self::InventoryValue | Self::Reorder)
    }

    /// Tells whether it can be compared with another range.
    #[must_use]
    pub const fn compares(self) -> bool {
        matches!(self, Self::Revenue | Self::Products)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_one_name_in_requests_and_in_json() {
        for kind in ReportKind::ALL {
            assert_eq!(ReportKind::find(kind.name()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert!(
                kind.usual_groupings()
                    .iter()
                    .all(|grouping| kind.groupings().contains(grouping))
            );
        }
        assert_eq!(ReportKind::find("Revenue"), None);
    }
}
