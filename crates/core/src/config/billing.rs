use std::time::Duration;

use chrono::TimeDelta;
use rust_decimal::Decimal;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::ConfigFaults;
use crate::money::Currency;

/// Payments; see `config.default.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "config.default.toml documents each key, and a test compares the two"
)]
pub struct BillingConfig {
    pub stripe_secret_key: SecretString,
    pub stripe_webhook_secret: SecretString,
    pub stripe_api_url: String,
    pub stripe_timeout_ms: u64,
    pub stripe_price_id: String,
    pub stripe_setup_price_id: String,
    pub price: String,
    pub currency: String,
    pub grace_days: u32,
    pub remind_days: Vec<u32>,
}

impl BillingConfig {
    pub(super) fn validate(&self, faults: &mut ConfigFaults) {
        let url = &self.stripe_api_url;
        if !(url.starts_with("http://") || url.starts_with("https://")) || url.ends_with('/') {
            faults.add(
                "STRIPE_API_URL",
                "must begin with http:// or https:// and not end with a slash",
            );
        }
        if !(100..=60_000).contains(&self.stripe_timeout_ms) {
            faults.add("billing.stripe_timeout_ms", "must be from 100 to 60000");
        }
        if self.is_configured() && self.stripe_price_id.is_empty() {
            faults.add(
                "STRIPE_PRICE_ID",
                "is not set, and STRIPE_SECRET_KEY is: nothing could be sold",
            );
        }
        if self.price.parse::<Decimal>().is_err() {
            faults.add("billing.price", "must be an amount, such as 500.00");
        }
        if !self.currency().is_some_and(|currency| currency.is_listed()) {
            faults.add("billing.currency", "must be a currency, such as USD");
        }
        if self.grace_days > 90 {
            faults.add("billing.grace_days", "must be at most 90");
        }
        if self.remind_days.iter().any(|days| !(1..=90).contains(days)) {
            faults.add("billing.remind_days", "must be days from 1 to 90");
        }
    }

    /// Tells whether anybody can pay.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        !self.stripe_secret_key.expose_secret().is_empty()
    }

    /// Returns how long Stripe may take for one answer.
    #[must_use]
    pub const fn stripe_timeout(&self) -> Duration {
        Duration::from_millis(self.stripe_timeout_ms)
    }

    /// Returns the currency of the price that is shown.
    #[must_use]
    pub fn currency(&self) -> Option<Currency> {
        self.currency.parse().ok()
    }

    /// Returns how long an account stays open after a payment was refused.
    #[must_use]
    pub fn grace(&self) -> TimeDelta {
        TimeDelta::days(i64::from(self.grace_days))
    }

    /// Returns the secrets that may have signed a webhook: during a rotation there are two.
    pub fn webhook_secrets(&self) -> impl Iterator<Item = &str> {
        let secrets = self.stripe_webhook_secret.expose_secret().split(',');
        secrets.map(str::trim).filter(|secret| !secret.is_empty())
    }
}
