use std::io::Write;

use super::{Figures, RevenueResult, defuse};
use crate::{Error, Result, money::Currency};

const HEADER: [&str; 16] = [
    "series",
    "key",
    "label",
    "currency",
    "gross",
    "discounts",
    "returns",
    "adjustments",
    "net",
    "tax",
    "shipping",
    "total",
    "orders",
    "units",
    "customers",
    "aov",
];

/// Writes a report as one table in RFC 4180 form: a header, the totals as series `total`, then each series.
///
/// Figures are plain numbers, an absent one is an empty cell, and text is defused: see [`defuse`].
///
/// # Errors
/// When `writer` fails.
pub fn write_csv(result: &RevenueResult, writer: impl Write) -> Result<()> {
    let mut table = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(writer);
    table.write_record(HEADER).map_err(Error::internal)?;
    let range = format!("{} to {}", result.from, result.to);
    let mut write = |series, key, label, figures: &Figures| {
        write_row(&mut table, [series, key, label], figures, result.currency)
    };
    write("total", "", range.as_str(), &result.totals)?;
    for (grouping, rows) in &result.series {
        for row in rows {
            write(grouping.name(), &row.key, &row.label, &row.figures)?;
        }
    }
    table.flush().map_err(Error::internal)
}

fn write_row(
    table: &mut csv::Writer<impl Write>,
    texts: [&str; 3],
    figures: &Figures,
    currency: Currency,
) -> Result<()> {
    let [series, key, label] = texts.map(defuse);
    let orders = figures.orders.to_string();
    let customers = figures
        .customers
        .map_or_else(String::new, |count| count.to_string());
    table
        .write_record([
            series.as_ref(),
            key.as_ref(),
            label.as_ref(),
            currency.code(),
            &figures.gross,
            &figures.discounts,
            &figures.returns,
            &figures.adjustments,
            &figures.net,
            &figures.tax,
            &figures.shipping,
            &figures.total,
            &orders,
            &figures.units,
            &customers,
            &figures.aov,
        ])
        .map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use rust_decimal::{Decimal, dec};

    use super::*;
    use crate::{
        report::{Grouping, SeriesRow},
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
            series: BTreeMap::from([(grouping, rows)]),
        }
    }

    fn written(result: &RevenueResult) -> String {
        let mut bytes = Vec::new();
        write_csv(result, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
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
