//! Reports that come by themselves.

mod locked;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use suite_core::{id::ReportScheduleId, jobs::RunReportSchedule};
use suite_tests::{Answer, Client, INVOICE_LINES, TestApp};

use super::access::token_in;

mod terms;

/// A merchant in London with sales, and a schedule of theirs.
struct Scene {
    app: TestApp,
    merchant: Client,
    store: String,
    schedule: String,
}

impl Scene {
    async fn new(terms: Value) -> Self {
        let app = TestApp::with(&[("BASE_URL", "https://suite.example")]).await;
        let merchant = app.account().await;
        let store = merchant.store("GBP", "Europe/London").await;
        let upload = merchant.upload(&store, "invoice_lines", INVOICE_LINES);
        upload.await.assert_status(202);
        app.run_jobs().await;
        let mut body = json!({"store_id": store, "kind": "revenue", "group_by": ["country"]});
        for (name, value) in terms.as_object().unwrap() {
            body[name] = value.clone();
        }
        let made = merchant
            .post("/v1/report-schedules", &body)
            .await
            .expect(201);
        let schedule = made.json()["id"].as_str().unwrap().to_owned();
        Self {
            app,
            merchant,
            store,
            schedule,
        }
    }

    async fn daily(recipients: &[&str]) -> Self {
        Self::new(json!({"rhythm": "daily", "time": "07:00", "recipients": recipients})).await
    }

    fn set_clock(&self, at: &str) {
        let at: DateTime<Utc> = at.parse().unwrap();
        self.app.clock.advance(at - self.app.clock.now());
    }

    /// Fires the schedule as often as told, as several tick makers would, and lets everything run.
    async fn tick(&self, times: usize) {
        let schedule_id: ReportScheduleId = self.schedule.parse().unwrap();
        for _ in 0..times {
            let job = RunReportSchedule { schedule_id };
            self.app.enqueue(self.merchant.account_id(), &job).await;
            self.app.run_jobs().await;
        }
    }

    async fn ranges(&self) -> Vec<String> {
        let query = "SELECT params->>'from' || ' ' || (params->>'to') FROM reports ORDER BY id";
        self.app.sql(query).await.concat()
    }

    fn path(&self) -> String {
        format!("/v1/report-schedules/{}", self.schedule)
    }
}

#[tokio::test]
async fn each_period_has_one_report_and_one_mail_a_reader_whatever_fires() {
    let scene = Scene::daily(&["Bob@example.com", "ada@example.com", "ada@example.com"]).await;
    scene.set_clock("2026-03-28T07:00:00Z");
    scene.tick(3).await;
    assert_eq!(scene.ranges().await, ["2026-03-27 2026-03-27"]);
    let mails = scene.app.mails();
    assert_eq!(mails.len(), 2);
    for (mail, reader) in mails.iter().zip(["ada", "bob"]) {
        assert!(
            mail.contains(&format!("To: {reader}@example.com\r\n")),
            "{mail}"
        );
        assert!(
            mail.contains("Revenue of Corner shop, 27 Mar 2026"),
            "{mail}"
        );
    }
    // The clocks go forward in the night: 07:00 is 06:00 UTC now.
    scene.set_clock("2026-03-29T05:49:00Z");
    scene.tick(1).await;
    assert_eq!(scene.app.mails().len(), 2, "it is not 07:00 there yet");
    scene.set_clock("2026-03-29T06:00:00Z");
    scene.tick(2).await;
    let expected = ["2026-03-27 2026-03-27", "2026-03-28 2026-03-28"];
    assert_eq!(scene.ranges().await, expected);
    // A standstill of days: what is still true comes, once.
    scene.set_clock("2026-04-03T11:00:00Z");
    scene.tick(2).await;
    assert_eq!(scene.ranges().await[2..], ["2026-04-02 2026-04-02"]);
    assert_eq!(scene.app.mails().len(), 6);
}

#[tokio::test]
async fn a_monthly_report_covers_the_month_before_and_comes_at_the_stores_time() {
    let scene = Scene::new(json!({
        "rhythm": "monthly", "time": "00:30", "day_of_month": 1, "recipients": ["ada@example.com"],
    }))
    .await;
    let row = "SELECT expression || ' ' || timezone || ' ' || kind FROM schedules WHERE name LIKE 'report:%'";
    let row = scene.app.value(row).await;
    assert_eq!(row, "30 0 1 * * Europe/London run_report_schedule");
    let view = scene.merchant.get(&scene.path()).await.json();
    assert_eq!(view["next_at"], "2026-03-31T23:30:00Z");
    for now in [
        "2026-03-31T23:30:00Z",
        "2026-04-30T23:31:00Z",
        "2027-03-01T00:30:00Z",
    ] {
        scene.set_clock(now);
        scene.tick(1).await;
    }
    let expected = [
        "2026-03-01 2026-03-31",
        "2026-04-01 2026-04-30",
        "2027-02-01 2027-02-28",
    ];
    assert_eq!(scene.ranges().await, expected);
}

