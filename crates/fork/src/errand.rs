//! What a fork goes to its network for.

use crate::row::Row;
use near_primitives::hash::CryptoHash;
use near_primitives::types::AccountId;
use std::fmt;

/// What one or a few requests bring.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Errand<'a> {
    /// The row itself.
    One(&'a Row),
    /// Local code with this hash.
    Code(&'a Row, &'a AccountId, CryptoHash),
    /// All contract data of an account that has little.
    AllData(&'a AccountId),
    /// All keys of an account.
    Keys(&'a AccountId),
}

impl Errand<'_> {
    /// The same for errands that bring the same.
    pub(crate) fn name(&self) -> Vec<u8> {
        match self {
            Self::One(Row::Nonce(account_id, handle, _)) => {
                let key = Row::AccessKey(account_id.clone(), handle.clone()).key();
                [b"n", key.unwrap_or_default().as_slice()].concat()
            }
            Self::One(row) | Self::Code(row, ..) => {
                [b"r", row.key().unwrap_or_default().as_slice()].concat()
            }
            Self::AllData(account_id) => [b"d", account_id.as_bytes()].concat(),
            Self::Keys(account_id) => [b"k", account_id.as_bytes()].concat(),
        }
    }
}

impl fmt::Display for Errand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(row) | Self::Code(row, ..) => row.fmt(f),
            Self::AllData(account_id) => write!(f, "the data of {account_id}"),
            Self::Keys(account_id) => write!(f, "the access keys of {account_id}"),
        }
    }
}
