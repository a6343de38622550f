//! The contract of a schedule: what is enqueued again and again, and when.
//!
//! A *tick* is one time at which a schedule fires. When ticks fall is told in [`crate::cron`].

use chrono_tz::Tz;
use serde_json::Value;

use crate::{
    Error, Result,
    cron::CronExpression,
    id::ReportScheduleId,
    job::{Job, JobTerms},
};

/// What becomes of ticks that nobody could fire at their time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CatchUp {
    /// The latest of them fires as soon as possible, for all.
    #[default]
    Once,
    /// None of them fires: late, the work is worth nothing.
    Never,
}

impl CatchUp {
    /// Returns the word kept in the row.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Never => "never",
        }
    }
}

impl std::str::FromStr for CatchUp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        [Self::Once, Self::Never]
            .into_iter()
            .find(|catch_up| catch_up.name() == text)
            .ok_or_else(|| Error::invalid("catch_up", "is neither once nor never"))
    }
}

/// Something that is enqueued at every tick.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Its name within its account. Of the fleet's: a verb and its object, such as `expire_rows`; never renamed.
    pub name: String,
    /// When it fires.
    pub expression: CronExpression,
    /// On whose wall clock.
    pub timezone: Tz,
    /// What becomes of missed ticks.
    pub catch_up: CatchUp,
    /// The terms of the job.
    pub terms: JobTerms,
    /// The arguments of the job.
    pub args: Value,
    /// What makes the job the same as a live one: then a tick joins that one.
    pub unique_key: Option<String>,
}

impl Schedule {
    /// Makes one that enqueues `job` and catches up once.
    ///
    /// # Errors
    /// When the expression cannot be read, or the job cannot be written as JSON.
    pub fn new<J: Job>(
        name: impl Into<String>,
        expression: &str,
        timezone: Tz,
        job: &J,
    ) -> Result<Self> {
        Ok(Self {
            name: name.into(),
            expression: expression.parse()?,
            timezone,
            catch_up: CatchUp::default(),
            terms: JobTerms::of::<J>(),
            args: serde_json::to_value(job).map_err(Error::internal)?,
            unique_key: job.unique_key(),
        })
    }

    /// Returns the name of the one that fires a report schedule.
    #[must_use]
    pub fn name_of_report(id: ReportScheduleId) -> String {
        format!("report:{id}")
    }

    /// Lets missed ticks go.
    #[must_use]
    pub fn without_catch_up(mut self) -> Self {
        self.catch_up = CatchUp::Never;
        self
    }
}
