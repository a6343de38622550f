//! The forms that pages send.

use std::time::Duration;

use actix_web::{
    FromRequest, HttpRequest, ResponseError,
    dev::Payload,
    http::{StatusCode, header::CONTENT_TYPE},
    web::{self, BytesMut, Data},
};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use futures_util::{StreamExt, future::LocalBoxFuture};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use suite_core::error::FieldFault;

use crate::{
    App,
    extract::{Json, refuse_foreign_origin},
    problem::{ApiResult, Problem},
};

/// No form of ours is longer.
const LIMIT_BYTES: usize = 64 << 10;
const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// A form that one of our own pages sent; from another site it is refused before it is read.
/// It cannot be printed: there may be a password in it.
pub(super) struct Form {
    fields: Vec<(String, String)>,
    digest: [u8; 32],
}

/// The hidden field by which a page tells its form from every other one.
const KEY: &str = "form_key";

impl Form {
    /// Returns what was typed into a field; empty when the form has none of this name.
    pub(super) fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Returns a field without blanks around it.
    pub(super) fn trimmed(&self, name: &str) -> &str {
        self.text(name).trim()
    }

    /// Turns fields into the body that the API's own handler takes, so that a form and a program go by the same rules.
    pub(super) fn body<T: DeserializeOwned>(&self, fields: Value) -> ApiResult<Json<T>> {
        serde_json::from_value(fields)
            .map(Json)
            .map_err(|error| Problem::malformed(format!("The form cannot be read: {error}.")))
    }

    /// Returns the key that makes a form sent twice, as by a double click, take effect once.
    ///
    /// It covers what was typed: who goes back and changes a field sends another form.
    pub(super) fn key(&self) -> Option<String> {
        let is_keyed = !self.text(KEY).is_empty();
        is_keyed.then(|| format!("form-{}", BASE64_URL_SAFE_NO_PAD.encode(self.digest)))
    }

    /// Returns the values of all boxes of this name that are ticked.
    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.fields
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }
}

impl FromRequest for Form {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            refuse_foreign_origin(&request)?;
            check_type(&request)?;
            let seconds = request
                .app_data::<Data<App>>()
                .map_or(10, |app| app.settings.http.body_timeout_seconds);
            let bytes = tokio::time::timeout(Duration::from_secs(seconds), read(payload))
                .await
                .map_err(|_| Problem::body_too_late())??;
            parse(&bytes)
        })
    }
}

fn check_type(request: &HttpRequest) -> ApiResult<()> {
    let given = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    if given.trim().eq_ignore_ascii_case(MEDIA_TYPE) {
        Ok(())
    } else {
        Err(Problem::unsupported_media_type(MEDIA_TYPE))
    }
}

async fn read(mut payload: Payload) -> ApiResult<BytesMut> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk =
            chunk.map_err(|error| Problem::malformed(format!("The form broke off: {error}.")))?;
        if body.len() + chunk.len() > LIMIT_BYTES {
            return Err(Problem::payload_too_large(LIMIT_BYTES as u64));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn parse(bytes: &[u8]) -> ApiResult<Form> {
    let unreadable = || Problem::malformed("The form cannot be read.");
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable())?;
    let fields = web::Query::<Vec<(String, String)>>::from_query(text)
        .map_err(|_| unreadable())?
        .into_inner();
    // PostgreSQL stores no NUL.
    if fields.iter().any(|(_, value)| value.contains('\0')) {
        return Err(Problem::malformed("The form holds a NUL character."));
    }
    Ok(Form {
        fields,
        digest: Sha256::digest(bytes).into(),
    })
}

/// What was wrong with a form that is shown again.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<FieldFault>);

impl Faults {
    /// Takes over what the same code as behind the API refused; a fault of ours stays a failure.
    pub(super) fn of(problem: Problem) -> ApiResult<Self> {
        let status = problem.status_code();
        // Who tried too often must be told when to come again, which is said by a header of the problem.
        if !status.is_client_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(problem);
        }
        let faults = problem.faults().to_vec();
        Ok(if faults.is_empty() {
            Self::general(problem.detail())
        } else {
            Self(faults)
        })
    }

    /// Makes one that stands above the whole form.
    pub(super) fn general(message: impl Into<String>) -> Self {
        Self(vec![FieldFault {
            field: String::new(),
            message: message.into(),
        }])
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns all faults as sentences for the top of the form.
    pub(super) fn sentences(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|fault| match fault.field.as_str() {
                "" => fault.message.clone(),
                field => format!("{} {}.", super::display::words(field), fault.message),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_with_their_blanks_and_repeated_ones_all() {
        let form = parse(b"name=+a%20b+&group_by=day&group_by=month&x=%26%3D").unwrap();
        assert_eq!(form.text("name"), " a b ");
        assert_eq!(form.trimmed("name"), "a b");
        assert_eq!(form.all("group_by").collect::<Vec<_>>(), ["day", "month"]);
        assert_eq!(form.text("x"), "&=");
        assert_eq!(form.text("absent"), "");
    }

    #[test]
    fn only_the_same_form_with_the_same_fields_has_the_same_key() {
        let key = |form: &str| parse(form.as_bytes()).unwrap().key();
        assert_eq!(key("name=a"), None);
        assert_eq!(key("name=a&form_key="), None);
        assert!(key("name=a&form_key=1").is_some());
        assert_eq!(key("name=a&form_key=1"), key("name=a&form_key=1"));
        assert_ne!(key("name=a&form_key=1"), key("name=a&form_key=2"));
        assert_ne!(key("name=a&form_key=1"), key("name=b&form_key=1"));
    }

    #[test]
    fn a_nul_and_what_is_not_text_are_refused() {
        assert!(parse(b"a=%00").is_err());
        assert!(parse(b"a=\xff").is_err());
    }
}
