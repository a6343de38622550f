use std::{collections::BTreeMap, io::Read, path::Path};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::Value;
use suite_tests::TestApp;

use super::{HEADER, request, result};

/// Beside the project, as it is not ours to give away.
const REAL_FILE: &str = "../../shared/data/online-retail-2010-2011.csv.gz";

/// Returns the lines of the first week, or `None` where the file is not there.
fn first_week() -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(REAL_FILE);
    let Ok(file) = std::fs::File::open(&path) else {
        println!(
            "{} is absent: the golden case is NOT tested",
            path.display()
        );
        return None;
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap();
    let end = NaiveDate::from_ymd_opt(2010, 12, 8).unwrap();
    let mut week = csv::Writer::from_writer(HEADER.as_bytes().to_vec());
    for record in csv::Reader::from_reader(text.as_bytes())
        .records()
        .map(Result::unwrap)
    {
        let day: NaiveDate = record[4][..10].parse().unwrap();
        if day < end {
            week.write_record(&record).unwrap();
        }
    }
    Some(String::from_utf8(week.into_inner().unwrap()).unwrap())
}

#[tokio::test]
async fn the_first_week_of_the_real_file_has_its_known_figures() {
    let Some(week) = first_week() else { return };
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let asked = merchant
        .upload(&store, "invoice_lines", week.clone())
        .await
        .expect(202);
    app.run_jobs().await;
    let job = merchant.get(asked.header("location")).await.json();
    assert_eq!(job["result"]["rows"], 16_985, "{job}");

    let groupings = ["day", "week", "month", "product", "country", "customer"];
    let report = result(
        &app,
        &merchant,
        &request(&store, "2010-12-01", "2010-12-07", &groupings),
    )
    .await;
    let totals = &report["totals"];
    for (figure, value) in [
        ("gross", "339876.49"),
        ("returns", "59110.01"),
        ("adjustments", "0.00"),
        ("net", "280766.48"),
        ("total", "280766.48"),
        ("units", "137912"),
        ("aov", "556.26"),
    ] {
        assert_eq!(totals[figure], value, "{figure}");
    }
    assert_eq!(totals["orders"], 611);
    assert_eq!(totals["customers"], 423);
    for grouping in groupings {
        assert_adds_up(totals, grouping, &report["series"][grouping]);
    }
    assert_eq!(
        by_product(&report["series"]["product"]),
        by_product_of_lines(&week)
    );
}

/// What must add up does, to the last digit.
fn assert_adds_up(totals: &Value, grouping: &str, rows: &Value) {
    let rows = rows.as_array().unwrap();
    for figure in ["gross", "returns", "adjustments", "net", "total", "units"] {
        let sum: Decimal = rows.iter().map(|row| number(&row[figure])).sum();
        assert_eq!(sum, number(&totals[figure]), "{figure} by {grouping}");
    }
    if grouping != "product" {
        let orders: i64 = rows.iter().map(|row| row["orders"].as_i64().unwrap()).sum();
        assert_eq!(
            orders,
            totals["orders"].as_i64().unwrap(),
            "orders by {grouping}"
        );
    }
}

fn by_product(rows: &Value) -> BTreeMap<String, (Decimal, Decimal)> {
    let rows = rows.as_array().unwrap();
    let figures = |row: &Value| (number(&row["gross"]), number(&row["returns"]));
    rows.iter()
        .map(|row| (row["key"].as_str().unwrap().to_owned(), figures(row)))
        .collect()
}

/// The same sums without any of the suite's code.
fn by_product_of_lines(week: &str) -> BTreeMap<String, (Decimal, Decimal)> {
    let mut sums: BTreeMap<String, (Decimal, Decimal)> = BTreeMap::new();
    for line in csv::Reader::from_reader(week.as_bytes())
        .records()
        .map(Result::unwrap)
    {
        let amount = line[3].parse::<Decimal>().unwrap() * line[5].parse::<Decimal>().unwrap();
        if amount.is_zero() {
            continue;
        }
        let sums = sums.entry(line[1].to_owned()).or_default();
        if line[0].starts_with('C') {
            sums.1 -= amount;
        } else {
            sums.0 += amount;
        }
    }
    sums
}

fn number(text: &Value) -> Decimal {
    text.as_str().unwrap().parse().unwrap()
}
