use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::ConfigFaults;

/// Mail; see `config.default.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "config.default.toml documents each key, and a test compares the two"
)]
pub struct MailConfig {
    pub from: String,
    pub sendgrid_api_key: SecretString,
    pub sendgrid_api_url: String,
    pub smtp_url: SecretString,
    pub directory: String,
}

impl MailConfig {
    pub(super) fn validate(&self, faults: &mut ConfigFaults) {
        if self.from.contains(['\r', '\n']) || !self.from.contains('@') {
            faults.add("MAIL_FROM", "must be an address, with or without a name");
        }
        let smtp = self.smtp_url.expose_secret();
        let is_smtp = smtp.starts_with("smtp://") || smtp.starts_with("smtps://");
        if !smtp.is_empty() && !is_smtp {
            faults.add("SMTP_URL", "must begin with smtp:// or smtps://");
        }
        let url = &self.sendgrid_api_url;
        if !(url.starts_with("http://") || url.starts_with("https://")) || url.ends_with('/') {
            faults.add(
                "SENDGRID_API_URL",
                "must begin with http:// or https:// and not end with a slash",
            );
        }
    }
}
