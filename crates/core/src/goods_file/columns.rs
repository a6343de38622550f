use crate::{
    file_columns::{ColumnNames, FileColumns},
    import::ImportFormat,
    invoice_lines::BrokenFile,
};

/// Where each column stands in the file; the columns that a format needs are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodsColumns(FileColumns<{ NAMES.len() }>);

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Handle,
    Sku,
    Option1,
    Option2,
    Option3,
    Title,
    Vendor,
    Type,
    Status,
    Price,
    Cost,
    Tracker,
    Quantity,
    Location,
    OnHand,
    Committed,
    Counted,
}

/// The columns in the order of [`Column`].
const NAMES: [ColumnNames; 17] = [
    ("Handle", &["handle", "urlhandle"]),
    ("SKU", &["variantsku", "sku", "stockcode"]),
    ("Option1 Value", &["option1value"]),
    ("Option2 Value", &["option2value"]),
    ("Option3 Value", &["option3value"]),
    ("Title", &["title"]),
    ("Vendor", &["vendor"]),
    ("Type", &["type", "producttype"]),
    ("Status", &["status"]),
    ("Variant Price", &["variantprice", "price"]),
    ("Cost per item", &["costperitem"]),
    ("Variant Inventory Tracker", &["variantinventorytracker"]),
    ("Variant Inventory Qty", &["variantinventoryqty"]),
    ("Location", &["location"]),
    ("On hand", &["onhandnew", "onhandcurrent", "onhand"]),
    ("Committed", &["committed", "committednoteditable"]),
    ("Counted", &["counted", "quantity", "qty"]),
];

/// Returns the columns without which a file of the format says nothing.
fn needed(format: ImportFormat) -> &'static [Column] {
    match format {
        ImportFormat::ShopifyProducts => &[
            Column::Handle,
            Column::Title,
            Column::Option1,
            Column::Price,
        ],
        ImportFormat::ShopifyInventory => &[
            Column::Handle,
            Column::Option1,
            Column::Location,
            Column::OnHand,
        ],
        ImportFormat::StockCount => &[Column::Sku, Column::Counted],
        ImportFormat::InvoiceLines | ImportFormat::ShopifyOrders => &[],
    }
}

impl GoodsColumns {
    /// Finds the columns in the first record of a file, in any order and among others.
    ///
    /// # Errors
    /// [`BrokenFile`] when it is no header, or lacks what the format needs.
    pub fn find(header: &[u8], format: ImportFormat) -> Result<Self, BrokenFile> {
        let needed: Vec<usize> = needed(format)
            .iter()
            .map(|column| *column as usize)
            .collect();
        FileColumns::find(header, &NAMES, &needed).map(Self)
    }

    pub(super) fn count(&self) -> usize {
        self.0.count()
    }

    pub(super) fn place(&self, column: Column) -> Option<usize> {
        self.0.place(column as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_what_exports_call_them() {
        let header = b"Handle,Title,Option1 Name,Option1 Value,SKU,Location,Committed (not editable),On hand (current)";
        let columns = GoodsColumns::find(header, ImportFormat::ShopifyInventory).unwrap();
        assert_eq!(columns.place(Column::Option1), Some(3));
        assert_eq!(columns.place(Column::Committed), Some(6));
        assert_eq!(columns.place(Column::OnHand), Some(7));
    }

    #[test]
    fn what_a_format_needs_is_told_where_it_is_missing() {
        let told = |header: &[u8]| {
            GoodsColumns::find(header, ImportFormat::StockCount)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(told(b"SKU,Title"), "The header lacks the column Counted.");
        assert_eq!(
            told(b"a,b"),
            "The first line is no header: it must name the columns SKU, Counted."
        );
        assert!(told(b"sku,SKU,counted").contains("twice"));
    }
}
