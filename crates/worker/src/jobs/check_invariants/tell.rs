use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::json;
use suite_core::{Error, credentials::normalize_email, mail::MailContent};
use suite_db::{
    alerts::{self, AlertRow},
    mails::{self, NewMail},
    users,
};

use crate::runtime::{JobContext, JobError};

/// A webhook that does not answer by then is called again at the next look.
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(5);

/// Tells whoever was not told yet, and returns how often somebody was.
pub(super) async fn all(rows: &[AlertRow], context: &JobContext) -> Result<u64, JobError> {
    let mut told = 0;
    for row in rows {
        let ended = row.ended_at.is_some();
        let word = if ended { "ended" } else { "began" };
        // Nobody needs to hear of the end of what nobody heard of.
        if ended && !row.told.iter().any(|what| what.starts_with("began:")) {
            continue;
        }
        for channel in ["log", "mail", "webhook"] {
            let what = format!("{word}:{channel}");
            if row.told.contains(&what) {
                continue;
            }
            let done = match channel {
                "log" => log(row, ended),
                "mail" => mail(row, context).await?,
                _ => webhook(row, context).await,
            };
            if done {
                let mut tx = context.db().fleet().await?;
                alerts::note_told(&mut tx, row.id, &what).await?;
                tx.commit().await?;
                told += 1;
            }
        }
    }
    Ok(told)
}

/// An error in the log becomes a report at Sentry.
fn log(row: &AlertRow, ended: bool) -> bool {
    if ended {
        tracing::warn!(alert = row.kind, fault = row.fault, "an alert is over");
    } else {
        tracing::error!(
            alert = row.kind,
            fault = row.fault,
            "something is out of order"
        );
    }
    true
}

/// Writes a mail to each operator; they have accounts, as `/v1/ops` needs them too. Written twice, it is one.
async fn mail(row: &AlertRow, context: &JobContext) -> Result<bool, JobError> {
    let mut all_known = true;
    for address in &context.settings().security.operator_emails {
        let Ok(recipient) = normalize_email("OPERATOR_EMAILS", address) else {
            continue;
        };
        let mut tx = context.db().fleet().await?;
        let Some(login) = users::find_login(&mut tx, &recipient).await? else {
            all_known = false;
            continue;
        };
        let mut tx = tx.for_account(login.account_id).await?;
        let word = if row.ended_at.is_some() {
            "ended"
        } else {
            "began"
        };
        let mail = NewMail {
            recipient,
            content: MailContent::OperatorAlert {
                alert: row.kind.clone(),
                fault: row.fault.clone(),
                began_at: row.began_at,
                ended_at: row.ended_at,
            },
            period: format!("{}/{word}", row.id),
        };
        let job = mails::write(&mut tx, &mail).await?;
        tx.commit().await?;
        context.dispatch(job.as_slice());
    }
    if !all_known {
        tracing::warn!(
            "an address in OPERATOR_EMAILS has no account yet: no alert is mailed to it"
        );
    }
    Ok(true)
}

/// Posts it to the webhook, where there is one.
async fn webhook(row: &AlertRow, context: &JobContext) -> bool {
    let url = context.settings().monitor.webhook_url.expose_secret();
    if url.is_empty() {
        return true;
    }
    let base = &context.settings().http.base_url;
    let body = json!({
        "id": row.id, "alert": row.kind, "state": if row.ended_at.is_some() { "ended" } else { "began" },
        "text": format!("{}: {}", row.kind, row.fault), "fault": row.fault,
        "began_at": row.began_at, "ended_at": row.ended_at, "base_url": base,
    });
    match post(url, body.to_string()).await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(error = error.chain(), "the alert webhook was not reached");
            false
        }
    }
}

async fn post(url: &str, body: String) -> suite_core::Result<()> {
    let http = reqwest::Client::builder()
        .timeout(WEBHOOK_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(Error::internal)?;
    let request = http
        .post(url)
        .header("content-type", "application/json")
        .body(body);
    // The address may hold a secret.
    let failed = |error: reqwest::Error| Error::Upstream {
        service: "the alert webhook",
        source: error.without_url().into(),
    };
    let answer = request.send().await.map_err(failed)?;
    answer.error_for_status().map_err(failed)?;
    Ok(())
}
