//! The body of a request as it came, for signatures.

use std::time::Duration;

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    web::{Bytes, BytesMut, Data},
};
use futures_util::{StreamExt, future::LocalBoxFuture};

use super::json::broken_body;
use crate::{
    App,
    problem::{ApiResult, Problem},
};

/// Services send their events in batches, the largest of them SendGrid's: 768 kB.
const LIMIT_BYTES: usize = 4 << 20;

/// The raw bytes of a body: more than 4 MiB is answered with 413, a body that dawdles with 408.
pub(crate) struct RawBody(pub(crate) Bytes);

impl FromRequest for RawBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let seconds = request
            .app_data::<Data<App>>()
            .map_or(10, |app| app.settings.http.body_timeout_seconds);
        let payload = payload.take();
        Box::pin(async move {
            tokio::time::timeout(Duration::from_secs(seconds), read(payload))
                .await
                .map_err(|_| Problem::body_too_late())?
                .map(Self)
        })
    }
}

async fn read(mut payload: Payload) -> ApiResult<Bytes> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(broken_body)?;
        if body.len() + chunk.len() > LIMIT_BYTES {
            return Err(Problem::payload_too_large(LIMIT_BYTES as u64));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
