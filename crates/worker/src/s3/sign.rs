//! AWS Signature Version 4 in headers.

use chrono::{DateTime, Utc};
use ring::{digest, hmac};
use secrecy::{ExposeSecret, SecretString};
use suite_core::backup::hex;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SIGNED: &str = "host;x-amz-content-sha256;x-amz-date";

#[derive(Clone)]
pub(super) struct Signer {
    pub(super) access_key_id: String,
    pub(super) secret: SecretString,
    pub(super) region: String,
}

/// What is signed of a request.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) host: &'a str,
    /// Encoded already.
    pub(super) path: &'a str,
    /// Encoded and sorted already.
    pub(super) query: &'a str,
    pub(super) body: &'a [u8],
}

impl Signer {
    /// Returns the headers that a request made at `now` bears.
    pub(super) fn sign(
        &self,
        request: &Request<'_>,
        now: DateTime<Utc>,
    ) -> [(&'static str, String); 3] {
        let at = now.format("%Y%m%dT%H%M%SZ").to_string();
        let day = &at[..8];
        let content = sha256(request.body);
        let canonical = format!(
            "{}\n{}\n{}\nhost:{}\nx-amz-content-sha256:{content}\nx-amz-date:{at}\n\n{SIGNED}\n{content}",
            request.method, request.path, request.query, request.host
        );
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let text = format!(
            "{ALGORITHM}\n{at}\n{scope}\n{}",
            sha256(canonical.as_bytes())
        );
        let mut key = format!("AWS4{}", self.secret.expose_secret()).into_bytes();
        for part in [day, &self.region, "s3", "aws4_request"] {
            key = mac(&key, part.as_bytes());
        }
        let signature = hex(&mac(&key, text.as_bytes()));
        let id = &self.access_key_id;
        let authorization = format!(
            "{ALGORITHM} Credential={id}/{scope},SignedHeaders={SIGNED},Signature={signature}"
        );
        [
            ("x-amz-date", at),
            ("x-amz-content-sha256", content),
            ("authorization", authorization),
        ]
    }
}

/// Encodes as the signature wants it, which is stricter than a URL needs it.
pub(super) fn encode(text: &str, keeps_slashes: bool) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte))
            }
            b'/' if keeps_slashes => encoded.push('/'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
        encoded
    })
}

/// Encodes and sorts the parts of a query.
pub(super) fn canonical_query(query: &[(&str, &str)]) -> String {
    let mut parts: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name, false), encode(value, false)))
        .collect();
    parts.sort_unstable();
    parts.join("&")
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text)
        .as_ref()
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example "GET Bucket (List Objects)" of the S3 API reference, whose answer is published there.
    #[test]
    fn the_published_example_has_the_published_signature() {
        let signer = Signer {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            region: "us-east-1".to_owned(),
        };
        let query = canonical_query(&[("prefix", "J"), ("max-keys", "2")]);
        let request = Request {
            method: "GET",
            host: "examplebucket.s3.amazonaws.com",
            path: "/",
            query: &query,
            body: b"",
        };
        let headers = signer.sign(&request, "2013-05-24T00:00:00Z".parse().unwrap());
        let authorization = &headers[2].1;
        assert!(
            authorization
                .ends_with("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
            "{authorization}"
        );
    }

    #[test]
    fn names_are_encoded_as_the_signature_wants_them() {
        assert_eq!(encode("a b/ü+~", true), "a%20b/%C3%BC%2B~");
        assert_eq!(
            canonical_query(&[("uploads", ""), ("prefix", "a/b")]),
            "prefix=a%2Fb&uploads="
        );
    }
}
