//! The one error type of the business: what went wrong, said for the client, with the cause kept apart for the log.

use std::time::Duration;

/// A shorthand for results with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A cause that is logged and never shown.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// What was wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// Where it stands, as the client wrote it: `lines[3].quantity`, or a query parameter's name.
    pub field: String,
    /// What is wrong, in a short sentence for a person.
    pub message: String,
}

/// Everything that can go wrong, as the client of the system needs to tell it apart.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The thing does not exist, or belongs to somebody else: both look the same.
    #[error("{what} not found")]
    NotFound {
        /// The kind of thing, such as `store`.
        what: &'static str,
    },
    /// A unique name or address is taken.
    #[error("{what} exists already")]
    AlreadyExists {
        /// The kind of thing, such as `user`.
        what: &'static str,
    },
    /// The request was understood and its content cannot be accepted.
    #[error("invalid content: {}", .faults.iter().map(|fault| format!("{}: {}", fault.field, fault.message)).collect::<Vec<_>>().join("; "))]
    Invalid {
        /// Each fault, with the field it stands in.
        faults: Vec<FieldFault>,
    },
    /// Nobody is logged in, or the credentials are wrong.
    #[error("authentication is required")]
    Unauthenticated,
    /// Who is logged in may not do this.
    #[error("not allowed: {reason}")]
    Forbidden {
        /// Why, for a person.
        reason: &'static str,
    },
    /// The account's plan does not include this, or is not paid.
    #[error("a paid plan is required")]
    PlanRequired,
    /// The request collides with the present state.
    #[error("conflict: {reason}")]
    Conflict {
        /// With what, for a person.
        reason: String,
    },
    /// Too many requests.
    #[error("too many requests")]
    RateLimited {
        /// When to try again.
        retry_after: Duration,
    },
    /// An outside service failed.
    #[error("{service} failed")]
    Upstream {
        /// Its name, such as `stripe`.
        service: &'static str,
        /// What it said.
        #[source]
        source: Source,
    },
    /// A part of our own system is away for the moment (database, Redis).
    #[error("temporarily unavailable")]
    Unavailable {
        /// What happened.
        #[source]
        source: Source,
    },
    /// A fault of ours.
    #[error("internal error")]
    Internal {
        /// What happened.
        #[source]
        source: Source,
    },
}

impl Error {
    /// Makes an [`Error::Invalid`] for one field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid {
            faults: vec![FieldFault {
                field: field.into(),
                message: message.into(),
            }],
        }
    }

    /// Makes an [`Error::Internal`] from any cause or text.
    pub fn internal(source: impl Into<Source>) -> Self {
        Self::Internal {
            source: source.into(),
        }
    }

    /// Makes an [`Error::Unavailable`] from any cause or text.
    pub fn unavailable(source: impl Into<Source>) -> Self {
        Self::Unavailable {
            source: source.into(),
        }
    }

    /// Returns the stable word by which a program tells errors apart.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::AlreadyExists { .. } => "already_exists",
            Self::Invalid { .. } => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden { .. } => "forbidden",
            Self::PlanRequired => "plan_required",
            Self::Conflict { .. } => "conflict",
            Self::RateLimited { .. } => "rate_limited",
            Self::Upstream { .. } => "upstream_failed",
            Self::Unavailable { .. } => "unavailable",
            Self::Internal { .. } => "internal",
        }
    }

    /// Tells whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::Upstream { .. }
            | Self::Unavailable { .. }
            | Self::Internal { .. } => true,
            Self::NotFound { .. }
            | Self::AlreadyExists { .. }
            | Self::Invalid { .. }
            | Self::Unauthenticated
            | Self::Forbidden { .. }
            | Self::PlanRequired
            | Self::Conflict { .. } => false,
        }
    }

    /// Tells whether our own infrastructure is to blame, so that a job's attempt must not be counted.
    #[must_use]
    pub fn is_infrastructure(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// Returns the whole chain of causes in one line, for the log.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(inner) = cause {
            text.push_str(": ");
            text.push_str(&inner.to_string());
            cause = inner.source();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_names_every_cause_once() {
        let error = Error::unavailable(std::io::Error::other("connection refused"));
        assert_eq!(error.chain(), "temporarily unavailable: connection refused");
    }
}
