//! Stripe: what is asked of it, and what it tells. <https://docs.stripe.com/api>
//!
//! Only what is used is typed; whatever else stands in a body is not read. Nothing here decides: what Stripe tells becomes a
//! [`suite_core::billing::PaymentEvent`], and what that means is worked out there.
#![warn(missing_docs)]

mod client;
mod error;
mod event;
mod form;
mod signature;
mod wire;

pub use client::{Checkout, Stripe, SubscriptionPage};
pub use error::StripeError;
pub use event::{Notice, read_envelope, read_event, read_subscription};
pub use signature::{BadSignature, sign, verify};
pub use wire::{ListedSubscription, Session};
