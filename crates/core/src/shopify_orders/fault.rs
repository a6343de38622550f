use super::ITEMS_LIMIT;
use crate::invoice_lines::{BadMoment, RowFault};

/// Why a row, or an order with all its rows, is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderFault {
    /// A field cannot be taken.
    #[error(transparent)]
    Row(#[from] RowFault),
    /// A date cannot be taken.
    #[error("{0} {1}")]
    Date(&'static str, BadMoment),
    /// Amounts of several currencies are never added up.
    #[error("Currency is {found} and the store's is {store}")]
    OtherCurrency {
        /// What the row says.
        found: String,
        /// What the store counts in.
        store: String,
    },
    /// A row that goes on with an order which is not above it.
    #[error("the first row of this order, which has its date and its sums, is not right above")]
    NoFirstRow,
    /// Another row of the order is at fault.
    #[error("line {line} of the same order is refused")]
    Together {
        /// Where that row begins.
        line: u64,
    },
    /// Pieces that are not whole orders of the catalogue.
    #[error("Lineitem quantity is below zero")]
    NegativeQuantity,
    /// An amount that no order has.
    #[error("Lineitem quantity times Lineitem price is a trillion or more")]
    AmountTooLarge,
    /// A row of the order is missing, or a sum is wrong.
    #[error("the line items of the order come to {items} and Subtotal is {subtotal}")]
    BelowSubtotal {
        /// What the items come to.
        items: String,
        /// What the first row says.
        subtotal: String,
    },
    /// More was given back than was paid.
    #[error("Refunded Amount is more than Total")]
    RefundAboveTotal,
    /// An order without end.
    #[error("the order has more than {ITEMS_LIMIT} line items")]
    TooManyItems,
}
