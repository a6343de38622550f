//! A client for any S3 service: as much of it as backups need, over the house's own HTTP client.
//!
//! Signing takes a page (AWS Signature Version 4), answers are read by the few tags that are looked for; a whole SDK would be
//! larger than all the rest of this program.

mod sign;
mod xml;

use std::{error::Error as StdError, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use reqwest::{Method, Response, StatusCode};
use secrecy::ExposeSecret;
use suite_core::{Error, Result, clock::Clock, config::BackupConfig};

use sign::Signer;

const SERVICE: &str = "the backup storage";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// An answer that has not begun or goes on for so long without a byte is given up.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// A request that the service fails is repeated: it says itself that some always fail.
const TRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// What an answer that is no object may hold at most.
const ANSWER_LIMIT: usize = 4 << 20;

/// One bucket.
#[derive(Clone)]
pub(crate) struct Bucket {
    http: reqwest::Client,
    /// With the bucket in its path: not every service has a host for each bucket.
    base: reqwest::Url,
    signer: Signer,
    clock: Clock,
}

/// An upload of many parts that was begun and not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenUpload {
    pub(crate) key: String,
    pub(crate) id: String,
    pub(crate) begun_at: Option<DateTime<Utc>>,
}

impl Bucket {
    /// Prepares to work on the configured bucket. `clock` is that of the machine: the service refuses requests of another time.
    ///
    /// # Errors
    /// When its address cannot be read.
    pub(crate) fn new(config: &BackupConfig, clock: Clock) -> Result<Self> {
        let endpoint = match config.endpoint.as_str() {
            "" => format!("https://s3.{}.amazonaws.com", config.region),
            endpoint => endpoint.to_owned(),
        };
        let base = format!("{endpoint}/{}/", config.bucket);
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            // An answer elsewhere would need another signature.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(Error::internal)?;
        Ok(Self {
            http,
            base: base
                .parse()
                .map_err(|_| Error::invalid("S3_ENDPOINT", "cannot be read"))?,
            signer: Signer {
                access_key_id: config.access_key_id.clone(),
                secret: config.secret_access_key.expose_secret().into(),
                region: config.region.clone(),
            },
            clock,
        })
    }

    /// Writes a small object.
    ///
    /// # Errors
    /// When the service is away or refuses.
    pub(crate) async fn put(&self, key: &str, body: Bytes) -> Result<()> {
        self.ask(Method::PUT, key, &[], body).await.map(drop)
    }

