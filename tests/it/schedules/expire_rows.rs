use serde_json::json;
use suite_core::{
    id::AccountId,
    job::{JobState, Queue},
    jobs::ExpireRows,
};
use suite_tests::{INVOICE_LINES, TestApp};

#[tokio::test]
async fn what_has_served_its_time_is_dropped_and_all_else_stays() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let account = merchant.account_id();
    let store = merchant.store("GBP", "Europe/London").await;
    for _ in 0..3 {
        let upload = merchant.upload(&store, "invoice_lines", INVOICE_LINES);
        upload.await.assert_status(202);
    }
    for email in ["ended@example.com", "open@example.com"] {
        app.register(email, "correct horse battery").await;
    }
    // The first upload was never completed, the second failed long ago, the third waits for its job.
    app.sql(&format!(
        "UPDATE sessions SET expires_at = now() - interval '2 days'
          WHERE user_id = (SELECT id FROM users WHERE email = 'ended@example.com');
         UPDATE sessions SET expires_at = now() + interval '2 days'
          WHERE user_id = (SELECT id FROM users WHERE email = 'open@example.com');
         UPDATE imports SET state = 'uploading', created_at = now() - interval '2 days'
          WHERE id = (SELECT id FROM imports ORDER BY id LIMIT 1);
         UPDATE imports SET state = 'failed', finished_at = now() - interval '8 days'
          WHERE id = (SELECT id FROM imports ORDER BY id OFFSET 1 LIMIT 1);
         UPDATE user_tokens SET expires_at = now() - interval '2 days'
          WHERE user_id = (SELECT id FROM users WHERE email = 'ended@example.com');
         UPDATE user_tokens SET expires_at = now() + interval '2 days'
          WHERE user_id = (SELECT id FROM users WHERE email = 'open@example.com');
         INSERT INTO mail_events (account_id, event_id, mail_id, kind, occurred_at, received_at)
         SELECT account_id, days::text, id, 'delivered', now(), now() - days * interval '1 day'
           FROM (SELECT account_id, id FROM mails LIMIT 1) m, (VALUES (89), (91)) d (days);
         INSERT INTO stripe_events (id, kind, at, body, state, received_at)
         SELECT 'evt_' || days, 'plan.created', now(), 'body', 'ignored', now() - days * interval '1 day'
           FROM (VALUES (89), (91)) d (days);
         INSERT INTO idempotency_keys (account_id, key, fingerprint, status, headers, created_at)
         SELECT '{account}', days::text, '', 200, '[]', now() - days * interval '1 day' FROM generate_series(1, 4) days;
         INSERT INTO schedules (account_id, name, expression, timezone, catch_up, kind, args, revision)
         VALUES ('{account}', 'old', '0 0 1 * *', 'UTC', 'once', 'test_plain', '{{}}', 0);
         INSERT INTO schedule_ticks (account_id, schedule, tick_at, cause, fired_at)
         SELECT '{account}', 'old', at, 'time', at
           FROM (SELECT now() - days * interval '1 day' FROM (VALUES (1), (91)) d (days)) t (at)"
    ))
    .await;
    let worker = app.worker(&[Queue::Maintenance]).await;
    let job = app.enqueue(AccountId::OPERATOR, &ExpireRows {}).await;
    let row = app.wait_for(job, JobState::Succeeded).await;
    let dropped = json!({
        "answers": 3, "upload_pieces": 1, "uploads": 1, "failed_upload_pieces": 1, "sessions": 1, "ticks": 1,
        "user_tokens": 1, "mail_events": 1, "payment_bodies": 1,
    });
    assert_eq!(row.result, Some(dropped));
    let left = app.value(
        "SELECT (SELECT count(*) FROM idempotency_keys) || ' ' || (SELECT count(*) FROM imports) || ' '
             || (SELECT count(*) FROM import_chunks) || ' ' || (SELECT count(*) FROM sessions) || ' '
             || (SELECT count(*) FROM schedule_ticks)",
    );
    assert_eq!(left.await, "1 2 1 1 1");

    let again = app.enqueue(AccountId::OPERATOR, &ExpireRows {}).await;
    let row = app.wait_for(again, JobState::Succeeded).await;
    let nothing = json!({
        "answers": 0, "upload_pieces": 0, "uploads": 0, "failed_upload_pieces": 0, "sessions": 0, "ticks": 0,
        "user_tokens": 0, "mail_events": 0, "payment_bodies": 0,
    });
    assert_eq!(row.result, Some(nothing));
    worker.stop().await;
}
