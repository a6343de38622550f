//! Passwords, e-mail addresses and tokens: how each is made, checked and stored.
//!
//! A *token* is what a client shows: an API token (`es_…`) or the content of a session cookie. It begins with the account's
//! id, so that the look-up runs inside that account; only its SHA-256 is stored.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use rand::RngCore;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Error, Result, id::AccountId};

/// The fewest characters of a password.
pub const PASSWORD_MIN: usize = 8;
/// The most characters of a password: hashing must not become a way to burn our processors.
pub const PASSWORD_MAX: usize = 128;
/// RFC 5321 allows no longer path.
const EMAIL_MAX: usize = 254;
/// What API tokens begin with, so that scanners for leaked secrets can know them.
const API_TOKEN_PREFIX: &str = "es_";

/// Costs as much to check as a real hash, and is the hash of no password that anybody knows.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ibw$\
                      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

const ACCOUNT_DIGITS: usize = 32;
const SECRET_BYTES: usize = 32;

/// Brings an address into the one form in which it is stored and compared.
///
/// # Errors
/// [`Error::Invalid`] naming `field` when it cannot be an address.
pub fn normalize_email(field: &str, text: &str) -> Result<String> {
    let email = text.trim().to_lowercase();
    let plausible = email.len() <= EMAIL_MAX
        && !email.chars().any(|c| {
            c.is_control() || c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '"')
        })
        && email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.contains('@')
                && domain
                    .split_once('.')
                    .is_some_and(|(host, rest)| !host.is_empty() && !rest.is_empty())
                && !domain.ends_with('.')
                && !domain.contains("..")
        });
    if plausible {
        Ok(email)
    } else {
        Err(Error::invalid(field, "is not an e-mail address"))
    }
}

/// Checks the length of a new password.
///
/// # Errors
/// [`Error::Invalid`] naming `field`.
pub fn check_new_password(field: &str, password: &SecretString) -> Result<()> {
    match password.expose_secret().chars().count() {
        ..PASSWORD_MIN => Err(Error::invalid(
            field,
            format!("must have at least {PASSWORD_MIN} characters"),
        )),
        PASSWORD_MIN..=PASSWORD_MAX => Ok(()),
        _ => Err(Error::invalid(
            field,
            format!("must have at most {PASSWORD_MAX} characters"),
        )),
    }
}

/// Hashes a password with argon2id. Blocks for tens of milliseconds and takes 19 MiB: keep it off the async threads.
///
/// # Errors
/// When the system has no memory or no randomness left.
pub fn hash_password(password: &SecretString) -> Result<String> {
    Argon2::default()
        .hash_password(password.expose_secret().as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Error::internal(error.to_string()))
}

/// Checks a password. Without a stored hash it works just as long and says no, so that the time does not tell who exists.
#[must_use]
pub fn verify_password(password: &SecretString, stored: Option<&str>) -> bool {
    let hash = stored.unwrap_or(NOBODY);
    let Ok(parsed) = PasswordHash::new(hash) else {
        return false;
    };
    let matches = Argon2::default()
        .verify_password(password.expose_secret().as_bytes(), &parsed)
        .is_ok();
    matches && stored.is_some()
}

/// What a token is stored as.
pub type TokenHash = [u8; 32];

/// Which kind of client shows a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A program, in `Authorization: Bearer`.
    Api,
    /// A browser, in the session cookie.
    Session,
}

impl TokenKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Api => API_TOKEN_PREFIX,
            Self::Session => "",
        }
    }
}

/// A token that was just made; the only moment in which its text is known.
#[derive(Debug)]
pub struct IssuedToken {
    /// What the client is given.
    pub text: SecretString,
    /// What is stored.
    pub hash: TokenHash,
    /// Its last four characters, by which people tell tokens apart.
    pub suffix: String,
}

