//! One job.

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use serde_json::Value;
use suite_core::{Error, id::JobId};
use suite_db::jobs::{self, JobRow};

use super::{
    display::{self, Moment},
    form::Form,
    live::Live,
    render,
    shell::{Section, Shell},
    visitor::Visitor,
};
use crate::{App, extract::Id, handlers, idempotency::IdempotencyKey, problem::ApiResult};

#[derive(Template)]
#[template(path = "job.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) kind: String,
    pub(super) live: Live,
    pub(super) queue: String,
    pub(super) attempt: String,
    pub(super) crashes: i16,
    pub(super) created: Moment,
    pub(super) started: Option<Moment>,
    pub(super) finished: Option<Moment>,
    pub(super) took: String,
    pub(super) subject: Option<Subject>,
    pub(super) result: Option<String>,
}

/// What a job works on.
pub(super) struct Subject {
    pub(super) label: &'static str,
    pub(super) address: String,
}

/// Shows a job.
pub(super) async fn show(
    app: Data<App>,
    who: Visitor,
    Id(id): Id<JobId>,
) -> ApiResult<HttpResponse> {
    let (mut tx, mut shell) = Shell::open(&app, &who, Section::Jobs, "").await?;
    let job = jobs::find(&mut tx, id).await?;
    tx.commit().await?;
    let job = job.ok_or(Error::NotFound { what: "job" })?;
    let live = Live::new(&job);
    shell.title = display::words(&job.kind);
    shell.live(!live.is_over);
    render::page(&page(shell, job, live))
}

fn page(shell: Shell, job: JobRow, live: Live) -> Page {
    let zone = chrono_tz::UTC;
    let took = job.started_at.zip(job.finished_at);
    Page {
        shell,
        kind: display::words(&job.kind),
        live,
        attempt: format!("{} of {}", job.attempt, job.max_attempts),
        crashes: job.crashes,
        created: Moment::new(job.created_at, zone),
        started: Moment::maybe(job.started_at, zone),
        finished: Moment::maybe(job.finished_at, zone),
        took: took
            .map(|(began, ended)| display::duration(ended - began))
            .unwrap_or_default(),
        subject: subject(&job.args),
        result: job.result.as_ref().map(ToString::to_string),
        queue: job.queue,
    }
}

/// Arguments name what a job works on by its id.
fn subject(args: &Value) -> Option<Subject> {
    const KINDS: [(&str, &str, &str); 2] = [
        ("import_id", "imports", "Open the import"),
        ("report_id", "reports", "Open the report"),
    ];
    KINDS.into_iter().find_map(|(argument, place, label)| {
        let id = args.get(argument)?.as_str()?;
        Some(Subject {
            label,
            address: format!("/{place}/{id}"),
        })
    })
}

/// Calls the job off by the same code as the API.
pub(super) async fn cancel(
    app: Data<App>,
    who: Visitor,
    Id(id): Id<JobId>,
    key: IdempotencyKey,
    _form: Form,
) -> ApiResult<HttpResponse> {
    handlers::jobs::cancel(app, who.0, Id(id), key).await?;
    Ok(render::go_to(&format!("/jobs/{id}")))
}

/// Runs the job again by the same code as the API.
pub(super) async fn retry(
    app: Data<App>,
    who: Visitor,
    Id(id): Id<JobId>,
    key: IdempotencyKey,
    _form: Form,
) -> ApiResult<HttpResponse> {
    handlers::jobs::retry(app, who.0, Id(id), key).await?;
    Ok(render::go_to(&format!("/jobs/{id}")))
}
