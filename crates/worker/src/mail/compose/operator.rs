use chrono::{DateTime, Utc};

use super::moment;
use crate::mail::{Letter, Sender};

/// Tells the operator that something is out of order, or is no longer.
pub(super) fn alert(
    sender: &Sender,
    (alert, fault): (&str, &str),
    began_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
) -> Letter {
    let (subject, sentence) = match ended_at {
        None => (
            format!("Alert: {fault}"),
            format!("Since {}: {fault}.", moment(began_at)),
        ),
        Some(ended_at) => (
            format!("Over: {fault}"),
            format!(
                "From {} until {}: {fault}. It is over.",
                moment(began_at),
                moment(ended_at)
            ),
        ),
    };
    Letter {
        subject,
        paragraphs: vec![
            sentence,
            format!(
                "What to do stands in deploy/runbooks/{alert}.md; `suitectl alerts list` shows what else is out of order."
            ),
        ],
        action: Some(("See all alerts", sender.link("/v1/ops/alerts"))),
        reason: "You get this because your address is in OPERATOR_EMAILS.".to_owned(),
        ..Letter::default()
    }
}
