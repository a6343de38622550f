use chrono::{DateTime, TimeDelta, Utc};
use suite_core::{
    id::AccountId,
    job::{JobState, Queue},
    jobs::ScanTrials,
};
use suite_tests::TestApp;

/// Moves the clock and scans, as often as told.
async fn scan_after(app: &TestApp, wait: TimeDelta, times: usize) {
    app.clock.advance(wait);
    for _ in 0..times {
        app.enqueue(AccountId::OPERATOR, &ScanTrials {}).await;
    }
    app.run_jobs().await;
}

fn subjects(app: &TestApp) -> Vec<String> {
    let subject = |mail: String| {
        let line = mail.lines().find_map(|line| line.strip_prefix("Subject: "));
        line.expect("a mail has a subject").to_owned()
    };
    app.mails().into_iter().map(subject).collect()
}

const WELCOME: &str = "Welcome to Employee Suite";
const THREE: &str = "Your trial ends in 3 days";
const ONE: &str = "Your trial ends in 1 day";
const ENDED: &str = "Your trial has ended";

#[tokio::test]
async fn a_trial_gets_each_mail_once_however_often_anybody_looks() {
    let app = TestApp::new().await;
    // A minute before the full hour.
    app.clock.advance(TimeDelta::minutes(-61));
    app.register("ada@example.com", "correct horse battery")
        .await;
    scan_after(&app, TimeDelta::minutes(1), 2).await;
    assert_eq!(subjects(&app), [WELCOME]);
    let mut told = vec![];
    for hour in 1..=9 * 24 {
        let before = subjects(&app).len();
        // Looking every six hours is enough here; each time twice.
        if hour % 6 == 0 {
            scan_after(&app, TimeDelta::hours(6), 2).await;
        }
        let now = subjects(&app);
        for subject in &now[before..] {
            told.push((hour, subject.clone()));
        }
    }
    let expected = [(96, THREE), (144, ONE), (168, ENDED)];
    let expected = expected.map(|(hour, subject)| (hour, subject.to_owned()));
    assert_eq!(told, expected);
    let mail = app.mails().remove(1);
    assert!(mail.contains("To: ada@example.com\r\n"), "{mail}");
    assert!(mail.contains("on 9 March 2026 at 08:59"), "{mail}");
}

#[tokio::test]
async fn after_a_week_without_a_scheduler_only_what_is_still_true_is_told() {
    let app = TestApp::new().await;
    app.register("ada@example.com", "correct horse battery")
        .await;
    scan_after(&app, TimeDelta::days(6) + TimeDelta::hours(12), 1).await;
    assert_eq!(subjects(&app), [WELCOME, ONE]);
    app.register("bob@example.com", "correct horse battery")
        .await;
    scan_after(&app, TimeDelta::days(30), 1).await;
    assert_eq!(subjects(&app), [WELCOME, ONE, WELCOME, ENDED, ENDED]);
}

#[tokio::test]
async fn extending_a_trial_arms_it_anew_and_paying_ends_its_mails() {
    let app = TestApp::new().await;
    app.register("ada@example.com", "correct horse battery")
        .await;
    scan_after(&app, TimeDelta::days(5), 1).await;
    assert_eq!(subjects(&app), [WELCOME, "Your trial ends in 2 days"]);
    app.sql("UPDATE accounts SET trial_ends_at = trial_ends_at + interval '7 days'")
        .await;
    scan_after(&app, TimeDelta::hours(1), 1).await;
    assert_eq!(subjects(&app).len(), 2, "the new end is nine days away");
    scan_after(&app, TimeDelta::days(6), 1).await;
    assert_eq!(subjects(&app).last().unwrap(), THREE);
    app.sql("UPDATE accounts SET plan = 'pro'").await;
    scan_after(&app, TimeDelta::days(10), 2).await;
    assert_eq!(subjects(&app).len(), 3, "who has paid is left alone");
}

#[tokio::test]
async fn two_schedulers_at_once_write_each_mail_once() {
    let app = TestApp::new().await;
    for number in 0..20 {
        app.register(&format!("m{number}@example.com"), "correct horse battery")
            .await;
    }
    app.run_jobs().await;
    scan_after(&app, TimeDelta::days(4), 4).await;
    let warned = subjects(&app)
        .iter()
        .filter(|subject| *subject == THREE)
        .count();
    assert_eq!(warned, 20);
    let rows = app
        .sql("SELECT kind, state, sends, count(*) FROM mails GROUP BY 1, 2, 3 ORDER BY 1")
        .await;
    assert_eq!(
        rows,
        [
            ["trial_warning", "sent", "1", "20"],
            ["welcome", "sent", "1", "20"]
        ]
    );
}

#[tokio::test]
async fn slices_of_accounts_are_told_each_their_own_and_their_jobs_send_it() {
    let app = TestApp::new().await;
    // More than are written at a time; every tenth has paid, and those that end in 7 were told before.
    app.sql(&format!(
        "INSERT INTO accounts (id, name, plan, trial_ends_at)
         SELECT gen_random_uuid(), 'Merchant ' || n, CASE WHEN n % 10 = 0 THEN 'pro' ELSE 'trial' END,
                '{}'::timestamptz + n * interval '1 second' FROM generate_series(1, 700) n;
         INSERT INTO users (account_id, id, email, password_hash)
         SELECT id, gen_random_uuid(), id || '@example.com', 'none' FROM accounts WHERE name LIKE 'Merchant %';
         INSERT INTO mails (account_id, id, kind, period, recipient, content, state, job_id)
         SELECT a.id, gen_random_uuid(), 'trial_warning', (extract(epoch FROM a.trial_ends_at) * 1000000)::bigint || '/1',
                u.email, '{{}}', 'sent', gen_random_uuid()
           FROM accounts a JOIN users u ON u.account_id = a.id
          WHERE a.plan = 'trial' AND a.name LIKE '%7'",
        app.clock.now() + TimeDelta::hours(20)
    ))
    .await;
    let worker = app.worker(&[Queue::Maintenance]).await;
    let job = app.enqueue(AccountId::OPERATOR, &ScanTrials {}).await;
    let scanned = app.wait_for(job, JobState::Succeeded).await;
    worker.stop().await;
    let result = scanned.result.unwrap();
    // 70 have paid, and 70 of the others were told.
    assert_eq!(result["scanned"], 630);
    assert_eq!(result["written"], 560);
    let matched = "SELECT count(*) FROM mails m JOIN jobs j ON j.account_id = m.account_id AND j.id = m.job_id
          JOIN users u ON u.account_id = m.account_id AND u.email = m.recipient
         WHERE j.kind = 'send_email' AND j.args->>'mail_id' = m.id::text AND m.state = 'queued'
           AND m.content->>'days_left' = '1'";
    assert_eq!(app.value(matched).await, "560");
    app.run_jobs().await;
    let sent = "SELECT count(*) FROM mails WHERE state = 'sent' AND sends = 1";
    assert_eq!(app.value(sent).await, "560");
    assert_eq!(app.mails().len(), 560);
}

#[tokio::test]
async fn no_address_is_in_a_job_or_in_redis() {
    let app = TestApp::new().await;
    app.register("ada@example.com", "correct horse battery")
        .await;
    scan_after(&app, TimeDelta::days(4), 1).await;
    let jobs = app
        .value("SELECT string_agg(jobs::text, ' ') FROM jobs")
        .await;
    assert!(
        jobs.contains("send_email") && !jobs.contains("ada@"),
        "{jobs}"
    );
    let end: DateTime<Utc> = app.clock.now();
    assert!(end.to_rfc3339().starts_with("2026-03-06"));
}