#[tokio::test]
async fn the_link_in_the_mail_opens_that_report_alone_and_for_its_time() {
    let scene = Scene::daily(&["ada@example.com"]).await;
    scene.set_clock("2026-03-28T07:00:00Z");
    scene.tick(1).await;
    let token = token_in(&scene.app.mails()[0], "/shared/");
    let link = format!("/shared/{token}");
    let stranger = scene.app.stranger();
    let page = stranger.get(&link).await.expect(200);
    assert_eq!(page.header("x-robots-tag"), "noindex, nofollow");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert!(
        page.text()
            .contains("Corner shop, 2026-03-27 to 2026-03-27, GBP")
    );
    let file = stranger
        .get(&format!("{link}/report.csv"))
        .await
        .expect(200);
    assert!(file.text().starts_with("series,"), "{}", file.text());
    assert!(file.header("content-disposition").contains("attachment"));
    let mut changed = token.clone().into_bytes();
    changed[70] = if changed[70] == b'0' { b'1' } else { b'0' };
    for forged in [String::from_utf8(changed).unwrap(), token[2..].to_owned()] {
        stranger
            .get(&format!("/shared/{forged}"))
            .await
            .assert_status(404);
        stranger
            .get(&format!("/shared/{forged}/report.csv"))
            .await
            .assert_status(404);
    }
    scene.app.clock.advance(TimeDelta::days(30));
    stranger.get(&link).await.assert_status(404);
    stranger
        .get(&format!("{link}/report.csv"))
        .await
        .assert_status(404);
}

#[tokio::test]
async fn a_reader_stops_one_schedule_for_themselves_and_stays_stopped() {
    let scene = Scene::daily(&["ada@example.com", "bob@example.com"]).await;
    scene.set_clock("2026-03-28T07:00:00Z");
    scene.tick(1).await;
    let link = format!(
        "/unsubscribe/{}",
        token_in(&scene.app.mails()[0], "/unsubscribe/")
    );
    let page = scene.app.stranger().get(&link).await.expect(200).text();
    assert!(page.contains("no more issues of this report"), "{page}");
    let click = scene.app.stranger().request(Method::POST, &link);
    Answer::of(click).await.assert_status(200);
    let again = json!({"recipients": ["bob@example.com"]});
    scene
        .merchant
        .patch(&scene.path(), &again)
        .await
        .assert_status(200);
    let back = json!({"recipients": ["ada@example.com", "bob@example.com"]});
    let view = scene
        .merchant
        .patch(&scene.path(), &back)
        .await
        .expect(200)
        .json();
    assert!(view["recipients"][0]["stopped_at"].is_string(), "{view}");
    assert!(view["recipients"][1]["stopped_at"].is_null(), "{view}");
    scene.app.clock.advance(TimeDelta::days(1));
    scene.tick(1).await;
    let mails = scene.app.mails();
    assert_eq!(mails.len(), 3);
    assert!(mails[2].contains("To: bob@example.com"));
    let suppressed = scene
        .app
        .value("SELECT count(*) FROM mail_suppressions")
        .await;
    assert_eq!(suppressed, "0", "other reports go on");
}

#[tokio::test]
async fn what_nobody_reads_what_is_held_and_what_is_deleted_is_not_made() {
    let scene = Scene::daily(&["ada@example.com"]).await;
    let held = scene
        .merchant
        .patch(&scene.path(), &json!({"is_paused": true}))
        .await;
    let view = held.expect(200).json();
    assert_eq!(
        (&view["is_paused"], &view["next_at"]),
        (&json!(true), &json!(null))
    );
    let paused = "SELECT count(paused_at) FROM schedules WHERE name LIKE 'report:%'";
    assert_eq!(scene.app.value(paused).await, "1");
    scene.set_clock("2026-03-28T07:00:00Z");
    scene.tick(1).await;
    assert!(scene.ranges().await.is_empty());
    let on = json!({"is_paused": false, "rhythm": "weekly", "weekday": "monday"});
    scene
        .merchant
        .patch(&scene.path(), &on)
        .await
        .assert_status(200);
    assert_eq!(scene.app.value(paused).await, "0");
    scene.tick(1).await;
    assert_eq!(scene.ranges().await, ["2026-03-16 2026-03-22"]);
    scene
        .merchant
        .delete(&scene.path())
        .await
        .assert_status(204);
    scene
        .merchant
        .delete(&scene.path())
        .await
        .problem(404, "not_found");
    let left = "SELECT (SELECT count(*) FROM schedules WHERE name LIKE 'report:%')
        + (SELECT count(*) FROM report_schedules) + (SELECT count(*) FROM report_schedule_readers)";
    assert_eq!(scene.app.value(left).await, "0");
    scene.app.clock.advance(TimeDelta::days(7));
    scene.tick(1).await;
    assert_eq!(scene.ranges().await.len(), 1);
}

