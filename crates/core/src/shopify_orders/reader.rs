use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rust_decimal::{Decimal, dec};

use super::{OrderColumns, OrderFault, columns::Column};
use crate::{
    customer_key::CustomerKeys,
    invoice_lines::{Fields, MomentReader, RowFault, TEXT_LIMIT_CHARS, excerpt, parse_number},
    money::Currency,
};

/// No line item of an order comes to as much.
const AMOUNT_LIMIT: Decimal = dec!(1_000_000_000_000);
/// Shopify's ids have 19 digits at most: they are texts here, no numbers.
const ID_DIGITS: usize = 20;
/// What an order without a source was sold through.
const CHANNEL: &str = "shopify";

/// Where a row stands in its order, and the order's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// It is the first row.
    First(String),
    /// It goes on with the order above.
    Next(String),
}

/// What the first row of an order says of all of it. Amounts are zero or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderHead {
    /// Shopify's id; empty where the file has none, or a spreadsheet has cut it.
    pub outside_id: String,
    /// What stands for the customer's address; empty without one.
    pub customer: String,
    /// Where it was sent, else who paid for it; may be empty.
    pub country: String,
    /// Through what it was sold.
    pub channel: String,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// When it was called off.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Of the items, less discounts.
    pub subtotal: Decimal,
    /// Charged for shipping.
    pub shipping: Decimal,
    /// Tax, whether it stands on top of the prices or in them.
    pub taxes: Decimal,
    /// To be paid.
    pub total: Decimal,
    /// Taken off, for items and shipping together.
    pub discount: Decimal,
    /// Given back so far.
    pub refunded: Decimal,
}

/// One line item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderItem {
    /// What the order calls it: title and option values.
    pub name: String,
    /// May be empty.
    pub sku: String,
    /// Who makes it; may be empty.
    pub vendor: String,
    /// How many; zero when it was taken out again.
    pub quantity: Decimal,
    /// For how much each; zero when it was given away.
    pub price: Decimal,
    /// Taken off this item alone.
    pub discount: Decimal,
    /// Whether tax is due on it.
    pub is_taxable: bool,
}

/// Reads the rows of one file: [`OrderReader::place`] first, then what is wanted of that row.
#[derive(Debug)]
pub struct OrderReader {
    columns: OrderColumns,
    fields: Fields,
    moments: MomentReader,
    customers: CustomerKeys,
    currency: Currency,
}

impl OrderReader {
    /// Makes a reader for rows under these columns, of a store that counts in `currency` and lives in `zone`.
    #[must_use]
    pub fn new(
        columns: OrderColumns,
        (currency, zone): (Currency, Tz),
        customers: CustomerKeys,
    ) -> Self {
        Self {
            columns,
            fields: Fields::default(),
            moments: MomentReader::new(zone),
            customers,
            currency,
        }
    }

    /// Takes a row apart and returns of which order it is.
    ///
    /// # Errors
    /// [`OrderFault`] when it cannot be taken apart, or has no name: then nobody knows of which order it is.
    pub fn place(&mut self, text: &str) -> Result<Place, OrderFault> {
        let expected = self.columns.count();
        let found = self
            .fields
            .split(text, expected)
            .map_err(|_| RowFault::TextAfterQuote)?;
        if found != expected {
            return Err(RowFault::FieldCount { expected, found }.into());
        }
        if text.contains('\0') {
            return Err(RowFault::Nul.into());
        }
        let name = self.short(text, Column::Name)?.to_owned();
        if name.is_empty() {
            return Err(RowFault::Empty(Column::Name.name()).into());
        }
        let says_of_all = [Column::CreatedAt, Column::Currency, Column::Total];
        let is_first = says_of_all
            .into_iter()
            .any(|column| !self.get(text, column).is_empty());
        Ok(if is_first {
            Place::First(name)
        } else {
            Place::Next(name)
        })
    }

    /// Reads what the first row says of the whole order.
    ///
    /// # Errors
    /// [`OrderFault`]: the first thing that is wrong with it.
    pub fn head(&mut self, text: &str) -> Result<OrderHead, OrderFault> {
        let at = self.moment(text, Column::CreatedAt)?;
        let at = at.ok_or(RowFault::Empty(Column::CreatedAt.name()))?;
        let cancelled_at = self.moment(text, Column::CancelledAt)?;
        let currency = self.short(text, Column::Currency)?;
        if currency != self.currency.code() {
            return Err(OrderFault::OtherCurrency {
                found: currency.to_owned(),
                store: self.currency.to_string(),
            });
        }
        let shipped_to = self.short(text, Column::ShippingCountry)?;
        let country = if shipped_to.is_empty() {
            self.short(text, Column::BillingCountry)?
        } else {
            shipped_to
        };
        let channel = self.short(text, Column::Source)?;
        let channel = if channel.is_empty() { CHANNEL } else { channel };
        let id = self.get(text, Column::Id);
        let is_whole = id.len() <= ID_DIGITS && id.bytes().all(|byte| byte.is_ascii_digit());
        Ok(OrderHead {
            outside_id: if is_whole { id } else { "" }.to_owned(),
            customer: self.customers.of_mail(self.get(text, Column::Email)),
            country: country.to_owned(),
            channel: channel.to_owned(),
            at,
            cancelled_at,
            subtotal: self.needed_amount(text, Column::Subtotal)?,
            shipping: self.amount(text, Column::Shipping)?,
            taxes: self.amount(text, Column::Taxes)?,
            total: self.needed_amount(text, Column::Total)?,
            discount: self.amount(text, Column::Discount)?,
            refunded: self.amount(text, Column::Refunded)?,
        })
    }

