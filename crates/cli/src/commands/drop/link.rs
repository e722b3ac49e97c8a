//! A link: the account of a drop, and the secret key that claims the amount.

use super::url;
use crate::error::CliError;
use keyway::{AccountId, KeyPair};
use zeroize::Zeroizing;

/// One link. Its text form is `drop.near#ed25519:…`, one word to send to someone; wallets use web
/// addresses instead.
#[derive(Debug)]
pub(super) struct Link {
    /// The drop's account.
    pub(super) drop: AccountId,
    /// The key that claims.
    pub(super) key: KeyPair,
}

impl Link {
    /// A new link.
    pub(super) fn random(drop: AccountId) -> Self {
        Self { drop, key: KeyPair::random_ed25519() }
    }

    /// Parses a link. The error does not contain the text, which is a secret.
    ///
    /// # Errors
    /// [`CliError::Value`].
    pub(super) fn read(text: &str) -> Result<Self, CliError> {
        let wrong = |why: &str| CliError::Value { flag: "the link", why: why.to_owned() };
        let text = text.trim();
        if text.starts_with("https://") || text.starts_with("http://") {
            let (drop, key) = url::read(text).map_err(wrong)?;
            return Ok(Self { drop, key });
        }
        let (drop, key) = text.split_once('#').ok_or_else(|| {
            wrong("a link is an account, #, and a secret key (drop.near#ed25519:…), or a wallet's https:// address")
        })?;
        let drop = drop.parse().map_err(|_| wrong("there is no account before its #"))?;
        let key = key.parse().map_err(|_| wrong("there is no secret key after its #"))?;
        Ok(Self { drop, key })
    }

    /// DANGER: contains the secret. Whoever reads this can claim the amount.
    pub(super) fn expose_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}#{}", self.drop, self.key.expose_secret_text().as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_reads_what_it_wrote() {
        let link = Link::random("drop.near".parse().unwrap());
        let read = Link::read(&format!(" {}\n", link.expose_text().as_str())).unwrap();
        assert_eq!((&read.drop, read.key.public_key()), (&link.drop, link.key.public_key()));
    }

    #[test]
    fn what_is_no_link_is_refused_and_not_repeated() {
        let secret = KeyPair::random_ed25519().expose_secret_text();
        let public = KeyPair::random_ed25519().public_key().to_string();
        for text in [
            "".to_owned(),
            "#".to_owned(),
            "drop.near".to_owned(),
            secret.to_string(),
            format!("Drop#{}", secret.as_str()),
            format!("drop.near#{public}"),
            format!("drop.near#{}x", secret.as_str()),
        ] {
            let error = Link::read(&text).unwrap_err().to_string();
            assert!(!error.contains(&secret[10..30]), "{error}");
        }
    }
}
