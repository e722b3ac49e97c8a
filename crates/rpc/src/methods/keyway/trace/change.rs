//! What a what-if changes, as requests say it.

use keyway_chain::Change;
use near_crypto::PublicKey;
use near_primitives::types::{AccountId, Balance, FunctionArgs, Gas};
use near_primitives::views::AccessKeyView;
use serde::Deserialize;

/// One change: an object with one field, its name.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ChangeParam {
    Balance {
        account_id: AccountId,
        amount: Balance,
    },
    Key {
        account_id: AccountId,
        public_key: PublicKey,
        access_key: Option<AccessKeyView>,
    },
    Allowance {
        account_id: AccountId,
        public_key: PublicKey,
        allowance: Option<Balance>,
    },
    Code {
        account_id: AccountId,
        code_base64: FunctionArgs,
    },
    Time {
        /// As text: JSON numbers of some clients are not exact.
        timestamp_nanosec: Nanoseconds,
    },
    Signer {
        public_key: PublicKey,
    },
    Args {
        #[serde(default)]
        action: usize,
        args_base64: FunctionArgs,
    },
    Gas {
        #[serde(default)]
        action: usize,
        gas: Gas,
    },
    Deposit {
        #[serde(default)]
        action: usize,
        deposit: Balance,
    },
}

impl From<ChangeParam> for Change {
    fn from(param: ChangeParam) -> Self {
        match param {
            ChangeParam::Balance { account_id, amount } => Self::Balance { account_id, amount },
            ChangeParam::Key { account_id, public_key, access_key } => {
                Self::Key { account_id, public_key, access_key: access_key.map(Into::into) }
            }
            ChangeParam::Allowance { account_id, public_key, allowance } => {
                Self::Allowance { account_id, public_key, allowance }
            }
            ChangeParam::Code { account_id, code_base64 } => {
                Self::Code { account_id, code: code_base64.into() }
            }
            ChangeParam::Time { timestamp_nanosec: Nanoseconds(timestamp_ns) } => {
                Self::Time { timestamp_ns }
            }
            ChangeParam::Signer { public_key } => Self::Signer { public_key },
            ChangeParam::Args { action, args_base64 } => {
                Self::Args { action, args: args_base64.into() }
            }
            ChangeParam::Gas { action, gas } => Self::Gas { action, gas },
            ChangeParam::Deposit { action, deposit } => Self::Deposit { action, deposit },
        }
    }
}

/// A time in decimal text.
pub(super) struct Nanoseconds(u64);

impl<'de> Deserialize<'de> for Nanoseconds {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}
