use std::future::Future;

use secrecy::SecretString;
use suite_core::{Error, invoice_lines::BrokenFile};
use suite_db::{AccountTx, DbError};

use super::source::FileError;

/// What an import needs of the attempt that drives it.
pub(crate) trait Control: Sync {
    /// Why the attempt must end.
    type Stop: Send;

    /// Tells whether to go on.
    fn check(&self) -> Result<(), Self::Stop>;

    /// Makes sure that the transaction is written by the owner of the job, or not at all.
    fn fence(&self, tx: &mut AccountTx) -> impl Future<Output = Result<(), Self::Stop>> + Send;

    /// Returns the secret of the installation.
    fn secret_key(&self) -> &SecretString;

    /// Is told after each commit: answers that were made before are out of date.
    fn written(&self) -> impl Future<Output = ()> + Send;

    /// Tells how many rows are done with.
    fn progress(&self, done: i64, total: Option<i64>, message: &'static str);
}

/// Why an import did not come to its end.
#[derive(Debug)]
pub(crate) enum Halt<S> {
    /// The file cannot be read; the merchant is told why.
    Broken(BrokenFile),
    /// The attempt was told to end.
    Stopped(S),
    /// Somebody else wrote the same rows: go on from the checkpoint and find them.
    Raced,
    /// Anything else.
    Failed(Error),
}

impl<S> From<Error> for Halt<S> {
    fn from(error: Error) -> Self {
        match error {
            Error::Conflict { .. } => Self::Raced,
            error => Self::Failed(error),
        }
    }
}

impl<S> From<DbError> for Halt<S> {
    fn from(error: DbError) -> Self {
        Error::from(error).into()
    }
}

impl<S> From<FileError> for Halt<S> {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Broken(broken) => Self::Broken(broken),
            FileError::Source(error) => error.into(),
        }
    }
}
