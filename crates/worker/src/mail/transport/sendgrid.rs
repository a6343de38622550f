//! SendGrid's Mail Send API v3: <https://www.twilio.com/docs/sendgrid/api-reference/mail-send>.

use std::time::Duration;

use chrono::DateTime;
use lettre::message::Mailbox;
use reqwest::{
    Client, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};
use suite_core::{Error, Result, config::MailConfig};

use super::{Envelope, SendFault};
use crate::mail::letter::one_line;

/// From the request to the end of its answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// An hour: what a provider names beyond that is not waited for in one go.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// As long as their limits run.
const A_MINUTE: Duration = Duration::from_secs(60);

/// Sends through SendGrid.
#[derive(Clone)]
pub(crate) struct SendGrid {
    client: Client,
    url: String,
    from: Mailbox,
}

impl SendGrid {
    pub(super) fn new(config: &MailConfig, from: Mailbox) -> Result<Self> {
        let key = config.sendgrid_api_key.expose_secret();
        let mut bearer = HeaderValue::from_str(&format!("Bearer {key}"))
            .map_err(|_| Error::invalid("SENDGRID_API_KEY", "cannot stand in a header"))?;
        bearer.set_sensitive(true);
        let client = Client::builder()
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, bearer)]))
            .timeout(PATIENCE)
            .redirect(Policy::none())
            .build()
            .map_err(Error::internal)?;
        Ok(Self {
            client,
            url: format!("{}/v3/mail/send", config.sendgrid_api_url),
            from,
        })
    }

    pub(super) async fn send(&self, envelope: &Envelope) -> Result<String, SendFault> {
        let body = self
            .body(envelope)
            .map_err(|_| SendFault::Refused("the mail cannot be written".to_owned()))?;
        let request = self
            .client
            .post(&self.url)
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        match request.send().await {
            Ok(answer) if answer.status() == StatusCode::ACCEPTED => Ok(id_of(&answer, envelope)),
            Ok(answer) => Err(refusal(answer).await),
            // The connection was never made: nothing was handed over.
            Err(error) if error.is_connect() => Err(SendFault::Busy {
                after: None,
                reason: "SendGrid cannot be reached".to_owned(),
            }),
            Err(_) => Err(SendFault::Unknown("SendGrid did not answer".to_owned())),
        }
    }

    pub(super) fn body(&self, envelope: &Envelope) -> Result<Value> {
        let letter = &envelope.letter;
        let mut headers = serde_json::Map::new();
        if let Some(stop) = &letter.stop {
            headers.insert("List-Unsubscribe".to_owned(), format!("<{stop}>").into());
            headers.insert(
                "List-Unsubscribe-Post".to_owned(),
                "List-Unsubscribe=One-Click".into(),
            );
        }
        Ok(json!({
            "personalizations": [{"to": [{"email": envelope.recipient}]}],
            "from": {"email": self.from.email.to_string(), "name": self.from.name},
            "subject": one_line(&letter.subject),
            "content": [
                {"type": "text/plain", "value": letter.text()?},
                {"type": "text/html", "value": letter.html()?},
            ],
            "categories": [envelope.kind],
            // Comes back with every event, so that an event finds its mail also when the answer was lost.
            "custom_args": {
                "mail_id": envelope.mail_id.to_string(),
                "account_id": envelope.account_id.to_string(),
            },
            "headers": headers,
            // Links lead to us, not to a counter.
            "tracking_settings": {"click_tracking": {"enable": false}, "open_tracking": {"enable": false}},
        }))
    }
}

fn id_of(answer: &Response, envelope: &Envelope) -> String {
    answer
        .headers()
        .get("x-message-id")
        .and_then(|id| id.to_str().ok())
        .map_or_else(|| envelope.mail_id.to_string(), ToOwned::to_owned)
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    errors: Vec<RefusedField>,
}

#[derive(Deserialize)]
struct RefusedField {
    #[serde(default)]
    field: Option<String>,
}

async fn refusal(answer: Response) -> SendFault {
    let status = answer.status();
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        return SendFault::Busy {
            after: wait(answer.headers()),
            reason: format!("SendGrid answered {}", status.as_u16()),
        };
    }
    let text = answer.text().await.unwrap_or_default();
    // Which field it is about says enough; the words may repeat the address.
    let fields: Vec<String> = serde_json::from_str::<Refusal>(&text)
        .map(|refusal| refusal.errors)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|error| error.field)
        .collect();
    let about = if fields.is_empty() {
        String::new()
    } else {
        format!(", about {}", fields.join(", "))
    };
    SendFault::Refused(format!("SendGrid answered {}{about}", status.as_u16()))
}

/// `Retry-After` counts seconds; `X-RateLimit-Reset` names the second since 1970 at which it takes mails again, by the clock that
/// wrote `Date`. Ours may be another one, so without that a minute is waited: their limits are so long.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |name: &str| text(name)?.parse::<u64>().ok();
    let until = |reset: u64| {
        let date = text(DATE.as_str()).and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        let now = date.and_then(|date| u64::try_from(date.timestamp()).ok());
        // What has passed on the way here is over at once, and a moment is left to the clock's rounding.
        now.map_or(A_MINUTE, |now| {
            Duration::from_secs(reset.saturating_sub(now).max(1))
        })
    };
    number(RETRY_AFTER.as_str())
        .map(Duration::from_secs)
        .or_else(|| number("x-ratelimit-reset").map(until))
        .map(|wait| wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderName;

    use super::*;

    #[test]
    fn a_wait_is_what_the_provider_names_by_its_own_clock() {
        // The date is second 1,772,442,000.
        let date = ("date", "Mon, 02 Mar 2026 09:00:00 GMT");
        let reset = |text| ("x-ratelimit-reset", text);
        let cases = [
            (vec![date, reset("1772442017")], Some(17)),
            (vec![date, reset("1772442000")], Some(1)),
            (vec![date, reset("1772441000")], Some(1)),
            (vec![date, reset("1772542000")], Some(3_600)),
            (vec![reset("1772442017")], Some(60)),
            (vec![("date", "today"), reset("1772442017")], Some(60)),
            (
                vec![date, ("retry-after", "5"), reset("1772442017")],
                Some(5),
            ),
            (vec![date, reset("soon")], None),
            (vec![date], None),
        ];
        for (headers, wanted) in cases {
            let map: HeaderMap = headers
                .iter()
                .map(|(name, value)| {
                    (
                        name.parse::<HeaderName>().unwrap(),
                        value.parse::<HeaderValue>().unwrap(),
                    )
                })
                .collect();
            assert_eq!(wait(&map), wanted.map(Duration::from_secs), "{headers:?}");
        }
    }
}
