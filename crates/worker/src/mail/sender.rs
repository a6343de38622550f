use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use suite_core::{
    config::Settings,
    id::{AccountId, MailId, ReportId},
    links::LinkKeys,
};
use uuid::Uuid;

/// Stands where the secret part of a link would: in mails that are only shown.
const HIDDEN: &str = "…";

/// What every mail says about us, and how it makes its links.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    base_url: String,
    /// Days of a trial, for the words of welcome.
    pub(crate) trial_days: u32,
    /// Makes the secret parts of links, and for which mail. Without, they are hidden.
    links: Option<(LinkKeys, AccountId, MailId)>,
}

impl Sender {
    /// Writes mails to look at: the secret parts of their links are hidden.
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            base_url: settings.http.base_url.clone(),
            trial_days: settings.trial.days,
            links: None,
        }
    }

    /// Writes one mail that is sent.
    ///
    /// # Errors
    /// When the installation has no secret.
    pub(crate) fn of_mail(
        settings: &Settings,
        account_id: AccountId,
        mail_id: MailId,
    ) -> suite_core::Result<Self> {
        let keys = LinkKeys::new(&settings.security.secret_key)?;
        Ok(Self {
            links: Some((keys, account_id, mail_id)),
            ..Self::of(settings)
        })
    }

    pub(crate) fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// Where its reader does something once.
    pub(crate) fn one_time_link(&self, path: &str, token_id: Uuid) -> String {
        match &self.links {
            Some((keys, account_id, _)) => {
                let token = keys.one_time(*account_id, token_id);
                self.link(&format!("{path}/{}", token.text.expose_secret()))
            }
            None => self.link(&format!("{path}/{HIDDEN}")),
        }
    }

    /// Where whoever has the link reads a report until some time.
    pub(crate) fn shared_link(&self, report_id: ReportId, until: DateTime<Utc>) -> String {
        let token = match &self.links {
            Some((keys, account_id, _)) => keys.shared(*account_id, report_id, until),
            None => HIDDEN.to_owned(),
        };
        self.link(&format!("/shared/{token}"))
    }

    /// Where its reader stops mails of its kind.
    pub(crate) fn stop_link(&self) -> String {
        let token = match &self.links {
            Some((keys, account_id, mail_id)) => keys.stop(*account_id, *mail_id),
            None => HIDDEN.to_owned(),
        };
        self.link(&format!("/unsubscribe/{token}"))
    }

    #[cfg(test)]
    pub(crate) fn sample(base_url: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            trial_days: 7,
            links: None,
        }
    }
}
