//! Who pays, and what that opens.
//!
//! What the payment service tells are *facts*: they come late, twice, out of order, or not at all. An account's state is never
//! changed by one of them; it is *recounted* from all that are known ([`recount`]), which makes the order of their arrival and
//! their repetition immaterial. What a lost fact leaves wrong is put right by a fact that the nightly reconciliation reads itself.

mod access;
mod amount;
mod fact;
mod history;
mod notice;
mod revenue;
mod subscription;
#[cfg(test)]
mod tests;

pub use access::{Access, Plan, Standing, UnknownPlan};
pub use amount::{from_minor, per_month};
pub use fact::{Fact, Glimpse, InvoiceFact, PaymentEvent, SubscriptionView};
pub use history::{History, Opens, recount};
pub use notice::{PaymentNotice, notices};
pub use revenue::{ChangeKind, RevenueChange, RevenueMonth, RevenueSum, UnknownChange, by_month};
pub use subscription::{Subscription, SubscriptionStatus, UnknownStatus};
