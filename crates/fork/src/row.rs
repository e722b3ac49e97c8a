//! What a trie key names, as far as a network tells of it.

use borsh::BorshDeserialize;
use near_crypto::PublicKeyHandle;
use near_primitives::trie_key::trie_key_parsers::get_raw_prefix_for_contract_data;
use near_primitives::trie_key::{
    ACCESS_KEY_SEPARATOR, ACCOUNT_DATA_SEPARATOR, GlobalContractCodeIdentifier, TrieKey, col,
};
use near_primitives::types::{AccountId, NonceIndex};
use std::fmt;

/// The row under a trie key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    Account(AccountId),
    /// The code that is stored with the account itself.
    Code(AccountId),
    AccessKey(AccountId, PublicKeyHandle),
    Nonce(AccountId, PublicKeyHandle, NonceIndex),
    Data(AccountId, Vec<u8>),
    GlobalCode(GlobalContractCodeIdentifier),
    /// Rows that no answer of a node contains: receipts that wait, yields, queues. A fork begins
    /// without them.
    Untold,
}

/// What a prefix of trie keys covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// The access keys of an account, with the nonce rows of gas keys.
    Keys(AccountId),
    /// The contract data of an account whose keys start with these bytes.
    Data(AccountId, Vec<u8>),
    /// One row at most.
    One(Row),
    /// Nothing that a network tells of.
    Nothing,
    /// Rows of several accounts: no request lists them.
    Everybody,
}

impl Row {
    /// The row under a key of nearcore's trie.
    pub(crate) fn of(key: &[u8]) -> Self {
        Self::parse(key).unwrap_or(Self::Untold)
    }

    /// The account that the row belongs to; none for a global contract, which outlives its account.
    pub(crate) fn account_id(&self) -> Option<&AccountId> {
        match self {
            Self::Account(account_id)
            | Self::Code(account_id)
            | Self::AccessKey(account_id, _)
            | Self::Nonce(account_id, ..)
            | Self::Data(account_id, _) => Some(account_id),
            Self::GlobalCode(_) | Self::Untold => None,
        }
    }

    fn parse(key: &[u8]) -> Option<Self> {
        let (column, rest) = key.split_first()?;
        Some(match *column {
            col::ACCOUNT => Self::Account(account(rest)?),
            col::CONTRACT_CODE => Self::Code(account(rest)?),
            col::ACCESS_KEY => {
                let (account_id, mut rest) = split(rest, ACCESS_KEY_SEPARATOR)?;
                let handle = PublicKeyHandle::deserialize(&mut rest).ok()?;
                match rest {
                    [] => Self::AccessKey(account_id, handle),
                    &[low, high] => {
                        Self::Nonce(account_id, handle, NonceIndex::from_le_bytes([low, high]))
                    }
                    _ => return None,
                }
            }
            col::CONTRACT_DATA => {
                let (account_id, rest) = split(rest, ACCOUNT_DATA_SEPARATOR)?;
                Self::Data(account_id, rest.to_vec())
            }
            col::GLOBAL_CONTRACT_CODE => {
                Self::GlobalCode(GlobalContractCodeIdentifier::try_from_slice(rest).ok()?)
            }
            _ => return None,
        })
    }

    /// The row's key in nearcore's trie; none for a row that no network tells of.
    pub(crate) fn key(&self) -> Option<Vec<u8>> {
        let key = match self.clone() {
            Self::Account(account_id) => TrieKey::Account { account_id },
            Self::Code(account_id) => TrieKey::ContractCode { account_id },
            Self::AccessKey(account_id, key_handle) => {
                TrieKey::AccessKey { account_id, key_handle }
            }
            Self::Nonce(account_id, key_handle, index) => {
                TrieKey::GasKeyNonce { account_id, key_handle, index }
            }
            Self::Data(account_id, key) => TrieKey::ContractData { account_id, key },
            Self::GlobalCode(identifier) => TrieKey::GlobalContractCode { identifier },
            Self::Untold => return None,
        };
        Some(key.to_vec())
    }
}

impl Listing {
    /// What is listed by this prefix of nearcore's trie keys.
    pub(crate) fn of(prefix: &[u8]) -> Self {
        let Some((column, rest)) = prefix.split_first() else { return Self::Everybody };
        match *column {
            col::ACCESS_KEY => match split(rest, ACCESS_KEY_SEPARATOR) {
                Some((account_id, _)) => Self::Keys(account_id),
                None => Self::Everybody,
            },
            col::CONTRACT_DATA => match split(rest, ACCOUNT_DATA_SEPARATOR) {
                Some((account_id, rest)) => Self::Data(account_id, rest.to_vec()),
                None => Self::Everybody,
            },
            col::ACCOUNT | col::CONTRACT_CODE | col::GLOBAL_CONTRACT_CODE => {
                match Row::of(prefix) {
                    // The name of an account can begin with the name of another.
                    Row::GlobalCode(id @ GlobalContractCodeIdentifier::CodeHash(_)) => {
                        Self::One(Row::GlobalCode(id))
                    }
                    _ => Self::Everybody,
                }
            }
            _ => Self::Nothing,
        }
    }
}

