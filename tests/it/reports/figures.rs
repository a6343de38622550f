use serde_json::{Value, json};
use suite_tests::TestApp;

use super::{make, request, result, store_with};

/// Sales on both sides of a night on which the clock changes, a return, an adjustment, a movement of stock, an SKU in small
/// letters, and a buyer nobody knows.
const LINES: &str = "\
1001,A1,MUG,6,2011-03-26 23:30:00,2.55,C1,United Kingdom
1001,B2,=BOWL,2,2011-03-26 23:30:00,3.395,C1,United Kingdom
1002,A1,MUG,1,2011-03-28 00:10:00,2.55,,France
C1003,A1,MUG,-1,2011-04-01 09:00:00,2.55,C1,United Kingdom
A1004,B,Adjust bad debt,1,2011-04-02 10:00:00,-4.00,,United Kingdom
1005,A1,damaged,-3,2011-04-02 10:00:00,0,,United Kingdom
1006,a1,SMALL MUG,1,2011-04-03 12:00:00,0.99,C2,United Kingdom
1006,A1,MUG,2,2011-04-03 12:00:00,2.55,C2,United Kingdom
1007,A1,MUG,100,2011-04-04 00:00:00,2.55,C3,United Kingdom
";

const ALL: [&str; 6] = ["day", "week", "month", "product", "country", "customer"];

/// One row by hand; what is not named is zero.
#[derive(Default)]
struct Row {
    key: &'static str,
    label: &'static str,
    gross: &'static str,
    returns: &'static str,
    adjustments: &'static str,
    net: &'static str,
    orders: u32,
    units: &'static str,
    customers: Option<u32>,
    aov: &'static str,
}

impl Row {
    fn figures(&self) -> Value {
        let or_zero = |text: &str| match text {
            "" => "0.00".to_owned(),
            text => text.to_owned(),
        };
        let mut figures = json!({
            "gross": or_zero(self.gross), "discounts": "0.00", "returns": or_zero(self.returns),
            "adjustments": or_zero(self.adjustments), "net": or_zero(self.net), "tax": "0.00", "shipping": "0.00",
            "total": or_zero(self.net), "orders": self.orders, "aov": or_zero(self.aov),
            "units": if self.units.is_empty() { "0" } else { self.units },
        });
        if let Some(customers) = self.customers {
            figures["customers"] = customers.into();
        }
        figures
    }

    fn json(&self) -> Value {
        let mut row = self.figures();
        row["key"] = self.key.into();
        row["label"] = if self.label.is_empty() {
            self.key.into()
        } else {
            self.label.into()
        };
        row
    }
}

fn rows(rows: &[Row]) -> Value {
    rows.iter().map(Row::json).collect()
}

#[tokio::test]
async fn a_report_has_the_figures_worked_out_by_hand() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = store_with(&app, &merchant, LINES).await;
    let report = result(
        &app,
        &merchant,
        &request(&store, "2011-03-26", "2011-04-03", &ALL),
    )
    .await;

    assert_eq!(report["currency"], "GBP");
    assert_eq!(report["timezone"], "Europe/London");
    assert_eq!(report["from"], "2011-03-26");
    assert_eq!(report["to"], "2011-04-03");
    assert_eq!(
        report["totals"],
        Row {
            gross: "30.73",
            returns: "2.55",
            adjustments: "-4.00",
            net: "24.18",
            orders: 3,
            units: "12",
            customers: Some(2),
            aov: "10.24",
            ..Row::default()
        }
        .figures()
    );
    let series = &report["series"];
    assert_eq!(series["day"], days());
    assert_eq!(series["week"], weeks());
    assert_eq!(series["month"], months());
    assert_eq!(series["product"], products());
    assert_eq!(series["country"], countries());
    assert_eq!(series["customer"], customers());
}

