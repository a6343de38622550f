use std::time::Duration;

use reqwest::{
    Method, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use suite_core::{Error, Result as SuiteResult, config::BillingConfig, id::AccountId};

use crate::{
    ListedSubscription, Session, StripeError, event::read_subscription, form::Form, wire::List,
};

/// A connection that takes longer will not come.
const CONNECT_PATIENCE: Duration = Duration::from_secs(3);
/// Between the two.
const PAUSE: Duration = Duration::from_millis(250);
/// What Stripe names beyond that is not waited for in one go.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);
/// The version of the API whose bodies are read here; Stripe keeps every version.
const VERSION: (HeaderName, HeaderValue) = (
    HeaderName::from_static("stripe-version"),
    HeaderValue::from_static("2025-03-31.basil"),
);
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// As many as a page may have.
const PAGE: &str = "100";

/// Stripe's API. Clones share connections.
#[derive(Clone)]
pub struct Stripe {
    client: reqwest::Client,
    url: String,
}

/// What a merchant is to pay.
#[derive(Debug, Clone)]
pub struct Checkout<'a> {
    /// Who pays: what is bought is known by it ever after.
    pub account_id: AccountId,
    /// Who pays, as Stripe calls them, if it knows them.
    pub customer_id: Option<&'a str>,
    /// Where receipts go, for somebody whom Stripe does not know.
    pub email: &'a str,
    /// The price of a month.
    pub price_id: &'a str,
    /// What is paid once, if anything.
    pub setup_price_id: Option<&'a str>,
    /// Where to go after paying.
    pub success_url: &'a str,
    /// Where to go without it.
    pub cancel_url: &'a str,
}

/// A page of the list of all subscriptions.
#[derive(Debug, Clone)]
pub struct SubscriptionPage {
    /// Those that can be read.
    pub subscriptions: Vec<ListedSubscription>,
    /// How many cannot.
    pub unreadable: usize,
    /// After which one the next page begins, if there is one.
    pub next: Option<String>,
}

