//! The JSON body of a request.

use std::time::Duration;

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    error::PayloadError,
    http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap},
    web::{BytesMut, Data},
};
use futures_util::{StreamExt, future::LocalBoxFuture};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::{
    App,
    problem::{ApiResult, Problem},
};

/// No request of ours needs more; files go to the upload routes.
const LIMIT_BYTES: usize = 1 << 20;

/// A JSON body as `T`, whose types must refuse unknown fields.
///
/// Other content types are answered with 415, more than 1 MiB with 413, a body that dawdles with 408, and with 400 what is not JSON,
/// does not fit `T`, or holds a NUL character, which PostgreSQL cannot store.
pub(crate) struct Json<T>(pub(crate) T);

/// The SHA-256 of the body that [`Json`] read: kept with the request, for its idempotency key.
#[derive(Clone, Copy)]
pub(crate) struct BodyDigest(pub(crate) [u8; 32]);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            check_headers(request.headers())?;
            let seconds = request
                .app_data::<Data<App>>()
                .map_or(10, |app| app.settings.http.body_timeout_seconds);
            let bytes = tokio::time::timeout(Duration::from_secs(seconds), read(payload))
                .await
                .map_err(|_| Problem::body_too_late())??;
            let digest = BodyDigest(Sha256::digest(&bytes).into());
            request.extensions_mut().insert(digest);
            parse(&bytes).map(Self)
        })
    }
}

fn check_headers(headers: &HeaderMap) -> ApiResult<()> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if !text(&CONTENT_TYPE).is_some_and(is_json) {
        return Err(Problem::unsupported_media_type("application/json"));
    }
    if text(&CONTENT_ENCODING).is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return Err(Problem::unsupported_media_type(
            "application/json without a content encoding",
        ));
    }
    let announced = text(&CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > LIMIT_BYTES) {
        return Err(Problem::payload_too_large(LIMIT_BYTES as u64));
    }
    Ok(())
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

async fn read(mut payload: Payload) -> ApiResult<BytesMut> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(broken_body)?;
        if body.len() + chunk.len() > LIMIT_BYTES {
            return Err(Problem::payload_too_large(LIMIT_BYTES as u64));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What a client did to its own body is not a fault of ours.
pub(crate) fn broken_body(error: PayloadError) -> Problem {
    match error {
        PayloadError::Overflow => Problem::payload_too_large(LIMIT_BYTES as u64),
        other => Problem::malformed(format!("The body broke off: {other}.")),
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> ApiResult<T> {
    if holds_nul(bytes) {
        return Err(Problem::malformed(
            "The body holds a NUL character (\\u0000).",
        ));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() {
            Problem::malformed_field(path, inner.to_string())
        } else {
            Problem::malformed(format!("The body is not JSON: {inner}."))
        }
    })?;
    json.end()
        .map_err(|error| Problem::malformed(format!("The body is not JSON: {error}.")))?;
    Ok(value)
}

/// Finds the escape `\u0000`. A bare NUL byte is no JSON, and a backslash stands nowhere but in strings.
fn holds_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        if rest[at + 1..].starts_with(b"u0000") {
            return true;
        }
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[allow(dead_code, reason = "only its reading is tested")]
        name: String,
        #[allow(dead_code, reason = "only its reading is tested")]
        #[serde(default)]
        counts: Vec<u32>,
    }

    fn refusal(body: &str) -> String {
        format!("{:?}", parse::<Sample>(body.as_bytes()).unwrap_err())
    }

    #[test]
    fn a_nul_is_found_where_it_is_one_and_not_where_it_only_looks_like_one() {
        assert!(holds_nul(br#"{"a":"x\u0000"}"#));
        assert!(holds_nul(br#"{"a":"\\\u0000"}"#));
        assert!(!holds_nul(br#"{"a":"\\u0000"}"#));
        assert!(!holds_nul(br#"{"a":"\n\u0001"}"#));
        assert!(!holds_nul(br#""\"#));
    }

    #[test]
    fn faults_point_to_their_place() {
        assert!(refusal(r#"{"name":"x","counts":[1,"2"]}"#).contains("counts[1]"));
        assert!(refusal(r#"{"name":"x","plan":"pro"}"#).contains("unknown field `plan`"));
        assert!(refusal("{").contains("not JSON"));
        assert!(refusal(r#"{"name":"x"} {}"#).contains("not JSON"));
        assert!(refusal(r#"{"name":"\ud800"}"#).contains("not JSON"));
        assert!(refusal(r#"{"name":"x","name":"y"}"#).contains("duplicate field"));
    }

    #[test]
    fn only_json_is_json() {
        for good in [
            "application/json",
            "application/json; charset=utf-8",
            "Application/JSON",
        ] {
            assert!(is_json(good), "{good}");
        }
        for bad in ["", "text/json", "application/jsonp", "text/plain"] {
            assert!(!is_json(bad), "{bad}");
        }
    }
}
