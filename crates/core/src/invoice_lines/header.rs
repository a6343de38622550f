use super::{BrokenFile, fields::Fields};

/// The most columns that a header may have.
pub const COLUMN_LIMIT: usize = 256;

/// The columns by name, with what other exports call them, all in small letters and without blanks, hyphens and underscores.
const NAMES: [(&str, &[&str]); 8] = [
    ("InvoiceNo", &["invoiceno", "invoice", "invoicenumber"]),
    ("StockCode", &["stockcode", "sku"]),
    ("Description", &["description", "title"]),
    ("Quantity", &["quantity", "qty"]),
    ("InvoiceDate", &["invoicedate"]),
    ("UnitPrice", &["unitprice", "price"]),
    ("CustomerID", &["customerid", "customer"]),
    ("Country", &["country"]),
];

/// Where each column stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// Columns of the header: each row must have as many.
    pub count: usize,
    pub(super) invoice: usize,
    pub(super) sku: usize,
    pub(super) title: usize,
    pub(super) quantity: usize,
    pub(super) date: usize,
    pub(super) price: usize,
    pub(super) customer: usize,
    pub(super) country: usize,
}

impl Columns {
    /// Finds the columns in the first record of a file, in any order and among others.
    ///
    /// # Errors
    /// [`BrokenFile`] when it is no header or not a whole one.
    pub fn find(header: &[u8]) -> Result<Self, BrokenFile> {
        let header = readable_header(header)?;
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
        let [
            Some(invoice),
            Some(sku),
            Some(title),
            Some(quantity),
            Some(date),
            Some(price),
            Some(customer),
            Some(country),
        ] = places
        else {
            return Err(missing(header, &places));
        };
        Ok(Self {
            count,
            invoice,
            sku,
            title,
            quantity,
            date,
            price,
            customer,
            country,
        })
    }
}

/// Tells what the first record of a file is if it is no text that can be read.
pub(crate) fn readable_header(header: &[u8]) -> Result<&str, BrokenFile> {
    if header.starts_with(b"PK\x03\x04") {
        return Err(BrokenFile::Zip);
    }
    if header.starts_with(b"\xFF\xFE") || header.starts_with(b"\xFE\xFF") {
        return Err(BrokenFile::Utf16);
    }
    if header.contains(&0) {
        return Err(if looks_like_utf16(header) {
            BrokenFile::Utf16
        } else {
            BrokenFile::NotText
        });
    }
    std::str::from_utf8(header).map_err(|_| BrokenFile::NotUtf8 { line: 1 })
}

/// Finds a column by its name or, where that is not there, by what others call it.
pub(crate) fn column_position(
    names: &[String],
    column: &'static str,
    aliases: &[&str],
) -> Result<Option<usize>, BrokenFile> {
    for alias in aliases {
        let mut places = names
            .iter()
            .enumerate()
            .filter(|(_, name)| name == alias)
            .map(|(index, _)| index);
        let first = places.next();
        if first.is_some() && places.next().is_some() {
            return Err(BrokenFile::RepeatedColumn { column });
        }
        if first.is_some() {
            return Ok(first);
        }
    }
    Ok(None)
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, ' ' | '_' | '-'))
        .flat_map(char::to_lowercase)
        .collect()
}

fn missing(header: &str, places: &[Option<usize>]) -> BrokenFile {
    if places.iter().all(Option::is_none) {
        return wrong_separator(header).unwrap_or_else(no_header);
    }
    let columns: Vec<&str> = NAMES
        .iter()
        .zip(places)
        .filter(|(_, place)| place.is_none())
        .map(|((name, _), _)| *name)
        .collect();
    BrokenFile::MissingColumns {
        columns: columns.join(", "),
    }
}

fn wrong_separator(header: &str) -> Option<BrokenFile> {
    [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")]
        .into_iter()
        .find(|(sign, _)| {
            header.split(*sign).count() > 1
                && header.split(*sign).any(|name| {
                    let name = plain(name.trim().trim_matches('"'));
                    NAMES
                        .iter()
                        .any(|(_, aliases)| aliases.contains(&name.as_str()))
                })
        })
        .map(|(_, separator)| BrokenFile::WrongSeparator { separator })
}

fn no_header() -> BrokenFile {
    BrokenFile::NoHeader {
        columns: NAMES.map(|(name, _)| name).join(", "),
    }
}

/// Text in UTF-16 without its mark has a zero in every other place.
fn looks_like_utf16(bytes: &[u8]) -> bool {
    let zeros = |odd: usize| {
        bytes
            .iter()
            .skip(odd)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let half = bytes.len() / 2;
    (zeros(0) * 4 > half * 3 && zeros(1) == 0) || (zeros(1) * 4 > half * 3 && zeros(0) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

    fn fault(header: &[u8]) -> String {
        Columns::find(header).unwrap_err().to_string()
    }

    #[test]
    fn columns_are_found_in_any_order_and_case_among_others() {
        let columns = Columns::find(
            b"Note, COUNTRY ,customer id,unit_price,InvoiceDate,\"quantity\",Description,SKU,InvoiceNo",
        )
        .unwrap();
        assert_eq!(columns.count, 9);
        assert_eq!((columns.invoice, columns.sku, columns.country), (8, 7, 1));
        assert_eq!((columns.customer, columns.price), (2, 3));
    }

    #[test]
    fn a_missing_column_is_named() {
        let header = HEADER.replace("UnitPrice,", "");
        assert_eq!(
            fault(header.as_bytes()),
            "The header lacks the column UnitPrice."
        );
    }

    #[test]
    fn a_column_that_stands_twice_is_named() {
        let header = format!("{HEADER},quantity");
        assert_eq!(
            fault(header.as_bytes()),
            "The header names the column Quantity twice."
        );
    }

    #[test]
    fn a_column_under_its_own_name_wins_over_an_alias() {
        let header = format!("Title,{HEADER}");
        assert_eq!(Columns::find(header.as_bytes()).unwrap().title, 3);
    }

    #[test]
    fn another_separator_is_named() {
        assert_eq!(
            fault(HEADER.replace(',', ";").as_bytes()),
            "The columns are separated by semicolons; separate them by commas."
        );
        assert!(fault(HEADER.replace(',', "\t").as_bytes()).contains("tabs"));
    }

    #[test]
    fn a_first_line_of_data_is_no_header() {
        assert!(
            fault(b"536365,85123A,X,6,2010-12-01 08:26:00,2.55,17850.0,UK").starts_with(
                "The first line is no header: it must name the columns InvoiceNo, StockCode,"
            )
        );
    }

    #[test]
    fn files_of_other_kinds_are_named() {
        assert!(fault(b"PK\x03\x04rest").contains("ZIP"));
        let utf16: Vec<u8> = HEADER.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(fault(&utf16).contains("UTF-16"));
        assert!(fault(&[b"\xFF\xFE", utf16.as_slice()].concat()).contains("UTF-16"));
        assert!(fault(b"\x7fELF\x02\x01\x01\0\0\0").contains("not text"));
        assert!(fault(b"Invoice\xE9").contains("UTF-8"));
        assert!(fault(vec![b','; 70_000].as_slice()).contains("more than 256 columns"));
    }
}
