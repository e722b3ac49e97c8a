//! The development accounts of a chain, and commands to try with them.

use crate::dev_accounts::{CHAIN, USUAL, names, unsafe_secret_key};
use keyway_chain::Chain;
use near_primitives::types::AccountId;
use std::fmt::Write;

/// The development accounts of a chain.
pub(super) struct Development {
    names: Vec<String>,
    /// The balance of each, if all have the same.
    balance: Option<String>,
}

impl Development {
    /// The development accounts of `chain` that still have their well-known key; `None` on chains
    /// where the tools do not sign with such keys.
    pub(super) fn on(chain: &Chain) -> Option<Self> {
        let has = |name: &String| has_known_key(chain, name).unwrap_or_default();
        let names: Vec<_> = names(u16::MAX).take_while(has).collect();
        let named = chain.genesis().chain_id == CHAIN && !names.is_empty();
        named.then(|| Self { balance: balance(chain, &names), names })
    }

    /// The accounts' names.
    pub(super) fn ids(&self) -> Vec<AccountId> {
        self.names.iter().filter_map(|name| name.parse().ok()).collect()
    }

    /// The accounts with their secret keys. If such a line does not fit, with their public keys and
    /// how to get the secret keys.
    pub(super) fn text(&self, columns: Option<u16>) -> String {
        let wide = columns.is_none_or(|columns| columns >= WIDE);
        let owned =
            self.balance.as_ref().map(|balance| format!("{balance} and ")).unwrap_or_default();
        let mut text = format!(
            "\n\nDevelopment accounts, {owned}one full-access key each.\n\
             UNSAFE: everybody knows these keys. Use them on this machine only.\n\n"
        );
        for name in self.names.iter().take(USUAL.into()) {
            let secret = unsafe_secret_key(name);
            // Writing to a string cannot fail.
            let _ = match wide {
                true => writeln!(text, "  {name:<11} {secret}"),
                false => writeln!(text, "  {name:<11} {}", secret.public_key()),
            };
        }
        if let (Some(last), true) = (self.names.last(), self.names.len() > usize::from(USUAL)) {
            let _ = writeln!(text, "  and so on, to {last}: {} in all", self.names.len());
        }
        if !wide {
            text.push_str(
                "\nFor a secret key: keyway key export ACCOUNT PUBLIC_KEY --expose-secret\n",
            );
        }
        text
    }

    /// Commands to try with the first account.
    pub(super) fn tries(&self, url: &str) -> String {
        let first = &self.names[0];
        format!("  keyway key list {first}\n  curl -s {url}/status")
    }
}

fn has_known_key(chain: &Chain, name: &str) -> Option<bool> {
    let account_id: AccountId = name.parse().ok()?;
    let public_key = unsafe_secret_key(name).public_key();
    let key = keyway_state::read::access_key(&chain.head().state, &account_id, &public_key).ok()?;
    Some(key.is_some())
}

fn balance(chain: &Chain, names: &[String]) -> Option<String> {
    let owned = |name: &String| {
        let account =
            keyway_state::read::account(&chain.head().state, &name.parse().ok()?).ok()??;
        Some(account.amount())
    };
    let first = owned(names.first()?)?;
    names.iter().all(|name| owned(name) == Some(first)).then(|| keyway::format_near(first))
}

/// The width of a line with a name and a secret key.
const WIDE: u16 = 112;

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(columns: Option<u16>, count: u16) -> String {
        let balance = Some("10000 NEAR".to_owned());
        Development { names: names(count).collect(), balance }.text(columns)
    }

    #[test]
    fn the_accounts_are_called_unsafe() {
        let text = shown(None, 10);
        assert!(text.contains("UNSAFE") && text.contains("10000 NEAR and one"), "{text}");
        assert_eq!(text.matches("ed25519:").count(), 10, "{text}");
        assert!(text.contains(&unsafe_secret_key("judy.near").to_string()), "{text}");
        assert!(shown(None, 40).contains("to account-40.near: 40 in all"));
    }

    /// At 100 columns each secret key was broken into two lines.
    #[test]
    fn no_line_is_longer_than_the_terminal() {
        for columns in [80, 100, 111, 112, 200] {
            let text = shown(Some(columns), 12);
            let longest = text.lines().map(str::len).max().unwrap();
            assert!(longest <= columns.into(), "{columns}: {text}");
            assert_eq!(text.matches("ed25519:").count(), 10, "{text}");
        }
        assert!(!shown(Some(80), 10).contains(&unsafe_secret_key("judy.near").to_string()));
    }
}
