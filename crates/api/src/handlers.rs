//! What each address does: one module an area, one file a verb where a verb is more than a few lines.

pub(crate) mod auth;
pub(crate) mod billing;
pub(crate) mod catalogue;
pub(crate) mod cron;
pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod imports;
pub(crate) mod inventory;
pub(crate) mod jobs;
pub(crate) mod locations;
pub(crate) mod me;
pub(crate) mod ops;
pub(crate) mod orders;
pub(crate) mod preferences;
pub(crate) mod purchase_orders;
pub(crate) mod report_schedules;
pub(crate) mod reports;
pub(crate) mod stores;
pub(crate) mod supplier_prices;
pub(crate) mod tokens;
pub(crate) mod vendors;
pub(crate) mod webhooks;
