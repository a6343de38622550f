//! What an upload is: its format and its life. What the rows of a format mean stands in the format's own module.

use std::{fmt, str::FromStr};

/// How the rows of an uploaded file are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImportFormat {
    /// One row a line of an invoice.
    InvoiceLines,
    /// Shopify's export of orders: one row a line item.
    ShopifyOrders,
    /// Shopify's export of products: one row a variant.
    ShopifyProducts,
    /// Shopify's export of stock: one row a variant and location.
    ShopifyInventory,
    /// One row an SKU and what was counted of it.
    StockCount,
}

impl ImportFormat {
    /// All formats that can be imported.
    pub const ALL: [Self; 5] = [
        Self::InvoiceLines,
        Self::ShopifyOrders,
        Self::ShopifyProducts,
        Self::ShopifyInventory,
        Self::StockCount,
    ];

    /// Returns the word in requests and rows.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvoiceLines => "invoice_lines",
            Self::ShopifyOrders => "shopify_orders",
            Self::ShopifyProducts => "shopify_products",
            Self::ShopifyInventory => "shopify_inventory",
            Self::StockCount => "stock_count",
        }
    }
}

impl fmt::Display for ImportFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The text is no format's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown import format {0:?}: invoice_lines, shopify_orders, shopify_products, shopify_inventory and stock_count exist"
)]
pub struct UnknownImportFormat(pub String);

impl FromStr for ImportFormat {
    type Err = UnknownImportFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == text)
            .ok_or_else(|| UnknownImportFormat(text.to_owned()))
    }
}

/// The life of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImportState {
    /// Its bytes are still arriving.
    Uploading,
    /// Whole, and waits for its job.
    Queued,
    /// Its job reads it.
    Running,
    /// Every row is written, was known before, or is told as rejected.
    Succeeded,
    /// The file or the job is broken; `error` says why.
    Failed,
    /// Called off; what was written until then stays.
    Cancelled,
}

impl ImportState {
    /// All states, in the order of an import's life.
    pub const ALL: [Self; 6] = [
        Self::Uploading,
        Self::Queued,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Returns the word in rows and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uploading => "uploading",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The text is no state of an import.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown import state {0:?}")]
pub struct UnknownImportState(pub String);

impl FromStr for ImportState {
    type Err = UnknownImportState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or_else(|| UnknownImportState(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_formats_and_states_read_back() {
        for format in ImportFormat::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        for state in ImportState::ALL {
            assert_eq!(state.name().parse(), Ok(state));
        }
        assert!("excel".parse::<ImportFormat>().is_err());
    }
}
