use std::collections::HashMap;

use rust_decimal::Decimal;

use super::{GoodsColumns, columns::Column};
use crate::{
    import::ImportFormat,
    invoice_lines::{Fields, RowFault, TEXT_LIMIT_CHARS, parse_number},
};

/// What one row says of a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodsRow {
    /// The product's handle; empty in a plain count.
    pub handle: String,
    /// The SKU; may be empty.
    pub sku: String,
    /// The option values as a JSON array; empty where there are none.
    pub options: String,
    /// What the variant is called beside its product: `Small / Red`; empty for the only one.
    pub variant_title: String,
    /// What the row says of its product, in an export of products.
    pub product: Option<ProductText>,
    /// What the row says of its stock.
    pub stock: Option<StockRow>,
}

/// What an export says of a product; its first row says it for those below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductText {
    /// What people call it.
    pub title: String,
    /// Who makes it.
    pub vendor: String,
    /// Which kind of thing it is.
    pub product_type: String,
    /// `active`, `draft` or `archived`.
    pub status: &'static str,
    /// What the variant costs.
    pub price: Price,
}

/// What a variant costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// For how much it is sold.
    pub price: Option<Decimal>,
    /// For how much it is bought.
    pub cost: Option<Decimal>,
}

/// How much there is of a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockRow {
    /// The location's name; empty for the default one.
    pub location: String,
    /// On the shelf.
    pub on_hand: Decimal,
    /// On the shelf and promised.
    pub reserved: Option<Decimal>,
}

/// Reads the rows of one file, in their order.
#[derive(Debug)]
pub struct GoodsReader {
    format: ImportFormat,
    columns: GoodsColumns,
    fields: Fields,
    /// What the first row of each product has said.
    products: HashMap<String, ProductText>,
}

/// What Shopify calls the option of a product that has only one variant.
const ONLY: &str = "Default Title";

impl GoodsReader {
    /// Makes a reader for rows under these columns.
    #[must_use]
    pub fn new(columns: GoodsColumns, format: ImportFormat) -> Self {
        Self {
            format,
            columns,
            fields: Fields::default(),
            products: HashMap::new(),
        }
    }

    /// Reads one row; `None` when it says nothing of goods: a picture, or a place where the variant is not stocked.
    ///
    /// # Errors
    /// [`RowFault`]: the first thing that is wrong with it.
    pub fn read(&mut self, text: &str) -> Result<Option<GoodsRow>, RowFault> {
        let found = self
            .fields
            .split(text, self.columns.count())
            .map_err(|_| RowFault::TextAfterQuote)?;
        if found != self.columns.count() {
            return Err(RowFault::FieldCount {
                expected: self.columns.count(),
                found,
            });
        }
        if text.contains('\0') {
            return Err(RowFault::Nul);
        }
        match self.format {
            ImportFormat::ShopifyProducts => self.product(text),
            ImportFormat::ShopifyInventory => self.inventory(text),
            ImportFormat::StockCount | ImportFormat::InvoiceLines | ImportFormat::ShopifyOrders => {
                self.count(text)
            }
        }
    }

    fn get<'a>(&'a self, text: &'a str, column: Column) -> &'a str {
        self.columns
            .place(column)
            .map_or("", |place| self.fields.get(text, place))
    }

    fn short(&self, text: &str, column: Column, name: &'static str) -> Result<String, RowFault> {
        let field = self.get(text, column);
        if field.len() > TEXT_LIMIT_CHARS && field.chars().count() > TEXT_LIMIT_CHARS {
            return Err(RowFault::TooLong(name));
        }
        Ok(field.to_owned())
    }

    fn needed(&self, text: &str, column: Column, name: &'static str) -> Result<String, RowFault> {
        let field = self.short(text, column, name)?;
        if field.is_empty() {
            return Err(RowFault::Empty(name));
        }
        Ok(field)
    }

    /// A number that may be missing; money is not below zero.
    fn amount(
        &self,
        text: &str,
        column: Column,
        name: &'static str,
    ) -> Result<Option<Decimal>, RowFault> {
        let field = self.get(text, column);
        if field.is_empty() {
            return Ok(None);
        }
        let number = parse_number(field).map_err(|fault| RowFault::Number(name, fault))?;
        if number < Decimal::ZERO {
            return Err(RowFault::BelowZero(name));
        }
        Ok(Some(number))
    }

    fn number(&self, text: &str, column: Column, name: &'static str) -> Result<Decimal, RowFault> {
        parse_number(self.get(text, column)).map_err(|fault| RowFault::Number(name, fault))
    }

    /// The option values in their order, without the empty ones behind the last.
    fn options(&self, text: &str) -> Result<Vec<String>, RowFault> {
        let mut values = vec![
            self.short(text, Column::Option1, "Option1 Value")?,
            self.short(text, Column::Option2, "Option2 Value")?,
            self.short(text, Column::Option3, "Option3 Value")?,
        ];
        while values.last().is_some_and(String::is_empty) {
            values.pop();
        }
        Ok(values)
    }

