//! What an operator sees and steers, and that nobody else does.

use reqwest::Method;
use serde_json::Value;
use suite_core::job::{JobState, NewJob, Queue};
use suite_tests::{
    Act, Answer, Client, Gate, PlainAct, RedisSpace, ReportAct, TestApp, finished_jobs,
};

const OPERATOR: &str = "ops@example.com";
const ANY_ID: &str = "0190d3c8-7c00-7000-8000-000000000001";

async fn app() -> TestApp {
    TestApp::with(&[("OPERATOR_EMAILS", "Ops@Example.com")]).await
}

/// Returns a program with a token of the operator's account.
async fn operator(app: &TestApp) -> Client {
    let cookie = app.register(OPERATOR, "correct horse battery").await;
    let request = app.stranger().request(Method::POST, "/v1/tokens");
    let request = request
        .header("cookie", cookie)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/json")
        .body(r#"{"name": "keda"}"#);
    let made = Answer::of(request).await.expect(201).json();
    app.stranger().with_token(made["token"].as_str().unwrap())
}

#[tokio::test]
async fn merchants_are_turned_away_from_every_route() {
    let app = app().await;
    let merchant = app.account().await;
    for (path, methods) in suite_api::ROUTES {
        if !path.starts_with("/v1/ops/") {
            continue;
        }
        for method in *methods {
            let path = path.replace("{id}", ANY_ID).replace("{name}", "reports");
            let method: Method = method.to_uppercase().parse().unwrap();
            let answer = Answer::of(merchant.request(method, &path)).await;
            answer.problem(403, "forbidden");
        }
    }
    assert_eq!(
        app.value("SELECT count(*) FROM audit_log WHERE action LIKE '%queue'")
            .await,
        "0"
    );
}

#[tokio::test]
async fn without_operators_nobody_is_one() {
    let app = TestApp::new().await;
    let someone = operator(&app).await;
    someone
        .get("/v1/ops/queues")
        .await
        .problem(403, "forbidden");
}

#[tokio::test]
async fn an_operator_comes_by_session_as_well() {
    let app = app().await;
    let cookie = app.register(OPERATOR, "correct horse battery").await;
    let request = app.stranger().request(Method::GET, "/v1/ops/workers");
    let answer = Answer::of(request.header("cookie", cookie)).await;
    assert_eq!(answer.expect(200).json()["items"], serde_json::json!([]));
}

#[tokio::test]
async fn jobs_of_all_accounts_are_listed_page_by_page_and_searched() {
    let app = app().await;
    let operator = operator(&app).await;
    app.sql(&finished_jobs(2_000)).await;
    let mut path = "/v1/ops/jobs?state=dead,cancelled&limit=1".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = operator.get(&path).await.expect(200).json();
        for job in page["items"].as_array().unwrap() {
            seen.push(job["id"].as_str().unwrap().to_owned());
        }
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/ops/jobs?state=dead,cancelled&limit=1&cursor={cursor}");
    }
    let all = app.sql("SELECT id FROM jobs WHERE state IN ('dead', 'cancelled') ORDER BY id DESC");
    assert_eq!(seen, all.await.concat());
    let page = operator.get("/v1/ops/jobs?search=mailbox%201003").await;
    let page = page.expect(200).json();
    assert_eq!(page["items"].as_array().unwrap().len(), 1, "{page}");
    assert_eq!(page["items"][0]["error"], "sendgrid failed");
    let id = page["items"][0]["id"].as_str().unwrap();
    let one = operator
        .get(&format!("/v1/ops/jobs/{id}"))
        .await
        .expect(200);
    assert_eq!(one.json()["error_detail"], page["items"][0]["error_detail"]);
    operator
        .get(&format!("/v1/ops/jobs/{ANY_ID}"))
        .await
        .problem(404, "not_found");
    for bad in ["state=sleeping", "queue=nothing"] {
        let answer = operator.get(&format!("/v1/ops/jobs?{bad}")).await;
        answer.problem(422, "invalid");
    }
    for bad in ["offset=1", "limit=0", "since=yesterday", "account_id=x"] {
        let answer = operator.get(&format!("/v1/ops/jobs?{bad}")).await;
        answer.problem(400, "invalid");
    }
}

