//! Shopify's export of orders: one row a line item; what is said of a whole order stands in its first row only.
//!
//! The *head* of an order is what its first row says of all of it, an *item* is one line item. An order is taken as a whole or
//! refused as a whole, because its discounts, taxes and refunds are told as sums: they are *settled* on its items here, so that
//! `net` of the order is its Subtotal, and `total` what was to be paid, to the last digit.

mod columns;
mod fault;
mod reader;
mod settle;
mod spread;

pub use columns::OrderColumns;
pub use fault::OrderFault;
pub use reader::{OrderHead, OrderItem, OrderReader, Place};
pub use settle::{Settled, SettledLine, settle};

/// No order has more line items; one that claims to is refused.
pub const ITEMS_LIMIT: usize = 10_000;
