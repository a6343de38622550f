use diesel::result::{DatabaseErrorKind, Error as DieselError};
use suite_core::Error;

use crate::DbError;

/// Tells a row that somebody else wrote in between from real faults: then the batch is done again and finds that row.
pub(crate) fn raced(error: DieselError) -> DbError {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => conflict(),
        error => error.into(),
    }
}

/// What a batch meets when somebody else wrote the same rows at the same time.
pub(crate) fn conflict() -> DbError {
    Error::Conflict {
        reason: "the same rows are being written by somebody else".to_owned(),
    }
    .into()
}
