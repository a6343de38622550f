//! Links in mails: what makes them impossible to guess or forge.
//!
//! A *one-time link* does something once: its token's hash is stored and dropped when it has served. Its text is derived from
//! the installation's secret and the token's id, so that a mail can be written again without the text being kept anywhere.
//! A *signed link* carries what it is about and a signature; nothing of it is stored.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{
    Error, Result,
    credentials::{IssuedToken, ShownToken, TokenKind, hex, read_token},
    id::{AccountId, MailId, ReportId},
};

/// 128 bits: what a signature is shortened to, so that links stay on one line.
const SIGNATURE_BYTES: usize = 16;
const ID_BYTES: usize = 16;

/// Makes and reads links.
#[derive(Clone)]
pub struct LinkKeys(Hmac<Sha256>);

impl std::fmt::Debug for LinkKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("LinkKeys")
    }
}

impl LinkKeys {
    /// Begins with the secret of the installation. With another secret all links of before are void.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when there is no secret.
    pub fn new(secret: &SecretString) -> Result<Self> {
        let secret = secret.expose_secret().as_bytes();
        if secret.is_empty() {
            let reason = "SECRET_KEY is not set: without it links cannot be signed";
            return Err(Error::unavailable(reason));
        }
        Hmac::new_from_slice(secret)
            .map(Self)
            .map_err(Error::internal)
    }

    /// Returns the token of a one-time link; the same for the same id.
    #[must_use]
    pub fn one_time(&self, account_id: AccountId, token_id: Uuid) -> IssuedToken {
        let secret = self.sum(b"one-time\0", &[account_id.as_uuid(), token_id], &[]);
        let text = format!("{}{}", account_id.as_uuid().simple(), hex(&secret));
        IssuedToken {
            hash: Sha256::digest(text.as_bytes()).into(),
            suffix: text[text.len() - 4..].to_owned(),
            text: SecretString::from(text),
        }
    }

    /// Reads the token of a one-time link: well-formed, not yet known to be real.
    #[must_use]
    pub fn read_one_time(text: &str) -> Option<ShownToken> {
        // Built like the token of a session, which stands in another table.
        read_token(TokenKind::Session, text)
    }

    /// Returns the token by which the reader of a mail stops mails of its kind.
    #[must_use]
    pub fn stop(&self, account_id: AccountId, mail_id: MailId) -> String {
        let ids = [account_id.as_uuid(), mail_id.as_uuid()];
        self.signed(b"stop\0", &ids, &[])
    }

    /// Reads such a token; `None` when we have not made it.
    #[must_use]
    pub fn read_stop(&self, text: &str) -> Option<(AccountId, MailId)> {
        let bytes = bytes_of(text)?;
        let ids = ids_of(&bytes)?;
        let is_ours = self.signed(b"stop\0", &ids, &[]);
        same(&is_ours, text).then(|| (ids[0].into(), ids[1].into()))
    }

    /// Returns the token by which whoever has it reads a report until some time.
    #[must_use]
    pub fn shared(
        &self,
        account_id: AccountId,
        report_id: ReportId,
        until: DateTime<Utc>,
    ) -> String {
        let ids = [account_id.as_uuid(), report_id.as_uuid()];
        self.signed(b"shared\0", &ids, &until.timestamp().to_be_bytes())
    }

    /// Reads such a token; `None` when we have not made it, or its time is over.
    #[must_use]
    pub fn read_shared(&self, text: &str, now: DateTime<Utc>) -> Option<(AccountId, ReportId)> {
        let bytes = bytes_of(text)?;
        let ids = ids_of(&bytes)?;
        let until = bytes.get(2 * ID_BYTES..2 * ID_BYTES + 8)?;
        let is_ours = same(&self.signed(b"shared\0", &ids, until), text);
        let until = i64::from_be_bytes(until.try_into().ok()?);
        (is_ours && now.timestamp() < until).then(|| (ids[0].into(), ids[1].into()))
    }

