use std::{fmt, str::FromStr};

/// The levels that a variant has at a location; `available` is on hand less reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StockLevel {
    /// On the shelf; below zero when more was taken than was known to be there.
    OnHand,
    /// On the shelf, and promised to somebody.
    Reserved,
    /// Ordered from a vendor and not there yet.
    Incoming,
}

impl StockLevel {
    /// All levels.
    pub const ALL: [Self; 3] = [Self::OnHand, Self::Reserved, Self::Incoming];

    /// Returns the word in requests, rows and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OnHand => "on_hand",
            Self::Reserved => "reserved",
            Self::Incoming => "incoming",
        }
    }
}

impl fmt::Display for StockLevel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The text is no level's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown stock level {0:?}: on_hand, reserved and incoming exist")]
pub struct UnknownStockLevel(pub String);

impl FromStr for StockLevel {
    type Err = UnknownStockLevel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|level| level.name() == text)
            .ok_or_else(|| UnknownStockLevel(text.to_owned()))
    }
}