/// Makes a token of 256 random bits for `account_id`.
#[must_use]
pub fn issue_token(kind: TokenKind, account_id: AccountId) -> IssuedToken {
    let mut secret = [0; SECRET_BYTES];
    rand::rng().fill_bytes(&mut secret);
    let text = format!(
        "{}{}{}",
        kind.prefix(),
        account_id.as_uuid().simple(),
        hex(&secret)
    );
    IssuedToken {
        hash: Sha256::digest(text.as_bytes()).into(),
        suffix: text[text.len() - 4..].to_owned(),
        text: SecretString::from(text),
    }
}

/// A token that a client showed: well-formed, not yet known to be real.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownToken {
    /// The account in which to look it up.
    pub account_id: AccountId,
    /// By what to look it up.
    pub hash: TokenHash,
}

/// Reads a token; `None` when it cannot be one, which needs no look-up to refuse.
#[must_use]
pub fn read_token(kind: TokenKind, text: &str) -> Option<ShownToken> {
    let digits = text.strip_prefix(kind.prefix())?;
    let well_formed = digits.len() == ACCOUNT_DIGITS + 2 * SECRET_BYTES
        && digits
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !well_formed {
        return None;
    }
    let account = Uuid::try_parse(&digits[..ACCOUNT_DIGITS]).ok()?;
    Some(ShownToken {
        account_id: account.into(),
        hash: Sha256::digest(text.as_bytes()).into(),
    })
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_stored_in_one_form() {
        assert_eq!(
            normalize_email("email", "  Ada@Example.COM ").unwrap(),
            "ada@example.com"
        );
    }

    #[test]
    fn what_cannot_be_one_address_is_refused() {
        for text in [
            "",
            "ada",
            "@x.de",
            "ada@",
            "ada@x",
            "a@b@c.de",
            "a b@x.de",
            "a@x.de,b@x.de",
            "Ada <a@x.de>",
            "a\r\nBcc: b@x.de",
            "a@x..de",
            "a@x.de.",
            "a@.de",
        ] {
            assert!(normalize_email("email", text).is_err(), "{text:?}");
        }
        assert!(normalize_email("email", &format!("{}@x.de", "a".repeat(250))).is_err());
    }

    #[test]
    fn a_password_needs_eight_characters_and_has_at_most_128() {
        let check =
            |text: String| check_new_password("password", &SecretString::from(text)).is_ok();
        assert!(!check("short 7".to_owned()));
        assert!(check("ümlauts8".to_owned()));
        assert!(check("x".repeat(128)));
        assert!(!check("x".repeat(129)));
    }

    #[test]
    fn only_the_right_password_fits_and_nobody_has_one() {
        let hash = hash_password(&SecretString::from("correct horse")).unwrap();
        let terms = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(terms(&hash), "$argon2id$v=19$m=19456,t=2,p=1");
        assert_eq!(terms(&hash), terms(NOBODY));
        assert!(PasswordHash::new(NOBODY).is_ok());
        assert!(verify_password(
            &SecretString::from("correct horse"),
            Some(&hash)
        ));
        assert!(!verify_password(
            &SecretString::from("wrong horse"),
            Some(&hash)
        ));
        assert!(!verify_password(&SecretString::from("nobody"), None));
        assert!(!verify_password(
            &SecretString::from("x"),
            Some("not a hash")
        ));
    }

    #[test]
    fn an_issued_token_reads_back_and_a_changed_one_has_another_hash() {
        let account_id = AccountId::new();
        let token = issue_token(TokenKind::Api, account_id);
        let text = token.text.expose_secret();
        assert!(text.starts_with("es_") && text.ends_with(&token.suffix));
        let shown = read_token(TokenKind::Api, text).unwrap();
        assert_eq!((shown.account_id, shown.hash), (account_id, token.hash));
        assert_eq!(read_token(TokenKind::Session, text), None);
        for bad in [
            "",
            "es_",
            &text[..text.len() - 1],
            &format!("{text}0"),
            &text.to_uppercase(),
        ] {
            assert_eq!(read_token(TokenKind::Api, bad), None, "{bad}");
        }
    }
}