    fn product(&mut self, text: &str) -> Result<Option<GoodsRow>, RowFault> {
        let handle = self.needed(text, Column::Handle, "Handle")?;
        let sku = self.short(text, Column::Sku, "SKU")?;
        let options = self.options(text)?;
        let price = Price {
            price: self.amount(text, Column::Price, "Variant Price")?,
            cost: self.amount(text, Column::Cost, "Cost per item")?,
        };
        let title = self.short(text, Column::Title, "Title")?;
        if !title.is_empty() {
            let product = ProductText {
                title,
                vendor: self.short(text, Column::Vendor, "Vendor")?,
                product_type: self.short(text, Column::Type, "Type")?,
                status: status(self.get(text, Column::Status)),
                price,
            };
            self.products.insert(handle.clone(), product);
        }
        if options.is_empty() && sku.is_empty() && price.price.is_none() {
            return Ok(None);
        }
        let product = self.products.get(&handle).ok_or(RowFault::Empty("Title"))?;
        let product = ProductText {
            price,
            ..product.clone()
        };
        // Without a tracker nobody counts the pieces, and the quantity says nothing.
        let is_tracked = !self.get(text, Column::Tracker).is_empty();
        let has_quantity = !self.get(text, Column::Quantity).is_empty();
        let stock = if is_tracked && has_quantity {
            Some(StockRow {
                location: String::new(),
                on_hand: self.number(text, Column::Quantity, "Variant Inventory Qty")?,
                reserved: None,
            })
        } else {
            None
        };
        Ok(Some(row(handle, sku, &options, Some(product), stock)))
    }

    fn inventory(&self, text: &str) -> Result<Option<GoodsRow>, RowFault> {
        let handle = self.needed(text, Column::Handle, "Handle")?;
        let sku = self.short(text, Column::Sku, "SKU")?;
        let options = self.options(text)?;
        let on_hand = self.get(text, Column::OnHand);
        if on_hand.is_empty() || on_hand.eq_ignore_ascii_case("not stocked") {
            return Ok(None);
        }
        let stock = StockRow {
            location: self.needed(text, Column::Location, "Location")?,
            on_hand: self.number(text, Column::OnHand, "On hand")?,
            reserved: self.amount(text, Column::Committed, "Committed")?,
        };
        Ok(Some(row(handle, sku, &options, None, Some(stock))))
    }

    fn count(&self, text: &str) -> Result<Option<GoodsRow>, RowFault> {
        let sku = self.needed(text, Column::Sku, "SKU")?;
        let counted = self.number(text, Column::Counted, "Counted")?;
        if counted < Decimal::ZERO {
            return Err(RowFault::BelowZero("Counted"));
        }
        let stock = StockRow {
            location: self.short(text, Column::Location, "Location")?,
            on_hand: counted,
            reserved: None,
        };
        Ok(Some(row(String::new(), sku, &[], None, Some(stock))))
    }
}

fn row(
    handle: String,
    sku: String,
    options: &[String],
    product: Option<ProductText>,
    stock: Option<StockRow>,
) -> GoodsRow {
    let is_only = options == [ONLY];
    GoodsRow {
        handle,
        sku,
        // Strings only: it cannot fail.
        options: if options.is_empty() {
            String::new()
        } else {
            serde_json::to_string(options).unwrap_or_default()
        },
        variant_title: if is_only {
            String::new()
        } else {
            options.join(" / ")
        },
        product,
        stock,
    }
}

fn status(text: &str) -> &'static str {
    match text.to_ascii_lowercase().as_str() {
        "draft" => "draft",
        "archived" => "archived",
        _ => "active",
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    const PRODUCTS: &[u8] =
        b"Handle,Title,Vendor,Option1 Value,Option2 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Price,Image Src";

    fn reader(header: &[u8], format: ImportFormat) -> GoodsReader {
        GoodsReader::new(GoodsColumns::find(header, format).unwrap(), format)
    }

    #[test]
    fn the_first_row_of_a_product_speaks_for_those_below() {
        let mut reader = reader(PRODUCTS, ImportFormat::ShopifyProducts);
        let first = reader
            .read("top,Varsity Top,Acme,Small,Red,,,,60,x")
            .unwrap()
            .unwrap();
        let second = reader
            .read("top,,,Medium,Red,,shopify,-2,65,")
            .unwrap()
            .unwrap();
        assert_eq!(first.variant_title, "Small / Red");
        assert_eq!(first.options, r#"["Small","Red"]"#);
        assert_eq!(first.stock, None);
        let product = second.product.unwrap();
        assert_eq!(
            (product.title.as_str(), product.vendor.as_str()),
            ("Varsity Top", "Acme")
        );
        assert_eq!(product.price.price, Some(dec!(65)));
        assert_eq!(second.stock.unwrap().on_hand, dec!(-2));
        assert_eq!(reader.read("top,,,,,,,,,picture"), Ok(None));
        let only = reader
            .read("pot,Pot,,Default Title,,P1,,,9,")
            .unwrap()
            .unwrap();
        assert_eq!(only.variant_title, "");
        assert_eq!(
            reader.read("cup,,,Blue,,,,,9,"),
            Err(RowFault::Empty("Title"))
        );
        assert!(reader.read("cup,Cup,,Blue,,,,,-9,").is_err());
    }

    #[test]
    fn a_place_where_a_variant_is_not_stocked_says_nothing() {
        let header = b"Handle,Option1 Value,SKU,Location,Committed,On hand";
        let mut reader = reader(header, ImportFormat::ShopifyInventory);
        let row = reader.read("top,Small,,Shop,2,5").unwrap().unwrap();
        let stock = row.stock.unwrap();
        assert_eq!(
            (stock.location.as_str(), stock.on_hand, stock.reserved),
            ("Shop", dec!(5), Some(dec!(2)))
        );
        assert_eq!(reader.read("top,Small,,Shop,,not stocked"), Ok(None));
        assert!(reader.read("top,Small,,,0,5").is_err());
    }

    #[test]
    fn a_count_is_a_number_of_zero_or_more() {
        let mut reader = reader(b"sku,counted", ImportFormat::StockCount);
        assert_eq!(
            reader
                .read("MUG,12")
                .unwrap()
                .unwrap()
                .stock
                .unwrap()
                .on_hand,
            dec!(12)
        );
        for bad in ["MUG,-1", "MUG,", "MUG,1e3", ",3", "MUG", "MUG,1,2"] {
            assert!(reader.read(bad).is_err(), "{bad}");
        }
    }
}
