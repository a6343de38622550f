//! On which days they come, and with what they are compared.

use serde_json::json;

use super::Scene;

impl Scene {
    /// Makes each of these moments the present, and tells of which ranges reports were made.
    async fn at(&self, moments: &[&str]) -> Vec<String> {
        for now in moments {
            self.set_clock(now);
            self.tick(2).await;
        }
        self.ranges().await
    }

    async fn fires_by(&self) -> String {
        let row = "SELECT expression FROM schedules WHERE name LIKE 'report:%'";
        self.app.value(row).await
    }
}

#[tokio::test]
async fn the_report_of_the_last_day_comes_at_each_end_of_a_month_also_in_february() {
    let terms = json!({"rhythm": "monthly", "time": "00:30", "day_of_month": 31,
                       "recipients": ["ada@example.com"]});
    let scene = Scene::new(terms).await;
    assert_eq!(scene.fires_by().await, "30 0 L * *");
    let view = scene.merchant.get(&scene.path()).await.json();
    assert_eq!(view["day_of_month"], 31);
    // The clocks have gone forward two days before.
    assert_eq!(view["next_at"], "2026-03-30T23:30:00Z");
    let made = scene
        .at(&[
            "2026-03-30T23:30:00Z",
            "2026-04-29T23:30:00Z",
            "2027-02-28T00:30:00Z",
            "2027-03-30T23:19:00Z",
            "2027-03-30T23:30:00Z",
            "2028-02-28T00:30:00Z",
            "2028-02-29T00:30:00Z",
        ])
        .await;
    assert_eq!(
        made,
        [
            "2026-02-01 2026-02-28",
            "2026-03-01 2026-03-31",
            "2027-01-01 2027-01-31",
            "2027-02-01 2027-02-28",
            "2027-12-01 2027-12-31",
            "2028-01-01 2028-01-31",
        ]
    );
}

#[tokio::test]
async fn a_report_of_the_thirtieth_falls_back_to_the_end_of_february_and_may_be_moved() {
    let terms = json!({"rhythm": "monthly", "time": "07:00", "day_of_month": 30,
                       "recipients": ["ada@example.com"]});
    let scene = Scene::new(terms).await;
    assert_eq!(scene.fires_by().await, "0 7 30 1,3-12 * | 0 7 L 2 *");
    let made = scene
        .at(&[
            "2027-01-30T07:00:00Z",
            "2027-02-27T07:00:00Z",
            "2027-02-28T07:00:00Z",
            "2027-03-30T06:00:00Z",
        ])
        .await;
    assert_eq!(
        made,
        [
            "2026-12-01 2026-12-31",
            "2027-01-01 2027-01-31",
            "2027-02-01 2027-02-28",
        ]
    );
    let change = json!({"day_of_month": 29});
    let moved = scene.merchant.patch(&scene.path(), &change).await;
    assert_eq!(moved.expect(200).json()["next_at"], "2027-04-29T06:00:00Z");
    for day in [0, 32] {
        let change = json!({"day_of_month": day});
        let refused = scene.merchant.patch(&scene.path(), &change).await;
        let problem = refused.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], "day_of_month", "{day}");
    }
}

#[tokio::test]
async fn each_report_of_a_schedule_is_compared_as_the_schedule_says() {
    let terms = json!({"rhythm": "weekly", "time": "07:00", "weekday": "monday",
                       "compare": "previous_period", "recipients": ["ada@example.com"]});
    let scene = Scene::new(terms).await;
    let view = scene.merchant.get(&scene.path()).await.json();
    assert_eq!(view["compare"], "previous_period");
    let change = async |change| {
        let changed = scene.merchant.patch(&scene.path(), &change).await;
        changed.expect(200).json()["compare"].clone()
    };
    scene.at(&["2026-03-30T06:00:00Z"]).await;
    assert_eq!(
        change(json!({"compare": "previous_year"})).await,
        "previous_year"
    );
    scene.at(&["2026-04-06T06:00:00Z"]).await;
    let kept = change(json!({"time": "08:00"})).await;
    assert_eq!(kept, "previous_year", "what is left out stays");
    assert_eq!(change(json!({"compare": null})).await, json!(null));
    scene.at(&["2026-04-13T07:00:00Z"]).await;
    let compared = scene
        .app
        .sql(
            "SELECT concat_ws(' ', result->>'from', result#>>'{comparison,with}', result#>>'{comparison,from}',
                    result#>>'{comparison,to}') FROM reports ORDER BY id",
        )
        .await
        .concat();
    assert_eq!(
        compared,
        [
            "2026-03-23 previous_period 2026-03-16 2026-03-22",
            "2026-03-30 previous_year 2025-03-30 2025-04-05",
            "2026-04-06",
        ]
    );
    for (kind, compare) in [("revenue", "last_week"), ("customers", "previous_year")] {
        let body = json!({"store_id": scene.store, "kind": kind, "compare": compare, "rhythm": "daily",
                          "time": "07:00", "recipients": ["ada@example.com"]});
        let refused = scene.merchant.post("/v1/report-schedules", &body).await;
        let problem = refused.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], "compare", "{kind}");
    }
}

#[tokio::test]
async fn going_back_leaves_days_and_expressions_that_the_program_before_can_read() {
    let monthly = |day| json!({"rhythm": "monthly", "time": "07:00", "day_of_month": day, "recipients": ["ada@example.com"]});
    let scene = Scene::new(monthly(31)).await;
    for day in [29, 15] {
        let mut body = monthly(day);
        body["store_id"] = json!(scene.store);
        body["kind"] = json!("products");
        let made = scene.merchant.post("/v1/report-schedules", &body).await;
        made.assert_status(201);
    }
    let down = include_str!(
        "../../../../migrations/2026-11-29-150000_widen_report_schedule_days/down.sql"
    );
    // As migrations run: by the owner, and in no scope but their own.
    scene
        .app
        .sql(&format!("SET suite.scope = ''; {down}"))
        .await;
    let days = "SELECT day_of_month FROM report_schedules ORDER BY id";
    assert_eq!(scene.app.sql(days).await.concat(), ["28", "28", "15"]);
    let expressions =
        "SELECT expression FROM schedules WHERE kind = 'run_report_schedule' ORDER BY expression";
    assert_eq!(
        scene.app.sql(expressions).await.concat(),
        ["0 7 15 * *", "0 7 28 * *", "0 7 28 * *"]
    );
}
