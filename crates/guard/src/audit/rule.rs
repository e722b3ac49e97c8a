//! The rules of an audit: ids that never change, and what to do where one is broken.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How much a finding weighs; the levels of SARIF, the least first.
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

/// A rule of the audit. Ids are kept for ever; a rule that goes takes its id with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// `KW001`: a function-call key that may burn the whole balance.
    NoGasBudget,
    /// `KW002`: a function-call key for whatever its contract has.
    AnyMethod,
    /// `KW003`: several keys that may do everything.
    SeveralFullAccessKeys,
    /// `KW004`: no key that may do everything.
    NoFullAccessKey,
    /// `KW005`: a key whose nonce never moved.
    NeverUsed,
    /// `KW006`: a key whose nonce has not moved for long.
    Idle,
    /// `KW007`: a function-call key for the contract of its own account.
    OwnContract,
    /// `KW008`: a function-call key for a contract that signs for the account.
    SignerContract,
    /// `KW009`: a key that cannot pay for one useful call.
    BelowOneCall,
    /// `KW010`: two keys that may do the same.
    DuplicateGrant,
    /// `KW011`: a key file that others on the machine can open.
    OpenCredential,
    /// `KW012`: a key file that anybody who gets it can use.
    PlainTextCredential,
    /// `KW013`: a key file whose key the account does not have.
    CredentialNotOnChain,
    /// `KW014`: no full-access key that withstands a quantum computer.
    NoPostQuantumKey,
    /// `KW015`: a gas key with more on it than may be burnt with it.
    FundsOnGasKey,
}

/// What is written about a rule.
struct Card {
    id: &'static str,
    name: &'static str,
    level: Level,
    summary: &'static str,
    remedy: &'static str,
}

impl Rule {
    /// Every rule, by id.
    pub const ALL: [Self; 15] = [
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

    /// The level of most of its findings; a few weigh less for what they found.
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

    fn card(self) -> Card {
        match self {
            Self::NoGasBudget => Card {
                id: "KW001",
                name: "no-gas-budget",
                level: Level::Warning,
                summary: "A function-call key without an allowance can burn the account's whole balance as gas.",
                remedy: "Delete the key and add it again with an allowance.",
            },
            Self::AnyMethod => Card {
                id: "KW002",
                name: "any-method",
                level: Level::Warning,
                summary: "An empty list of methods allows every method of the contract, those of later versions too.",
                remedy: "Delete the key and add it again with the methods that its app calls.",
            },
            Self::SeveralFullAccessKeys => Card {
                id: "KW003",
                name: "several-full-access-keys",
                level: Level::Warning,
                summary: "Each full-access key alone can empty the account and delete the other keys.",
                remedy: "Find out whose each key is; delete those that nobody can name.",
            },
            Self::NoFullAccessKey => Card {
                id: "KW004",
                name: "no-full-access-key",
                level: Level::Note,
                summary: "Without a full-access key only the account's contract can change its keys and code.",
                remedy: "Ask for the lock's verdict: what the contract can still do tells whether this is meant.",
            },
            Self::NeverUsed => Card {
                id: "KW005",
                name: "never-used",
                level: Level::Note,
                summary: "The key's nonce is the one that it was added with.",
                remedy: "Delete the key, unless it is kept for an emergency.",
            },
            Self::Idle => Card {
                id: "KW006",
                name: "idle",
                level: Level::Warning,
                summary: "The key's nonce has not moved since an earlier look at the account.",
                remedy: "Delete the key if its app is no longer used.",
            },
            Self::OwnContract => Card {
                id: "KW007",
                name: "own-contract",
                level: Level::Error,
                summary: "A contract may do to its own account whatever a full-access key may.",
                remedy: "List methods that are harmless in anybody's hands, or delete the key.",
            },
            Self::SignerContract => Card {
                id: "KW008",
                name: "signer-contract",
                level: Level::Error,
                summary: "A contract that signs or votes for the account can move what it holds elsewhere.",
                remedy: "Delete the key; call such a contract with a full-access key, which asks its owner.",
            },
            Self::BelowOneCall => Card {
                id: "KW009",
                name: "below-one-call",
                level: Level::Warning,
                summary: "What the key may spend does not buy the gas of one useful call.",
                remedy: "Delete the key and add it again with a larger allowance; fund a gas key.",
            },
            Self::DuplicateGrant => Card {
                id: "KW010",
                name: "duplicate-grant",
                level: Level::Note,
                summary: "Another key of the account allows exactly the same calls.",
                remedy: "Keep the one that its app uses and delete the others.",
            },
            Self::OpenCredential => Card {
                id: "KW011",
                name: "open-credential",
                level: Level::Error,
                summary: "Other users of the machine can open the key file.",
                remedy: "Make the file its owner's only (mode 600); if others were there, rotate the key.",
            },
            Self::PlainTextCredential => Card {
                id: "KW012",
                name: "plain-text-credential",
                level: Level::Warning,
                summary: "Whoever copies the key file has the key: a backup, a synced folder, any program.",
                remedy: "Seal the key with a passphrase or move it to the system's keychain.",
            },
            Self::CredentialNotOnChain => Card {
                id: "KW013",
                name: "credential-not-on-chain",
                level: Level::Note,
                summary: "The account does not have the key that the file holds.",
                remedy: "Delete the file, unless the key is about to be added.",
            },
            Self::NoPostQuantumKey => Card {
                id: "KW014",
                name: "no-post-quantum-key",
                level: Level::Note,
                summary: "All full-access keys are on curves that a large quantum computer breaks.",
                remedy: "Add an ML-DSA-65 key with full access and keep its secret offline.",
            },
            Self::FundsOnGasKey => Card {
                id: "KW015",
                name: "funds-on-gas-key",
                level: Level::Note,
                summary: "A key or account cannot be deleted while more than 1 NEAR rests on gas keys; less is burnt.",
                remedy: "Withdraw what the key does not need for gas.",
            },
        }
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
