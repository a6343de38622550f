//! Products, customers and cohorts of a small shop, worked out by hand.

use serde_json::{Value, json};
use suite_tests::TestApp;

use super::{make, result, store_with};

/// Mugs and bowls in February and March, postage that is no merchandise, a return, and buyers known and unknown.
const LINES: &str = "\
1,MUG,MUG,10,2011-02-10 10:00:00,4.00,C1,France
1,POST,POSTAGE,1,2011-02-10 10:00:00,18.00,C1,France
2,MUG,MUG,5,2011-02-20 10:00:00,4.00,C2,Spain
3,MUG,MUG,20,2011-03-05 10:00:00,4.00,C1,France
4,BOWL,=BOWL,4,2011-03-06 10:00:00,5.00,C3,Spain
5,CUP,CUP,1,2011-03-07 10:00:00,2.50,,Spain
C6,MUG,MUG,-2,2011-03-08 10:00:00,4.00,C1,France
7,POST,POSTAGE,1,2011-03-09 10:00:00,9.00,C4,France
";

fn ask(store: &str, kind: &str, from: &str, to: &str) -> Value {
    json!({"store_id": store, "kind": kind, "from": from, "to": to})
}

/// Returns the named figures of each row of a series, with its key.
fn figures(result: &Value, series: &str, names: &[&str]) -> Value {
    let rows = result["series"][series].as_array().unwrap().iter();
    rows.map(|row| {
        let figures = names.iter().map(|name| row[*name].clone());
        Value::Array([row["key"].clone()].into_iter().chain(figures).collect())
    })
    .collect()
}

#[tokio::test]
async fn products_are_ranked_without_postage_and_compared_with_the_month_before() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = store_with(&app, &merchant, LINES).await;
    let mut body = ask(&store, "products", "2011-03-01", "2011-03-31");
    body["compare"] = "previous_period".into();
    let report = result(&app, &merchant, &body).await;
    let names = [
        "gross",
        "returns",
        "net",
        "units",
        "orders",
        "share_percent",
        "abc",
        "previous_gross",
        "change_percent",
    ];
    assert_eq!(
        figures(&report, "product", &names),
        json!([
            [
                "MUG", "80.00", "8.00", "72.00", "20", 1, "78.05", "A", "60.00", "33.33"
            ],
            [
                "BOWL", "20.00", "0.00", "20.00", "4", 1, "19.51", "A", "0.00", null
            ],
            [
                "CUP", "2.50", "0.00", "2.50", "1", 1, "2.44", "C", "0.00", null
            ],
        ])
    );
    let totals = &report["totals"];
    assert_eq!(
        (&totals["gross"], &totals["return_percent"]),
        (&json!("102.50"), &json!("7.8"))
    );
    let comparison = &report["comparison"];
    assert_eq!(
        (
            &comparison["from"],
            &comparison["to"],
            &comparison["totals"]["gross"]
        ),
        (&json!("2011-02-01"), &json!("2011-02-28"), &json!("60.00"))
    );
    assert_eq!(
        (
            &comparison["change"]["gross"],
            &comparison["change"]["returns"]
        ),
        (
            &json!({"difference": "42.5", "percent": "70.83"}),
            &json!({"difference": "8", "percent": null})
        )
    );
    assert_eq!(report["series"]["vendor"][0]["label"], "(no vendor)");
}

#[tokio::test]
async fn the_list_of_the_store_says_what_is_no_merchandise() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = store_with(&app, &merchant, LINES).await;
    app.sql("UPDATE stores SET non_merchandise = '{MUG,C*}'")
        .await;
    let body = ask(&store, "products", "2011-02-01", "2011-03-31");
    let report = result(&app, &merchant, &body).await;
    assert_eq!(
        figures(&report, "product", &["gross"]),
        json!([["POST", "27.00"], ["BOWL", "20.00"]])
    );
}

