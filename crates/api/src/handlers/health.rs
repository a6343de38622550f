//! Whether the process lives, whether it can serve, and its figures.

mod ready;

pub(crate) use ready::{__path_ready, ready};

use actix_web::{
    HttpResponse,
    web::{Data, Json},
};
use serde::Serialize;
use utoipa::ToSchema;

use suite_core::telemetry;
use suite_queue::gauges;

use crate::{App, problem::ApiResult};

/// A sign of life.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Alive {
    /// Always `alive`.
    status: &'static str,
    /// The version of the program.
    version: &'static str,
}

/// Answers as long as the process lives; asks nobody else.
#[utoipa::path(get, path = "/health", tag = "operation", responses((status = 200, body = Alive)))]
pub(crate) async fn live() -> Json<Alive> {
    Json(Alive {
        status: "alive",
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Shows the figures of this process for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation",
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(app: Data<App>) -> ApiResult<HttpResponse> {
    let recorder = telemetry::metrics_recorder()?;
    gauges::record(&app.broker, &app.db).await;
    recorder.run_upkeep();
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(recorder.render()))
}
