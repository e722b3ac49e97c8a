//! The rules of an audit: their ids, which never change, and remedies.

mod cards;

use cards::{CARDS, Card};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How grave a finding is. The levels are those of SARIF, from the least to the gravest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Wider or weaker than it needs to be.
    Warning,
    /// One leak away from losing the account.
    Error,
}

/// A rule of the audit. Ids are never reused, even if a rule is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// `KW001`: a function-call key that can burn the whole balance.
    NoGasBudget,
    /// `KW002`: a function-call key for every method of its contract.
    AnyMethod,
    /// `KW003`: several full-access keys.
    SeveralFullAccessKeys,
    /// `KW004`: no full-access key.
    NoFullAccessKey,
    /// `KW005`: a key whose nonce has never changed.
    NeverUsed,
    /// `KW006`: a key whose nonce has not changed for a long time.
    Idle,
    /// `KW007`: a function-call key for the account's own contract.
    OwnContract,
    /// `KW008`: a function-call key for a contract that signs for the account.
    SignerContract,
    /// `KW009`: a key that cannot pay for one useful call.
    BelowOneCall,
    /// `KW010`: two keys that allow the same.
    DuplicateGrant,
    /// `KW011`: a key file that other users of the machine can open.
    OpenCredential,
    /// `KW012`: a key file that is not encrypted.
    PlainTextCredential,
    /// `KW013`: a key file whose key the account does not have.
    CredentialNotOnChain,
    /// `KW014`: no full-access key that is safe from quantum computers.
    NoPostQuantumKey,
    /// `KW015`: a gas key with a balance above what its deletion may burn.
    FundsOnGasKey,
    /// `KW016`: a public key that has no secret.
    WeakKey,
    /// `KW017`: a key for calls that nothing on the chain answers.
    FitsNoCall,
}

impl Rule {
    /// Every rule, by id.
    pub const ALL: [Self; 17] = [
        Self::NoGasBudget,
        Self::AnyMethod,
        Self::SeveralFullAccessKeys,
        Self::NoFullAccessKey,
        Self::NeverUsed,
        Self::Idle,
        Self::OwnContract,
        Self::SignerContract,
        Self::BelowOneCall,
        Self::DuplicateGrant,
        Self::OpenCredential,
        Self::PlainTextCredential,
        Self::CredentialNotOnChain,
        Self::NoPostQuantumKey,
        Self::FundsOnGasKey,
        Self::WeakKey,
        Self::FitsNoCall,
    ];

    /// `KW001` and so on.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.card().id
    }

    /// `no-gas-budget` and so on.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.card().name
    }

    /// The level of most of its findings. Some are lower, depending on the evidence.
    #[must_use]
    pub fn level(self) -> Level {
        self.card().level
    }

    /// What the rule looks for.
    #[must_use]
    pub fn summary(self) -> &'static str {
        self.card().summary
    }

    /// What to do about a finding.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        self.card().remedy
    }

    fn card(self) -> &'static Card {
        // The table has a row for each rule, in the same order.
        &CARDS[self as usize]
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id(), self.name())
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// The text is not `note`, `warning` or `error`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown level {text:?}; write note, warning or error")]
pub struct UnknownLevel {
    /// The text given.
    pub text: String,
}

impl std::str::FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "note" => Ok(Self::Note),
            "warning" => Ok(Self::Warning),
            "error" => Ok(Self::Error),
            _ => Err(UnknownLevel { text: text.to_owned() }),
        }
    }
}

impl Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_each_rule_at_its_place() {
        let names: Vec<String> = Rule::ALL.iter().map(|rule| format!("{rule:?}")).collect();
        let of_cards = CARDS.iter().map(|card| card.name.replace('-', ""));
        let lower = names.iter().map(|name| name.to_lowercase());
        assert!(of_cards.eq(lower));
    }

    #[test]
    fn the_page_has_every_rule_in_its_words() {
        let page = include_str!("../../../../docs/audit.md");
        for rule in Rule::ALL {
            let (level, summary, remedy) = (rule.level(), rule.summary(), rule.remedy());
            let row =
                format!("| {} | {} | {level} | {summary} | {remedy} |", rule.id(), rule.name());
            assert!(page.contains(&row), "docs/audit.md lacks: {row}");
        }
    }

    #[test]
    fn ids_count_up_and_names_are_kebab_case() {
        for (index, rule) in Rule::ALL.into_iter().enumerate() {
            assert_eq!(rule.id(), format!("KW{:03}", index + 1));
            assert!(rule.name().chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{rule}");
            assert!(rule.summary().ends_with('.') && rule.remedy().ends_with('.'), "{rule}");
        }
    }

    #[test]
    fn levels_are_read_as_they_are_written() {
        for level in [Level::Note, Level::Warning, Level::Error] {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
        assert!("Error".parse::<Level>().is_err());
    }
}
