use actix_web::http::header::HeaderMap;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use chrono::{DateTime, Utc};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

/// How old a request may be, or how far ahead its clock, in seconds.
const TOLERANCE: u64 = 300;
/// A P-256 key as SPKI ends in its uncompressed point.
const POINT_BYTES: usize = 65;

const SIGNATURE: &str = "x-twilio-email-event-webhook-signature";
const TIMESTAMP: &str = "x-twilio-email-event-webhook-timestamp";

/// Tells whether one of the keys has signed timestamp and body, and recently: ECDSA P-256 over SHA-256 of both, in DER.
pub(super) fn fits(headers: &HeaderMap, body: &[u8], keys: &[String], now: DateTime<Utc>) -> bool {
    let (Some(signature), Some(timestamp)) = (only(headers, SIGNATURE), only(headers, TIMESTAMP))
    else {
        return false;
    };
    let Ok(at) = timestamp.parse::<i64>() else {
        return false;
    };
    is_signed(signature, timestamp, body, keys) && now.timestamp().abs_diff(at) <= TOLERANCE
}

/// Two of a header might be read as one by us and as the other by somebody else.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name);
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn is_signed(signature: &str, timestamp: &str, body: &[u8], keys: &[String]) -> bool {
    let Ok(signature) = BASE64_STANDARD.decode(signature) else {
        return false;
    };
    let message = [timestamp.as_bytes(), body].concat();
    keys.iter().any(|key| {
        let Ok(spki) = BASE64_STANDARD.decode(key) else {
            return false;
        };
        let point = &spki[spki.len().saturating_sub(POINT_BYTES)..];
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
            .verify(&message, &signature)
            .is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // The vendor's published example of a signed request: what its own libraries are tested with.
    const KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
    const SIGNED: &str = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=";
    const AT: &str = "1600112502";
    const BODY: &str = concat!(
        r#"[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","#,
        r#""sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","#,
        r#""sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","#,
        r#""smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]"#,
        "\r\n"
    );

    #[test]
    fn the_vendors_own_example_fits_and_not_with_one_byte_changed() {
        let keys = ["AAAA".to_owned(), KEY.to_owned()];
        assert!(is_signed(SIGNED, AT, BODY.as_bytes(), &keys));
        assert!(!is_signed(SIGNED, AT, BODY.as_bytes(), &keys[..1]));
        assert!(!is_signed(SIGNED, "1600112503", BODY.as_bytes(), &keys));
        assert!(!is_signed(SIGNED, AT, BODY.trim_end().as_bytes(), &keys));
        for at in 0..BODY.len() {
            let mut body = BODY.as_bytes().to_vec();
            body[at] ^= 1;
            assert!(!is_signed(SIGNED, AT, &body, &keys), "{at}");
        }
        for signature in ["", "x", "MEUC", &SIGNED[4..]] {
            assert!(!is_signed(signature, AT, BODY.as_bytes(), &keys));
        }
    }
}