/// The trie key of an account's contract data under `key`.
pub(crate) fn data_key(account_id: &AccountId, key: &[u8]) -> Vec<u8> {
    get_raw_prefix_for_contract_data(account_id, key)
}

fn account(bytes: &[u8]) -> Option<AccountId> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

/// An account's name before the separator, which no name contains, and what follows.
fn split(bytes: &[u8], separator: u8) -> Option<(AccountId, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == separator)?;
    Some((account(&bytes[..end])?, &bytes[end + 1..]))
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => write!(f, "account {id}"),
            Self::Code(id) => write!(f, "the code of {id}"),
            Self::AccessKey(id, key) => write!(f, "access key {key} of {id}"),
            Self::Nonce(id, key, index) => write!(f, "nonce {index} of gas key {key} of {id}"),
            Self::Data(id, key) => write!(f, "the data of {id} under {}", Shown(key)),
            Self::GlobalCode(GlobalContractCodeIdentifier::CodeHash(hash)) => {
                write!(f, "the global contract with code hash {hash}")
            }
            Self::GlobalCode(GlobalContractCodeIdentifier::AccountId(id)) => {
                write!(f, "the global contract of {id}")
            }
            Self::Untold => f.write_str("a row that no network tells of"),
        }
    }
}

/// A contract's key: as text if it is plain, otherwise in hexadecimal digits.
pub(crate) struct Shown<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(LONGEST_SHOWN)];
        let more = if shown.len() < self.0.len() { "…" } else { "" };
        match std::str::from_utf8(shown) {
            Ok(text) if text.bytes().all(|byte| byte.is_ascii_graphic()) => {
                write!(f, "\"{text}\"{more}")
            }
            _ => {
                f.write_str("0x")?;
                shown.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str(more)
            }
        }
    }
}

/// Bytes of a contract's key that a message shows.
const LONGEST_SHOWN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use near_crypto::{KeyType, SecretKey};
    use near_primitives::hash::CryptoHash;
    use near_primitives::trie_key::trie_key_parsers::get_raw_prefix_for_access_keys;

    fn id(name: &str) -> AccountId {
        name.parse().unwrap()
    }

    fn handles() -> Vec<PublicKeyHandle> {
        let key = |kind| SecretKey::from_seed(kind, "seed").public_key();
        let mut handles: Vec<_> =
            [KeyType::ED25519, KeyType::SECP256K1].map(|kind| key(kind).into()).into();
        let post_quantum = format!("ml-dsa-65-hash:{}", CryptoHash([7; 32]));
        handles.push(post_quantum.parse().unwrap());
        handles
    }

    #[test]
    fn every_key_is_read_as_it_is_written() {
        let mut rows = vec![
            Row::Account(id("a.near")),
            Row::Code(id("a.near")),
            Row::GlobalCode(GlobalContractCodeIdentifier::CodeHash(CryptoHash([44; 32]))),
            Row::GlobalCode(GlobalContractCodeIdentifier::AccountId(id("a.near"))),
        ];
        for key in [&b""[..], b"STATE", b",,", b"\x02\x09", &[0xFF; 300]] {
            rows.push(Row::Data(id("a.near"), key.to_vec()));
        }
        for handle in handles() {
            rows.push(Row::AccessKey(id("a.near"), handle.clone()));
            rows.push(Row::Nonce(id("a.near"), handle, 0x0203));
        }
        for row in rows {
            assert_eq!(Row::of(&row.key().unwrap()), row, "{row}");
        }
    }

    #[test]
    fn what_no_network_tells_of_is_nothing() {
        let yields = TrieKey::PromiseYieldIndices.to_vec();
        for key in
            [&yields[..], b"", b"\x00", b"\x00NO", b"\x02a.near", b"\x02a.near\x02\x09", b"\xFF"]
        {
            assert_eq!(Row::of(key), Row::Untold, "{key:?}");
        }
        assert_eq!(Listing::of(&yields), Listing::Nothing);
    }

    #[test]
    fn prefixes_list_what_one_account_has() {
        let keys = get_raw_prefix_for_access_keys(&id("a.near"));
        assert_eq!(Listing::of(&keys), Listing::Keys(id("a.near")));
        let one = Row::AccessKey(id("a.near"), handles().remove(0)).key().unwrap();
        assert_eq!(Listing::of(&one), Listing::Keys(id("a.near")));
        let data = data_key(&id("a.near"), b"p,");
        assert_eq!(Listing::of(&data), Listing::Data(id("a.near"), b"p,".to_vec()));
        for everybody in [&b""[..], b"\x00", b"\x00a", b"\x02a", b"\x09a.near"] {
            assert_eq!(Listing::of(everybody), Listing::Everybody);
        }
    }

    #[test]
    fn a_row_has_a_name_for_people() {
        let row = |key: &[u8]| Row::Data(id("a.near"), key.to_vec()).to_string();
        assert_eq!(row(b"STATE"), "the data of a.near under \"STATE\"");
        assert_eq!(row(b"\x00\xFF"), "the data of a.near under 0x00ff");
        assert_eq!(row(b"\x1b[2J"), "the data of a.near under 0x1b5b324a");
        assert!(row(&[b'x'; 2000]).len() < 120);
    }
}
