//! Which jobs a command means: some by id, or all that a filter finds.

use anyhow::{bail, ensure};
use clap::Args;
use suite_core::{
    id::JobId,
    job::{JobState, Queue},
};
use suite_db::{
    FleetTx,
    operator::jobs::{self, JobFilter, JobRow},
};

use crate::cli::{Session, accounts::find_account, since::Since};

/// A filter over the jobs of all accounts.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Filter")]
pub(in crate::cli) struct Filter {
    /// In this state; several with commas
    #[arg(long, value_delimiter = ',')]
    state: Vec<JobState>,
    /// In this queue
    #[arg(long)]
    queue: Option<Queue>,
    /// Of this kind, such as `run_import`
    #[arg(long)]
    kind: Option<String>,
    /// Of this account: its id, or an e-mail that logs in for it
    #[arg(long, value_name = "ID|EMAIL")]
    account: Option<String>,
    /// Not older than 90s, 30m, 2h or 7d, or since a date or time
    #[arg(long)]
    since: Option<Since>,
    /// Older than 90s, 30m, 2h or 7d, or before a date or time
    #[arg(long)]
    until: Option<Since>,
    /// With this text in the error
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
}

impl Filter {
    pub(super) async fn resolve(
        self,
        tx: &mut FleetTx,
        session: &Session,
    ) -> anyhow::Result<JobFilter> {
        let account_id = match &self.account {
            Some(account) => Some(find_account(tx, account).await?.id.into()),
            None => None,
        };
        Ok(JobFilter {
            states: self.state,
            queue: self.queue,
            kind: self.kind,
            account_id,
            since: self.since.map(|since| since.resolve(session.clock.now())),
            until: self.until.map(|until| until.resolve(session.clock.now())),
            search: self.search,
            before: None,
        })
    }

    fn is_empty(&self) -> bool {
        self.state.is_empty()
            && self.queue.is_none()
            && self.kind.is_none()
            && self.account.is_none()
            && self.since.is_none()
            && self.until.is_none()
            && self.search.is_none()
    }
}

/// Jobs to do something to.
#[derive(Debug, Args)]
pub struct Selection {
    /// Ids of jobs
    #[arg(
        value_name = "ID",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    ids: Vec<JobId>,
    /// All jobs that the filter finds, after showing how many
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    filter: Filter,
    /// Only say how many jobs are meant
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,
}

/// What a selection came to.
pub(super) enum Selected {
    /// These, whatever their state.
    These(Vec<JobRow>),
    /// All that the filter finds, in the states to which the command applies.
    Matching { filter: JobFilter, count: i64 },
}

impl Selected {
    pub(super) fn count(&self) -> i64 {
        match self {
            Self::These(rows) => i64::try_from(rows.len()).unwrap_or(i64::MAX),
            Self::Matching { count, .. } => *count,
        }
    }
}

impl Selection {
    /// Finds the jobs. `applicable` are the states in which the command does anything, `usual` those meant by default.
    pub(super) async fn resolve(
        &self,
        tx: &mut FleetTx,
        session: &Session,
        applicable: &[JobState],
        usual: &[JobState],
    ) -> anyhow::Result<Selected> {
        if !self.all {
            ensure!(
                self.filter.is_empty(),
                "a filter selects jobs only together with --all"
            );
            return Ok(Selected::These(find_all(tx, &self.ids).await?));
        }
        let mut filter = self.filter.clone().resolve(tx, session).await?;
        if filter.states.is_empty() {
            filter.states = usual.to_vec();
        } else if let Some(state) = filter
            .states
            .iter()
            .find(|state| !applicable.contains(state))
        {
            let names: Vec<&str> = applicable.iter().map(|state| state.name()).collect();
            bail!(
                "does not apply to jobs that are {}: only {}",
                state.name(),
                names.join(", ")
            );
        }
        let count = jobs::count(tx, &filter).await?;
        Ok(Selected::Matching { filter, count })
    }
}

/// Finds jobs by their ids, in the order of the ids; one that does not exist is an error.
pub(super) async fn find_all(tx: &mut FleetTx, ids: &[JobId]) -> anyhow::Result<Vec<JobRow>> {
    let found = jobs::find(tx, ids).await?;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        let row = found.iter().find(|row| row.id == id.as_uuid());
        match row {
            Some(row) => rows.push(row.clone()),
            None => bail!("PostgreSQL has no job {id}"),
        }
    }
    Ok(rows)
}

/// Visits all jobs that a filter finds, the newest first, in pages.
pub(super) struct Pages {
    filter: JobFilter,
    ended: bool,
}

const PAGE: i32 = 500;

impl Pages {
    pub(super) fn new(filter: JobFilter) -> Self {
        Self {
            filter,
            ended: false,
        }
    }

    /// Returns the next page; an empty one is the end.
    pub(super) async fn next(&mut self, tx: &mut FleetTx) -> anyhow::Result<Vec<JobRow>> {
        while !self.ended {
            let found = jobs::list(tx, &self.filter, PAGE).await?;
            let last = found.rows.last().map(|row| row.id.into());
            self.filter.before = found.searched_to.or(last);
            self.ended = self.filter.before.is_none();
            if !found.rows.is_empty() {
                return Ok(found.rows);
            }
        }
        Ok(Vec::new())
    }
}