fn days() -> Value {
    let quiet = |key| Row {
        key,
        customers: Some(0),
        ..Row::default()
    };
    rows(&[
        Row {
            key: "2011-03-26",
            gross: "22.09",
            net: "22.09",
            orders: 1,
            units: "8",
            customers: Some(1),
            aov: "22.09",
            ..Row::default()
        },
        quiet("2011-03-27"),
        // Ten minutes past midnight in London, and still the 27th in UTC.
        Row {
            key: "2011-03-28",
            gross: "2.55",
            net: "2.55",
            orders: 1,
            units: "1",
            customers: Some(0),
            aov: "2.55",
            ..Row::default()
        },
        quiet("2011-03-29"),
        quiet("2011-03-30"),
        quiet("2011-03-31"),
        Row {
            returns: "2.55",
            net: "-2.55",
            ..quiet("2011-04-01")
        },
        Row {
            adjustments: "-4.00",
            net: "-4.00",
            ..quiet("2011-04-02")
        },
        Row {
            key: "2011-04-03",
            gross: "6.09",
            net: "6.09",
            orders: 1,
            units: "3",
            customers: Some(1),
            aov: "6.09",
            ..Row::default()
        },
    ])
}

fn weeks() -> Value {
    rows(&[
        Row {
            key: "2011-W12",
            gross: "22.09",
            net: "22.09",
            orders: 1,
            units: "8",
            customers: Some(1),
            aov: "22.09",
            ..Row::default()
        },
        Row {
            key: "2011-W13",
            gross: "8.64",
            returns: "2.55",
            adjustments: "-4.00",
            net: "2.09",
            orders: 2,
            units: "4",
            customers: Some(1),
            aov: "4.32",
            ..Row::default()
        },
    ])
}

fn months() -> Value {
    rows(&[
        Row {
            key: "2011-03",
            gross: "24.64",
            net: "24.64",
            orders: 2,
            units: "9",
            customers: Some(1),
            aov: "12.32",
            ..Row::default()
        },
        Row {
            key: "2011-04",
            gross: "6.09",
            returns: "2.55",
            adjustments: "-4.00",
            net: "-0.46",
            orders: 1,
            units: "3",
            customers: Some(1),
            aov: "6.09",
            ..Row::default()
        },
    ])
}

fn products() -> Value {
    rows(&[
        Row {
            key: "A1",
            label: "MUG",
            gross: "22.95",
            returns: "2.55",
            net: "20.40",
            orders: 3,
            units: "9",
            aov: "7.65",
            ..Row::default()
        },
        Row {
            key: "B2",
            label: "=BOWL",
            gross: "6.79",
            net: "6.79",
            orders: 1,
            units: "2",
            aov: "6.79",
            ..Row::default()
        },
        Row {
            key: "a1",
            label: "SMALL MUG",
            gross: "0.99",
            net: "0.99",
            orders: 1,
            units: "1",
            aov: "0.99",
            ..Row::default()
        },
        Row {
            key: "B",
            label: "Adjust bad debt",
            adjustments: "-4.00",
            net: "-4.00",
            ..Row::default()
        },
    ])
}

fn countries() -> Value {
    rows(&[
        Row {
            key: "United Kingdom",
            gross: "28.18",
            returns: "2.55",
            adjustments: "-4.00",
            net: "21.63",
            orders: 2,
            units: "11",
            customers: Some(2),
            aov: "14.09",
            ..Row::default()
        },
        Row {
            key: "France",
            gross: "2.55",
            net: "2.55",
            orders: 1,
            units: "1",
            customers: Some(0),
            aov: "2.55",
            ..Row::default()
        },
    ])
}

fn customers() -> Value {
    rows(&[
        Row {
            key: "C1",
            gross: "22.09",
            returns: "2.55",
            net: "19.54",
            orders: 1,
            units: "8",
            aov: "22.09",
            ..Row::default()
        },
        Row {
            key: "C2",
            gross: "6.09",
            net: "6.09",
            orders: 1,
            units: "3",
            aov: "6.09",
            ..Row::default()
        },
        Row {
            key: "",
            label: "(no customer)",
            gross: "2.55",
            adjustments: "-4.00",
            net: "-1.45",
            orders: 1,
            units: "1",
            aov: "2.55",
            ..Row::default()
        },
    ])
}

