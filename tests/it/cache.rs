//! Answers kept in Redis: quicker the second time, never wrong, never another's, and nothing lost without Redis.

use std::{
    convert::Infallible,
    sync::atomic::{AtomicU32, Ordering},
};

use futures_util::future::join_all;
use suite_core::id::AccountId;
use suite_queue::{Cache, CacheKey, CacheKind, CacheTopic};
use suite_tests::TestApp;

use crate::web_pages::Browser;

const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

fn cache(app: &TestApp) -> Cache {
    app.broker.cache(&app.settings.cache)
}

fn key(account_id: AccountId, subject: &str) -> CacheKey {
    CacheKey {
        kind: CacheKind::Overview,
        account_id,
        subject: subject.to_owned(),
    }
}

async fn ask(cache: &Cache, key: &CacheKey, making: u32) -> u32 {
    let make = async { Ok::<_, Infallible>(making) };
    cache.get_or_make(key, make).await.unwrap()
}

#[tokio::test]
async fn an_answer_is_made_once_and_kept_for_every_process_until_its_topic_is_dropped() {
    let app = TestApp::new().await;
    let (one, other) = (cache(&app), cache(&app));
    let (mine, yours) = (key(AccountId::new(), "a"), key(AccountId::new(), "a"));
    assert_eq!(ask(&one, &mine, 1).await, 1);
    assert_eq!(ask(&other, &mine, 2).await, 1);
    assert_eq!(ask(&other, &yours, 3).await, 3);
    assert_eq!(ask(&one, &key(mine.account_id, "b"), 4).await, 4);
    other.drop_topic(CacheTopic::Sales, mine.account_id).await;
    assert_eq!(ask(&one, &mine, 5).await, 5);
    assert_eq!(ask(&one, &yours, 6).await, 3);
}

#[tokio::test]
async fn what_was_read_before_a_write_committed_is_not_served_after_it() {
    let app = TestApp::new().await;
    let cache = cache(&app);
    let key = key(AccountId::new(), "a");
    let make = async {
        cache.drop_topic(CacheTopic::Sales, key.account_id).await;
        Ok::<_, Infallible>(1)
    };
    assert_eq!(cache.get_or_make(&key, make).await, Ok(1));
    assert_eq!(ask(&cache, &key, 2).await, 2);
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_makes_the_answer() {
    let app = TestApp::new().await;
    let cache = cache(&app);
    let key = key(AccountId::new(), "a");
    let made = AtomicU32::new(0);
    let asking = (0..20).map(|_| {
        cache.get_or_make(&key, async {
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(made.fetch_add(1, Ordering::Relaxed))
        })
    });
    assert!(join_all(asking).await.into_iter().all(|got| got == Ok(0)));
    assert_eq!(made.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_failure_is_told_and_not_kept() {
    let app = TestApp::new().await;
    let cache = cache(&app);
    let key = key(AccountId::new(), "a");
    let failing = cache.get_or_make(&key, async { Err::<u32, _>("no") });
    assert_eq!(failing.await, Err("no"));
    assert_eq!(ask(&cache, &key, 2).await, 2);
}

#[tokio::test]
async fn every_kept_key_has_an_end_and_names_its_account() {
    let app = TestApp::new().await;
    let key = key(AccountId::new(), "a");
    ask(&cache(&app), &key, 1).await;
    let kept: Vec<String> = app.redis.keys().await;
    let kept: Vec<&String> = kept.iter().filter(|key| key.contains(":cache:")).collect();
    assert_eq!(kept.len(), 2, "{kept:?}");
    let mut redis = app.redis.connect().await;
    for name in kept {
        assert!(name.contains(&key.account_id.to_string()), "{name}");
        let left: i64 = redis::cmd("PTTL")
            .arg(name)
            .query_async(&mut redis)
            .await
            .unwrap();
        assert!(left > 0, "{name}");
    }
}

#[tokio::test]
async fn without_redis_every_answer_is_made_and_what_was_to_be_dropped_is_not_served_later() {
    let (app, line) = TestApp::before_redis(&[]).await;
    let cache = cache(&app);
    let key = key(AccountId::new(), "a");
    assert_eq!(ask(&cache, &key, 1).await, 1);
    line.cut();
    cache.drop_topic(CacheTopic::Sales, key.account_id).await;
    assert_eq!(ask(&cache, &key, 2).await, 2);
    line.restore();
    suite_tests::until("Redis is asked again", || async {
        // Made anew while Redis is not asked; a kept 1 would be the answer from before the write.
        let got = ask(&cache, &key, 3).await;
        assert_ne!(got, 1);
        let again = ask(&cache, &key, 4).await;
        assert_ne!(again, 1);
        again == 3
    })
    .await;
}

#[tokio::test]
async fn an_overview_is_kept_and_an_import_drops_it() {
    let app = TestApp::new().await;
    let (browser, store) = Browser::with_store(&app, "ada").await;
    let address = format!("/overview?store_id={store}");
    upload(
        &app,
        &store,
        "1,A,Tea,2,2026-02-01 10:00,10.00,C1,United Kingdom\n",
    )
    .await;
    let page = browser.open(&address).await.expect(200).text();
    assert!(page.contains("20.00"));
    // Behind the back of the program: whoever asks the database would see it.
    app.sql("UPDATE monthly_product_sales SET gross = 77; UPDATE daily_sales SET gross = 77")
        .await;
    let kept = browser.open(&address).await.expect(200).text();
    assert!(kept.contains("20.00") && !kept.contains("77.00"));
    upload(
        &app,
        &store,
        "2,A,Tea,1,2026-02-02 10:00,3.00,C1,United Kingdom\n",
    )
    .await;
    let fresh = browser.open(&address).await.expect(200).text();
    assert!(fresh.contains("80.00"), "77 and 3");
}

/// Imports rows into a store of the only account.
async fn upload(app: &TestApp, store: &str, rows: &str) {
    let account: uuid::Uuid = app
        .value("SELECT id::text FROM accounts")
        .await
        .parse()
        .unwrap();
    let client = app.member_of(account.into()).await;
    let file = format!("{HEADER}{rows}");
    let answer = client
        .upload(store, "invoice_lines", file.into_bytes())
        .await;
    answer.assert_status(202);
    app.run_jobs().await;
}
