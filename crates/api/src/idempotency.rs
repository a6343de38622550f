//! `Idempotency-Key`: a client that saw no answer repeats its request and gets the answer of the first one.
//!
//! The answer is stored in the transaction of its effect, so there is never one without the other. A refusal is not stored: it had no
//! effect, and the repeated request is judged anew.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::StatusCode};
use sha2::{Digest, Sha256};
use suite_core::Error;
use suite_db::{
    AccountTx,
    idempotency::{self, StoredAnswer},
};

use crate::{
    App,
    extract::{BodyDigest, Member},
    problem::{ApiResult, Problem},
    respond::Answer,
};

const HEADER: &str = "idempotency-key";
const KEY_MAX: usize = 255;

/// The key that came with the request, if one did.
pub(crate) struct IdempotencyKey {
    key: Option<String>,
    request: HttpRequest,
}

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut values = request.headers().get_all(HEADER);
        let key = values
            .next()
            .map(|value| read_key(value.to_str().unwrap_or_default()));
        let key = match (key, values.next()) {
            (_, Some(_)) => Err(bad_key("is given twice")),
            (key, None) => key.transpose(),
        };
        ready(key.map(|key| Self {
            key,
            request: request.clone(),
        }))
    }
}

/// Accepts a bare key and a quoted one (a structured-field string, as the draft wants it): both name the same.
fn read_key(text: &str) -> ApiResult<String> {
    let text = text.trim();
    let bare = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    let is_visible = bare.bytes().all(|byte| matches!(byte, 0x20..=0x7e));
    if bare.is_empty() || bare.len() > KEY_MAX || !is_visible || bare.contains(['"', '\\']) {
        return Err(bad_key(
            "must be 1 to 255 visible ASCII characters without quotes and backslashes",
        ));
    }
    Ok(bare.to_owned())
}

fn bad_key(message: &str) -> Problem {
    Problem::malformed_field("Idempotency-Key", message)
}

impl IdempotencyKey {
    /// Lets the key that a page gave its form stand in for the header, which no browser sends with a form.
    pub(crate) fn or(mut self, of_form: Option<String>) -> Self {
        self.key = self.key.or(of_form);
        self
    }

    /// Returns the key, if one came: for what another service plays back.
    pub(crate) fn text(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Method, path with query, and body: what must be the same for the key to be the same request.
    fn fingerprint(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(self.request.method().as_str());
        hash.update([0]);
        hash.update(self.request.uri().to_string());
        hash.update([0]);
        if let Some(BodyDigest(digest)) = self.request.extensions().get() {
            hash.update(digest);
        }
        hash.finalize().to_vec()
    }

    /// Runs `work` in one transaction of the member's account and stores its answer in it, or plays back the stored one.
    pub(crate) async fn run<W>(self, app: &App, who: &Member, work: W) -> ApiResult<Answer>
    where
        W: AsyncFnOnce(&mut AccountTx) -> ApiResult<Answer>,
    {
        let mut tx = app.db.account(who.account_id).await?;
        let Some(key) = &self.key else {
            let answer = work(&mut tx).await?;
            tx.commit().await?;
            app.broker.dispatch(&answer.jobs);
            return Ok(answer);
        };
        if !idempotency::try_lock(&mut tx, key).await? {
            return Err(Problem::still_running());
        }
        let fingerprint = self.fingerprint();
        if let Some(stored) = idempotency::find(&mut tx, key).await? {
            return play_back(stored, &fingerprint);
        }
        let answer = work(&mut tx).await?;
        idempotency::insert(&mut tx, key, &store(&answer, fingerprint)?).await?;
        tx.commit().await?;
        app.broker.dispatch(&answer.jobs);
        Ok(answer)
    }
}

fn store(answer: &Answer, fingerprint: Vec<u8>) -> ApiResult<StoredAnswer> {
    let body = answer.kept_body.as_ref().or(answer.body.as_ref());
    Ok(StoredAnswer {
        fingerprint,
        status: i16::try_from(answer.status.as_u16()).map_err(Error::internal)?,
        headers: serde_json::to_value(&answer.headers).map_err(Error::internal)?,
        // As text within JSON: jsonb would reorder the keys, and the answer is played back byte for byte.
        body: body.map(|body| body.as_str().into()),
    })
}

fn play_back(stored: StoredAnswer, fingerprint: &[u8]) -> ApiResult<Answer> {
    if stored.fingerprint != fingerprint {
        return Err(Problem::key_reused());
    }
    let body = stored
        .body
        .as_ref()
        .and_then(serde_json::Value::as_str)
        .map(ToOwned::to_owned);
    Ok(Answer {
        status: u16::try_from(stored.status)
            .ok()
            .and_then(|status| StatusCode::from_u16(status).ok())
            .ok_or_else(|| Error::internal("a stored answer has no valid status"))?,
        headers: serde_json::from_value(stored.headers).map_err(Error::internal)?,
        body,
        kept_body: None,
        jobs: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_quoted_key_and_a_bare_one_are_the_same() {
        assert_eq!(
            read_key("\"order-7\"").unwrap(),
            read_key(" order-7 ").unwrap()
        );
        for bad in ["", "\"\"", "\"", "a\"b", "ä", &"x".repeat(256)] {
            assert!(read_key(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_answer_is_played_back_byte_for_byte_for_the_same_request_only() {
        let answer = Answer::created("/v1/stores/1".to_owned(), &json!({"zz": 1, "a": "ü"}))
            .unwrap()
            .etag("\"1\"".to_owned());
        let stored = || store(&answer, vec![7]).unwrap();
        let again = play_back(stored(), &[7]).unwrap();
        assert_eq!(again.status, StatusCode::CREATED);
        assert_eq!(again.headers, answer.headers);
        assert_eq!(again.body, answer.body);
        assert_eq!(
            play_back(stored(), &[8]).unwrap_err().status_code(),
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }

    #[test]
    fn a_secret_that_is_shown_once_is_not_kept() {
        let answer = Answer::ok(&json!({"token": "es_secret"}))
            .unwrap()
            .keeping(&json!({"token": null}))
            .unwrap();
        assert!(!format!("{:?}", store(&answer, vec![]).unwrap().body).contains("es_secret"));
    }
}
