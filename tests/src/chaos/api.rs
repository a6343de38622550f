use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Client, with_json};

/// A merchant who asks the API process for reports of an empty shop.
pub(super) struct Merchant {
    client: Client,
    store: String,
}

impl Merchant {
    /// Makes one; `port` is the one of the API process.
    pub(super) async fn new(client: Client, port: u16) -> Self {
        let store = client.store("GBP", "Europe/London").await;
        let client = Client {
            base: format!("http://127.0.0.1:{port}"),
            ..client
        };
        Self { client, store }
    }

    /// Asks until the answer is 202, a few times, and returns the job's id.
    pub(super) async fn ask_for_report(&self) -> Option<String> {
        for _ in 0..30 {
            if let Some(job) = self.ask().await {
                return Some(job);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        None
    }

    async fn ask(&self) -> Option<String> {
        let body = json!({
            "store_id": self.store, "kind": "revenue", "from": "2011-01-01", "to": "2011-01-31", "group_by": ["month"],
        });
        let request = self.client.request(Method::POST, "/v1/reports");
        let answer = with_json(request, &body).send().await.ok()?;
        if answer.status() != 202 {
            return None;
        }
        let job: Value = serde_json::from_slice(&answer.bytes().await.ok()?).ok()?;
        job["id"].as_str().map(str::to_owned)
    }
}