#[tokio::test]
async fn a_job_of_a_merchant_is_called_off_and_started_again_with_a_note() {
    let app = app().await;
    let (operator, merchant) = (operator(&app).await, app.account().await);
    let job = app
        .enqueue(merchant.account_id(), &PlainAct::new(Act::Succeed))
        .await;
    let steer = async |order: &str| {
        operator
            .post_empty(&format!("/v1/ops/jobs/{}/{order}", job.id))
            .await
    };
    assert_eq!(
        steer("cancel").await.expect(200).json()["state"],
        "cancelled"
    );
    steer("cancel").await.problem(409, "conflict");
    steer("kill").await.problem(409, "conflict");
    assert_eq!(steer("retry").await.expect(200).json()["state"], "queued");
    app.run_jobs().await;
    app.wait_for(job, JobState::Succeeded).await;
    let noted = app
        .sql("SELECT account_id, action, subject FROM audit_log WHERE action LIKE '%_job' ORDER BY id")
        .await;
    let note = |action: &str| {
        vec![
            merchant.account_id().to_string(),
            action.to_owned(),
            job.id.to_string(),
        ]
    };
    assert_eq!(noted, [note("cancel_job"), note("retry_job")]);
}

#[tokio::test]
async fn a_job_that_is_killed_is_over_at_once_and_its_worker_drops_it() {
    let app = app().await;
    let (operator, merchant) = (operator(&app).await, app.account().await);
    let gate = Gate::shut();
    let worker = app.worker(&[Queue::Inventory]).await;
    let job = app
        .enqueue(
            merchant.account_id(),
            &PlainAct::new(Act::WaitStubbornly(gate.id())),
        )
        .await;
    gate.wait_for_entries(1).await;
    let killed = operator
        .post_empty(&format!("/v1/ops/jobs/{}/kill", job.id))
        .await;
    assert_eq!(killed.expect(200).json()["state"], "cancelled");
    suite_tests::until("the worker has dropped it", || async {
        worker.jobs().running().count() == 0
    })
    .await;
    gate.unlock();
    worker.stop().await;
    let row = app.job(job).await;
    assert_eq!((row.state.as_str(), row.result), ("cancelled", None));
}

