//! The client before a stand-in that answers as Stripe does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails where something is not as it must be"
)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use secrecy::SecretString;
use serde_json::{Value, json};
use suite_core::{billing::SubscriptionStatus, id::AccountId};
use suite_stripe::{Checkout, Stripe, StripeError};
use tokio::{io::AsyncWriteExt, net::TcpListener};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path, query_param, query_param_is_missing},
};

async fn stand_in() -> (MockServer, Stripe) {
    let server = MockServer::start().await;
    let stripe = client(&server.uri(), Duration::from_secs(8));
    (server, stripe)
}

fn client(url: &str, patience: Duration) -> Stripe {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Stripe::new(&SecretString::from("sk_test_1"), url, patience).unwrap()
}

fn subscription(id: &str) -> Value {
    json!({
        "id": id, "object": "subscription", "customer": "cus_1", "status": "active", "currency": "usd",
        "cancel_at_period_end": false, "cancel_at": null, "canceled_at": null, "ended_at": null,
        "latest_invoice": "in_1", "metadata": {"account_id": "0190d3c8-7c00-7000-8000-000000000001"},
        "items": {"object": "list", "has_more": false, "data": [{
            "id": "si_1", "quantity": 2, "current_period_end": 1_775_000_000,
            "price": {"id": "price_1", "currency": "usd", "unit_amount": 50_000, "unit_amount_decimal": "50000",
                      "recurring": {"interval": "month", "interval_count": 1}},
        }]},
    })
}

fn checkout() -> Checkout<'static> {
    Checkout {
        account_id: "0190d3c8-7c00-7000-8000-000000000001"
            .parse::<AccountId>()
            .unwrap(),
        customer_id: None,
        email: "ada+till@example.com",
        price_id: "price_1",
        setup_price_id: Some("price_setup"),
        success_url: "https://suite.example/billing?paid=1",
        cancel_url: "https://suite.example/billing",
    }
}

#[tokio::test]
async fn a_checkout_says_whose_it_is_in_all_three_places() {
    let (server, stripe) = stand_in().await;
    Mock::given(method("POST"))
        .and(path("/v1/checkout/sessions"))
        .and(header("authorization", "Bearer sk_test_1"))
        .and(header("idempotency-key", "key-1"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"id": "cs_1", "url": "https://pay.example/1"})),
        )
        .mount(&server)
        .await;
    let session = stripe.start_checkout(&checkout(), "key-1").await.unwrap();
    assert_eq!(session.url.as_deref(), Some("https://pay.example/1"));
    let requests = server.received_requests().await.unwrap();
    let body = String::from_utf8(requests[0].body.clone()).unwrap();
    let account = "0190d3c8-7c00-7000-8000-000000000001";
    for field in [
        "mode=subscription".to_owned(),
        "line_items[1][price]=price_setup".to_owned(),
        format!("client_reference_id={account}"),
        format!("&metadata[account_id]={account}"),
        format!("subscription_data[metadata][account_id]={account}"),
        "customer_email=ada%2Btill%40example.com".to_owned(),
        "success_url=https%3A%2F%2Fsuite.example%2Fbilling%3Fpaid%3D1".to_owned(),
    ] {
        assert!(body.contains(&field), "{field} is missing in {body}");
    }
}

#[tokio::test]
async fn a_fault_of_theirs_is_asked_once_more_with_the_same_key() {
    let (server, stripe) = stand_in().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(500))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"id": "cs_1", "url": null})))
        .mount(&server)
        .await;
    stripe.start_checkout(&checkout(), "key-1").await.unwrap();
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 2);
    assert!(
        requests
            .iter()
            .all(|request| request.headers["idempotency-key"] == "key-1")
    );
    assert_eq!(requests[0].body, requests[1].body);
}

