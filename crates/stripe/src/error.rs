use std::time::Duration;

use suite_core::Error;

/// Why Stripe did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StripeError {
    /// It will not do so another time either.
    #[error("Stripe answered {status} ({code})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its own word for the reason, such as `resource_missing`; its sentences may hold addresses and are not kept.
        code: String,
    },
    /// Not now: it is busy, or has a fault of its own.
    #[error("Stripe answered {status}")]
    Busy {
        /// The HTTP status.
        status: u16,
        /// When to try again, if it said.
        after: Option<Duration>,
    },
    /// It could not be reached, or did not answer in time: it may have done it. Asking again with the same idempotency key does
    /// it once.
    #[error("Stripe did not answer")]
    Silent,
    /// Its answer cannot be read.
    #[error("Stripe's answer cannot be read: {0}")]
    Unreadable(String),
}

impl StripeError {
    /// Tells whether the same request may succeed later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Silent)
    }

    /// Tells whether what was asked for does not exist there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
            || matches!(self, Self::Refused { code, .. } if code == "resource_missing")
    }
}

impl From<StripeError> for Error {
    fn from(error: StripeError) -> Self {
        match error {
            StripeError::Busy {
                after: Some(retry_after),
                ..
            } => Self::RateLimited { retry_after },
            StripeError::Busy { .. } | StripeError::Silent => Self::Upstream {
                service: "stripe",
                source: error.into(),
            },
            // Asking again changes nothing.
            StripeError::Refused { .. } | StripeError::Unreadable(_) => Self::Conflict {
                reason: error.to_string(),
            },
        }
    }
}
