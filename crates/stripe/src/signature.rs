//! The signature of a webhook: `Stripe-Signature: t=…,v1=…,v1=…`, an HMAC over the time and the body as it came.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// A message older or newer than this is refused: somebody has kept it.
const TOLERANCE_SECONDS: i64 = 300;

/// A message that nobody who knows the secret has sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// There is no time, or nothing of the kind that we know.
    #[error("the header Stripe-Signature cannot be read")]
    Unreadable,
    /// It was signed at another time.
    #[error("it was signed more than {TOLERANCE_SECONDS} seconds from now")]
    OutOfTime,
    /// None of our secrets has signed it.
    #[error("no secret of ours has signed it")]
    Forged,
}

/// Makes sure that one of the `secrets` has signed `body` about `now`.
///
/// During a rotation there are two of them, and Stripe signs with both: any pair that fits will do. A secret is the whole text,
/// `whsec_` included.
///
/// # Errors
/// When it is forged, changed, or played again.
pub fn verify<'a>(
    header: &str,
    body: &[u8],
    secrets: impl IntoIterator<Item = &'a str>,
    now: DateTime<Utc>,
) -> Result<(), BadSignature> {
    let mut time = None;
    let mut signatures: Vec<[u8; 32]> = Vec::new();
    for (name, value) in header.split(',').filter_map(|part| part.split_once('=')) {
        match name.trim() {
            "t" if time.is_none() => time = Some(value.trim()),
            "t" => return Err(BadSignature::Unreadable),
            // Others, such as v0, are of schemes for tests.
            "v1" => signatures.extend(unhex(value.trim())),
            _ => {}
        }
    }
    let time = time.ok_or(BadSignature::Unreadable)?;
    let seconds: i64 = time.parse().map_err(|_| BadSignature::Unreadable)?;
    if signatures.is_empty() {
        return Err(BadSignature::Unreadable);
    }
    let mut fits = subtle::Choice::from(0);
    for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
        let wanted = mac(secret, time, body);
        for signature in &signatures {
            fits |= wanted.ct_eq(signature);
        }
    }
    if !bool::from(fits) {
        return Err(BadSignature::Forged);
    }
    let distance = now.timestamp().saturating_sub(seconds).saturating_abs();
    if distance > TOLERANCE_SECONDS {
        return Err(BadSignature::OutOfTime);
    }
    Ok(())
}

/// Signs a body as Stripe does: for stand-ins of it.
#[must_use]
pub fn sign(body: &[u8], secret: &str, at: DateTime<Utc>) -> String {
    let time = at.timestamp().to_string();
    let mut text = format!("t={time},v1=");
    for byte in mac(secret, &time, body) {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

fn mac(secret: &str, time: &str, body: &[u8]) -> [u8; 32] {
    // A key of any length is taken: there is no error to hand on.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return [0; 32];
    };
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().into()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"{\"id\": \"evt_1\"}\n";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_signature_worked_out_elsewhere_is_the_same() {
        // printf '1700000000.{"id": "evt_1"}\n' | openssl dgst -sha256 -hmac whsec_test
        let known = "176e551b353788956e1faff98211f21f3ce796ee5d6106097a58f6402c5b4e53";
        assert_eq!(
            sign(BODY, "whsec_test", at(0)),
            format!("t=1700000000,v1={known}")
        );
    }

    #[test]
    fn any_signature_by_any_secret_of_ours_will_do() {
        let (old, new) = ("whsec_old", "whsec_new");
        let header = sign(BODY, old, at(0));
        let good =
            |header: &str, secrets: &[&str]| verify(header, BODY, secrets.iter().copied(), at(0));
        assert_eq!(good(&header, &[old]), Ok(()));
        assert_eq!(good(&header, &[new, old]), Ok(()));
        assert_eq!(good(&header, &[new]), Err(BadSignature::Forged));
        assert_eq!(good(&header, &[""]), Err(BadSignature::Forged));
        let both = format!(
            "{},v1={},v0=abc",
            sign(BODY, "whsec_third", at(0)),
            header.split("v1=").nth(1).unwrap()
        );
        assert_eq!(good(&both, &[new, old]), Ok(()));
    }

    #[test]
    fn a_changed_byte_and_another_time_are_refused() {
        let header = sign(BODY, "whsec_test", at(0));
        let secrets = || ["whsec_test"];
        for position in 0..BODY.len() {
            let mut body = BODY.to_vec();
            body[position] ^= 1;
            assert_eq!(
                verify(&header, &body, secrets(), at(0)),
                Err(BadSignature::Forged)
            );
        }
        for (seconds, wanted) in [
            (300, Ok(())),
            (-300, Ok(())),
            (301, Err(BadSignature::OutOfTime)),
            (-301, Err(BadSignature::OutOfTime)),
        ] {
            assert_eq!(verify(&header, BODY, secrets(), at(seconds)), wanted);
        }
        // The time is signed too.
        let moved = header.replace("t=1700000000", "t=1700000001");
        assert_eq!(
            verify(&moved, BODY, secrets(), at(0)),
            Err(BadSignature::Forged)
        );
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        let good = sign(BODY, "whsec_test", at(0));
        let twice = format!("t=1,{good}");
        for header in [
            "",
            "t=",
            "v1=",
            "t=1700000000",
            "t=x,v1=00",
            "t=1700000000,v1=zz",
            "t=1700000000,v0=00",
            twice.as_str(),
        ] {
            assert_eq!(
                verify(header, BODY, ["whsec_test"], at(0)),
                Err(BadSignature::Unreadable),
                "{header}"
            );
        }
    }
}
