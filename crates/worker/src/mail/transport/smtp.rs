use std::time::Duration;

use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor, message::Mailbox};
use secrecy::{ExposeSecret, SecretString};
use suite_core::{Error, Result};

use super::{Envelope, SendFault, message::message};

/// How long a server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends through an SMTP server, over connections that are kept.
#[derive(Clone)]
pub(crate) struct Smtp {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    pub(super) fn new(url: &SecretString, from: Mailbox) -> Result<Self> {
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
            // Not with the cause: it may repeat the URL.
            .map_err(|_| Error::invalid("SMTP_URL", "is not the URL of an SMTP server"))?
            .timeout(Some(PATIENCE))
            .build();
        Ok(Self { server, from })
    }

    pub(super) async fn send(&self, envelope: &Envelope) -> Result<String, SendFault> {
        let message = message(envelope, &self.from)?;
        // Whatever is wrong before the conversation begins has handed nothing over; later nobody can tell.
        if !matches!(self.server.test_connection().await, Ok(true)) {
            return Err(SendFault::Busy {
                after: None,
                reason: "the SMTP server cannot be reached".to_owned(),
            });
        }
        match self.server.send(message).await {
            Ok(_) => Ok(format!("{}@employee-suite", envelope.mail_id)),
            Err(error) => Err(fault(&error)),
        }
    }
}

/// Only the code is kept: servers like to repeat the address in their words.
fn fault(error: &lettre::transport::smtp::Error) -> SendFault {
    let code = error.status().map(|code| code.to_string());
    match code {
        Some(code) if error.is_permanent() => {
            SendFault::Refused(format!("the SMTP server refused it with {code}"))
        }
        Some(code) => SendFault::Busy {
            after: None,
            reason: format!("the SMTP server put it off with {code}"),
        },
        // The connection stood: what breaks may have broken after the message was taken.
        None => SendFault::Unknown("the SMTP server did not answer".to_owned()),
    }
}
