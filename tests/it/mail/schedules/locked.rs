//! Reports of who does not pay.

use suite_core::jobs::MailReport;

use super::Scene;

#[tokio::test]
async fn a_locked_account_gets_no_reports_and_after_paying_those_of_its_schedule_go_on_without_the_old_ones()
 {
    let scene = Scene::daily(&["ada@example.com"]).await;
    scene.set_clock("2026-03-28T07:00:00Z");
    scene.tick(1).await;
    assert_eq!(scene.ranges().await, ["2026-03-27 2026-03-27"]);
    // What was paid ends in the night; each morning the schedule fires all the same.
    let locked = "UPDATE accounts SET plan = 'pro', access_until = '2026-03-28T22:00:00Z'";
    scene.app.sql(locked).await;
    for morning in [
        "2026-03-29T06:00:00Z",
        "2026-03-30T06:00:00Z",
        "2026-03-31T06:00:00Z",
    ] {
        scene.set_clock(morning);
        scene.tick(2).await;
    }
    assert_eq!(scene.ranges().await.len(), 1, "nothing is made");
    assert_eq!(scene.app.mails().len(), 1, "and nothing is sent");
    // Paid at noon: what fell into the lock stays out.
    scene.set_clock("2026-03-31T11:00:00Z");
    let paid = "UPDATE accounts SET access_until = NULL";
    scene.app.sql(paid).await;
    scene.app.run_jobs().await;
    assert_eq!(scene.app.mails().len(), 1);
    scene.set_clock("2026-04-01T06:00:00Z");
    scene.tick(2).await;
    let expected = ["2026-03-27 2026-03-27", "2026-03-31 2026-03-31"];
    assert_eq!(scene.ranges().await, expected);
    assert_eq!(scene.app.mails().len(), 2);
}

#[tokio::test]
async fn a_report_whose_account_is_locked_while_it_is_made_is_not_mailed() {
    let scene = Scene::daily(&["ada@example.com"]).await;
    scene.set_clock("2026-03-28T07:00:00Z");
    scene.tick(1).await;
    let report_id = scene.app.value("SELECT id FROM reports").await;
    // As if each were about another day of the schedule.
    for (plan, day, mails) in [("locked", "2026-03-29", 1), ("pro", "2026-03-30", 2)] {
        let sql = format!("UPDATE accounts SET plan = '{plan}' WHERE plan <> 'system'");
        scene.app.sql(&sql).await;
        let job = MailReport {
            report_id: report_id.parse().unwrap(),
            schedule_id: Some(scene.schedule.parse().unwrap()),
            day: Some(day.parse().unwrap()),
            user_id: None,
        };
        scene.app.enqueue(scene.merchant.account_id(), &job).await;
        scene.app.run_jobs().await;
        assert_eq!(scene.app.mails().len(), mails, "{plan}");
    }
}
