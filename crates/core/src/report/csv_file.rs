use super::{Cell, FileHead, TableFile, TableHead, defuse};
use crate::{Error, Result};

/// The columns before those of the figures.
const HEADER: [&str; 4] = ["series", "key", "label", "currency"];

/// A report as one table in RFC 4180 form: a header, the totals as series `total`, then each series.
///
/// Figures are plain numbers, an absent one is an empty cell, and text is defused: see [`defuse`].
pub struct CsvFile {
    table: csv::Writer<Vec<u8>>,
    currency: String,
    series: &'static str,
    columns: usize,
}

impl Default for CsvFile {
    fn default() -> Self {
        Self::new()
    }
}

impl CsvFile {
    /// Makes one without any content.
    #[must_use]
    pub fn new() -> Self {
        Self {
            table: writer(),
            currency: String::new(),
            series: "",
            columns: 0,
        }
    }

    fn write(&mut self, series: &str, [key, label]: [&str; 2], cells: &[Cell<'_>]) -> Result<()> {
        let mut record = csv::ByteRecord::with_capacity(256, HEADER.len() + cells.len());
        for text in [series, key, label] {
            record.push_field(defuse(text).as_bytes());
        }
        record.push_field(self.currency.as_bytes());
        for cell in cells {
            record.push_field(plain(*cell).as_bytes());
        }
        // A cohort that is younger than others has fewer cells.
        for _ in cells.len()..self.columns {
            record.push_field(b"");
        }
        self.table
            .write_byte_record(&record)
            .map_err(Error::internal)
    }
}

fn writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new())
}

fn plain(cell: Cell<'_>) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => defuse(text).into_owned(),
        Cell::Date(day) => day.to_string(),
        Cell::Count(count) => count.to_string(),
        Cell::Money(number) | Cell::Quantity(number) | Cell::Percent(number) => number.to_string(),
    }
}

impl TableFile for CsvFile {
    fn begin(&mut self, head: &FileHead<'_>) -> Result<()> {
        head.currency.code().clone_into(&mut self.currency);
        self.columns = head.columns.len();
        let names = head.columns.iter().map(|column| column.name.as_ref());
        self.table
            .write_record(HEADER.into_iter().chain(names))
            .map_err(Error::internal)?;
        for total in &head.totals {
            self.write(total.name, ["", &total.range], &total.cells)?;
        }
        Ok(())
    }

    fn begin_table(&mut self, head: &TableHead) -> Result<()> {
        self.series = head.name;
        Ok(())
    }

    fn row(&mut self, key: &str, label: &str, cells: &[Cell<'_>]) -> Result<()> {
        self.write(self.series, [key, label], cells)
    }

    fn end_table(&mut self) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.table.flush().map_err(Error::internal)
    }

    fn take(&mut self) -> Vec<u8> {
        // What it still holds back is written by `into_inner`, into memory: that cannot fail.
        let filled = std::mem::replace(&mut self.table, writer());
        filled.into_inner().unwrap_or_default()
    }
}

/// Writes a report that lies in memory as a whole.
///
/// # Errors
/// When the file cannot be written.
pub fn write_report<F: super::ReportFigures>(
    outcome: &super::ReportOutcome<F>,
    title: &str,
    subject: &str,
    file: &mut dyn TableFile,
) -> Result<()> {
    file.begin(&outcome.file_head(title, subject))?;
    for (grouping, rows) in &outcome.series {
        file.begin_table(&outcome.table_head(*grouping))?;
        let most = usize::try_from(file.rows_most()).unwrap_or(usize::MAX);
        for row in rows.iter().take(most) {
            file.row(&row.key, &row.label, &row.figures.cells())?;
        }
        file.end_table()?;
    }
    file.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use rust_decimal::{Decimal, dec};

    use super::*;
    use crate::{
        report::{Figures, Grouping, RevenueResult, SeriesRow},
        sales::Measures,
    };

    fn row(key: &str, label: &str, customers: Option<i64>) -> SeriesRow {
        let measures = Measures {
            gross: dec!(10.5),
            returns: dec!(21),
            units: dec!(3),
            orders: 2,
            ..Measures::default()
        };
        SeriesRow {
            key: key.to_owned(),
            label: label.to_owned(),
            figures: Figures::new(&measures, customers, "GBP".parse().unwrap()),
        }
    }

    fn report(grouping: Grouping, rows: Vec<SeriesRow>) -> RevenueResult {
        RevenueResult {
            currency: "GBP".parse().unwrap(),
            timezone: chrono_tz::Europe::London,
            from: "2010-12-01".parse().unwrap(),
            to: "2010-12-07".parse().unwrap(),
            totals: row("", "", Some(2)).figures,
            comparison: None,
            row_counts: BTreeMap::new(),
            series: BTreeMap::from([(grouping, rows)]),
        }
    }

    fn written(result: &RevenueResult) -> String {
        let mut file = CsvFile::new();
        write_report(result, "Revenue", "", &mut file).unwrap();
        String::from_utf8(file.take()).unwrap()
    }

    #[test]
    fn a_report_is_one_table_with_numbers_as_numbers() {
        let result = report(
            Grouping::Product,
            vec![row("-1A", "=cmd, \"quoted\"\r\nsecond line", None)],
        );
        assert_eq!(
            written(&result),
            "series,key,label,currency,gross,discounts,returns,adjustments,net,tax,shipping,total,orders,units,customers,aov\r\n\
             total,,2010-12-01 to 2010-12-07,GBP,10.50,0.00,21.00,0.00,-10.50,0.00,0.00,-10.50,2,3,2,5.25\r\n\
             product,'-1A,\"'=cmd, \"\"quoted\"\"\r\nsecond line\",GBP,10.50,0.00,21.00,0.00,-10.50,0.00,0.00,-10.50,2,3,,5.25\r\n"
        );
    }

    fn is_safe_cell(cell: &str) -> bool {
        // Each way in which a spreadsheet may cut the text into cells.
        cell.split([';', '\t', '\r', '\n']).all(|piece| {
            let seen = piece.trim_start_matches(|character: char| {
                character.is_whitespace() || matches!(character, '"' | ',' | '\u{feff}')
            });
            !seen.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        }) && !cell.starts_with(['\t', '\r', '\n', '\0'])
    }

    proptest! {
        #[test]
        fn no_text_cell_can_begin_a_formula_and_every_number_reads_back(
            key in "[-=+@＝;,\"' \\t\\r\\n\\x00a1]{0,6}",
            label in "[-=+@＝－;,\"' \\t\\r\\n\\x00é9]{0,9}|\\PC{0,12}",
        ) {
            let text = written(&report(Grouping::Customer, vec![row(&key, &label, None)]));
            let records: Vec<csv::StringRecord> =
                csv::Reader::from_reader(text.as_bytes()).into_records().map(Result::unwrap).collect();
            prop_assert_eq!(records.len(), 2);
            for record in &records {
                for cell in record.iter().take(4) {
                    prop_assert!(is_safe_cell(cell), "{cell:?}");
                }
                for number in record.iter().skip(4).filter(|cell| !cell.is_empty()) {
                    prop_assert!(number.parse::<Decimal>().is_ok(), "{number:?}");
                }
            }
            prop_assert_eq!(records[1][1].replace('\'', ""), key.replace('\'', ""));
            prop_assert_eq!(records[1][2].replace('\'', ""), label.replace('\'', ""));
        }
    }
}
