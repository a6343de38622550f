//! Names customers that a source knows by their mail address only, without keeping the address.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::{Error, Result, id::AccountId};

/// What such a name begins with.
const PREFIX: &str = "mail:";

/// Makes the names of one account's customers: nobody without the secret can tell whose they are, or find one out by trying.
#[derive(Clone)]
pub struct CustomerKeys(Hmac<Sha256>);

impl std::fmt::Debug for CustomerKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("CustomerKeys")
    }
}

impl CustomerKeys {
    /// Begins with the secret of the installation. With another secret the same customer gets another name.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when there is no secret.
    pub fn new(secret: &SecretString, account_id: AccountId) -> Result<Self> {
        let secret = secret.expose_secret().as_bytes();
        if secret.is_empty() {
            let reason = "SECRET_KEY is not set: without it customers cannot be named";
            return Err(Error::unavailable(reason));
        }
        let mut mac = Hmac::new_from_slice(secret).map_err(Error::internal)?;
        mac.update(b"customer\0");
        mac.update(account_id.as_uuid().as_bytes());
        Ok(Self(mac))
    }

    /// Returns the name of whoever has this address; empty for an empty one.
    #[must_use]
    pub fn of_mail(&self, address: &str) -> String {
        let address = address.trim().to_lowercase();
        if address.is_empty() {
            return String::new();
        }
        let mut mac = self.0.clone();
        mac.update(address.as_bytes());
        let mut name = PREFIX.to_owned();
        for byte in &mac.finalize().into_bytes()[..16] {
            name.push_str(&format!("{byte:02x}"));
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: &str, account_id: AccountId) -> CustomerKeys {
        CustomerKeys::new(&SecretString::from(secret.to_owned()), account_id).unwrap()
    }

    #[test]
    fn one_address_has_one_name_in_an_account_and_another_elsewhere() {
        let account = AccountId::new();
        let one = keys("secret", account);
        let name = one.of_mail("Ann@Example.com ");
        assert_eq!(name, one.of_mail("ann@example.com"));
        assert!(name.starts_with(PREFIX) && name.len() == 37 && !name.contains("ann"));
        assert_ne!(name, one.of_mail("bob@example.com"));
        assert_ne!(
            name,
            keys("secret", AccountId::new()).of_mail("ann@example.com")
        );
        assert_ne!(name, keys("other", account).of_mail("ann@example.com"));
        assert_eq!(one.of_mail("  "), "");
    }

    #[test]
    fn without_a_secret_nobody_is_named() {
        let none = SecretString::from(String::new());
        assert!(CustomerKeys::new(&none, AccountId::new()).is_err());
    }
}
