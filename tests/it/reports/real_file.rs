use std::{collections::BTreeMap, io::Read, path::Path};

use chrono::NaiveDate;
use rust_decimal::{Decimal, dec};
use serde_json::{Value, json};
use suite_tests::TestApp;

use super::{HEADER, request, result};

/// Beside the project, as it is not ours to give away.
const REAL_FILE: &str = "../../shared/data/online-retail-2010-2011.csv.gz";

/// Returns the lines of the days from the first one to the one before `end`, or `None` where the file is not there.
fn lines_before(end: &str) -> Option<String> {
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
    let end: NaiveDate = end.parse().unwrap();
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
    let Some(week) = lines_before("2010-12-08") else {
        return;
    };
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

/// The figures of these were computed by another program, in another language, from the lines themselves.
#[tokio::test]
async fn products_customers_and_cohorts_of_the_real_file_are_those_of_an_independent_calculation() {
    let Some(lines) = lines_before("2011-01-10") else {
        return;
    };
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    merchant
        .upload(&store, "invoice_lines", lines)
        .await
        .assert_status(202);
    app.run_jobs().await;
    let ask = async |kind: &str, from: &str, to: &str, compare: Option<&str>| {
        let mut body = json!({"store_id": store, "kind": kind, "from": from, "to": to});
        if let Some(compare) = compare {
            body["compare"] = compare.into();
        }
        result(&app, &merchant, &body).await
    };
    let compare = Some("previous_period");
    let report = ask("products", "2010-12-08", "2010-12-14", compare).await;
    let totals =
        |report: &Value| ["gross", "returns", "units"].map(|name| number(&report["totals"][name]));
    assert_eq!(
        totals(&report),
        [dec!(249571.50), dec!(6338.59), dec!(112619)]
    );
    assert_eq!(
        totals(&report["comparison"]),
        [dec!(314887.45), dec!(4877.98), dec!(137752)]
    );
    let rows = &report["series"]["product"];
    for (number, expected) in [
        json!(["22423", "9066.85", "454.35", "675", 49, "3.63", "11599.28"]),
        json!(["22328", "4119.73", "0.00", "1609", 9, "1.65", null]),
        json!(["84029E", "3784.38", "0.00", "684", 57, "1.52", null]),
    ]
    .iter()
    .enumerate()
    {
        let names = [
            "key",
            "gross",
            "returns",
            "units",
            "orders",
            "share_percent",
            "previous_gross",
        ];
        for (name, expected) in names.iter().zip(expected.as_array().unwrap()) {
            assert!(
                expected.is_null() || rows[number][name] == *expected,
                "{name}: {}",
                rows[number]
            );
        }
    }
    assert_customers(&ask("customers", "2010-12-01", "2010-12-07", None).await);
    let cohorts = ask("cohorts", "2010-12-01", "2011-01-09", None).await;
    let rows = cohorts["series"]["cohort"].as_array().unwrap();
    let seen: Vec<Value> = rows
        .iter()
        .map(|row| json!([row["key"], row["active"], row["gross"]]))
        .collect();
    assert_eq!(
        seen,
        COHORTS.map(|(key, active, gross)| json!([key, active, gross]))
    );
}

const COHORTS: [(&str, &[i64], &str); 2] = [
    ("2010-12", &[885, 116], "640238.79"),
    ("2011-01", &[91], "47340.37"),
];

fn assert_customers(report: &Value) {
    let totals = &report["totals"];
    assert_eq!(
        (&totals["customers"], &totals["orders"]),
        (&json!(423), &json!(567))
    );
    for (name, value) in [
        ("gross", "234397.28"),
        ("net", "231804.91"),
        ("unknown_gross", "105479.21"),
    ] {
        assert_eq!(totals[name], value, "{name}");
    }
    let rows = report["series"]["segment"].as_array().unwrap();
    let seen: Vec<Value> = rows
        .iter()
        .map(|row| json!([row["key"], row["customers"], row["net"]]))
        .collect();
    let expected = [
        json!(["champions", 35, "75352.01"]),
        json!(["loyal", 8, "6170.50"]),
        json!(["promising", 79, "31136.70"]),
        json!(["new", 30, "3378.27"]),
        json!(["need_attention", 61, "22430.56"]),
        json!(["at_risk", 24, "31541.23"]),
        json!(["hibernating", 37, "13568.33"]),
        json!(["lost", 149, "48227.31"]),
    ];
    assert_eq!(seen, expected);
    let best = &report["series"]["customer"][0];
    assert!(best["key"].as_str().unwrap().starts_with("18102"), "{best}");
    assert_eq!(
        (&best["net"], &best["orders"]),
        (&json!("25920.37"), &json!(3))
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
