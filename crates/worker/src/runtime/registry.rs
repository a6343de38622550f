use std::{future::Future, pin::Pin};

use serde_json::Value;
use suite_core::{Error, job::Job, jobs};

use super::{JobContext, JobError};

type Running = Pin<Box<dyn Future<Output = Result<Value, JobError>> + Send>>;

/// Starts a job of one kind from its stored arguments.
pub(crate) type Handler = fn(Value, JobContext) -> Running;

macro_rules! handlers {
    ($($module:ident: $job:ty,)*) => {
        /// The kinds of job that this program can run.
        pub const KNOWN_KINDS: &[&str] = &[$(<$job as Job>::NAME),*];

        /// Returns the code of a kind.
        pub(crate) fn find(kind: &str) -> Option<Handler> {
            $(if kind == <$job as Job>::NAME {
                return Some(|args, context| Box::pin(async move {
                    let job: $job = decode(args)?;
                    crate::jobs::$module::run(job, &context).await
                }));
            })*
            None
        }
    };
}

handlers! {
    build_report: jobs::BuildReport,
    delete_store: jobs::DeleteStore,
    run_import: jobs::RunImport,
}

fn decode<J: Job>(args: Value) -> Result<J, JobError> {
    // Arguments that this version cannot read were written by a newer one: another worker may know them.
    serde_json::from_value(args).map_err(|error| JobError::Retry(Error::internal(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_contract_has_its_code_once() {
        let contract: Vec<&str> = jobs::ALL.iter().map(|terms| terms.name).collect();
        assert_eq!(KNOWN_KINDS, contract);
        assert!(KNOWN_KINDS.iter().all(|kind| find(kind).is_some()));
        assert!(find("no_such_kind").is_none());
    }
}
