use std::io::Write;

use rust_decimal::Decimal;

use crate::{
    Error, Result,
    money::{Currency, format_quantity},
    report::defuse,
};

const HEADER: [&str; 7] = [
    "position",
    "sku",
    "title",
    "quantity",
    "unit_price",
    "amount",
    "currency",
];

/// A line of an order as its vendor reads it.
#[derive(Debug, Clone, Copy)]
pub struct PurchaseCsvLine<'a> {
    /// Its place, from 1.
    pub position: i32,
    /// The SKU; may be empty.
    pub sku: &'a str,
    /// What people call it.
    pub title: &'a str,
    /// How many.
    pub quantity: Decimal,
    /// For how much each.
    pub unit_price: Decimal,
}

/// Writes an order as one table in RFC 4180 form; no text in it can begin a formula: see [`defuse`].
///
/// # Errors
/// When `writer` fails.
pub fn write_purchase_csv<'a>(
    lines: impl IntoIterator<Item = PurchaseCsvLine<'a>>,
    currency: Currency,
    writer: impl Write,
) -> Result<()> {
    let mut table = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(writer);
    table.write_record(HEADER).map_err(Error::internal)?;
    for line in lines {
        let amount = line.quantity.checked_mul(line.unit_price);
        table
            .write_record([
                &*line.position.to_string(),
                &*defuse(line.sku),
                &*defuse(line.title),
                &format_quantity(line.quantity),
                &currency.format(line.unit_price),
                &amount.map_or_else(String::new, |amount| currency.format(amount)),
                currency.code(),
            ])
            .map_err(Error::internal)?;
    }
    table.flush().map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn a_title_that_would_be_a_formula_is_written_as_text() {
        let line = PurchaseCsvLine {
            position: 1,
            sku: "@A",
            title: "=HYPERLINK(\"x\")",
            quantity: dec!(12),
            unit_price: dec!(1.5),
        };
        let mut bytes = Vec::new();
        write_purchase_csv([line], "GBP".parse().unwrap(), &mut bytes).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "position,sku,title,quantity,unit_price,amount,currency\r\n\
             1,'@A,\"'=HYPERLINK(\"\"x\"\")\",12,1.50,18.00,GBP\r\n"
        );
    }
}
