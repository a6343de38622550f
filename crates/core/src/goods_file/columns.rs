use crate::{
    import::ImportFormat,
    invoice_lines::{BrokenFile, COLUMN_LIMIT, Fields, column_position, readable_header},
};

/// Where each column stands in the file; the columns that a format needs are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodsColumns {
    /// Columns of the header: each row must have as many.
    pub count: usize,
    places: [Option<usize>; NAMES.len()],
}

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

/// The columns in the order of [`Column`], with what exports call them, in small letters and without blanks and signs.
const NAMES: [(&str, &[&str]); 17] = [
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
        ImportFormat::InvoiceLines => &[],
    }
}

impl GoodsColumns {
    /// Finds the columns in the first record of a file, in any order and among others.
    ///
    /// # Errors
    /// [`BrokenFile`] when it is no header, or lacks what the format needs.
    pub fn find(header: &[u8], format: ImportFormat) -> Result<Self, BrokenFile> {
        let header = readable_header(header)?;
        let list = |columns: Vec<&str>| columns.join(", ");
        let wanted = || {
            list(
                needed(format)
                    .iter()
                    .map(|column| NAMES[*column as usize].0)
                    .collect(),
            )
        };
        let no_header = || BrokenFile::NoHeader { columns: wanted() };
        let mut fields = Fields::default();
        let count = fields
            .split(header, COLUMN_LIMIT)
            .map_err(|_| no_header())?;
        if count > COLUMN_LIMIT {
            return Err(BrokenFile::TooManyColumns {
                limit: COLUMN_LIMIT,
            });
        }
        let names: Vec<String> = (0..count)
            .map(|index| plain(fields.get(header, index)))
            .collect();
        let mut places = [None; NAMES.len()];
        for (place, (column, aliases)) in places.iter_mut().zip(NAMES) {
            *place = column_position(&names, column, aliases)?;
        }
        if places.iter().all(Option::is_none) {
            return Err(no_header());
        }
        let missing: Vec<&str> = needed(format)
            .iter()
            .filter(|column| places[**column as usize].is_none())
            .map(|column| NAMES[*column as usize].0)
            .collect();
        if !missing.is_empty() {
            return Err(BrokenFile::MissingColumns {
                columns: list(missing),
            });
        }
        Ok(Self { count, places })
    }

    pub(super) fn place(&self, column: Column) -> Option<usize> {
        self.places[column as usize]
    }
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
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
