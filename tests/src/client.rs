use reqwest::{
    Method, RequestBuilder,
    header::{HeaderMap, HeaderName},
};
use serde_json::Value;
use suite_core::id::AccountId;

/// Talks to the server of a test as somebody, or as nobody.
#[derive(Clone)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) base: String,
    pub(crate) token: Option<String>,
    pub(crate) account_id: Option<AccountId>,
}

impl Client {
    /// Returns the account for which it speaks.
    ///
    /// # Panics
    /// When it is nobody's.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        self.account_id
            .expect("this client speaks for no account; use app.account()")
    }

    /// Returns its API token.
    ///
    /// # Panics
    /// When it has none.
    #[must_use]
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("this client has no token")
    }

    /// Returns the same client with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// Returns the same client of another server.
    #[must_use]
    pub fn at(&self, address: std::net::SocketAddr) -> Self {
        Self {
            base: format!("http://{address}"),
            ..self.clone()
        }
    }

    /// Returns a full address.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Begins a request with the token, if there is one.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, self.url(path));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends GET.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    /// Sends POST with JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(with_json(self.request(Method::POST, path), body)).await
    }

    /// Sends POST without a body.
    pub async fn post_empty(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::POST, path)).await
    }

    /// Sends PUT with JSON.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        Answer::of(with_json(self.request(Method::PUT, path), body)).await
    }

    /// Sends PATCH with JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        Answer::of(with_json(self.request(Method::PATCH, path), body)).await
    }

    /// Sends DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path)).await
    }

    /// Uploads a file of invoice lines to a store.
    pub async fn upload(
        &self,
        store_id: &str,
        format: &str,
        file: impl Into<reqwest::Body>,
    ) -> Answer {
        let path = format!("/v1/stores/{store_id}/imports?format={format}");
        let request = self.request(Method::POST, &path);
        Answer::of(request.header("content-type", "text/csv").body(file)).await
    }

    /// Makes a store of that currency and time zone and returns its id.
    pub async fn store(&self, currency: &str, timezone: &str) -> String {
        let body = serde_json::json!({
            "name": "Corner shop", "currency": currency, "timezone": timezone, "platform": "manual",
        });
        let answer = self.post("/v1/stores", &body).await.expect(201);
        answer.json()["id"]
            .as_str()
            .expect("a store has an id")
            .to_owned()
    }
}

/// Gives a request a JSON body.
pub fn with_json(request: RequestBuilder, body: &Value) -> RequestBuilder {
    request
        .header("content-type", "application/json")
        .body(body.to_string())
}

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl Answer {
    /// Sends a request and reads its answer.
    ///
    /// # Panics
    /// When there is none.
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("the server must answer");
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response
                .bytes()
                .await
                .expect("the answer must be whole")
                .to_vec(),
        }
    }

    /// Makes sure of the status.
    ///
    /// # Panics
    /// When it is another one; the message shows the body.
    #[must_use = "for a check alone, use assert_status"]
    pub fn expect(self, status: u16) -> Self {
        self.assert_status(status);
        self
    }

    /// Makes sure of the status.
    ///
    /// # Panics
    /// When it is another one; the message shows the body.
    pub fn assert_status(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.text());
    }

    /// Returns the body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body as JSON.
    ///
    /// # Panics
    /// When it is something else.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text()))
    }

    /// Returns a header; an absent one is empty.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let name: HeaderName = name.parse().expect("a valid name of a header");
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Makes sure that this is a problem as the API promises it (RFC 9457), and returns it.
    ///
    /// # Panics
    /// When it is not, or of another status or code.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        self.assert_status(status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(problem["code"], code, "{problem}");
        for member in ["type", "title", "detail", "request_id"] {
            assert!(
                problem[member].is_string(),
                "{member} is missing: {problem}"
            );
        }
        assert_eq!(
            problem["request_id"],
            self.header("x-request-id"),
            "{problem}"
        );
        problem
    }
}
