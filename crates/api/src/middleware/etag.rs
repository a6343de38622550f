//! `ETag` and `304 Not Modified` for every answer that a client may have already.
//!
//! What a handler tags itself, by its version, keeps its tag: updates go by it. All other JSON answers to GET are tagged with
//! the hash of their bytes. That saves the way to the client, not the work; the cache saves the work.

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH},
    },
    middleware::Next,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Of the hash, so many bytes: enough that no two answers ever share a tag.
const TAG_BYTES: usize = 16;

/// Tags an answer, and leaves its body away where the client has it.
pub(crate) async fn tag(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD)
        && request.path().starts_with("/v1/");
    let known = if reads {
        known_tags(request.headers())
    } else {
        Vec::new()
    };
    let response = next.call(request).await?.map_into_boxed_body();
    if !reads || response.status() != StatusCode::OK {
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let (mut response, body) = response.into_parts();
    // A stream has no bytes to hash yet; it goes on as it is.
    let body = match body.try_into_bytes() {
        Ok(body) => body,
        Err(stream) => return Ok(ServiceResponse::new(request, response.set_body(stream))),
    };
    if !response.headers().contains_key(ETAG) && is_json(response.headers()) {
        let hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(&body)[..TAG_BYTES]);
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{hash}\"")) {
            response.headers_mut().insert(ETAG, tag);
        }
    }
    let tag = response
        .headers()
        .get(ETAG)
        .and_then(|tag| tag.to_str().ok());
    let is_known = tag.is_some_and(|tag| {
        known
            .iter()
            .any(|known| known == "*" || known == plain(tag))
    });
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().remove(CONTENT_TYPE);
        return Ok(ServiceResponse::new(
            request,
            response.set_body(BoxBody::new(())),
        ));
    }
    Ok(ServiceResponse::new(
        request,
        response.set_body(BoxBody::new(body)),
    ))
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.starts_with("application/json"))
}

/// Reads the tags that the client has. Whether one is weak makes no difference here (RFC 9110, 13.1.2).
fn known_tags(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| plain(tag.trim()).to_owned())
        .filter(|tag| !tag.is_empty())
        .collect()
}

fn plain(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}
