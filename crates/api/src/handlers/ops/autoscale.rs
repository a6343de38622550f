use std::collections::BTreeMap;

use actix_web::{HttpResponse, web::Data};
use serde::{Deserialize, Serialize};
use suite_core::{Error, job::Queue};
use suite_queue::{QueueSight, Sight, SightSource};
use utoipa::{IntoParams, ToSchema};

use crate::{
    App,
    extract::{Operator, Query},
    problem::{ApiResult, ProblemView},
};

/// Which part of the answer is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AutoscaleQuery {
    /// Only this queue.
    queue: Option<String>,
    /// Only this figure of the queue, as a plain number.
    figure: Option<Figure>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Figure {
    Depth,
    OldestAgeSeconds,
    Running,
    Workers,
}

/// How loaded the queues are.
#[derive(Serialize, ToSchema)]
pub(crate) struct Autoscale {
    /// Where the counts of waiting jobs came from: `redis+postgresql`, or `postgresql` when Redis cannot tell.
    source: &'static str,
    /// Each queue by its name.
    queues: BTreeMap<&'static str, QueueFigures>,
}

/// How loaded a queue is.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub(crate) struct QueueFigures {
    /// Jobs that are due and wait for a worker.
    depth: u64,
    /// For how long the oldest of them has waited since it was due, over all accounts; 0 when none waits.
    oldest_age_seconds: f64,
    /// Jobs that a worker has.
    running: u64,
    /// Workers alive that serve the queue.
    workers: u64,
    /// Whether an operator holds it: more workers would not help.
    paused: bool,
}

impl From<QueueSight> for QueueFigures {
    fn from(sight: QueueSight) -> Self {
        Self {
            depth: sight.depth,
            oldest_age_seconds: (sight.oldest_waiting_seconds * 1_000.0).round() / 1_000.0,
            running: sight.running,
            workers: sight.workers,
            paused: sight.is_paused,
        }
    }
}

/// Tells how loaded the queues are, for autoscalers; an answer may be a second old.
///
/// KEDA's metrics-api scaler reads a number by its path, such as `queues.reports.oldest_age_seconds`. With `queue` the answer is
/// that queue alone, with `figure` as well it is one number as text.
#[utoipa::path(get, path = "/v1/ops/autoscale", tag = "operator", params(AutoscaleQuery),
    responses((status = 200, body = Autoscale), (status = 403, body = ProblemView),
        (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn autoscale(
    app: Data<App>,
    _: Operator,
    Query(query): Query<AutoscaleQuery>,
) -> ApiResult<HttpResponse> {
    let queue = query.queue.as_deref().map(queue_named).transpose()?;
    if query.figure.is_some() && queue.is_none() {
        return Err(Error::invalid("figure", "needs a queue").into());
    }
    let sight = app.broker.sight(&app.db).await?;
    let Some(queue) = queue else {
        return Ok(HttpResponse::Ok().json(whole(&sight)));
    };
    let found = sight.queues.get(&queue).copied();
    let figures = QueueFigures::from(found.ok_or(Error::NotFound { what: "queue" })?);
    Ok(match query.figure {
        None => HttpResponse::Ok().json(figures),
        Some(figure) => HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body(number(figure, figures)),
    })
}

pub(super) fn queue_named(name: &str) -> ApiResult<Queue> {
    let queue = name.parse::<Queue>();
    Ok(queue.map_err(|error| Error::invalid("queue", error.to_string()))?)
}

fn whole(sight: &Sight) -> Autoscale {
    Autoscale {
        source: match sight.source {
            SightSource::Both => "redis+postgresql",
            SightSource::PostgreSql => "postgresql",
        },
        queues: sight
            .queues
            .iter()
            .map(|(queue, sight)| (queue.name(), (*sight).into()))
            .collect(),
    }
}

fn number(figure: Figure, figures: QueueFigures) -> String {
    match figure {
        Figure::Depth => figures.depth.to_string(),
        Figure::OldestAgeSeconds => figures.oldest_age_seconds.to_string(),
        Figure::Running => figures.running.to_string(),
        Figure::Workers => figures.workers.to_string(),
    }
}