#[tokio::test]
async fn a_deleted_store_takes_its_schedules_with_it() {
    let scene = Scene::daily(&["ada@example.com"]).await;
    let path = format!("/v1/stores/{}", scene.store);
    scene.merchant.delete(&path).await.assert_status(204);
    scene
        .merchant
        .get(&scene.path())
        .await
        .problem(404, "not_found");
    scene.app.run_jobs().await;
    scene.set_clock("2026-03-28T07:00:00Z");
    scene.tick(1).await;
    let left = "SELECT (SELECT count(*) FROM schedules WHERE name LIKE 'report:%')
        + (SELECT count(*) FROM report_schedules) + (SELECT count(*) FROM mails)";
    assert_eq!(scene.app.value(left).await, "0");
}

#[tokio::test]
async fn every_fault_of_a_schedule_is_told_and_nothing_is_written() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let many: Vec<String> = (0..21)
        .map(|number| format!("r{number}@example.com"))
        .collect();
    let lists = json!([
        "a@x.de,b@x.de",
        "a@x.de\r\nBcc: b@x.de",
        "Ada <a@x.de>",
        "a@x.de"
    ]);
    for (change, fields) in [
        (json!({"kind": "poems"}), vec!["kind"]),
        (json!({"group_by": ["hour"]}), vec!["group_by[0]"]),
        (json!({"time": "7"}), vec!["time"]),
        (json!({"rhythm": "weekly"}), vec!["weekday"]),
        (json!({"recipients": []}), vec!["recipients"]),
        (json!({"recipients": many}), vec!["recipients"]),
        (
            json!({"recipients": lists, "time": "x"}),
            vec!["time", "recipients[0]", "recipients[1]", "recipients[2]"],
        ),
    ] {
        let mut body = json!({"store_id": store, "kind": "revenue", "rhythm": "daily", "time": "07:00",
            "recipients": ["ada@example.com"]});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = merchant.post("/v1/report-schedules", &body).await;
        let problem = answer.problem(422, "invalid");
        let errors = problem["errors"].as_array().unwrap().iter();
        let told: Vec<&str> = errors
            .map(|error| error["field"].as_str().unwrap())
            .collect();
        assert_eq!(told, fields, "{change}");
    }
    assert_eq!(
        app.value("SELECT count(*) FROM report_schedules").await,
        "0"
    );
    assert_eq!(app.value("SELECT count(*) FROM schedules").await, "0");
}

#[tokio::test]
async fn who_asks_to_be_told_gets_a_mail_when_the_report_is_ready() {
    let app = TestApp::new().await;
    let cookie = app
        .register("ada@example.com", "correct horse battery")
        .await;
    let post = |path: &'static str, body: Value| {
        let request = app.stranger().request(Method::POST, path);
        let request = request
            .header("cookie", cookie.clone())
            .header("sec-fetch-site", "same-origin");
        async move { Answer::of(suite_tests::with_json(request, &body)).await }
    };
    let store = json!({"name": "Tea\r\nBcc: eve@example.com", "currency": "GBP", "timezone": "Europe/London"});
    post("/v1/stores", store).await.problem(422, "invalid");
    let store = json!({"name": "Tea & <b>", "currency": "GBP", "timezone": "Europe/London"});
    let store = post("/v1/stores", store).await.expect(201).json()["id"].clone();
    let mut body =
        json!({"store_id": store, "kind": "revenue", "from": "2026-01-01", "to": "2026-01-31"});
    post("/v1/reports", body.clone()).await.assert_status(202);
    body["notify"] = json!(true);
    post("/v1/reports", body).await.assert_status(202);
    app.run_jobs().await;
    let mails = app.mails();
    assert_eq!(mails.len(), 2, "a welcome and one report");
    assert!(mails[1].contains("To: ada@example.com\r\n"));
    assert!(mails[1].contains("Report: Revenue of Tea & <b>, 1 Jan 2026 to 31 Jan 2026"));
    let html = mails[1].replace("=\r\n", "");
    assert!(
        html.contains("Revenue of Tea &#38; &#60;b&#62;, 1 Jan"),
        "{html}"
    );
}
