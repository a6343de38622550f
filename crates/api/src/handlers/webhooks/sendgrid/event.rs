use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use suite_core::mail::{MailEvent, MailEventKind};
use uuid::Uuid;

/// An event of SendGrid, as far as we read it: there are many more fields, and new ones come.
#[derive(Deserialize)]
struct Told {
    event: String,
    sg_event_id: String,
    timestamp: i64,
    // The two custom arguments that every mail of ours carries.
    mail_id: Uuid,
    account_id: Uuid,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    status: Option<String>,
}

/// Reads the events that concern us. One that cannot be read does not harm the others.
pub(super) fn read(body: &[u8]) -> Vec<MailEvent> {
    let told: Vec<Value> = serde_json::from_slice(body).unwrap_or_default();
    let events = told.into_iter();
    events
        .filter_map(|event| serde_json::from_value(event).ok())
        .filter_map(of)
        .collect()
}

fn of(told: Told) -> Option<MailEvent> {
    let (kind, reason) = match told.event.as_str() {
        "delivered" => (MailEventKind::Delivered, None),
        "bounce" => {
            let is_blocked = told.kind.as_deref() == Some("blocked");
            let (kind, word) = if is_blocked {
                (MailEventKind::Blocked, "blocked")
            } else {
                (MailEventKind::Bounced, "bounced")
            };
            (kind, Some(with_status(word, told.status.as_deref())))
        }
        "dropped" => (
            MailEventKind::Dropped,
            Some(dropped(told.reason.as_deref())),
        ),
        "spamreport" => {
            let reason = "the reader called it spam".to_owned();
            (MailEventKind::SpamReported, Some(reason))
        }
        "unsubscribe" | "group_unsubscribe" => {
            let reason = "the reader unsubscribed at the provider".to_owned();
            (MailEventKind::Unsubscribed, Some(reason))
        }
        // On its way, put off, opened, clicked: nothing that we act on.
        _ => return None,
    };
    let is_sane = (1..=200).contains(&told.sg_event_id.len()) && !told.sg_event_id.contains('\0');
    Some(MailEvent {
        id: told.sg_event_id,
        account_id: told.account_id.into(),
        mail_id: told.mail_id.into(),
        kind,
        reason,
        at: DateTime::<Utc>::from_timestamp(told.timestamp, 0)?,
    })
    .filter(|_| is_sane)
}

/// Adds the code of the reader's server (RFC 3463), which tells why without repeating the address.
fn with_status(word: &str, status: Option<&str>) -> String {
    let is_code = |status: &&str| {
        status.len() <= 12
            && status
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    match status.filter(is_code) {
        Some(status) if !status.is_empty() => format!("{word} with {status}"),
        _ => word.to_owned(),
    }
}

/// The provider's own reasons are few and name nobody; others are left out.
fn dropped(reason: Option<&str>) -> String {
    const KNOWN: [&str; 7] = [
        "Bounced Address",
        "Spam Reporting Address",
        "Unsubscribed Address",
        "Invalid",
        "Invalid SMTPAPI header",
        "Spam Content (if Spam Checker app is enabled)",
        "Recipient List over Package Quota",
    ];
    match reason.and_then(|reason| KNOWN.into_iter().find(|known| *known == reason)) {
        Some(known) => format!("the provider did not try: {}", known.to_lowercase()),
        None => "the provider did not try".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(fields: Value) -> Value {
        let mut event = json!({
            "email": "ada@example.com", "sg_event_id": "e1", "timestamp": 1_600_112_492,
            "mail_id": Uuid::from_u128(1), "account_id": Uuid::from_u128(2), "sg_content_type": "html",
        });
        for (name, value) in fields.as_object().unwrap() {
            event[name] = value.clone();
        }
        event
    }

    fn read_all(events: &[Value]) -> Vec<(MailEventKind, Option<String>)> {
        let events = read(json!(events).to_string().as_bytes());
        events.into_iter().map(|e| (e.kind, e.reason)).collect()
    }

    #[test]
    fn events_are_told_in_our_words_which_name_nobody() {
        let reason = "550 5.1.1 <ada@example.com>: no such user";
        let told = read_all(&[
            event(
                json!({"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": reason}),
            ),
            event(json!({"event": "bounce", "type": "blocked", "status": reason})),
            event(json!({"event": "dropped", "reason": "Bounced Address"})),
            event(json!({"event": "dropped", "reason": reason})),
        ]);
        let expected = [
            (MailEventKind::Bounced, "bounced with 5.1.1"),
            (MailEventKind::Blocked, "blocked"),
            (
                MailEventKind::Dropped,
                "the provider did not try: bounced address",
            ),
            (MailEventKind::Dropped, "the provider did not try"),
        ];
        assert_eq!(
            told,
            expected.map(|(kind, reason)| (kind, Some(reason.to_owned())))
        );
    }

    #[test]
    fn what_does_not_concern_us_or_cannot_be_read_is_passed_over() {
        let told = read_all(&[
            event(json!({"event": "open"})),
            event(json!({"event": "delivered", "mail_id": "17"})),
            event(json!({"event": "delivered", "mail_id": null})),
            event(json!({"event": "delivered", "timestamp": i64::MAX})),
            event(json!({"event": "delivered", "sg_event_id": "a\0b"})),
            json!("delivered"),
            event(json!({"event": "delivered"})),
        ]);
        assert_eq!(told, [(MailEventKind::Delivered, None)]);
        for body in ["", "{}", "[", "null", "\u{0}"] {
            assert!(read(body.as_bytes()).is_empty(), "{body}");
        }
    }
}