#[tokio::test]
async fn revenue_is_compared_with_the_year_before_and_broken_down_by_vendor_and_channel() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = store_with(&app, &merchant, LINES).await;
    app.sql("UPDATE products SET vendor = 'Mill' WHERE title IN ('MUG', '=BOWL')")
        .await;
    let mut body = ask(&store, "revenue", "2011-03-01", "2011-03-31");
    body["group_by"] = json!(["vendor", "channel"]);
    body["compare"] = "previous_year".into();
    let report = result(&app, &merchant, &body).await;
    assert_eq!(
        figures(&report, "vendor", &["label", "gross", "returns"]),
        json!([
            ["Mill", "Mill", "100.00", "8.00"],
            ["", "(no vendor)", "11.50", "0.00"]
        ])
    );
    let totals = &report["totals"];
    let channel = &report["series"]["channel"][0];
    assert_eq!(report["series"]["channel"].as_array().unwrap().len(), 1);
    for figure in [
        "gross",
        "returns",
        "net",
        "orders",
        "units",
        "customers",
        "aov",
    ] {
        assert_eq!(channel[figure], totals[figure], "{figure}");
    }
    // Nothing was sold then: there is no percentage of nothing.
    assert_eq!(
        report["comparison"]["change"]["gross"],
        json!({"difference": "111.5", "percent": null})
    );
    assert_eq!(report["comparison"]["from"], "2010-03-01");
}

#[tokio::test]
async fn customers_are_scored_and_put_into_segments() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let more = "8,CUP,CUP,1,2011-03-20 10:00:00,1.00,C5,Spain\n";
    let store = store_with(&app, &merchant, &format!("{LINES}{more}")).await;
    let body = ask(&store, "customers", "2011-02-01", "2011-03-31");
    let report = result(&app, &merchant, &body).await;
    let names = [
        "orders",
        "net",
        "recency_days",
        "recency_score",
        "frequency_score",
        "monetary_score",
        "segment",
        "country",
    ];
    // Days: C2 20 Feb, C1 5 Mar, C3 6 Mar, C4 9 Mar, C5 20 Mar; net 20, 130, 20, 9, 1.
    assert_eq!(
        figures(&report, "customer", &names),
        json!([
            ["C1", 2, "130.00", 26, 2, 5, 5, "at_risk", "France"],
            ["C2", 1, "20.00", 39, 1, 1, 3, "lost", "Spain"],
            ["C3", 1, "20.00", 25, 3, 1, 3, "need_attention", "Spain"],
            ["C4", 1, "9.00", 22, 4, 1, 2, "promising", "France"],
            ["C5", 1, "1.00", 11, 5, 1, 1, "new", "Spain"],
        ])
    );
    let totals = &report["totals"];
    assert_eq!(
        (
            &totals["customers"],
            &totals["gross"],
            &totals["unknown_gross"]
        ),
        (&json!(5), &json!("188.00"), &json!("2.50"))
    );
    assert_eq!(report["series"]["segment"].as_array().unwrap().len(), 8);
}

#[tokio::test]
async fn cohorts_begin_with_the_first_purchase_ever() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = store_with(&app, &merchant, LINES).await;
    let names = ["customers", "gross", "active", "retention_percent"];
    let body = ask(&store, "cohorts", "2011-02-01", "2011-03-31");
    let report = result(&app, &merchant, &body).await;
    assert_eq!(
        figures(&report, "cohort", &names),
        json!([
            ["2011-02", 2, "158.00", [2, 1], ["100", "50"]],
            ["2011-03", 2, "29.00", [2], ["100"]],
        ])
    );
    // Who bought before the range belongs to no cohort of it, not even in the month in which both lie.
    let body = ask(&store, "cohorts", "2011-02-15", "2011-03-31");
    let report = result(&app, &merchant, &body).await;
    assert_eq!(
        figures(&report, "cohort", &names),
        json!([
            ["2011-02", 1, "20.00", [1, 0], ["100", "0"]],
            ["2011-03", 2, "29.00", [2], ["100"]],
        ])
    );
    let body = ask(&store, "cohorts", "2011-03-01", "2011-03-31");
    let report = result(&app, &merchant, &body).await;
    assert_eq!(
        figures(&report, "cohort", &names),
        json!([["2011-03", 2, "29.00", [2], ["100"]]])
    );
}