impl Stripe {
    /// Makes the client that is configured; `None` when payments are not set up.
    ///
    /// # Errors
    /// When the key cannot stand in a header.
    pub fn of(config: &BillingConfig) -> SuiteResult<Option<Self>> {
        if config.is_configured() {
            let (key, url) = (&config.stripe_secret_key, &config.stripe_api_url);
            Self::new(key, url, config.stripe_timeout()).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Makes a client that shows `secret_key`; `url` is Stripe's, or that of a stand-in.
    ///
    /// It waits for `patience` from a request to the end of its answer.
    ///
    /// # Errors
    /// When the key cannot stand in a header.
    pub fn new(secret_key: &SecretString, url: &str, patience: Duration) -> SuiteResult<Self> {
        let key = secret_key.expose_secret();
        let mut bearer = HeaderValue::from_str(&format!("Bearer {key}"))
            .map_err(|_| Error::invalid("STRIPE_SECRET_KEY", "cannot stand in a header"))?;
        bearer.set_sensitive(true);
        let client = reqwest::Client::builder()
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, bearer), VERSION]))
            .timeout(patience)
            .connect_timeout(patience.min(CONNECT_PATIENCE))
            .redirect(Policy::none())
            .build()
            .map_err(Error::internal)?;
        Ok(Self {
            client,
            url: url.to_owned(),
        })
    }

    /// Opens a page on which a merchant pays. The same `key` opens the same page for a day.
    ///
    /// # Errors
    /// When Stripe does not.
    pub async fn start_checkout(
        &self,
        checkout: &Checkout<'_>,
        key: &str,
    ) -> Result<Session, StripeError> {
        let account_id = checkout.account_id.to_string();
        let mut form = Form::default()
            .with("mode", "subscription")
            .with("line_items[0][price]", checkout.price_id)
            .with("line_items[0][quantity]", "1");
        if let Some(setup) = checkout.setup_price_id {
            form = form
                .with("line_items[1][price]", setup)
                .with("line_items[1][quantity]", "1");
        }
        // An event about any of the three then says whose it is, in whatever order they come.
        form = form
            .with("client_reference_id", &account_id)
            .with("metadata[account_id]", &account_id)
            .with("subscription_data[metadata][account_id]", &account_id)
            .with("success_url", checkout.success_url)
            .with("cancel_url", checkout.cancel_url);
        form = match checkout.customer_id {
            Some(customer_id) => form.with("customer", customer_id),
            None => form.with("customer_email", checkout.email),
        };
        self.post("/v1/checkout/sessions", form, key).await
    }

    /// Opens a page on which a merchant looks after cards and invoices.
    ///
    /// # Errors
    /// When Stripe does not.
    pub async fn open_portal(
        &self,
        customer_id: &str,
        return_url: &str,
        key: &str,
    ) -> Result<Session, StripeError> {
        let form = Form::default()
            .with("customer", customer_id)
            .with("return_url", return_url);
        self.post("/v1/billing_portal/sessions", form, key).await
    }

    /// Calls a subscription off at the end of what is paid, or takes that back.
    ///
    /// # Errors
    /// When Stripe does not.
    pub async fn end_with_period(
        &self,
        subscription_id: &str,
        ends: bool,
        key: &str,
    ) -> Result<ListedSubscription, StripeError> {
        let form =
            Form::default().with("cancel_at_period_end", if ends { "true" } else { "false" });
        let path = format!("/v1/subscriptions/{}", path_part(subscription_id)?);
        read_subscription(self.post(&path, form, key).await?)
    }

    /// Ends a subscription at once.
    ///
    /// # Errors
    /// When Stripe does not.
    pub async fn end_now(&self, subscription_id: &str) -> Result<ListedSubscription, StripeError> {
        let path = format!("/v1/subscriptions/{}", path_part(subscription_id)?);
        read_subscription(self.ask(Method::DELETE, &path, None).await?)
    }

    /// Reads a subscription.
    ///
    /// # Errors
    /// When Stripe does not show it.
    pub async fn subscription(
        &self,
        subscription_id: &str,
    ) -> Result<ListedSubscription, StripeError> {
        let path = format!("/v1/subscriptions/{}", path_part(subscription_id)?);
        read_subscription(self.ask(Method::GET, &path, None).await?)
    }

    /// Lists all subscriptions, also those that are over, page by page.
    ///
    /// # Errors
    /// When Stripe does not show them.
    pub async fn subscriptions(
        &self,
        after: Option<&str>,
    ) -> Result<SubscriptionPage, StripeError> {
        let query = Form::default()
            .with("status", "all")
            .with("limit", PAGE)
            .with_some("starting_after", after);
        let path = format!("/v1/subscriptions?{}", query.into_text());
        let list: List<Value> = self.ask(Method::GET, &path, None).await?;
        let last = list
            .data
            .last()
            .and_then(|object| object.get("id")?.as_str());
        let next = last.filter(|_| list.has_more).map(ToOwned::to_owned);
        if list.has_more && next.is_none() {
            return Err(StripeError::Unreadable(
                "a page that goes on, and does not say where".to_owned(),
            ));
        }
        let count = list.data.len();
        let read = list.data.into_iter().map(read_subscription);
        let subscriptions: Vec<ListedSubscription> = read.filter_map(Result::ok).collect();
        Ok(SubscriptionPage {
            unreadable: count - subscriptions.len(),
            subscriptions,
            next,
        })
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: Form,
        key: &str,
    ) -> Result<T, StripeError> {
        let body = (form.into_text(), key.to_owned());
        self.ask(Method::POST, path, Some(body)).await
    }

    /// Asks, and asks once more when that may help: what was done the first time is not done again.
    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<(String, String)>,
    ) -> Result<T, StripeError> {
        let first = self.ask_once(&method, path, body.as_ref()).await;
        match first {
            Err(StripeError::Silent | StripeError::Busy { after: None, .. }) => {
                tokio::time::sleep(PAUSE).await;
                self.ask_once(&method, path, body.as_ref()).await
            }
            answered => answered,
        }
    }

    async fn ask_once<T: DeserializeOwned>(
        &self,
        method: &Method,
        path: &str,
        body: Option<&(String, String)>,
    ) -> Result<T, StripeError> {
        let mut request = self
            .client
            .request(method.clone(), format!("{}{path}", self.url));
        if let Some((form, key)) = body {
            request = request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(IDEMPOTENCY_KEY, key)
                .body(form.clone());
        }
        let answer = request.send().await.map_err(|_| StripeError::Silent)?;
        if !answer.status().is_success() {
            return Err(refusal(answer).await);
        }
        let bytes = answer.bytes().await.map_err(|_| StripeError::Silent)?;
        serde_json::from_slice(&bytes).map_err(|error| StripeError::Unreadable(error.to_string()))
    }
}

/// An id of Stripe's is letters, digits and underscores; nothing else gets into an address.
fn path_part(id: &str) -> Result<&str, StripeError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !id.is_empty() && id.chars().all(is_plain) {
        Ok(id)
    } else {
        Err(StripeError::Unreadable(
            "that is no id of Stripe's".to_owned(),
        ))
    }
}

#[derive(Deserialize)]
struct Refusal {
    error: RefusalDetail,
}

#[derive(Deserialize)]
struct RefusalDetail {
    code: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

async fn refusal(answer: Response) -> StripeError {
    let status = answer.status();
    // 409: the same key is being worked on at this moment.
    let is_busy = status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::CONFLICT
        || status.is_server_error();
    if is_busy {
        return StripeError::Busy {
            status: status.as_u16(),
            after: wait(&answer),
        };
    }
    let bytes = answer.bytes().await.unwrap_or_default();
    let detail = serde_json::from_slice::<Refusal>(&bytes).ok();
    let code = detail.and_then(|refusal| refusal.error.code.or(refusal.error.kind));
    StripeError::Refused {
        status: status.as_u16(),
        code: code.unwrap_or_else(|| "no code".to_owned()),
    }
}

/// A limit that was reached is not asked again at once; other faults are.
fn wait(answer: &Response) -> Option<Duration> {
    let named = answer
        .headers()
        .get(RETRY_AFTER)
        .and_then(|text| text.to_str().ok()?.trim().parse::<u64>().ok())
        .map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
    let is_limit = answer.status() == StatusCode::TOO_MANY_REQUESTS;
    named.or_else(|| is_limit.then_some(Duration::from_secs(1)))
}
