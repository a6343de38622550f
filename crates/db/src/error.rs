use std::fmt;

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use suite_core::Error;

/// A shorthand for results of queries.
pub type DbResult<T> = std::result::Result<T, DbError>;

/// What a query met; becomes a [`suite_core::Error`] by itself at a `?`.
#[derive(Debug)]
pub enum DbError {
    /// The server or the driver said so.
    Query(DieselError),
    /// No connection could be had in time.
    Pool(String),
    /// The business said no in the middle of a query's work.
    Business(Error),
}

impl fmt::Display for DbError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(error) => error.fmt(formatter),
            Self::Pool(error) => write!(formatter, "no database connection: {error}"),
            Self::Business(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for DbError {}

impl From<DieselError> for DbError {
    fn from(error: DieselError) -> Self {
        Self::Query(error)
    }
}

impl From<Error> for DbError {
    fn from(error: Error) -> Self {
        Self::Business(error)
    }
}

/// Unique constraints whose violation a client can cause, and what is then taken.
const TAKEN: &[(&str, &str)] = &[
    ("users_email_key", "user"),
    ("locations_name_key", "location"),
    ("products_handle_key", "product"),
    ("variants_sku_key", "variant"),
    ("stock_movements_source_key", "stock movement"),
    ("variants_options_key", "variant"),
    ("vendors_name_key", "vendor"),
];

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Business(error) => error,
            DbError::Pool(_) => Self::unavailable(error),
            DbError::Query(DieselError::NotFound) => Self::NotFound { what: "record" },
            DbError::Query(ref query) => {
                if let Some(what) = taken(query) {
                    Self::AlreadyExists { what }
                } else if is_transient(query) {
                    Self::unavailable(error)
                } else {
                    Self::internal(error)
                }
            }
        }
    }
}

fn taken(error: &DieselError) -> Option<&'static str> {
    let DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, information) = error else {
        return None;
    };
    let constraint = information.constraint_name()?;
    TAKEN
        .iter()
        .find(|(name, _)| *name == constraint)
        .map(|(_, what)| *what)
}

/// What the server says when a lock was not to be had in time.
pub(crate) const LOCK_TIMEOUT: &str = "canceling statement due to lock timeout"; // 55P03

/// What the server says when the fault is its own and passes. diesel hands on no SQLSTATE for these, only the text; a server
/// that speaks another language makes them internal errors, which are retried all the same.
const PASSING: &[&str] = &[
    "terminating connection",                       // 57P01, 57P05
    "the database system is", // 57P03: starting up, shutting down, in recovery
    "too many clients",       // 53300
    "remaining connection slots", // 53300
    "deadlock detected",      // 40P01
    "canceling statement due to statement timeout", // 57014
    LOCK_TIMEOUT,
    "No space left on device", // 53100
];

fn is_transient(error: &DieselError) -> bool {
    match error {
        DieselError::DatabaseError(kind, information) => match kind {
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::SerializationFailure
            | DatabaseErrorKind::ReadOnlyTransaction => true,
            _ => PASSING
                .iter()
                .any(|text| information.message().contains(text)),
        },
        DieselError::BrokenTransactionManager => true,
        _ => false,
    }
}

impl DbError {
    /// Tells whether the database, not the query, is to blame, so that the same call may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Query(error) => is_transient(error),
            Self::Pool(_) => true,
            Self::Business(error) => error.is_infrastructure(),
        }
    }
}
