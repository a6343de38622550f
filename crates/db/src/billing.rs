//! Payments: what Stripe has told, and what an account's events come to.

mod events;
mod funnel;
mod read;
mod reminders;
mod settle;

pub use events::{NewEvent, StoredEvent, account_of, claim, find, mark, store, stuck};
pub use funnel::{Funnel, FunnelCounts, MonthCounts, funnel};
pub(crate) use read::{ACCESS, AccessColumns, access_of};
pub use read::{
    SubscriptionRow, access, is_locked, leading_customer, live, owner_email, subscriptions,
};
pub use reminders::{OpenPayment, hold, open_payments};
pub use settle::{Settled, learn, settle};
