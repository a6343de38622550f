//! The real file, added up slowly and simply, by the words of the definitions and nothing of the code under test.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;
use rust_decimal::Decimal;

/// Returns where the file is, if it is there.
pub(super) fn real_file() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data/online-retail-2010-2011.csv.gz");
    if path.is_file() {
        return Some(path);
    }
    println!(
        "ABSENT: ../shared/data/online-retail-2010-2011.csv.gz; what the real file comes to is not tested"
    );
    None
}

/// The figures of one month, product or country.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) gross: Decimal,
    pub(super) returns: Decimal,
    pub(super) adjustments: Decimal,
    pub(super) units: Decimal,
    /// Invoices with a sale of it.
    pub(super) orders: BTreeSet<String>,
}

#[derive(Debug, Default)]
pub(super) struct Reference {
    pub(super) rows: i64,
    pub(super) movements: i64,
    pub(super) first_week_rows: i64,
    pub(super) by_month: BTreeMap<String, Figures>,
    pub(super) by_product: BTreeMap<String, Figures>,
    pub(super) by_country: BTreeMap<String, Figures>,
    /// 2010-12-01 to 07.
    pub(super) first_week: Figures,
}

/// Adds up the file. Every invoice of it lies within one day, so that its month is that of any of its lines.
pub(super) fn add_up(path: &Path) -> Reference {
    let mut reference = Reference::default();
    let mut reader = csv::Reader::from_reader(GzDecoder::new(File::open(path).unwrap()));
    for record in reader.records() {
        let record = record.unwrap();
        let (invoice, date) = (&record[0], &record[4]);
        let quantity: Decimal = record[3].parse().unwrap();
        let price: Decimal = record[5].parse().unwrap();
        reference.rows += 1;
        let is_in_first_week = date < "2010-12-08";
        reference.first_week_rows += i64::from(is_in_first_week);
        if price.is_zero() {
            reference.movements += 1;
            continue;
        }
        let mut change = Figures::default();
        let amount = quantity * price;
        if invoice.starts_with('C') {
            change.returns = -amount;
        } else if quantity > Decimal::ZERO && price > Decimal::ZERO {
            change.gross = amount;
            change.units = quantity;
            change.orders.insert(invoice.to_owned());
        } else {
            change.adjustments = amount;
        }
        add(&mut reference.by_month, &date[..7], &change);
        add(&mut reference.by_product, record[1].trim(), &change);
        add(&mut reference.by_country, record[7].trim(), &change);
        if is_in_first_week {
            reference.first_week.add(&change);
        }
    }
    reference
}

fn add(groups: &mut BTreeMap<String, Figures>, key: &str, change: &Figures) {
    groups.entry(key.to_owned()).or_default().add(change);
}

impl Figures {
    fn add(&mut self, change: &Self) {
        self.gross += change.gross;
        self.returns += change.returns;
        self.adjustments += change.adjustments;
        self.units += change.units;
        self.orders.extend(change.orders.iter().cloned());
    }

    /// Writes them as the database does.
    pub(super) fn row(&self, key: &str) -> Vec<String> {
        let figure = |amount: Decimal| amount.normalize().to_string();
        vec![
            key.to_owned(),
            figure(self.gross),
            figure(self.returns),
            figure(self.adjustments),
            figure(self.units),
            self.orders.len().to_string(),
        ]
    }
}