    /// Reads a small object; `None` when there is none.
    ///
    /// # Errors
    /// When the service is away or refuses.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        match self.open(key).await? {
            Some(response) => Ok(Some(limited(response).await?)),
            None => Ok(None),
        }
    }

    /// Begins to read an object; `None` when there is none.
    ///
    /// # Errors
    /// When the service is away or refuses.
    pub(crate) async fn open(&self, key: &str) -> Result<Option<Response>> {
        let response = self.send(&Method::GET, key, &[], Bytes::new()).await?;
        if response.status() == StatusCode::NOT_FOUND {
            let answer = limited(response).await?;
            return match xml::first(&text(&answer), "Code").as_deref() {
                // The bucket itself is away: that is not the same.
                Some("NoSuchBucket") => Err(upstream("the bucket does not exist")),
                _ => Ok(None),
            };
        }
        checked(response).await.map(Some)
    }

    /// Deletes an object; one that is gone is deleted.
    ///
    /// # Errors
    /// When the service is away or refuses.
    pub(crate) async fn delete(&self, key: &str) -> Result<()> {
        self.ask(Method::DELETE, key, &[], Bytes::new())
            .await
            .map(drop)
    }

    /// Lists the keys that begin with `prefix`, without it.
    ///
    /// # Errors
    /// When the service is away or refuses.
    pub(crate) async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let (mut keys, mut next) = (Vec::new(), None::<String>);
        loop {
            let mut query = vec![("list-type", "2"), ("prefix", prefix)];
            if let Some(token) = &next {
                query.push(("continuation-token", token));
            }
            let answer = self.ask(Method::GET, "", &query, Bytes::new()).await?;
            let found = xml::all(&answer, "Contents");
            let found = found.iter().filter_map(|entry| xml::first(entry, "Key"));
            keys.extend(found.filter_map(|key| Some(key.strip_prefix(prefix)?.to_owned())));
            next = xml::first(&answer, "NextContinuationToken");
            if next.is_none() {
                return Ok(keys);
            }
        }
    }

    /// Begins an object of many parts and returns the upload's id.
    ///
    /// # Errors
    /// When the service is away or refuses.
    pub(crate) async fn begin_upload(&self, key: &str) -> Result<String> {
        let answer = self.ask(Method::POST, key, &[("uploads", "")], Bytes::new());
        xml::first(&answer.await?, "UploadId").ok_or_else(|| upstream("it named no upload"))
    }

    /// Sends one part, numbered from 1, and returns the name that it is known by.
    ///
    /// # Errors
    /// When the service is away or refuses.
    pub(crate) async fn put_part(
        &self,
        key: &str,
        id: &str,
        number: usize,
        part: Bytes,
    ) -> Result<String> {
        let number = number.to_string();
        let query = [("partNumber", number.as_str()), ("uploadId", id)];
        let response = self.send(&Method::PUT, key, &query, part).await?;
        let response = checked(response).await?;
        let tag = response
            .headers()
            .get("etag")
            .and_then(|tag| tag.to_str().ok());
        tag.map(str::to_owned)
            .ok_or_else(|| upstream("it gave a part no tag"))
    }

    /// Makes an object of its parts.
    ///
    /// # Errors
    /// When the service is away or refuses.
    pub(crate) async fn complete_upload(&self, key: &str, id: &str, tags: &[String]) -> Result<()> {
        let parts = tags.iter().enumerate().map(|(index, tag)| {
            let (number, tag) = (index + 1, xml::escape(tag));
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>")
        });
        let parts: String = parts.collect();
        let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        let answer = self
            .ask(Method::POST, key, &[("uploadId", id)], body.into())
            .await?;
        // It answers 200 before it knows, so as to keep the connection.
        match xml::first(&answer, "Error") {
            Some(_) => Err(upstream(&describe(StatusCode::OK, &answer))),
            None => Ok(()),
        }
    }

    /// Gives an upload up; its parts are no longer paid for.
    ///
    /// # Errors
    /// When the service is away or refuses.
    pub(crate) async fn abort_upload(&self, key: &str, id: &str) -> Result<()> {
        self.ask(Method::DELETE, key, &[("uploadId", id)], Bytes::new())
            .await
            .map(drop)
    }

    /// Lists uploads below `prefix` that were begun and not ended: the first thousand.
    ///
    /// # Errors
    /// When the service is away or refuses.
    pub(crate) async fn open_uploads(&self, prefix: &str) -> Result<Vec<OpenUpload>> {
        let query = [("prefix", prefix), ("uploads", "")];
        let answer = self.ask(Method::GET, "", &query, Bytes::new()).await?;
        let uploads = xml::all(&answer, "Upload")
            .into_iter()
            .filter_map(|upload| {
                Some(OpenUpload {
                    key: xml::first(&upload, "Key")?,
                    id: xml::first(&upload, "UploadId")?,
                    begun_at: xml::first(&upload, "Initiated").and_then(|at| at.parse().ok()),
                })
            });
        // Some services pay no heed to the prefix here.
        Ok(uploads
            .filter(|upload| upload.key.starts_with(prefix))
            .collect())
    }

    /// Asks and returns the whole answer as text.
    async fn ask(
        &self,
        method: Method,
        key: &str,
        query: &[(&str, &str)],
        body: Bytes,
    ) -> Result<String> {
        let response = self.send(&method, key, query, body).await?;
        Ok(text(&limited(checked(response).await?).await?))
    }

    /// Sends a request, and again while the service fails: whatever is asked here may be done twice.
    async fn send(
        &self,
        method: &Method,
        key: &str,
        query: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Response> {
        let mut pause = FIRST_PAUSE;
        for left in (0..TRIES).rev() {
            let sent = self.send_once(method, key, query, body.clone()).await;
            match sent {
                Ok(response) if !is_passing(response.status()) || left == 0 => return Ok(response),
                Err(error) if left == 0 => return Err(error),
                Ok(_) | Err(_) => tokio::time::sleep(pause).await,
            }
            pause *= 2;
        }
        Err(upstream("it was not asked"))
    }

    async fn send_once(
        &self,
        method: &Method,
        key: &str,
        query: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Response> {
        let mut url = self.base.clone();
        let path = format!("{}{}", url.path(), sign::encode(key, true));
        url.set_path(&path);
        let query = sign::canonical_query(query);
        url.set_query((!query.is_empty()).then_some(&query));
        let host = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        };
        let request = sign::Request {
            method: method.as_str(),
            host: &host,
            path: &path,
            query: &query,
            body: &body,
        };
        let headers = self.signer.sign(&request, self.clock.now());
        let mut request = self.http.request(method.clone(), url).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request
            .send()
            .await
            .map_err(|error| upstream(&causes(&error.without_url())))
    }
}

fn is_passing(status: StatusCode) -> bool {
    status.is_server_error()
        || status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::REQUEST_TIMEOUT
}

async fn checked(response: Response) -> Result<Response> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let answer = limited(response).await.unwrap_or_default();
    Err(upstream(&describe(status, &text(&answer))))
}

/// Its own words, which name no secret; never the whole answer.
fn describe(status: StatusCode, answer: &str) -> String {
    let part = |tag| xml::first(answer, tag).unwrap_or_default();
    format!("it answered {status} {} {}", part("Code"), part("Message"))
}

async fn limited(mut response: Response) -> Result<Bytes> {
    let mut whole = Vec::new();
    while let Some(piece) = next_piece(&mut response).await? {
        if whole.len() + piece.len() > ANSWER_LIMIT {
            return Err(upstream("its answer does not end"));
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.into())
}

/// Returns the next bytes of an object that is being read; an object that ends too soon is an error.
///
/// # Errors
/// When the connection breaks.
pub(crate) async fn next_piece(response: &mut Response) -> Result<Option<Bytes>> {
    let piece = response.chunk().await;
    piece.map_err(|error| upstream(&causes(&error.without_url())))
}

fn text(answer: &[u8]) -> String {
    String::from_utf8_lossy(answer).into_owned()
}

fn causes(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

fn upstream(reason: &str) -> Error {
    Error::Upstream {
        service: SERVICE,
        source: reason.to_owned().into(),
    }
}
