//! Stock that runs low or out is told once, when it does.

use serde_json::json;
use suite_core::{
    id::{AccountId, StoreId},
    jobs::{AlertStock, AuditStores, AuditSubject},
};
use suite_tests::{Client, INVOICE_LINES, TestApp};

/// A store with two variants, of which fifty pieces each are there.
struct Scene {
    app: TestApp,
    merchant: Client,
    store: String,
    variants: Vec<String>,
}

impl Scene {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let merchant = app.account().await;
        let store = merchant.store("GBP", "Europe/London").await;
        let upload = merchant.upload(&store, "invoice_lines", INVOICE_LINES);
        upload.await.assert_status(202);
        app.run_jobs().await;
        let list = merchant.get("/v1/variants").await.expect(200).json();
        let list = list["items"].as_array().unwrap();
        let variants = list
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned());
        let scene = Self {
            variants: variants.take(2).collect(),
            app,
            merchant,
            store,
        };
        scene.count(0, "50").await;
        scene.count(1, "50").await;
        assert_eq!(
            scene.look().await,
            0,
            "what is seen first has crossed nothing"
        );
        scene
    }

    async fn count(&self, variant: usize, counted: &str) {
        let lines = json!([{"variant_id": self.variants[variant], "counted": counted}]);
        let body = json!({"store_id": self.store, "lines": lines});
        let counted = self.merchant.post("/v1/inventory/counts", &body).await;
        assert!(counted.status < 300, "{}", counted.text());
    }

    /// Looks, and returns how many mails came of it.
    async fn look(&self) -> usize {
        let before = self.app.mails().len();
        let store_id: StoreId = self.store.parse().unwrap();
        let job = AlertStock { store_id };
        self.app.enqueue(self.merchant.account_id(), &job).await;
        self.app.run_jobs().await;
        self.app.mails().len() - before
    }

    async fn looks(&self, steps: &[(&str, usize)]) {
        for (position, (counted, mails)) in steps.iter().enumerate() {
            self.count(0, counted).await;
            assert_eq!(self.look().await, *mails, "step {position}: {counted}");
            assert_eq!(self.look().await, 0, "looking again tells nothing");
        }
    }
}

#[tokio::test]
async fn a_crossing_is_told_once_and_a_level_that_trembles_is_not_told_again() {
    let scene = Scene::new().await;
    // The threshold is 10: low at 10, and fine again from 12 on; out until 2.
    let steps = [
        ("11", 0),
        ("10", 1),
        ("11", 0),
        ("9", 0),
        ("11", 0),
        ("12", 0),
        ("8", 1),
        ("0", 1),
        ("1", 0),
        ("0", 0),
        ("2", 0),
        ("0", 1),
        ("40", 0),
        ("0", 1),
    ];
    scene.looks(&steps).await;
    let mail = scene.app.mails().pop().unwrap().replace("=\r\n", "");
    assert!(
        mail.contains("Subject: 1 product is running out at Corner shop\r\n"),
        "{mail}"
    );
    assert!(mail.contains(": sold out"), "{mail}");
    assert!(
        mail.contains("List-Unsubscribe: <"),
        "alerts may be stopped"
    );
}

#[tokio::test]
async fn all_that_crossed_since_the_last_look_comes_in_one_mail_a_store() {
    let scene = Scene::new().await;
    scene.count(0, "3").await;
    scene.count(1, "0").await;
    let all = AuditStores {
        subject: AuditSubject::StockAlerts,
    };
    for _ in 0..2 {
        scene.app.enqueue(AccountId::OPERATOR, &all).await;
        scene.app.run_jobs().await;
    }
    let mails = scene.app.mails();
    assert_eq!(mails.len(), 1);
    let mail = mails[0].replace("=\r\n", "");
    assert!(
        mail.contains("2 products are running out at Corner shop"),
        "{mail}"
    );
    let (out, low) = (
        mail.find(": sold out").unwrap(),
        mail.find(": 3 left").unwrap(),
    );
    assert!(out < low, "the most urgent comes first");
}

#[tokio::test]
async fn who_does_not_want_alerts_gets_none_and_nothing_old_later() {
    let scene = Scene::new().await;
    let wanted = scene
        .merchant
        .get("/v1/preferences")
        .await
        .expect(200)
        .json();
    assert_eq!(wanted, json!({"stock_alerts": true}));
    let off = json!({"stock_alerts": false});
    scene
        .merchant
        .patch("/v1/preferences", &off)
        .await
        .assert_status(200);
    scene.looks(&[("5", 0)]).await;
    let on = json!({"stock_alerts": true});
    let on = scene
        .merchant
        .patch("/v1/preferences", &on)
        .await
        .expect(200)
        .json();
    assert_eq!(on, json!({"stock_alerts": true}));
    scene.looks(&[("4", 0), ("0", 1)]).await;
}

#[tokio::test]
async fn what_is_no_merchandise_is_not_told() {
    let scene = Scene::new().await;
    let sku = format!(
        "SELECT sku FROM variants WHERE id = '{}'",
        scene.variants[0]
    );
    let sku = scene.app.value(&sku).await;
    scene
        .app
        .sql(&format!(
            "UPDATE stores SET non_merchandise = ARRAY['{sku}']"
        ))
        .await;
    scene.looks(&[("0", 0)]).await;
}

#[tokio::test]
async fn a_locked_account_is_not_alerted_and_paying_tells_nothing_old() {
    let scene = Scene::new().await;
    scene.count(0, "9").await;
    scene.app.sql("UPDATE accounts SET plan = 'locked'").await;
    assert_eq!(scene.look().await, 0, "it is low, and nobody pays");
    scene.app.sql("UPDATE accounts SET plan = 'pro'").await;
    assert_eq!(scene.look().await, 0, "that is old");
    scene.looks(&[("0", 1)]).await;
}
