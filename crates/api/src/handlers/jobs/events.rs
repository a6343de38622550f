//! A job's changes as they happen, as server-sent events: the event id is the row's revision.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::CACHE_CONTROL,
    web::{Bytes, Data},
};
use futures_util::{Stream, stream};
use suite_core::{
    Error,
    id::{AccountId, JobId},
    job::JobState,
};
use suite_db::jobs::{self, JobRow};
use suite_queue::JobEvent;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::Instant,
};

use super::JobView;
use crate::{
    App,
    extract::{Id, Member},
    problem::{ApiResult, ProblemView},
};

/// Announcements may be lost: the row is looked at this often anyway.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);
/// Proxies close a connection on which nothing moves, most of them after a minute.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);
/// A revoked token must not watch for ever; the client comes back with its last event id and is checked again.
const LONGEST: Duration = Duration::from_secs(300);

/// Streams a job's changes until it has ended: events `job` with the job as data.
///
/// `Last-Event-ID` resumes; when there is nothing more to come the answer is 204, which tells a browser to stop asking.
#[utoipa::path(get, path = "/v1/jobs/{id}/events", tag = "jobs",
    params(("id" = Uuid, Path), ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event seen.")),
    responses((status = 200, body = JobView, content_type = "text/event-stream"),
        (status = 204, description = "Nothing more will happen."), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn events(
    app: Data<App>,
    who: Member,
    Id(id): Id<JobId>,
    request: HttpRequest,
) -> ApiResult<HttpResponse> {
    let seen = last_event_id(&request);
    // Listening begins before the first look, so that nothing falls in between.
    let mut watch = Watch::new(&app, who.account_id, id, seen);
    let job = watch.look().await?.ok_or(Error::NotFound { what: "job" })?;
    if is_final(&job) && job.revision <= seen {
        return Ok(HttpResponse::NoContent().finish());
    }
    watch.first = Some(job);
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(watch.stream()))
}

fn last_event_id(request: &HttpRequest) -> i32 {
    let header = request.headers().get("last-event-id");
    header
        .and_then(|id| id.to_str().ok()?.parse().ok())
        .unwrap_or(0)
}

fn is_final(job: &JobRow) -> bool {
    job.state.parse().is_ok_and(JobState::is_final)
}

struct Watch {
    app: App,
    account_id: AccountId,
    id: JobId,
    seen: i32,
    changes: Receiver<JobEvent>,
    first: Option<JobRow>,
    ended: bool,
    ends_at: Instant,
}

impl Watch {
    fn new(app: &App, account_id: AccountId, id: JobId, seen: i32) -> Self {
        Self {
            changes: app.broker.watch(),
            app: app.clone(),
            account_id,
            id,
            seen,
            first: None,
            ended: false,
            ends_at: Instant::now() + LONGEST,
        }
    }

    async fn look(&self) -> ApiResult<Option<JobRow>> {
        let mut tx = self.app.db.account(self.account_id).await?;
        let job = jobs::find(&mut tx, self.id).await?;
        tx.commit().await?;
        Ok(job)
    }

    fn stream(self) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> {
        stream::unfold(self, |mut watch| async move {
            let text = watch.next().await?;
            Some((Ok(Bytes::from(text)), watch))
        })
    }

    /// Returns the next piece of the stream, or nothing at its end.
    async fn next(&mut self) -> Option<String> {
        if let Some(text) = self.first.take().and_then(|job| self.tell(job)) {
            return Some(text);
        }
        let quiet_until = (Instant::now() + SIGN_OF_LIFE).min(self.ends_at);
        while !self.ended && Instant::now() < quiet_until {
            self.wait(quiet_until).await;
            match self.look().await {
                Ok(Some(job)) => {
                    if let Some(text) = self.tell(job) {
                        return Some(text);
                    }
                }
                // The job was cleared away.
                Ok(None) => self.ended = true,
                // The client stays; the database will come back.
                Err(_) => {}
            }
        }
        (!self.ended && Instant::now() < self.ends_at).then(|| ": still here\n\n".to_owned())
    }

    /// Waits for an announcement about this job, for the time to look anyway, or for the end of the server.
    async fn wait(&mut self, until: Instant) {
        let look_at = (Instant::now() + LOOK_INTERVAL).min(until);
        loop {
            tokio::select! {
                () = self.app.stopping.cancelled() => {
                    self.ended = true;
                    return;
                }
                () = tokio::time::sleep_until(look_at) => return,
                change = self.changes.recv() => match change {
                    Ok(JobEvent::Changed { job_id, .. }) if job_id != self.id => {}
                    Err(RecvError::Closed) => {
                        tokio::time::sleep_until(look_at).await;
                        return;
                    }
                    Ok(_) | Err(RecvError::Lagged(_)) => return,
                },
            }
        }
    }

    /// Writes the event, if the client has not seen this revision.
    fn tell(&mut self, job: JobRow) -> Option<String> {
        self.ended = is_final(&job);
        if job.revision <= self.seen {
            return None;
        }
        self.seen = job.revision;
        event(job)
    }
}

fn event(job: JobRow) -> Option<String> {
    let revision = job.revision;
    // JSON has no line ends of its own, so one data line holds it.
    let data = serde_json::to_string(&JobView::from(job)).ok()?;
    Some(format!("id: {revision}\nevent: job\ndata: {data}\n\n"))
}
