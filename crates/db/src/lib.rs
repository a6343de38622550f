//! The only place with SQL: schema, queries, pool and migrations.
//!
//! Every statement runs in an [`AccountTx`], which serves exactly one account, or in a [`FleetTx`], which serves the
//! operator's own work. Queries take the transaction and read the account from it: there is no way to name another one.
//! Row-level security in the database stands behind that as the second wall.
#![warn(missing_docs)]

pub mod accounts;
pub mod alerts;
pub mod api_tokens;
pub mod audit;
pub mod backups;
pub mod billing;
mod connect;
pub mod erasure;
mod error;
pub mod expiry;
pub mod goods;
pub mod health;
pub mod idempotency;
pub mod imports;
pub mod inventory;
pub mod jobs;
pub mod mails;
pub mod migrate;
pub mod operator;
pub mod orders;
mod pool;
pub mod preferences;
pub mod products;
pub mod report_schedules;
pub mod reports;
pub mod sales_reports;
pub mod sales_rollups;
pub mod schedules;
pub mod schema;
pub mod schema_text;
mod search;
pub mod sessions;
mod statement;
pub mod stores;
mod tls;
pub mod trials;
mod tx;
pub mod user_tokens;
pub mod users;
pub mod variants;
pub mod web_processes;

pub use connect::FleetConnection;
pub use error::{DbError, DbResult};
pub use pool::{Db, PoolStatus};
pub use tx::{AccountTx, FleetTx};
