use suite_tests::TestApp;

use super::{make, request, result, store_with};

const LINES: &str = "1,A1,MUG,1,2011-01-14 09:00:00,1.00,C1,France\n";

#[tokio::test]
async fn a_report_that_is_not_made_yet_has_no_result() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let body = request(&store, "2011-01-01", "2011-01-31", &["month"]);
    merchant.post("/v1/reports", &body).await.assert_status(202);
    let list = merchant.get("/v1/reports").await.expect(200).json();
    let id = list["items"][0]["id"].as_str().unwrap();
    let report = merchant
        .get(&format!("/v1/reports/{id}"))
        .await
        .expect(200)
        .json();
    let file = format!("/v1/reports/{id}/file?format=csv");
    merchant.get(&file).await.problem(409, "conflict");
    assert!(report["result"].is_null(), "{report}");
    assert_eq!(report["kind"], "revenue");
    assert_eq!(report["store_id"], store.as_str());
    assert_eq!(report["params"]["from"], "2011-01-01");
    assert_eq!(report["params"]["group_by"][0], "month");
}

#[tokio::test]
async fn a_report_stays_as_it_was_when_more_is_imported_later() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = store_with(&app, &merchant, LINES).await;
    let body = request(&store, "2011-01-01", "2011-01-31", &[]);
    let path = make(&app, &merchant, &body).await;
    let before = merchant.get(&path).await.text();
    let more = format!(
        "{}2,A1,MUG,1,2011-01-15 09:00:00,2.00,C1,France\n",
        super::HEADER
    );
    merchant
        .upload(&store, "invoice_lines", more)
        .await
        .assert_status(202);
    app.run_jobs().await;
    assert_eq!(merchant.get(&path).await.text(), before);
    let after = result(&app, &merchant, &body).await;
    assert_eq!(after["totals"]["gross"], "3.00");
}

#[tokio::test]
async fn a_job_that_runs_again_keeps_the_same_result() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = store_with(&app, &merchant, LINES).await;
    let path = make(
        &app,
        &merchant,
        &request(&store, "2011-01-01", "2011-01-31", &["day"]),
    )
    .await;
    let before = merchant.get(&path).await.json()["result"].clone();
    // As after a crash between the effect and the word of it.
    app.sql(
        "UPDATE jobs SET state = 'queued', finished_at = NULL, dispatched_at = NULL, run_at = now()
          WHERE kind = 'build_report'",
    )
    .await;
    app.run_jobs().await;
    assert_eq!(
        app.value("SELECT state FROM jobs WHERE kind = 'build_report'")
            .await,
        "succeeded"
    );
    assert_eq!(merchant.get(&path).await.json()["result"], before);
}

#[tokio::test]
async fn a_report_on_a_store_that_is_deleted_meanwhile_ends_with_its_reason() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let body = request(&store, "2011-01-01", "2011-01-31", &[]);
    let asked = merchant.post("/v1/reports", &body).await.expect(202);
    app.sql("UPDATE stores SET deleted_at = now()").await;
    app.run_jobs().await;
    let job = merchant
        .get(asked.header("location"))
        .await
        .expect(200)
        .json();
    assert_eq!(job["state"], "dead");
    assert_eq!(job["attempt"], 1);
    assert!(
        job["error"].as_str().unwrap().contains("report not found"),
        "{job}"
    );
}

#[tokio::test]
async fn reports_are_listed_the_newest_first_page_by_page() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    for day in ["2011-01-01", "2011-01-02", "2011-01-03"] {
        let body = request(&store, day, day, &[]);
        merchant.post("/v1/reports", &body).await.assert_status(202);
    }
    let mut seen = Vec::new();
    let mut path = "/v1/reports?limit=2".to_owned();
    loop {
        let page = merchant.get(&path).await.expect(200).json();
        for report in page["items"].as_array().unwrap() {
            seen.push(report["params"]["from"].as_str().unwrap().to_owned());
        }
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/reports?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["2011-01-03", "2011-01-02", "2011-01-01"]);
    assert_eq!(
        app.account().await.get("/v1/reports").await.json()["items"],
        serde_json::json!([])
    );
}
