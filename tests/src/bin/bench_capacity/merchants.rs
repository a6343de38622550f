//! Merchants with catalogues of real sizes, and the requests they make.

use std::io::Write;

use anyhow::{Context, Result, ensure};
use chrono::NaiveDateTime;
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use suite_core::clock::Clock;
use suite_tests::{Client, Dice, TestApp, with_json};
use suite_worker::demo::Plan;

use crate::{Arguments, day::Act, fleet::Fleet, replay::signed_payment};

/// What the web process and the payments' sender share.
pub(crate) const STRIPE_SECRET: &str = "whsec_only_the_benchmark_uses_this";
/// Of a hundred shops: so many have so many variants, and so many orders in a quarter.
const SIZES: &[(usize, u32, u32)] = &[
    (60, 300, 300),
    (30, 1_500, 1_000),
    (9, 5_000, 3_000),
    (1, 20_000, 8_000),
];
const DAYS: u32 = 90;
const UPLOADED_ORDERS: u32 = 12;
/// Imports that wait at a time, while the shops are made.
const TOGETHER: usize = 20;

/// A merchant with one store.
pub(crate) struct Merchant {
    client: Client,
    /// Where the requests seem to come from.
    address: String,
    store: String,
    variants: Vec<String>,
    plan: Plan,
}

/// Makes merchants; their past comes in as files, the way a merchant's would.
pub(crate) async fn make(
    app: &TestApp,
    fleet: &Fleet,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Vec<Merchant>> {
    writeln!(out, "making {} merchants", arguments.merchants)?;
    let mut dice = Dice::new(arguments.seed);
    let started = std::time::Instant::now();
    let mut merchants = Vec::new();
    for index in 0..arguments.merchants {
        merchants.push(Merchant::make(app, fleet, index, &mut dice).await?);
        if index % TOGETHER == 0 {
            app.wait_until_quiet().await;
        }
    }
    app.wait_until_quiet().await;
    // The clock of the harness stands; these merchants live today, and pay.
    app.sql("UPDATE accounts SET plan = 'pro'").await;
    app.sql("VACUUM ANALYZE").await;
    for merchant in &mut merchants {
        merchant.learn_variants().await?;
    }
    let counts = "SELECT (SELECT count(*) FROM variants), (SELECT count(*) FROM orders), (SELECT count(*) FROM order_lines)";
    let row = app.sql(counts).await;
    writeln!(
        out,
        "{} variants, orders and lines in {:.0?}",
        row.first().context("one row")?.join(", "),
        started.elapsed()
    )?;
    Ok(merchants)
}

impl Merchant {
    async fn make(app: &TestApp, fleet: &Fleet, index: usize, dice: &mut Dice) -> Result<Self> {
        let client = app.account().await.at(fleet.address);
        let mut at = dice.below(100);
        let (_, variants, orders) = *SIZES
            .iter()
            .find(|(share, ..)| {
                let is_this = at < *share;
                at = at.saturating_sub(*share);
                is_this
            })
            .context("the shares are of a hundred")?;
        let plan = Plan {
            seed: index as u64,
            until: now(),
            days: DAYS,
            variants,
            orders,
        };
        let merchant = Self {
            store: client.store("USD", "America/New_York").await,
            address: format!("10.{}.{}.7", index / 250, index % 250),
            client,
            variants: Vec::new(),
            plan,
        };
        let answer = merchant.upload(plan)?.send().await?;
        ensure!(
            answer.status() == 202,
            "an upload is answered with {}",
            answer.status()
        );
        Ok(merchant)
    }

    async fn learn_variants(&mut self) -> Result<()> {
        let list = self
            .client
            .get("/v1/variants?limit=100")
            .await
            .expect(200)
            .json();
        let items = list["items"].as_array().context("a list has items")?;
        let ids = items.iter().filter_map(|item| item["id"].as_str());
        self.variants = ids.map(str::to_owned).collect();
        ensure!(!self.variants.is_empty(), "a shop has something to sell");
        Ok(())
    }

    /// Returns the request of an act.
    pub(crate) fn request(&self, act: Act, dice: &mut Dice) -> Result<RequestBuilder> {
        let (store, variant) = (&self.store, &self.variants[dice.below(self.variants.len())]);
        let get = |path: String| Ok(self.from(Method::GET, &path));
        let post = |path: &str, body: serde_json::Value| {
            Ok(with_json(self.from(Method::POST, path), &body))
        };
        let today = Clock::System.now().date_naive();
        match act {
            Act::ReadOrders => get(format!("/v1/orders?store_id={store}&limit=50")),
            Act::ReadProducts => get(format!("/v1/products?store_id={store}&limit=50")),
            Act::FindVariant => get(format!(
                "/v1/variants?store_id={store}&search=lamp&limit=20"
            )),
            Act::ReadStock => get(format!("/v1/inventory?store_id={store}&limit=50")),
            Act::ReadReports => get("/v1/reports?limit=20".to_owned()),
            Act::ReadJobs => get("/v1/jobs?limit=20".to_owned()),
            Act::AdjustStock => {
                let quantity = (1 + dice.below(20)).to_string();
                let lines = json!([{"variant_id": variant, "quantity": quantity}]);
                post(
                    "/v1/inventory/adjustments",
                    json!({"store_id": store, "reason": "found", "lines": lines}),
                )
            }
            Act::TellOfPayment => Ok(signed_payment(
                self.from(Method::POST, "/webhooks/stripe"),
                dice,
            )?),
            Act::UploadOrders => self.upload(Plan {
                until: now(),
                days: 1,
                orders: UPLOADED_ORDERS,
                seed: self.plan.seed + 1_000_000 + dice.below(1_000_000) as u64,
                ..self.plan
            }),
            Act::AskForReport => post(
                "/v1/reports",
                json!({
                    "store_id": store, "kind": "revenue", "from": today - chrono::TimeDelta::days(30), "to": today,
                    "group_by": ["day", "product", "country"],
                }),
            ),
            Act::AnalyzeStock => post("/v1/inventory/analyses", json!({"store_id": store})),
        }
    }

    fn upload(&self, plan: Plan) -> Result<RequestBuilder> {
        let mut lines = Vec::new();
        plan.write(&mut lines)?;
        let path = format!("/v1/stores/{}/imports?format=invoice_lines", self.store);
        let request = self.from(Method::POST, &path);
        Ok(request.header("content-type", "text/csv").body(lines))
    }

    fn from(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, path);
        request.header("x-forwarded-for", &self.address)
    }
}

fn now() -> NaiveDateTime {
    Clock::System.now().naive_utc()
}
