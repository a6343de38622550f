use base64::prelude::{BASE64_STANDARD, Engine as _};
use reqwest::{Method, RequestBuilder};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};

use crate::{Answer, TestApp};

/// What says of the 65 bytes behind it that they are a point of P-256.
const SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A key with which SendGrid signs its events.
pub struct WebhookKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl WebhookKey {
    /// Makes one.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random)
                .unwrap();
        Self { pair, random }
    }

    /// Returns the public half, as SendGrid shows it.
    #[must_use]
    pub fn public(&self) -> String {
        let spki = [&SPKI[..], self.pair.public_key().as_ref()].concat();
        BASE64_STANDARD.encode(spki)
    }

    /// Signs a body sent at a second since 1970.
    #[must_use]
    pub fn sign(&self, timestamp: i64, body: &[u8]) -> String {
        let message = [timestamp.to_string().as_bytes(), body].concat();
        let signature = self.pair.sign(&self.random, &message).unwrap();
        BASE64_STANDARD.encode(signature)
    }

    /// Sends events as SendGrid does, signed now by the test's clock.
    pub async fn send(&self, app: &TestApp, body: &str) -> Answer {
        let at = app.clock.now().timestamp();
        Answer::of(request(app, at, &self.sign(at, body.as_bytes()), body)).await
    }
}

impl TestApp {
    /// Begins a request as SendGrid makes it, with whatever signature.
    pub fn sendgrid_event(&self, at: i64, signature: &str, body: &str) -> RequestBuilder {
        request(self, at, signature, body)
    }
}

fn request(app: &TestApp, at: i64, signature: &str, body: &str) -> RequestBuilder {
    app.stranger()
        .request(Method::POST, "/webhooks/sendgrid")
        .header("content-type", "application/json")
        .header("x-twilio-email-event-webhook-signature", signature)
        .header("x-twilio-email-event-webhook-timestamp", at.to_string())
        .body(body.to_owned())
}
