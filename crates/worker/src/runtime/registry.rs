use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc};

use serde_json::Value;
use suite_core::{
    Error,
    id::AccountId,
    job::{Job, JobTerms, NewJob},
    jobs,
};

use super::{JobContext, JobError};

type Running = Pin<Box<dyn Future<Output = Result<Value, JobError>> + Send>>;
type Code = dyn Fn(Value, JobContext) -> Running + Send + Sync;

/// One kind of job with its code.
#[derive(Clone)]
pub struct Kind {
    terms: JobTerms,
    code: Arc<Code>,
    make: fn(AccountId, Value) -> suite_core::Result<NewJob>,
}

impl Kind {
    /// Ties the contract `J` to the code that runs it.
    pub fn new<J, F, Fut>(run: F) -> Self
    where
        J: Job,
        F: Fn(J, JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Value, JobError>> + Send + 'static,
    {
        let code = move |args: Value, context: JobContext| -> Running {
            match decode::<J>(args) {
                Ok(job) => Box::pin(run(job, context)),
                Err(error) => Box::pin(std::future::ready(Err(error))),
            }
        };
        Self {
            terms: JobTerms::of::<J>(),
            code: Arc::new(code),
            make: make::<J>,
        }
    }

    /// Returns the terms of the kind.
    #[must_use]
    pub fn terms(&self) -> &JobTerms {
        &self.terms
    }

    /// Makes a new job of the kind from arguments that somebody has typed.
    ///
    /// # Errors
    /// When the kind cannot read them, or does not know one of them.
    pub fn new_job(&self, account_id: AccountId, args: Value) -> suite_core::Result<NewJob> {
        (self.make)(account_id, args)
    }

    /// Starts a job of the kind from its stored arguments.
    pub(crate) fn start(&self, args: Value, context: JobContext) -> Running {
        (self.code)(args, context)
    }
}

/// The kinds of job that a process can run; others it leaves alone. Cheap to clone.
#[derive(Clone)]
pub struct Registry(Arc<BTreeMap<&'static str, Kind>>);

impl Registry {
    /// Makes a registry of some kinds: what tests use.
    #[must_use]
    pub fn new(kinds: impl IntoIterator<Item = Kind>) -> Self {
        let named = kinds.into_iter().map(|kind| (kind.terms.name, kind));
        Self(Arc::new(named.collect()))
    }

    /// Adds kinds; one that is known by its name already is replaced.
    #[must_use]
    pub fn with(&self, kinds: impl IntoIterator<Item = Kind>) -> Self {
        Self::new(self.0.values().cloned().chain(kinds))
    }

    /// Returns the terms of the kinds, in alphabetical order.
    #[must_use]
    pub fn terms(&self) -> Vec<JobTerms> {
        self.0.values().map(|kind| kind.terms).collect()
    }

    /// Returns the names of the kinds, in alphabetical order.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.0.keys().copied().collect()
    }

    /// Returns the kind called `name`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Kind> {
        self.0.get(name)
    }
}

macro_rules! handlers {
    ($($module:ident: $job:ty,)*) => {
        impl Registry {
            /// Returns every kind that this program has code for.
            #[must_use]
            pub fn of_program() -> Self {
                Self::new([$(Kind::new(|job: $job, context: JobContext| async move {
                    crate::jobs::$module::run(job, &context).await
                })),*])
            }
        }
    };
}

handlers! {
    alert_stock: jobs::AlertStock,
    analyze_inventory: jobs::AnalyzeInventory,
    apply_payment_event: jobs::ApplyPaymentEvent,
    audit_stores: jobs::AuditStores,
    back_up_database: jobs::BackUpDatabase,
    build_report: jobs::BuildReport,
    check_invariants: jobs::CheckInvariants,
    check_stock_ledger: jobs::CheckStockLedger,
    delete_store: jobs::DeleteStore,
    drill_backup: jobs::DrillBackup,
    expire_rows: jobs::ExpireRows,
    mail_report: jobs::MailReport,
    rebuild_rollups: jobs::RebuildRollups,
    reconcile_payments: jobs::ReconcilePayments,
    remind_payments: jobs::RemindPayments,
    run_import: jobs::RunImport,
    run_report_schedule: jobs::RunReportSchedule,
    scan_trials: jobs::ScanTrials,
    send_email: jobs::SendEmail,
}

fn make<J: Job>(account_id: AccountId, args: Value) -> suite_core::Result<NewJob> {
    let refuse = |why: String| Error::invalid("args", why);
    let job: J = serde_json::from_value(args.clone()).map_err(|error| refuse(error.to_string()))?;
    let new = NewJob::new(account_id, &job)?;
    let unknown = args.as_object().and_then(|given| {
        given
            .keys()
            .find(|name| new.args.get(name.as_str()).is_none())
    });
    match unknown {
        Some(name) => Err(refuse(format!("{} has no {name:?}", J::NAME))),
        None => Ok(new),
    }
}

fn decode<J: Job>(args: Value) -> Result<J, JobError> {
    serde_json::from_value(args).map_err(|error| JobError::Unreadable(Error::internal(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_contract_has_its_code_once() {
        let contract: Vec<&str> = jobs::ALL.iter().map(|terms| terms.name).collect();
        let registry = Registry::of_program();
        assert_eq!(registry.names(), contract);
        assert!(registry.find("no_such_kind").is_none());
    }
}
