//! What a past transaction would have found otherwise, as objects: `{"type": "gas", "gas": "100 Tgas"}`.

use super::read_public_key;
use crate::number::{Amount, Bytes, GasAmount, Integer};
use crate::problem::Problem;
use crate::reports::read_account_id;
use keyway::trace::Change;
use near_primitives::account::AccessKey;
use near_primitives::views::AccessKeyView;
use serde::Deserialize;

/// A change; `docs/trace.md` says what each does.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are those of the library's changes")]
pub enum Changed {
    Balance {
        account_id: String,
        amount: Amount,
    },
    /// A key, as JSON text in the form of NEAR's RPC; without it the key is not there.
    Key {
        account_id: String,
        public_key: String,
        access_key: Option<String>,
    },
    /// None is no limit.
    Allowance {
        account_id: String,
        public_key: String,
        allowance: Option<Amount>,
    },
    Code {
        account_id: String,
        code: Bytes,
    },
    Time {
        time_ns: Integer,
    },
    Signer {
        public_key: String,
    },
    Args {
        #[serde(default)]
        action: usize,
        args_json: Option<String>,
        args: Option<Bytes>,
    },
    Gas {
        #[serde(default)]
        action: usize,
        gas: GasAmount,
    },
    Deposit {
        #[serde(default)]
        action: usize,
        deposit: Amount,
    },
}

impl Changed {
    /// The change for the library.
    ///
    /// # Errors
    /// If an argument is invalid.
    pub(super) fn read(self) -> Result<Change, Problem> {
        Ok(match self {
            Self::Balance { account_id, amount } => {
                Change::Balance { account_id: read_account_id(&account_id)?, amount: amount.get()? }
            }
            Self::Key { account_id, public_key, access_key } => Change::Key {
                account_id: read_account_id(&account_id)?,
                public_key: read_public_key(&public_key)?,
                access_key: access_key.map(|text| read_access_key(&text)).transpose()?,
            },
            Self::Allowance { account_id, public_key, allowance } => Change::Allowance {
                account_id: read_account_id(&account_id)?,
                public_key: read_public_key(&public_key)?,
                allowance: allowance.map(|amount| amount.get()).transpose()?,
            },
            Self::Code { account_id, code } => {
                Change::Code { account_id: read_account_id(&account_id)?, code: code.0 }
            }
            Self::Time { time_ns } => Change::Time { timestamp_ns: time_ns.as_u64("the time")? },
            Self::Signer { public_key } => {
                Change::Signer { public_key: read_public_key(&public_key)? }
            }
            Self::Args { action, args_json, args } => {
                let args = args_json.map(String::into_bytes).or(args.map(|args| args.0));
                Change::Args { action, args: args.unwrap_or_default() }
            }
            Self::Gas { action, gas } => Change::Gas { action, gas: gas.get()? },
            Self::Deposit { action, deposit } => {
                Change::Deposit { action, deposit: deposit.get()? }
            }
        })
    }
}

fn read_access_key(text: &str) -> Result<AccessKey, Problem> {
    let key: Result<AccessKeyView, _> = serde_json::from_str(text);
    key.map(Into::into).map_err(|error| {
        let message = format!("this is not an access key as NEAR's RPC shows it: {error}");
        Problem::argument("Argument.NotUsable", message)
    })
}
