//! The three ways by which mails leave: SendGrid, an SMTP server, or files in a directory.

mod directory;
#[cfg(test)]
mod hostile;
mod message;
mod sendgrid;
mod smtp;

use std::time::Duration;

use secrecy::ExposeSecret;
use suite_core::{
    Error, Result,
    config::MailConfig,
    id::{AccountId, MailId},
};

use super::Letter;
use directory::Directory;
use sendgrid::SendGrid;
use smtp::Smtp;

/// One mail with its reader. It cannot be printed: it holds an address.
pub(crate) struct Envelope {
    pub(crate) account_id: AccountId,
    pub(crate) mail_id: MailId,
    pub(crate) recipient: String,
    /// What it is about, as the provider sorts it.
    pub(crate) kind: &'static str,
    pub(crate) letter: Letter,
}

/// Why a mail was not taken, or may not have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SendFault {
    /// It will never be taken; why, without an address.
    Refused(String),
    /// Not now; the provider may have named a time.
    Busy {
        /// How long to wait.
        after: Option<Duration>,
        /// Why.
        reason: String,
    },
    /// It was handed over and no answer came.
    Unknown(String),
}

/// Writes a mail as it would leave, as a MIME message.
///
/// # Errors
/// When the configured sender or the reader's address is none.
pub(crate) fn write_message(config: &MailConfig, envelope: &Envelope) -> Result<Vec<u8>> {
    let from = message::sender(&config.from)?;
    match message::message(envelope, &from) {
        Ok(message) => Ok(message.formatted()),
        Err(
            SendFault::Refused(reason)
            | SendFault::Busy { reason, .. }
            | SendFault::Unknown(reason),
        ) => Err(Error::internal(reason)),
    }
}

/// How mails leave.
#[derive(Clone)]
pub(crate) enum Transport {
    SendGrid(SendGrid),
    Smtp(Smtp),
    Directory(Directory),
}

impl Transport {
    /// Makes the first one that is configured; `None` when none is.
    ///
    /// # Errors
    /// When what is configured makes no sense.
    pub(crate) fn of(config: &MailConfig) -> Result<Option<Self>> {
        let from = message::sender(&config.from)?;
        if !config.sendgrid_api_key.expose_secret().is_empty() {
            return Ok(Some(Self::SendGrid(SendGrid::new(config, from)?)));
        }
        if !config.smtp_url.expose_secret().is_empty() {
            return Ok(Some(Self::Smtp(Smtp::new(&config.smtp_url, from)?)));
        }
        if !config.directory.is_empty() {
            let directory = Directory::new(&config.directory, from);
            return Ok(Some(Self::Directory(directory)));
        }
        Ok(None)
    }

    /// Returns the outside service whose pace all workers keep together, as `service_rates` names it.
    pub(crate) fn service(&self) -> Option<&'static str> {
        match self {
            Self::SendGrid(_) => Some("sendgrid"),
            Self::Smtp(_) => Some("smtp"),
            Self::Directory(_) => None,
        }
    }

    /// Hands a mail over and returns what the provider calls it.
    pub(crate) async fn send(&self, envelope: &Envelope) -> Result<String, SendFault> {
        match self {
            Self::SendGrid(sendgrid) => sendgrid.send(envelope).await,
            Self::Smtp(smtp) => smtp.send(envelope).await,
            Self::Directory(directory) => directory.send(envelope).await,
        }
    }
}