#[tokio::test]
async fn a_queue_is_held_and_let_go() {
    let app = app().await;
    let operator = operator(&app).await;
    let pause = operator.post_empty("/v1/ops/queues/reports/pause").await;
    assert_eq!(pause.expect(200).json()["changed"], true);
    let queues = operator.get("/v1/ops/queues").await.expect(200).json();
    let names: Vec<&Value> = queues["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|queue| queue["paused_at"].is_string())
        .map(|queue| &queue["name"])
        .collect();
    assert_eq!(names, ["reports"]);
    for changed in [true, false] {
        let resume = operator.post_empty("/v1/ops/queues/reports/resume").await;
        assert_eq!(resume.expect(200).json()["changed"], changed);
    }
    let unknown = operator.post_empty("/v1/ops/queues/nothing/pause").await;
    unknown.problem(404, "not_found");
}

#[tokio::test]
async fn an_autoscaler_reads_depth_and_age_as_json_and_as_one_number() {
    let app = app().await;
    let (operator, merchant) = (operator(&app).await, app.account().await);
    let other = app.account().await;
    for account_id in [merchant.account_id(), other.account_id()] {
        app.enqueue(account_id, &ReportAct::new(Act::Succeed)).await;
    }
    let later = NewJob::new(merchant.account_id(), &ReportAct::new(Act::Succeed)).unwrap();
    let later = later.at("2100-01-01T00:00:00Z".parse().unwrap());
    app.write_jobs(merchant.account_id(), vec![later]).await;
    let owner = other.account_id();
    app.sql(&format!(
        "UPDATE jobs SET run_at = now() - interval '90 seconds' WHERE account_id = '{owner}'"
    ))
    .await;
    let read = async |query: &str| operator.get(&format!("/v1/ops/autoscale{query}")).await;
    let reports = suite_tests::until_some("Redis has both", || async {
        let whole = read("").await.expect(200).json();
        let reports = whole["queues"]["reports"].clone();
        (reports["depth"] == 2 && whole["source"] == "redis+postgresql").then_some(reports)
    })
    .await;
    let age = reports["oldest_age_seconds"].as_f64().unwrap();
    assert!((89.0..200.0).contains(&age), "{reports}");
    assert_eq!(
        (&reports["running"], &reports["workers"]),
        (&0.into(), &0.into())
    );
    let one = read("?queue=reports").await.expect(200).json();
    assert_eq!(one["depth"], 2);
    let number = read("?queue=reports&figure=depth").await.expect(200);
    assert_eq!(number.text(), "2");
    let number = read("?queue=reports&figure=oldest_age_seconds")
        .await
        .text();
    assert!(number.parse::<f64>().unwrap() >= age, "{number}");
    assert_eq!(
        read("?queue=inventory&figure=oldest_age_seconds")
            .await
            .text(),
        "0"
    );
    read("?figure=depth").await.problem(422, "invalid");
    read("?queue=nothing").await.problem(422, "invalid");
    read("?figure=colour").await.problem(400, "invalid");
}

#[tokio::test]
async fn jobs_that_were_called_off_do_not_hide_those_behind_them() {
    let app = app().await;
    let (operator, merchant) = (operator(&app).await, app.account().await);
    let new = |_| NewJob::new(merchant.account_id(), &ReportAct::new(Act::Succeed)).unwrap();
    let jobs = app
        .enqueue_all(merchant.account_id(), (0..20).map(new).collect())
        .await;
    suite_tests::until("Redis has all", || async {
        let waiting = app.broker.waiting(Queue::Reports).await.unwrap();
        waiting.iter().map(|(_, depth)| depth).sum::<u64>() == 20
    })
    .await;
    // All but one in the middle, of which Redis shows none at the ends of its list.
    let kept = jobs[9].id;
    app.sql(&format!(
        "UPDATE jobs SET state = 'cancelled' WHERE id <> '{kept}'"
    ))
    .await;
    let whole = operator.get("/v1/ops/autoscale").await.expect(200).json();
    assert_eq!(whole["source"], "postgresql", "{whole}");
    assert_eq!(whole["queues"]["reports"]["depth"], 1, "{whole}");
}

#[tokio::test]
async fn an_autoscaler_is_answered_while_redis_is_away() {
    let redis = RedisSpace::at("redis://127.0.0.1:1".to_owned());
    let app = TestApp::on_redis(redis, &[("OPERATOR_EMAILS", OPERATOR)]).await;
    let (operator, merchant) = (operator(&app).await, app.account().await);
    app.enqueue(merchant.account_id(), &ReportAct::new(Act::Succeed))
        .await;
    let whole = operator.get("/v1/ops/autoscale").await.expect(200).json();
    assert_eq!(whole["source"], "postgresql", "{whole}");
    assert_eq!(whole["queues"]["reports"]["depth"], 1, "{whole}");
}

#[tokio::test]
async fn alerts_are_listed_with_those_that_stand_first() {
    let app = app().await;
    let operator = operator(&app).await;
    app.sql(
        "INSERT INTO alerts (id, kind, fault, began_at, seen_at, ended_at) VALUES
         (gen_random_uuid(), 'disk', 'over', now(), now(), now()),
         (gen_random_uuid(), 'backup_age', 'stands', now() - interval '1 day', now(), NULL)",
    )
    .await;
    let listed = operator.get("/v1/ops/alerts").await.expect(200).json();
    assert_eq!(listed["items"][0]["kind"], "backup_age");
    assert_eq!(listed["items"][1]["fault"], "over");
}

#[tokio::test]
async fn a_reader_whose_address_works_again_is_mailed_again_with_a_note_that_names_nobody() {
    let app = app().await;
    let operator = operator(&app).await;
    app.register("ada@example.com", "correct horse battery")
        .await;
    app.run_jobs().await;
    let id = app
        .value("SELECT id FROM mails WHERE recipient = 'ada@example.com'")
        .await;
    let path = format!("/v1/ops/mails/{id}/lift-suppression");
    operator.post_empty(&path).await.problem(409, "conflict");
    app.sql(
        "INSERT INTO mail_suppressions (account_id, recipient, topic, reason) SELECT account_id, recipient, t.topic, '5.1.1'
           FROM mails, (VALUES ('all'), ('reports')) t (topic) WHERE recipient = 'ada@example.com'",
    )
    .await;
    let lifted = operator.post_empty(&path).await.expect(200).json();
    assert_eq!(lifted["lifted"], 1);
    let left = app.sql("SELECT topic FROM mail_suppressions").await;
    assert_eq!(left, [["reports"]], "what the reader stopped stays stopped");
    operator.post_empty(&path).await.problem(409, "conflict");
    let noted = app
        .sql("SELECT subject, detail::text FROM audit_log WHERE action = 'lift_suppression'")
        .await;
    let detail = r#"{"kind": "welcome", "lifted": 1}"#;
    assert_eq!(noted, [[id.as_str(), detail]]);
    let nothing = format!("/v1/ops/mails/{ANY_ID}/lift-suppression");
    operator
        .post_empty(&nothing)
        .await
        .problem(404, "not_found");
}
