use serde::{Deserialize, Serialize};

/// One way to break the figures of a report down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    /// Calendar days of the store.
    Day,
    /// ISO 8601 weeks, Monday to Sunday.
    Week,
    /// Calendar months.
    Month,
    /// What was sold, by SKU.
    Product,
    /// Where it went.
    Country,
    /// Who bought it.
    Customer,
}

impl Grouping {
    /// All groupings, in the order in which they are written.
    pub const ALL: [Self; 6] = [
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Product,
        Self::Country,
        Self::Customer,
    ];

    /// Returns the word in requests and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Product => "product",
            Self::Country => "country",
            Self::Customer => "customer",
        }
    }

    /// Finds the grouping called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|grouping| grouping.name() == name)
    }

    /// Returns what a row is called whose key the source left empty.
    #[must_use]
    pub const fn label_of_none(self) -> &'static str {
        match self {
            Self::Day | Self::Week | Self::Month => "(no period)",
            Self::Product => "(no SKU)",
            Self::Country => "(no country)",
            Self::Customer => "(no customer)",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groupings_have_one_name_in_requests_and_in_json() {
        for grouping in Grouping::ALL {
            assert_eq!(Grouping::find(grouping.name()), Some(grouping));
            assert_eq!(serde_json::to_value(grouping).unwrap(), grouping.name());
        }
        assert_eq!(Grouping::find("Month"), None);
    }
}