#[tokio::test]
async fn a_long_series_is_kept_in_pieces_and_its_files_have_all_of_it() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let lines: String = (0..6_100)
        .map(|number| {
            format!(
                "1,S{number:05},THING,1,2011-02-10 10:00:00,{}.00,C1,France\n",
                7_000 - number
            )
        })
        .collect();
    let store = store_with(&app, &merchant, &lines).await;
    let body = ask(&store, "products", "2011-02-01", "2011-02-28");
    let path = make(&app, &merchant, &body).await;
    let report = merchant.get(&path).await.expect(200).json()["result"].clone();
    assert_eq!(report["row_counts"], json!({"product": 6_100}));
    assert_eq!(report["series"]["product"].as_array().unwrap().len(), 5_000);
    assert_eq!(
        app.value("SELECT count(*)::text FROM report_pieces").await,
        "2"
    );
    let file = merchant
        .get(&format!("{path}/file?format=json"))
        .await
        .expect(200)
        .json();
    let rows = file["series"]["product"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[6_099]["key"]), (6_100, &json!("S06099")));
    assert_eq!(file["totals"], report["totals"]);
    let text = merchant
        .get(&format!("{path}/file?format=csv"))
        .await
        .expect(200)
        .text();
    assert_eq!(text.lines().count(), 1 + 1 + 6_100 + 1);
    assert!(
        text.contains("\r\nproduct,S06099,THING,GBP,,901.00,"),
        "{}",
        &text[text.len() - 300..]
    );
}

#[tokio::test]
async fn files_of_every_kind_open_as_numbers_and_harmless_text() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = store_with(&app, &merchant, LINES).await;
    for kind in [
        "revenue",
        "products",
        "customers",
        "cohorts",
        "inventory_value",
        "sell_through",
        "reorder",
    ] {
        let mut body = ask(&store, kind, "2011-02-01", "2011-03-31");
        if kind == "revenue" {
            body["group_by"] = json!(["product"]);
        }
        let path = make(&app, &merchant, &body).await;
        let file = merchant
            .get(&format!("{path}/file?format=csv"))
            .await
            .expect(200);
        let records: Vec<csv::StringRecord> = csv::Reader::from_reader(&file.body[..])
            .into_records()
            .map(Result::unwrap)
            .collect();
        assert_eq!(&records[0][0], "total", "{kind}");
        let dangerous = records
            .iter()
            .flat_map(csv::StringRecord::iter)
            .find(|cell| cell.starts_with(['=', '+', '@']));
        assert_eq!(dangerous, None, "{kind}");
        let all = merchant
            .get(&format!("{path}/file?format=json"))
            .await
            .expect(200)
            .json();
        let result = merchant.get(&path).await.expect(200).json()["result"].clone();
        assert_eq!(all, result, "{kind}");
        for (format, begin, end) in [("xlsx", "PK\u{3}\u{4}", ""), ("pdf", "%PDF-1.7", "%%EOF\n")] {
            let file = merchant
                .get(&format!("{path}/file?format={format}"))
                .await
                .expect(200);
            let name = format!("{kind}-");
            assert!(file.header("content-disposition").contains(&name), "{kind}");
            assert!(
                file.body.starts_with(begin.as_bytes()) && file.body.ends_with(end.as_bytes()),
                "{kind} {format}"
            );
        }
        merchant
            .get(&format!("{path}/file?format=doc"))
            .await
            .problem(406, "not_acceptable");
    }
}