    fn signed(&self, purpose: &[u8], ids: &[Uuid; 2], rest: &[u8]) -> String {
        let mut bytes = Vec::with_capacity(64);
        ids.iter().for_each(|id| bytes.extend(id.as_bytes()));
        bytes.extend(rest);
        bytes.extend(&self.sum(purpose, ids, rest)[..SIGNATURE_BYTES]);
        hex(&bytes)
    }

    fn sum(&self, purpose: &[u8], ids: &[Uuid; 2], rest: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(purpose);
        ids.iter().for_each(|id| mac.update(id.as_bytes()));
        mac.update(rest);
        mac.finalize().into_bytes().into()
    }
}

/// Compares in a time that does not tell where they differ.
fn same(ours: &str, shown: &str) -> bool {
    ours.as_bytes().ct_eq(shown.as_bytes()).into()
}

fn ids_of(bytes: &[u8]) -> Option<[Uuid; 2]> {
    let id = |from: usize| Uuid::from_slice(bytes.get(from..from + ID_BYTES)?).ok();
    Some([id(0)?, id(ID_BYTES)?])
}

/// Reads lower-case hexadecimal digits; no token of ours is longer than 128.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let is_plain = text.len() <= 128
        && text.len().is_multiple_of(2)
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !is_plain {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn keys(secret: &str) -> LinkKeys {
        LinkKeys::new(&SecretString::from(secret)).unwrap()
    }

    #[test]
    fn a_one_time_link_is_the_same_each_time_it_is_written_and_reads_back() {
        let (account_id, token_id) = (AccountId::new(), Uuid::now_v7());
        let token = keys("one").one_time(account_id, token_id);
        let text = token.text.expose_secret();
        assert_eq!(
            text,
            keys("one")
                .one_time(account_id, token_id)
                .text
                .expose_secret()
        );
        let shown = LinkKeys::read_one_time(text).unwrap();
        assert_eq!((shown.account_id, shown.hash), (account_id, token.hash));
        for other in [
            keys("two").one_time(account_id, token_id),
            keys("one").one_time(account_id, Uuid::now_v7()),
            keys("one").one_time(AccountId::new(), token_id),
        ] {
            assert_ne!(other.hash, token.hash);
        }
    }

    #[test]
    fn a_signed_link_with_one_digit_changed_is_none() {
        let keys = keys("one");
        let (account_id, mail_id) = (AccountId::new(), MailId::new());
        let text = keys.stop(account_id, mail_id);
        assert_eq!(keys.read_stop(&text), Some((account_id, mail_id)));
        for at in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[at] = if forged[at] == b'0' { b'1' } else { b'0' };
            assert_eq!(keys.read_stop(&String::from_utf8(forged).unwrap()), None);
        }
        for forged in [
            "",
            "0",
            "ü",
            &text[2..],
            &format!("{text}00"),
            &text.to_uppercase(),
        ] {
            assert_eq!(keys.read_stop(forged), None, "{forged}");
        }
        assert_eq!(self::keys("two").read_stop(&text), None);
    }

    #[test]
    fn a_shared_link_ends_with_its_time_and_is_good_for_nothing_else() {
        let keys = keys("one");
        let (account_id, report_id) = (AccountId::new(), ReportId::new());
        let until = DateTime::UNIX_EPOCH + TimeDelta::days(9);
        let text = keys.shared(account_id, report_id, until);
        let read = |seconds| keys.read_shared(&text, until + TimeDelta::seconds(seconds));
        assert_eq!(read(-1), Some((account_id, report_id)));
        assert_eq!((read(0), read(1)), (None, None));
        assert_eq!(keys.read_stop(&text), None);
        let stop = keys.stop(account_id, MailId::new());
        assert_eq!(keys.read_shared(&stop, until), None);
    }

    #[test]
    fn without_a_secret_there_are_no_links() {
        assert!(LinkKeys::new(&SecretString::from("")).is_err());
    }
}
