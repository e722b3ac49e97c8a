//! A key's permission, in the words of the command line.

use keyway::guard::{quoted, quoted_list};
use keyway::protocol::{AccessKey, AccessKeyPermission};
use keyway::{NearToken, format_near};
use near_crypto::PublicKeyHandle;
use near_primitives::account::FunctionCallPermission;
use serde::Serialize;

/// One key of an account.
#[derive(Serialize)]
pub(super) struct Row {
    pub(super) public_key: PublicKeyHandle,
    pub(super) nonce: u64,
    #[serde(flatten)]
    pub(super) permission: Permission,
    /// Whether its secret is in the key files.
    pub(super) at_hand: bool,
}

/// Amounts in yoctoNEAR.
#[derive(Serialize)]
#[serde(tag = "access", rename_all = "snake_case")]
pub(super) enum Permission {
    Full {
        #[serde(skip_serializing_if = "Option::is_none")]
        gas_key: Option<GasKey>,
    },
    FunctionCall {
        contract: String,
        /// `None` means every function.
        functions: Option<Vec<String>>,
        /// `None` means no limit.
        allowance: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        gas_key: Option<GasKey>,
    },
}

#[derive(Serialize)]
pub(super) struct GasKey {
    balance: String,
    rows: u16,
}

impl Row {
    /// `at_hand`: the account's keys with a secret here.
    pub(super) fn new(
        public_key: PublicKeyHandle,
        access_key: &AccessKey,
        at_hand: &[PublicKeyHandle],
    ) -> Self {
        Self {
            at_hand: at_hand.contains(&public_key),
            public_key,
            nonce: access_key.nonce,
            permission: Permission::from(access_key),
        }
    }
}

impl From<&AccessKey> for Permission {
    fn from(access_key: &AccessKey) -> Self {
        let gas_key = access_key.gas_key_info().map(|info| GasKey {
            balance: info.balance.as_yoctonear().to_string(),
            rows: info.num_nonces,
        });
        Self::new(&access_key.permission, gas_key)
    }
}

impl Permission {
    fn new(permission: &AccessKeyPermission, gas_key: Option<GasKey>) -> Self {
        match permission.function_call_permission() {
            None => Self::Full { gas_key },
            Some(FunctionCallPermission { receiver_id, method_names, allowance }) => {
                Self::FunctionCall {
                    contract: receiver_id.clone(),
                    functions: (!method_names.is_empty()).then(|| method_names.clone()),
                    allowance: allowance.map(|amount| amount.as_yoctonear().to_string()),
                    gas_key,
                }
            }
        }
    }

    /// Access, contract, functions, gas budget.
    pub(super) fn words(&self) -> [String; 4] {
        match self {
            Self::Full { gas_key } => {
                let budget = budget(None, gas_key.as_ref());
                ["full".to_owned(), String::new(), String::new(), budget]
            }
            Self::FunctionCall { contract, functions, allowance, gas_key } => {
                let functions =
                    functions.as_ref().map_or("any".to_owned(), |names| quoted_list(names));
                let budget = budget(allowance.as_deref(), gas_key.as_ref());
                ["function call".to_owned(), quoted(contract), functions, budget]
            }
        }
    }
}

fn budget(allowance: Option<&str>, gas_key: Option<&GasKey>) -> String {
    match (gas_key, allowance) {
        (Some(key), _) => format!("{} on the key, {} rows", near(&key.balance), key.rows),
        (None, Some(yocto)) => near(yocto),
        (None, None) => "no limit".to_owned(),
    }
}

fn near(yocto: &str) -> String {
    yocto
        .parse()
        .map_or_else(|_| yocto.to_owned(), |yocto| format_near(NearToken::from_yoctonear(yocto)))
}
