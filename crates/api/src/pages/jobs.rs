//! The account's jobs.

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use serde::Deserialize;
use suite_core::{Error, job::JobState};
use suite_db::jobs::{self, JobFilter, JobRow};

use super::{
    display::{self, Moment},
    list::next_page,
    live::Live,
    render,
    shell::{Section, Shell},
    visitor::Visitor,
};
use crate::{App, extract::Listing, problem::ApiResult};

/// Which jobs to list. A form sends the field empty for all of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filters {
    #[serde(default)]
    state: String,
}

#[derive(Template)]
#[template(path = "jobs.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) states: Vec<StateLink>,
    pub(super) rows: Vec<Row>,
    pub(super) next: Option<String>,
}

/// A state to choose.
pub(super) struct StateLink {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) is_current: bool,
}

/// A job in the list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) state: String,
    pub(super) told: String,
    pub(super) attempt: String,
    pub(super) created: Moment,
    pub(super) took: String,
}

/// Lists the jobs, the newest first.
pub(super) async fn list(
    app: Data<App>,
    who: Visitor,
    listing: Listing<Filters>,
) -> ApiResult<HttpResponse> {
    let page = listing.page;
    let state = state(&listing.filters.state)?;
    let (mut tx, mut shell) = Shell::open(&app, &who, Section::Jobs, "Jobs").await?;
    let filter = JobFilter {
        state,
        ..JobFilter::default()
    };
    let mut rows = jobs::list(&mut tx, &filter, page.after()?, page.rows()).await?;
    tx.commit().await?;
    let next = next_page(&page, &mut rows, |row| row.id)?;
    let is_live = |job: &JobRow| !Live::new(job).is_over;
    shell.live(rows.iter().any(is_live));
    render::page(&Page {
        shell,
        states: states(state),
        rows: rows.into_iter().map(row).collect(),
        next,
    })
}

fn state(name: &str) -> ApiResult<Option<JobState>> {
    let state = (!name.is_empty())
        .then(|| name.parse::<JobState>())
        .transpose();
    Ok(state.map_err(|error| Error::invalid("state", error.to_string()))?)
}

fn states(current: Option<JobState>) -> Vec<StateLink> {
    JobState::ALL
        .map(|state| StateLink {
            name: state.name(),
            label: display::words(state.name()),
            is_current: Some(state) == current,
        })
        .into()
}

fn row(job: JobRow) -> Row {
    let live = Live::new(&job);
    let took = job.started_at.zip(job.finished_at);
    Row {
        id: live.id,
        kind: display::words(&job.kind),
        told: live.told,
        attempt: format!("{} of {}", job.attempt, job.max_attempts),
        created: Moment::new(job.created_at, chrono_tz::UTC),
        took: took
            .map(|(began, ended)| display::duration(ended - began))
            .unwrap_or_default(),
        state: job.state,
    }
}
