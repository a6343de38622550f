use std::time::Duration;

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    web::{Bytes, BytesMut, Data},
};
use futures_util::{StreamExt, future::LocalBoxFuture};

use crate::{
    App,
    extract::broken_body,
    problem::{ApiResult, Problem},
};

/// No message of theirs is longer.
const LIMIT_BYTES: usize = 1 << 20;

/// A body as it came, byte for byte: what a signature covers.
pub(crate) struct RawBody(pub(crate) Bytes);

impl FromRequest for RawBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let payload = payload.take();
        let seconds = request
            .app_data::<Data<App>>()
            .map_or(10, |app| app.settings.http.body_timeout_seconds);
        Box::pin(async move {
            let bytes = tokio::time::timeout(Duration::from_secs(seconds), read(payload))
                .await
                .map_err(|_| Problem::body_too_late())??;
            Ok(Self(bytes))
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