    /// Reads the line item of a row; `None` where it has none.
    ///
    /// # Errors
    /// [`OrderFault`]: the first thing that is wrong with it.
    pub fn item(&self, text: &str) -> Result<Option<OrderItem>, OrderFault> {
        let named = [Column::ItemName, Column::Quantity, Column::Price];
        if named
            .into_iter()
            .all(|column| self.get(text, column).is_empty())
        {
            return Ok(None);
        }
        let name = self.short(text, Column::ItemName)?;
        if name.is_empty() {
            return Err(RowFault::Empty(Column::ItemName.name()).into());
        }
        let quantity = self.number(text, Column::Quantity)?;
        if quantity < Decimal::ZERO {
            return Err(OrderFault::NegativeQuantity);
        }
        let price = self.needed_amount(text, Column::Price)?;
        match quantity.checked_mul(price) {
            Some(amount) if amount < AMOUNT_LIMIT => {}
            _ => return Err(OrderFault::AmountTooLarge),
        }
        Ok(Some(OrderItem {
            name: name.to_owned(),
            sku: self.short(text, Column::Sku)?.to_owned(),
            vendor: self.short(text, Column::Vendor)?.to_owned(),
            quantity,
            price,
            discount: self.amount(text, Column::ItemDiscount)?,
            is_taxable: !self
                .get(text, Column::Taxable)
                .eq_ignore_ascii_case("false"),
        }))
    }

    /// Returns what is kept of a refused row: what is read here and is nobody's address, name or note.
    #[must_use]
    pub fn excerpt(&self, text: &str) -> String {
        let mut kept = String::new();
        for place in 0..self.columns.count() {
            if place > 0 {
                kept.push(',');
            }
            if self.columns.is_shown(place) {
                let field = self.fields.get(text, place);
                let quoted = field.contains([',', '"', '\n', '\r']);
                if quoted {
                    kept.push('"');
                    kept.push_str(&field.replace('"', "\"\""));
                    kept.push('"');
                } else {
                    kept.push_str(field);
                }
            }
        }
        excerpt(&kept)
    }

    fn get<'a>(&'a self, text: &'a str, column: Column) -> &'a str {
        self.columns
            .place(column)
            .map_or("", |place| self.fields.get(text, place))
    }

    fn short<'a>(&'a self, text: &'a str, column: Column) -> Result<&'a str, RowFault> {
        let field = self.get(text, column);
        if field.len() > TEXT_LIMIT_CHARS && field.chars().count() > TEXT_LIMIT_CHARS {
            return Err(RowFault::TooLong(column.name()));
        }
        Ok(field)
    }

    fn number(&self, text: &str, column: Column) -> Result<Decimal, RowFault> {
        parse_number(self.get(text, column)).map_err(|fault| RowFault::Number(column.name(), fault))
    }

    fn needed_amount(&self, text: &str, column: Column) -> Result<Decimal, OrderFault> {
        let amount = self.number(text, column)?;
        if amount < Decimal::ZERO {
            Err(RowFault::BelowZero(column.name()).into())
        } else if amount >= AMOUNT_LIMIT {
            Err(OrderFault::AmountTooLarge)
        } else {
            Ok(amount)
        }
    }

    /// An amount that is zero where nothing is said.
    fn amount(&self, text: &str, column: Column) -> Result<Decimal, OrderFault> {
        if self.get(text, column).is_empty() {
            Ok(Decimal::ZERO)
        } else {
            self.needed_amount(text, column)
        }
    }

    fn moment(&mut self, text: &str, column: Column) -> Result<Option<DateTime<Utc>>, OrderFault> {
        let place = self.columns.place(column);
        let field = place.map_or("", |place| self.fields.get(text, place));
        if field.is_empty() {
            return Ok(None);
        }
        let moment = self.moments.read(field);
        let moment = moment.map_err(|fault| OrderFault::Date(column.name(), fault))?;
        Ok(Some(moment.at))
    }
}

#[cfg(test)]
mod tests;
