use reqwest::Method;
use uuid::Uuid;

use crate::servers::variable;

/// A bucket of one test, on the S3 server of `SUITE_S3_SERVER`. That one asks nobody who they are.
pub struct TestBucket {
    server: String,
    name: String,
    http: reqwest::Client,
}

impl TestBucket {
    /// Makes one.
    ///
    /// # Panics
    /// When the server is away.
    pub async fn new() -> Self {
        let bucket = Self::missing();
        bucket.ask(Method::PUT, "", String::new()).await;
        bucket
    }

    /// Names one that does not exist.
    #[must_use]
    pub fn missing() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            server: variable("SUITE_S3_SERVER"),
            name: format!("test-{}", Uuid::now_v7().simple()),
            http: reqwest::Client::builder()
                .timeout(std::time::Duration::from_secs(60))
                .no_proxy()
                .build()
                .expect("a client can be built"),
        }
    }

    /// Returns where the server is.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.server
    }

    /// Returns the variables with which programs use it.
    #[must_use]
    pub fn variables(&self) -> Vec<(&str, &str)> {
        vec![
            ("S3_BACKUP_BUCKET", &self.name),
            ("S3_ENDPOINT", &self.server),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ]
    }

    /// Lists its keys.
    pub async fn keys(&self) -> Vec<String> {
        let answer = self.ask(Method::GET, "?list-type=2", String::new()).await;
        let text = String::from_utf8_lossy(&answer).into_owned();
        let parts = text.split("<Key>").skip(1);
        let keys = parts.filter_map(|part| Some(part.split_once("</Key>")?.0.to_owned()));
        keys.collect()
    }

    /// Returns the one key that ends so.
    ///
    /// # Panics
    /// When there are none or more.
    pub async fn key(&self, ending: &str) -> String {
        let mut keys = self.keys().await;
        keys.retain(|key| key.ends_with(ending));
        assert_eq!(keys.len(), 1, "{keys:?}");
        keys.remove(0)
    }

    /// Reads an object.
    pub async fn read(&self, key: &str) -> Vec<u8> {
        self.ask(Method::GET, key, String::new()).await
    }

    /// Writes an object.
    pub async fn write(&self, key: &str, content: Vec<u8>) {
        self.ask(Method::PUT, key, content).await;
    }

    /// Deletes an object.
    pub async fn delete(&self, key: &str) {
        self.ask(Method::DELETE, key, String::new()).await;
    }

    async fn ask(&self, method: Method, key: &str, body: impl Into<reqwest::Body>) -> Vec<u8> {
        let url = format!("{}/{}/{key}", self.server, self.name);
        let request = self.http.request(method, url).body(body);
        // It checks no signature, but wants to see one.
        let signed = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let request = request.header("authorization", signed);
        let response = request.send().await.expect("the S3 server must answer");
        let response = response
            .error_for_status()
            .expect("the S3 server must agree");
        response.bytes().await.expect("a whole answer").to_vec()
    }
}
