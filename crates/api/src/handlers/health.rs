//! Whether the process lives.

use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;

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
