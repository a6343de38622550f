use base64::prelude::{BASE64_STANDARD, Engine as _};
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
    pub sendgrid_webhook_public_keys: Vec<String>,
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
        for key in &self.sendgrid_webhook_public_keys {
            // All P-256 keys as SPKI: 26 bytes that say so, and an uncompressed point.
            let spki = BASE64_STANDARD.decode(key).unwrap_or_default();
            if spki.len() != 91 || spki[26] != 4 {
                faults.add(
                    "SENDGRID_WEBHOOK_PUBLIC_KEY",
                    "must be keys as SendGrid shows them, with commas between",
                );
            }
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
