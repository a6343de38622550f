//! What the provider tells afterwards: who may tell it, and what comes of it.

use chrono::TimeDelta;
use serde_json::{Value, json};
use suite_tests::{Answer, TestApp, WebhookKey};

use crate::cli::suitectl;

async fn app_with(keys: &[&WebhookKey]) -> TestApp {
    let keys: Vec<String> = keys.iter().map(|key| key.public()).collect();
    TestApp::with(&[
        ("SENDGRID_WEBHOOK_PUBLIC_KEY", keys.join(",").as_str()),
        ("OPERATOR_EMAILS", "ops@example.com"),
    ])
    .await
}

/// Sends one welcome mail and returns what every event about it carries.
async fn mailed(app: &TestApp) -> Value {
    app.register("ada@example.com", "correct horse battery")
        .await;
    app.run_jobs().await;
    let ids = app
        .sql("SELECT id::text, account_id::text FROM mails")
        .await;
    json!({
        "email": "ada@example.com", "timestamp": app.clock.now().timestamp(), "mail_id": ids[0][0],
        "account_id": ids[0][1], "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
        "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>", "category": ["welcome"],
    })
}

fn event(mail: &Value, id: &str, kind: &str, more: Value) -> Value {
    let mut event = mail.clone();
    event["sg_event_id"] = id.into();
    event["event"] = kind.into();
    for (name, value) in more.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

/// As SendGrid writes it: the body ends in CRLF, which is signed too.
fn body(events: &[Value]) -> String {
    format!("{}\r\n", json!(events))
}

async fn state(app: &TestApp) -> String {
    app.value("SELECT state || ': ' || coalesce(reason, '') FROM mails")
        .await
}

async fn suppressed(app: &TestApp) -> String {
    let query = "SELECT coalesce(string_agg(topic, ' ' ORDER BY topic), '') FROM mail_suppressions";
    app.value(query).await
}

#[tokio::test]
async fn events_in_any_order_and_number_come_to_the_same_end() {
    let key = WebhookKey::new();
    let app = app_with(&[&key]).await;
    let mail = mailed(&app).await;
    let bounce =
        json!({"type": "bounce", "status": "5.1.1", "reason": "550 <ada@example.com> unknown"});
    let events = [
        event(&mail, "e1", "processed", json!({})),
        event(&mail, "e2", "delivered", json!({"response": "250 OK"})),
        event(&mail, "e3", "bounce", bounce),
        event(&mail, "e4", "open", json!({})),
        event(&mail, "e5", "group_unsubscribe", json!({})),
    ];
    let orders: [&[usize]; 5] = [
        &[0, 1, 2, 3, 4],
        &[4, 3, 2, 1, 0],
        &[2, 1, 1, 2, 4, 4],
        &[1, 4, 2],
        &[4, 2, 1, 0, 1, 2, 4],
    ];
    for (round, order) in orders.into_iter().enumerate() {
        let chosen: Vec<Value> = order.iter().map(|at| events[*at].clone()).collect();
        // All in one request, or each in its own.
        if round % 2 == 0 {
            key.send(&app, &body(&chosen)).await.assert_status(204);
        } else {
            for one in chosen {
                key.send(&app, &body(&[one])).await.assert_status(204);
            }
        }
        assert_eq!(
            state(&app).await,
            "bounced: bounced with 5.1.1",
            "{order:?}"
        );
        assert_eq!(suppressed(&app).await, "alerts all reports trial");
        assert_eq!(app.value("SELECT count(*) FROM mail_events").await, "3");
        app.sql(
            "DELETE FROM mail_events; DELETE FROM mail_suppressions;
             UPDATE mails SET state = 'sent', reason = NULL",
        )
        .await;
    }
    let kept =
        app.value("SELECT coalesce(string_agg(mail_events::text, ' '), '') FROM mail_events");
    assert!(!kept.await.contains("ada@"));
}

#[tokio::test]
async fn the_same_event_sent_a_hundred_times_at_once_is_stored_once() {
    let key = WebhookKey::new();
    let app = app_with(&[&key]).await;
    let mail = mailed(&app).await;
    let body = body(&[
        event(&mail, "e1", "delivered", json!({})),
        event(&mail, "e2", "spamreport", json!({})),
    ]);
    let sent = (0..100).map(|_| key.send(&app, &body));
    for answer in futures_util::future::join_all(sent).await {
        answer.assert_status(204);
    }
    assert_eq!(app.value("SELECT count(*) FROM mail_events").await, "2");
    assert_eq!(state(&app).await, "delivered: ");
    assert_eq!(suppressed(&app).await, "all");
}

#[tokio::test]
async fn what_is_not_signed_now_by_one_of_the_keys_is_refused_and_writes_nothing() {
    let (old, new, strange) = (WebhookKey::new(), WebhookKey::new(), WebhookKey::new());
    let app = app_with(&[&old, &new]).await;
    let mail = mailed(&app).await;
    let body = body(&[event(&mail, "e1", "spamreport", json!({}))]);
    let now = app.clock.now().timestamp();
    let signed = |key: &WebhookKey, at: i64| key.sign(at, body.as_bytes());
    let send = |at: i64, signature: String, body: String| {
        let request = app.sendgrid_event(at, &signature, &body);
        async move { Answer::of(request).await }
    };
    let changed = body.replace("spamreport", "spamreporT");
    for (what, at, signature, body) in [
        ("another key", now, signed(&strange, now), body.clone()),
        ("one byte", now, signed(&old, now), changed),
        (
            "without its last bytes",
            now,
            signed(&old, now),
            body.trim_end().to_owned(),
        ),
        ("another time", now + 1, signed(&old, now), body.clone()),
        ("too old", now - 301, signed(&old, now - 301), body.clone()),
        (
            "from the future",
            now + 301,
            signed(&old, now + 301),
            body.clone(),
        ),
        ("no signature", now, String::new(), body.clone()),
        ("no base64", now, "?".to_owned(), body.clone()),
    ] {
        let answer = send(at, signature, body).await;
        assert_eq!(answer.status, 401, "{what}");
        answer.problem(401, "unauthenticated");
    }
    let twice = app
        .sendgrid_event(now, &signed(&old, now), &body)
        .header("x-twilio-email-event-webhook-timestamp", now.to_string());
    Answer::of(twice).await.assert_status(401);
    let bare = app.stranger().post("/webhooks/sendgrid", &json!([])).await;
    bare.assert_status(401);
    assert_eq!(app.value("SELECT count(*) FROM mail_events").await, "0");
    assert_eq!(suppressed(&app).await, "");
    // While keys are changed, both are good; and so are clocks that differ a little.
    for (key, at) in [(&old, now - 300), (&new, now + 300)] {
        send(at, signed(key, at), body.clone())
            .await
            .assert_status(204);
    }
    let without = TestApp::new().await;
    let answer = old.send(&without, &body).await;
    answer.problem(404, "not_found");
}

#[tokio::test]
async fn what_is_signed_and_makes_no_sense_is_taken_and_changes_nothing() {
    let key = WebhookKey::new();
    let app = app_with(&[&key]).await;
    let mail = mailed(&app).await;
    let unknown = json!({"mail_id": uuid::Uuid::now_v7()});
    let foreign = json!({"account_id": uuid::Uuid::now_v7()});
    for events in [
        vec![],
        vec![json!(17), json!(null), json!({"event": "bounce"})],
        vec![event(&mail, "e1", "bounce", unknown)],
        vec![event(&mail, "e1", "bounce", foreign)],
        vec![event(&mail, "", "bounce", json!({}))],
        vec![event(&mail, "e1", "some_new_event", json!({}))],
    ] {
        key.send(&app, &body(&events)).await.assert_status(204);
    }
    for text in ["", "no JSON", "{\"event\": \"bounce\"}"] {
        key.send(&app, text).await.assert_status(204);
    }
    assert_eq!(app.value("SELECT count(*) FROM mail_events").await, "0");
    assert_eq!(state(&app).await, "sent: ");
}

#[tokio::test]
async fn a_bounce_keeps_later_mails_from_leaving_until_the_operator_lifts_it() {
    let key = WebhookKey::new();
    let app = app_with(&[&key]).await;
    let mail = mailed(&app).await;
    let bounce = json!({"type": "bounce", "status": "5.1.1"});
    let body = body(&[event(&mail, "e1", "bounce", bounce)]);
    key.send(&app, &body).await.assert_status(204);
    let forgot = || async {
        let body = json!({"email": "ada@example.com"});
        let answer = app.stranger().post("/v1/auth/forgot-password", &body).await;
        answer.assert_status(202);
        app.run_jobs().await;
        app.value("SELECT state FROM mails ORDER BY id DESC LIMIT 1")
            .await
    };
    assert_eq!(forgot().await, "suppressed");

    let list = suitectl(&app, &["mail", "suppressions", "list"])
        .await
        .fine()
        .out;
    assert!(
        list.contains("ada@example.com: bounced with 5.1.1"),
        "{list}"
    );
    let account = mail["account_id"].as_str().unwrap();
    let lift = ["mail", "suppressions", "lift", account, "Ada@example.com"];
    let wrong = suitectl(&app, &[&lift[..], &["--topic", "trial"]].concat()).await;
    assert!(wrong.refused().contains("nothing keeps us"));
    suitectl(&app, &lift).await.fine();
    let empty = suitectl(&app, &["mail", "suppressions", "list"])
        .await
        .fine();
    assert_eq!(empty.out, "PostgreSQL: everybody may be mailed\n");
    let audit = app.value("SELECT count(*) FROM audit_log WHERE action = 'lift_suppression'");
    assert_eq!(audit.await, "1");
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(forgot().await, "sent");
}

#[tokio::test]
async fn the_operator_reads_the_log_of_mails_with_reasons_and_without_addresses() {
    let key = WebhookKey::new();
    let app = app_with(&[&key]).await;
    let mail = mailed(&app).await;
    let bounce = json!({"type": "bounce", "status": "5.1.1"});
    key.send(&app, &body(&[event(&mail, "e1", "bounce", bounce)]))
        .await
        .assert_status(204);
    let cookie = app
        .register("ops@example.com", "correct horse battery")
        .await;
    let get = |path: String| {
        let request = app.stranger().request(reqwest::Method::GET, &path);
        let request = request.header("cookie", cookie.clone());
        async move { Answer::of(request).await }
    };
    let mut seen = Vec::new();
    let mut path = "/v1/ops/mails?limit=1".to_owned();
    loop {
        let answer = get(path.clone()).await.expect(200);
        assert!(!answer.text().contains("@example.com"));
        let page = answer.json();
        for mail in page["items"].as_array().unwrap() {
            seen.push((mail["state"].clone(), mail["reason"].clone()));
        }
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/ops/mails?limit=1&cursor={cursor}");
    }
    let expected = [
        (json!("queued"), json!(null)),
        (json!("bounced"), json!("bounced with 5.1.1")),
    ];
    assert_eq!(seen, expected);
    let bounced = get("/v1/ops/mails?state=bounced&kind=welcome".to_owned())
        .await
        .json();
    assert_eq!(bounced["items"].as_array().unwrap().len(), 1);
    get("/v1/ops/mails?state=lost".to_owned())
        .await
        .problem(422, "invalid");
}
