//! `key list`: an account's access keys.

use crate::error::CliError;
use crate::tools::{Cell, Context, table};
use clap::Args;
use keyway::client::AccountKey;
use keyway::{AccessKeyPermission, AccountId, KeyService, exact_near};
use near_crypto::PublicKeyHandle;
use near_primitives::account::FunctionCallPermission;
use serde::Serialize;
use std::fmt;

/// Arguments of `key list`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway key list alice.near
  keyway key list alice.testnet --network testnet --json")]
pub(crate) struct ListArgs {
    /// Whose keys
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
}

impl ListArgs {
    /// Lists every key, page by page.
    ///
    /// # Errors
    /// When there is no such account, or the chain or the key files cannot be read.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        // The chain tells nothing of an account that does not exist: its list is empty, too.
        context.client.account(&self.account).await?;
        let keys =
            context.wait("listing the keys", context.client.access_keys(&self.account)).await?;
        let at_hand: Vec<_> = context.keyring().await?.public_keys(&self.account)?;
        let at_hand: Vec<_> = at_hand.iter().map(PublicKeyHandle::from).collect();
        let keys = keys.into_iter().map(|key| Row::new(key, &at_hand)).collect();
        context.answer.give(&List { account: self.account.clone(), keys })
    }
}

#[derive(Serialize)]
struct List {
    account: AccountId,
    keys: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    public_key: PublicKeyHandle,
    nonce: u64,
    #[serde(flatten)]
    permission: Permission,
    /// Whether its secret is in the key files.
    at_hand: bool,
}

/// What a key may do, in the words of the command line. Amounts in yoctoNEAR.
#[derive(Serialize)]
#[serde(tag = "access", rename_all = "snake_case")]
enum Permission {
    Full {
        #[serde(skip_serializing_if = "Option::is_none")]
        gas_key: Option<GasKey>,
    },
    FunctionCall {
        contract: String,
        /// None stands for every function.
        functions: Option<Vec<String>>,
        /// None stands for no limit.
        allowance: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        gas_key: Option<GasKey>,
    },
}

#[derive(Serialize)]
struct GasKey {
    balance: String,
    rows: u16,
}

impl Row {
    fn new(key: AccountKey, at_hand: &[PublicKeyHandle]) -> Self {
        let gas_key = key.access_key.gas_key_info().map(|info| GasKey {
            balance: info.balance.as_yoctonear().to_string(),
            rows: info.num_nonces,
        });
        Self {
            at_hand: at_hand.contains(&key.public_key),
            public_key: key.public_key,
            nonce: key.access_key.nonce,
            permission: Permission::new(&key.access_key.permission, gas_key),
        }
    }

    /// The columns for people.
    fn cells(&self) -> [Cell; 6] {
        let (access, contract, functions, budget) = self.permission.words();
        let here = if self.at_hand { "yes" } else { "" };
        [Cell::new(&self.public_key), access, contract, functions, budget, Cell::new(here)]
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
    fn words(&self) -> (Cell, Cell, Cell, Cell) {
        let cell = |text: &str| Cell::new(text);
        match self {
            Self::Full { gas_key } => {
                (cell("full"), cell(""), cell(""), Cell::new(budget(None, gas_key.as_ref())))
            }
            Self::FunctionCall { contract, functions, allowance, gas_key } => {
                let functions =
                    functions.as_ref().map_or("any".to_owned(), |names| names.join(", "));
                let budget = budget(allowance.as_deref(), gas_key.as_ref());
                (cell("function call"), cell(contract), Cell::new(functions), Cell::new(budget))
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
    yocto.parse().map_or_else(
        |_| yocto.to_owned(),
        |yocto| exact_near(keyway::NearToken::from_yoctonear(yocto)),
    )
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.keys.is_empty() {
            return writeln!(f, "{} has no keys: see `keyway locked {0}`", self.account);
        }
        let mut table =
            table(["public key", "access", "contract", "functions", "gas budget", "at hand"]);
        for row in &self.keys {
            table.add_row(row.cells());
        }
        writeln!(f, "{}", table.trim_fmt())
    }
}