#[tokio::test]
async fn refusals_are_final_and_limits_name_their_time() {
    let (server, stripe) = stand_in().await;
    let cases = [
        (
            ResponseTemplate::new(402).set_body_json(
                json!({"error": {"code": "card_declined", "message": "ada@example.com"}}),
            ),
            StripeError::Refused {
                status: 402,
                code: "card_declined".to_owned(),
            },
        ),
        (
            ResponseTemplate::new(429).insert_header("retry-after", "7"),
            StripeError::Busy {
                status: 429,
                after: Some(std::time::Duration::from_secs(7)),
            },
        ),
        (
            ResponseTemplate::new(200).set_body_string("<html>"),
            StripeError::Unreadable("expected value at line 1 column 1".to_owned()),
        ),
    ];
    for (answer, wanted) in cases {
        server.reset().await;
        Mock::given(method("GET"))
            .respond_with(answer)
            .mount(&server)
            .await;
        let error = stripe.subscription("sub_1").await.unwrap_err();
        assert_eq!(error, wanted);
        assert!(!error.to_string().contains("ada@"));
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn nobody_there_is_silence_and_retryable() {
    let stripe = client("http://127.0.0.1:1", Duration::from_secs(8));
    let error = stripe.subscription("sub_1").await.unwrap_err();
    assert_eq!(error, StripeError::Silent);
    assert!(error.is_retryable());
}

/// Takes connections, says this much, and then nothing more; counts the connections.
async fn hangs_after(words: &'static [u8]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut connection, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            connection.write_all(words).await.unwrap();
            open.push(connection);
        }
    });
    (url, taken)
}

#[tokio::test]
async fn an_answer_that_never_comes_or_never_ends_is_silence_after_two_tries() {
    let begun: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"id\":";
    for words in [b"", begun] {
        let (url, taken) = hangs_after(words).await;
        let stripe = client(&url, Duration::from_millis(200));
        let error = stripe
            .end_with_period("sub_1", true, "key")
            .await
            .unwrap_err();
        assert_eq!(error, StripeError::Silent);
        assert_eq!(taken.load(Ordering::SeqCst), 2);
    }
}

#[tokio::test]
async fn an_id_that_is_none_never_gets_into_an_address() {
    let (server, stripe) = stand_in().await;
    for id in ["", "../customers", "sub_1?x=1", "sub 1"] {
        assert!(stripe.end_now(id).await.is_err(), "{id}");
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn all_pages_of_the_list_are_read_and_what_cannot_be_read_is_counted() {
    let (server, stripe) = stand_in().await;
    let page = |data: Vec<Value>, has_more: bool| {
        ResponseTemplate::new(200).set_body_json(json!({"data": data, "has_more": has_more}))
    };
    let mut odd = subscription("sub_2");
    odd["status"] = json!("dreaming");
    Mock::given(path("/v1/subscriptions"))
        .and(query_param("status", "all"))
        .and(query_param_is_missing("starting_after"))
        .respond_with(page(vec![subscription("sub_1"), odd], true))
        .mount(&server)
        .await;
    Mock::given(path("/v1/subscriptions"))
        .and(query_param("starting_after", "sub_2"))
        .respond_with(page(vec![subscription("sub_3")], false))
        .mount(&server)
        .await;
    let first = stripe.subscriptions(None).await.unwrap();
    assert_eq!((first.subscriptions.len(), first.unreadable), (1, 1));
    let view = &first.subscriptions[0].view;
    assert_eq!(view.status, SubscriptionStatus::Active);
    assert_eq!(view.per_month.to_string(), "1000.00");
    assert_eq!(view.period_ends_at.unwrap().timestamp(), 1_775_000_000);
    let second = stripe.subscriptions(first.next.as_deref()).await.unwrap();
    assert_eq!(second.subscriptions[0].view.id, "sub_3");
    assert_eq!(second.next, None);
}

#[tokio::test]
async fn calling_off_at_the_end_of_the_period_says_when_that_is() {
    let (server, stripe) = stand_in().await;
    let mut ending = subscription("sub_1");
    ending["cancel_at_period_end"] = json!(true);
    ending["canceled_at"] = json!(1_773_000_000);
    Mock::given(method("POST"))
        .and(path("/v1/subscriptions/sub_1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(ending))
        .mount(&server)
        .await;
    let read = stripe.end_with_period("sub_1", true, "key").await.unwrap();
    assert_eq!(read.view.ends_at, read.view.period_ends_at);
    assert!(read.view.ends_at.is_some() && read.account_id.is_some());
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests[0].body, b"cancel_at_period_end=true");
}
