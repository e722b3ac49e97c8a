//! Links as web addresses: reads those of wallets, and writes any form.

use keyway::{AccountId, KeyPair};
use std::str::FromStr;
use zeroize::Zeroizing;

/// An address with placeholders for the drop and the secret.
#[derive(Clone, Debug)]
pub(super) struct Template(String);

impl FromStr for Template {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let scheme = text.starts_with("https://") || text.starts_with("http://");
        if scheme && text.contains(SECRET) && !text.contains(char::is_whitespace) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!("write an https:// address with {SECRET}, and {DROP} for the account"))
    }
}

impl Template {
    /// DANGER: contains the secret. The address of the link to `drop` with `key`.
    pub(super) fn expose_url(&self, drop: &AccountId, key: &KeyPair) -> Zeroizing<String> {
        let secret = key.expose_secret_text();
        // As wallets write it: without the name of the curve.
        let digits = secret.split_once(':').map_or(secret.as_str(), |(_, digits)| digits);
        let mut url = Zeroizing::new(String::with_capacity(self.0.len() + 256));
        let mut rest = self.0.as_str();
        while let Some(at) = rest.find('{') {
            url.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix(SECRET) {
                url.push_str(digits);
                rest = after;
            } else if let Some(after) = rest.strip_prefix(DROP) {
                url.push_str(drop.as_str());
                rest = after;
            } else {
                url.push('{');
                rest = &rest[1..];
            }
        }
        url.push_str(rest);
        url
    }
}

/// The contract and the secret in a wallet's address: in its path (`/linkdrop/CONTRACT/SECRET`),
/// its query, or after its `#`.
///
/// `text` begins with http:// or https://. The error does not contain the text, which is a secret.
///
/// # Errors
/// What is missing.
pub(super) fn read(text: &str) -> Result<(AccountId, KeyPair), &'static str> {
    let decoded = percent_decoded(text);
    let rest = decoded.split_once("://").map_or("", |(_, rest)| rest);
    let parts: Vec<&str> = rest.split(['/', '?', '#', '&', '=']).collect();
    // The first part is the host.
    let secrets = parts.iter().enumerate().skip(1);
    let mut secrets = secrets.filter_map(|(at, part)| Some((at, part.parse::<KeyPair>().ok()?)));
    let (at, key) = secrets.next().ok_or("the address has no secret key in it")?;
    if secrets.next().is_some() {
        return Err("the address has more than one secret key in it");
    }
    let before = &parts[1..at];
    let account = |part: &&str| part.parse::<AccountId>().ok();
    let named = before.iter().rev().filter(|part| part.contains('.')).find_map(account);
    let drop = named.or_else(|| before.last().and_then(account));
    drop.map(|drop| (drop, key)).ok_or("the address names no contract before its secret key")
}

/// Decodes `%3A` and the like.
fn percent_decoded(text: &str) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.filter(|_| *first == b'%').and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())
}

const DROP: &str = "{drop}";
const SECRET: &str = "{secret}";

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> (AccountId, KeyPair) {
        ("drop.alice.near".parse().unwrap(), KeyPair::random_ed25519())
    }

    #[test]
    fn the_urls_of_wallets_are_read() {
        let (expected, pair) = link();
        let secret = pair.expose_secret_text();
        let bare = secret.split_once(':').unwrap().1;
        let encoded = format!("ed25519%3A{bare}");
        for form in [
            "https://app.mynearwallet.com/linkdrop/drop.alice.near/SECRET",
            "https://app.mynearwallet.com/linkdrop/drop.alice.near/SECRET?redirectUrl=https%3A%2F%2Fexample.near.org",
            "https://wallet.near.org/create/drop.alice.near/SECRET",
            "https://wallet.meteorwallet.app/linkdrop/drop.alice.near/SECRET",
            "https://keypom.xyz/claim/drop.alice.near#SECRET",
            "https://example.org/#/linkdrop/drop.alice.near/SECRET",
            "https://example.org/claim?contract=drop.alice.near&secret=SECRET",
            "http://127.0.0.1:3000/linkdrop/drop.alice.near/SECRET/",
        ] {
            for secret in [secret.as_str(), bare, &encoded] {
                let (drop, key) = read(&form.replace("SECRET", secret)).unwrap();
                assert_eq!((&drop, &key), (&expected, &pair), "{form}");
            }
        }
        let (drop, _) = read(&format!("https://wallet.near.org/create/near/{bare}")).unwrap();
        assert_eq!(drop, "near");
    }

    #[test]
    fn a_template_is_read_back() {
        let (expected, pair) = link();
        for form in [
            "https://app.mynearwallet.com/linkdrop/{drop}/{secret}",
            "https://example.org/claim/{drop}#{secret}",
            "https://example.org/{x}/{drop}/{secret}?a={",
        ] {
            let url = form.parse::<Template>().unwrap().expose_url(&expected, &pair);
            let (drop, key) = read(&url).unwrap();
            assert_eq!((&drop, &key), (&expected, &pair), "{form}");
        }
        for form in ["", "drop#{secret}", "https://example.org/{drop}", "https://a b/{secret}"] {
            let Err(error) = form.parse::<Template>() else { panic!("{form}") };
            assert!(error.starts_with("write an https:// address"), "{form}: {error}");
        }
    }

    #[test]
    fn a_url_without_contract_or_secret_is_refused() {
        let bare = link().1.expose_secret_text();
        let (none, no_drop) = ("no secret key", "names no contract");
        for (url, why) in [
            ("https://".to_owned(), none),
            ("https://drop.near".to_owned(), none),
            (format!("https://drop.near/{}", bare.as_str()), no_drop),
            (format!("https://drop.near#{}", bare.as_str()), no_drop),
            (format!("https://example.org/drop.near/{0}/{0}", bare.as_str()), "more than one"),
        ] {
            let error = read(&url).unwrap_err();
            assert!(error.contains(why), "{why}: {error}");
        }
    }
}
