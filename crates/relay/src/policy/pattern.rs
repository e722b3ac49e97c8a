//! Accounts as a policy names them.

use super::shown;
use keyway::AccountId;
use serde::de::{Deserialize, Deserializer, Error};
use std::fmt;
use std::str::FromStr;

/// Accounts that a policy means: one account, all accounts below one, or all implicit accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountPattern {
    /// This account, written as it is.
    One(AccountId),
    /// All accounts below this one, however deep, and not itself; written `*.players.near`.
    Below(AccountId),
    /// All implicit accounts, whose name is made of a key; written `<implicit>`.
    Implicit,
}

impl AccountPattern {
    /// Whether `account` is meant.
    #[must_use]
    pub fn fits(&self, account: &AccountId) -> bool {
        match self {
            Self::One(one) => one == account,
            Self::Below(above) => account
                .as_str()
                .strip_suffix(above.as_str())
                .is_some_and(|below| below.len() > 1 && below.ends_with('.')),
            Self::Implicit => account.get_account_type().is_implicit(),
        }
    }
}

impl fmt::Display for AccountPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(account) => account.fmt(f),
            Self::Below(above) => write!(f, "*.{above}"),
            Self::Implicit => f.write_str(IMPLICIT),
        }
    }
}

impl FromStr for AccountPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == IMPLICIT {
            return Ok(Self::Implicit);
        }
        // There could be an account of this name, and nobody would mean it.
        if text == "any" {
            return Err("write \"any\" alone, not in a list".to_owned());
        }
        let account = |text: &str| {
            text.parse::<AccountId>().map_err(|error| {
                let text = shown(text);
                format!(
                    "\"{text}\" is neither an account nor a pattern such as \"*.players.near\" or \"{IMPLICIT}\": {error}"
                )
            })
        };
        match text.strip_prefix("*.") {
            Some(above) => account(above).map(Self::Below),
            None => account(text).map(Self::One),
        }
    }
}

impl<'de> Deserialize<'de> for AccountPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// No account has such a name.
const IMPLICIT: &str = "<implicit>";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn fits(pattern: &str, account: &str) -> bool {
        pattern.parse::<AccountPattern>().unwrap().fits(&account.parse().unwrap())
    }

    #[test]
    fn a_pattern_means_accounts_below_and_no_others() {
        assert!(fits("*.players.near", "bob.players.near"));
        assert!(fits("*.players.near", "a.bob.players.near"));
        assert!(!fits("*.players.near", "players.near"));
        assert!(!fits("*.players.near", "evilplayers.near"));
        assert!(!fits("*.players.near", "bob.players.near.evil.near"));
        assert!(fits("players.near", "players.near") && !fits("players.near", "bob.players.near"));
        assert!(fits("<implicit>", &"ab".repeat(32)) && !fits("<implicit>", "bob.near"));
    }

    #[test]
    fn no_other_wildcards_are_read() {
        for text in ["*", "bob.*", "*bob.near", "*.*.near", "", "*.", "Bob.near", "<any>"] {
            let error = text.parse::<AccountPattern>().unwrap_err();
            assert!(error.contains("neither an account nor a pattern"), "{text}: {error}");
        }
        assert!("any".parse::<AccountPattern>().unwrap_err().contains("not in a list"));
    }
}
