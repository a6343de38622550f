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
    /// From whom it comes, as the catalogue names it.
    Vendor,
    /// Where it went.
    Country,
    /// Through which source the orders came.
    Channel,
    /// Kinds of customers, by how they buy.
    Segment,
    /// Who bought it.
    Customer,
    /// Customers by the month of their first purchase.
    Cohort,
}

impl Grouping {
    /// All groupings, in the order in which they are written.
    pub const ALL: [Self; 10] = [
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Product,
        Self::Vendor,
        Self::Country,
        Self::Channel,
        Self::Segment,
        Self::Customer,
        Self::Cohort,
    ];

    /// Returns the word in requests and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Product => "product",
            Self::Vendor => "vendor",
            Self::Country => "country",
            Self::Channel => "channel",
            Self::Customer => "customer",
            Self::Segment => "segment",
            Self::Cohort => "cohort",
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
            Self::Day | Self::Week | Self::Month | Self::Cohort => "(no period)",
            Self::Product => "(no SKU)",
            Self::Vendor => "(no vendor)",
            Self::Country => "(no country)",
            Self::Channel => "(no channel)",
            Self::Customer => "(no customer)",
            Self::Segment => "(no segment)",
        }
    }

    /// Returns what people call its rows.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Day => "Days",
            Self::Week => "Weeks",
            Self::Month => "Months",
            Self::Product => "Products",
            Self::Vendor => "Vendors",
            Self::Country => "Countries",
            Self::Channel => "Channels",
            Self::Customer => "Customers",
            Self::Segment => "Segments",
            Self::Cohort => "Cohorts",
        }
    }

    /// Tells whether its rows follow one another in time.
    #[must_use]
    pub const fn is_period(self) -> bool {
        matches!(self, Self::Day | Self::Week | Self::Month)
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
