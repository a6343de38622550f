use crate::{
    file_columns::{ColumnNames, FileColumns},
    invoice_lines::BrokenFile,
};

/// Where each column stands in the file; the columns that an order needs are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderColumns(FileColumns<{ NAMES.len() }>);

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Name,
    Email,
    Currency,
    Subtotal,
    Shipping,
    Taxes,
    Total,
    Discount,
    CreatedAt,
    Quantity,
    ItemName,
    Price,
    Sku,
    Taxable,
    BillingCountry,
    ShippingCountry,
    CancelledAt,
    Refunded,
    Vendor,
    Id,
    Source,
    ItemDiscount,
}

/// The columns in the order of [`Column`].
const NAMES: [ColumnNames; 22] = [
    ("Name", &["name"]),
    ("Email", &["email"]),
    ("Currency", &["currency"]),
    ("Subtotal", &["subtotal"]),
    ("Shipping", &["shipping"]),
    ("Taxes", &["taxes"]),
    ("Total", &["total"]),
    ("Discount Amount", &["discountamount"]),
    ("Created at", &["createdat"]),
    ("Lineitem quantity", &["lineitemquantity"]),
    ("Lineitem name", &["lineitemname"]),
    ("Lineitem price", &["lineitemprice"]),
    ("Lineitem sku", &["lineitemsku"]),
    ("Lineitem taxable", &["lineitemtaxable"]),
    ("Billing Country", &["billingcountry"]),
    ("Shipping Country", &["shippingcountry"]),
    ("Cancelled at", &["cancelledat"]),
    ("Refunded Amount", &["refundedamount"]),
    ("Vendor", &["vendor"]),
    ("Id", &["id"]),
    ("Source", &["source"]),
    ("Lineitem discount", &["lineitemdiscount"]),
];

/// Without these an order cannot be told.
const NEEDED: [Column; 11] = [
    Column::Name,
    Column::Currency,
    Column::Subtotal,
    Column::Shipping,
    Column::Taxes,
    Column::Total,
    Column::Discount,
    Column::CreatedAt,
    Column::Quantity,
    Column::ItemName,
    Column::Price,
];

impl Column {
    /// Returns what exports call it.
    pub(super) const fn name(self) -> &'static str {
        NAMES[self as usize].0
    }
}

impl OrderColumns {
    /// Finds the columns in the first record of a file, in any order and among others.
    ///
    /// # Errors
    /// [`BrokenFile`] when it is no header, or lacks what an order needs.
    pub fn find(header: &[u8]) -> Result<Self, BrokenFile> {
        let needed = NEEDED.map(|column| column as usize);
        FileColumns::find(header, &NAMES, &needed).map(Self)
    }

    pub(super) fn count(&self) -> usize {
        self.0.count()
    }

    pub(super) fn place(&self, column: Column) -> Option<usize> {
        self.0.place(column as usize)
    }

    /// Tells whether a field of the file may be shown to others than the reader: all that is read here but the address.
    pub(super) fn is_shown(&self, place: usize) -> bool {
        self.0.is_known(place) && self.place(Column::Email) != Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_header_lacks_is_told() {
        let told = |header: &[u8]| OrderColumns::find(header).unwrap_err().to_string();
        assert_eq!(
            told(b"Name,Email,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Created at,Lineitem quantity"),
            "The header lacks the column Lineitem name, Lineitem price."
        );
        assert_eq!(
            told(b"Name;Email;Currency"),
            "The columns are separated by semicolons; separate them by commas."
        );
        assert!(told(b"a,b").starts_with("The first line is no header"));
        assert_eq!(
            told("Name,".repeat(300).as_bytes()),
            "The header has more than 256 columns."
        );
    }
}
