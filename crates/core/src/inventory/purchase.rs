use std::{fmt, str::FromStr};

/// The life of a purchase order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PurchaseState {
    /// Can still be changed; nothing is on its way.
    Draft,
    /// With the vendor; what it orders counts as incoming.
    Sent,
    /// Some of it has arrived.
    PartlyReceived,
    /// All has arrived, or the rest will not come.
    Closed,
    /// Called off before anything arrived.
    Cancelled,
}

impl PurchaseState {
    /// All states, in the order of an order's life.
    pub const ALL: [Self; 5] = [
        Self::Draft,
        Self::Sent,
        Self::PartlyReceived,
        Self::Closed,
        Self::Cancelled,
    ];

    /// Returns the word in requests, rows and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Sent => "sent",
            Self::PartlyReceived => "partly_received",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Tells whether goods may still arrive.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Sent | Self::PartlyReceived)
    }

    /// Tells whether an order in this state may become one in `next`.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Draft, Self::Sent | Self::Cancelled)
                | (
                    Self::Sent,
                    Self::PartlyReceived | Self::Closed | Self::Cancelled
                )
                | (Self::PartlyReceived, Self::PartlyReceived | Self::Closed)
        )
    }
}

impl fmt::Display for PurchaseState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The text is no state of a purchase order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown state of a purchase order: {0:?}")]
pub struct UnknownPurchaseState(pub String);

impl FromStr for PurchaseState {
    type Err = UnknownPurchaseState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or_else(|| UnknownPurchaseState(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_arrived_cannot_be_called_off_and_what_has_ended_stays() {
        use PurchaseState::*;
        assert!(Draft.may_become(Sent) && Sent.may_become(Cancelled));
        assert!(!PartlyReceived.may_become(Cancelled));
        assert!(!Draft.may_become(Closed) && !Draft.may_become(PartlyReceived));
        for ended in [Closed, Cancelled] {
            assert!(
                PurchaseState::ALL
                    .iter()
                    .all(|next| !ended.may_become(*next))
            );
        }
    }

    #[test]
    fn names_read_back() {
        for state in PurchaseState::ALL {
            assert_eq!(state.name().parse(), Ok(state));
        }
    }
}
