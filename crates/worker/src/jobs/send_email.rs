use std::time::Duration;

use serde_json::{Value, json};
use suite_core::{
    Error,
    id::MailId,
    jobs::SendEmail,
    mail::{MailContent, MailState},
};
use suite_db::mails::{self, Mail};

use crate::{
    mail::{Envelope, SendFault, Sender, Transport, compose},
    runtime::{JobContext, JobError},
};

/// A mail is handed over so often at most: the second time only when nobody knows what became of the first.
const SENDS: i16 = 2;
/// How long the provider's events may take to tell what became of a mail before it is sent again.
const DOUBT: Duration = Duration::from_secs(15 * 60);

/// Hands one mail to the provider. Before it does, it says so in the mail's row: an attempt that finds its mail already on its
/// way does not know whether it left, and treats it with doubt.
pub(crate) async fn run(job: SendEmail, context: &JobContext) -> Result<Value, JobError> {
    let sender = Sender::of_mail(context.settings(), context.account_id(), job.mail_id)?;
    let transport = context.mail().ok_or_else(|| {
        JobError::Retry(Error::unavailable("this process has no way to send mails"))
    })?;
    if let Some(service) = transport.service() {
        // Before the mail counts as on its way: who waits for a turn has handed nothing over.
        context.service(service).take(1).await?;
    }
    let Some((mail, content)) = take(job.mail_id, context).await? else {
        return Ok(json!({"mail_id": job.mail_id}));
    };
    let envelope = Envelope {
        account_id: context.account_id(),
        mail_id: job.mail_id,
        recipient: mail.recipient.clone(),
        kind: content.kind(),
        letter: compose(&content, &sender),
    };
    hand_over(transport, &envelope, context).await
}

/// Decides whether the mail is to be sent now, and if so notes that it is; `None` when it is settled without that.
async fn take(id: MailId, context: &JobContext) -> Result<Option<(Mail, MailContent)>, JobError> {
    let mut tx = context.db().account(context.account_id()).await?;
    context.fence(&mut tx).await?;
    let mail = mails::find(&mut tx, id)
        .await?
        .ok_or(Error::NotFound { what: "mail" })?;
    let content = mail.content().map_err(JobError::Unreadable)?;
    let settle = match mail.state().map_err(JobError::Unreadable)? {
        MailState::Sending => {
            let reason = "the worker ended while it was sending";
            mails::settle(&mut tx, id, MailState::Unknown, None, Some(reason)).await?;
            tx.commit().await?;
            return Err(JobError::RetryAfter(DOUBT, provider(reason.to_owned())));
        }
        MailState::Unknown if mail.sends >= SENDS => Some((
            MailState::Failed,
            "it was handed over twice and no answer came",
        )),
        MailState::Queued | MailState::Unknown if is_over(&content, context) => Some((
            MailState::Failed,
            "its link had expired before it could be sent",
        )),
        MailState::Queued | MailState::Unknown => {
            let topic = content.topic();
            mails::is_suppressed(&mut tx, &mail.recipient, topic)
                .await?
                .then_some((MailState::Suppressed, "the reader is not to be mailed"))
        }
        // Told by the provider's events meanwhile, or settled before.
        _ => {
            finish(&mut tx, id, context).await?;
            tx.commit().await?;
            return Ok(None);
        }
    };
    if let Some((state, reason)) = settle {
        mails::settle(&mut tx, id, state, None, Some(reason)).await?;
        finish(&mut tx, id, context).await?;
        tx.commit().await?;
        return Ok(None);
    }
    mails::begin_sending(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Some((mail, content)))
}

/// A link that does nothing any more is not worth a mail.
fn is_over(content: &MailContent, context: &JobContext) -> bool {
    content
        .expires_at()
        .is_some_and(|end| end <= context.clock().now())
}

async fn finish(
    tx: &mut suite_db::AccountTx,
    id: MailId,
    context: &JobContext,
) -> Result<(), JobError> {
    context.finish(tx, &json!({"mail_id": id})).await
}

async fn hand_over(
    transport: &Transport,
    envelope: &Envelope,
    context: &JobContext,
) -> Result<Value, JobError> {
    let id = envelope.mail_id;
    let sent = transport.send(envelope).await;
    let mut tx = context.db().account(context.account_id()).await?;
    context.fence(&mut tx).await?;
    let result = match sent {
        Ok(provider_id) => {
            mails::settle(&mut tx, id, MailState::Sent, Some(&provider_id), None).await?;
            finish(&mut tx, id, context).await?;
            Ok(json!({"mail_id": id}))
        }
        Err(SendFault::Refused(reason)) => {
            mails::settle(&mut tx, id, MailState::Failed, None, Some(&reason)).await?;
            Err(JobError::Discard(provider(reason)))
        }
        Err(SendFault::Busy { after, reason }) => {
            mails::settle(&mut tx, id, MailState::Queued, None, Some(&reason)).await?;
            if let (Some(after), Some(service)) = (after, transport.service()) {
                // It said so to this mail and means all of them: the whole fleet waits.
                context.service(service).close_for(after).await;
            }
            let error = provider(reason);
            Err(match after {
                Some(after) => JobError::RetryAfter(after, error),
                None => JobError::Retry(error),
            })
        }
        Err(SendFault::Unknown(reason)) => {
            mails::settle(&mut tx, id, MailState::Unknown, None, Some(&reason)).await?;
            Err(JobError::RetryAfter(DOUBT, provider(reason)))
        }
    };
    tx.commit().await?;
    result
}

fn provider(reason: String) -> Error {
    Error::Upstream {
        service: "the mail provider",
        source: reason.into(),
    }
}