#[tokio::test]
async fn a_report_of_whole_months_and_parts_of_months_counts_every_day_once() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let lines = [
        "1,A1,MUG,1,2011-01-14 09:00:00,1.00,C1,France",
        "2,A1,MUG,1,2011-01-15 00:00:00,2.00,C1,France",
        "3,A1,MUG,1,2011-01-31 23:59:59,4.00,C1,France",
        "4,A1,MUG,1,2011-02-01 00:00:00,8.00,C1,France",
        "5,A1,MUG,1,2011-03-31 23:59:59,16.00,C1,France",
        "6,A1,MUG,1,2011-04-01 00:00:00,32.00,C1,France",
        "7,A1,MUG,1,2011-04-10 23:59:59,64.00,C1,France",
        "8,A1,MUG,1,2011-04-11 00:00:00,128.00,C1,France",
    ]
    .join("\n");
    let store = store_with(&app, &merchant, &lines).await;
    for (from, to, gross) in [
        ("2011-01-15", "2011-04-10", "126.00"),
        ("2011-02-01", "2011-03-31", "24.00"),
        ("2011-01-14", "2011-01-31", "7.00"),
        ("2011-04-11", "2011-04-11", "128.00"),
        ("2011-05-01", "2011-06-30", "0.00"),
    ] {
        let report = result(&app, &merchant, &request(&store, from, to, &["product"])).await;
        assert_eq!(report["totals"]["gross"], gross, "{from} to {to}");
        let of_products = &report["series"]["product"][0]["gross"];
        if gross == "0.00" {
            assert_eq!(report["series"]["product"], json!([]));
        } else {
            assert_eq!(of_products, gross, "{from} to {to}");
        }
    }
}

#[tokio::test]
async fn a_report_without_groupings_has_totals_only() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = store_with(&app, &merchant, LINES).await;
    let report = result(
        &app,
        &merchant,
        &request(&store, "2011-04-04", "2011-04-04", &[]),
    )
    .await;
    assert_eq!(report["series"], json!({}));
    assert_eq!(report["totals"]["gross"], "255.00");
    assert_eq!(report["totals"]["customers"], 1);
}

#[tokio::test]
async fn a_report_opens_in_a_spreadsheet_as_numbers_and_harmless_text() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = store_with(&app, &merchant, LINES).await;
    let request = request(&store, "2011-03-26", "2011-04-03", &["product", "month"]);
    let path = make(&app, &merchant, &request).await;
    let file = merchant
        .get(&format!("{path}/file?format=csv"))
        .await
        .expect(200);
    assert!(file.header("content-type").starts_with("text/csv"));
    assert!(file.header("content-disposition").starts_with("attachment"));
    assert_eq!(
        file.text(),
        "series,key,label,currency,gross,discounts,returns,adjustments,net,tax,shipping,total,orders,units,customers,aov\r\n\
         total,,2011-03-26 to 2011-04-03,GBP,30.73,0.00,2.55,-4.00,24.18,0.00,0.00,24.18,3,12,2,10.24\r\n\
         month,2011-03,2011-03,GBP,24.64,0.00,0.00,0.00,24.64,0.00,0.00,24.64,2,9,1,12.32\r\n\
         month,2011-04,2011-04,GBP,6.09,0.00,2.55,-4.00,-0.46,0.00,0.00,-0.46,1,3,1,6.09\r\n\
         product,A1,MUG,GBP,22.95,0.00,2.55,0.00,20.40,0.00,0.00,20.40,3,9,,7.65\r\n\
         product,B2,'=BOWL,GBP,6.79,0.00,0.00,0.00,6.79,0.00,0.00,6.79,1,2,,6.79\r\n\
         product,a1,SMALL MUG,GBP,0.99,0.00,0.00,0.00,0.99,0.00,0.00,0.99,1,1,,0.99\r\n\
         product,B,Adjust bad debt,GBP,0.00,0.00,0.00,-4.00,-4.00,0.00,0.00,-4.00,0,0,,0.00\r\n"
    );
}
