//! The actions of a transaction, from the command line.

use super::call_input::CallInput;
use super::context::Context;
use super::contract_file::{check_code, check_code_offline, read_wasm};
use super::files::{LARGEST_JSON, read_file, read_stdin};
use super::key_name::KeyName;
use super::published::{see_no_secret, see_no_secret_in};
use super::read::{parse_near, read_gas};
use super::strict::read_exact;
use crate::error::CliError;
use clap::Args;
use keyway::action::{Step, add_full_access_key, create_account, delete_key, deploy, transfer};
use keyway::protocol::{Action, PublicKey};
use keyway::{AccountId, Gas, Intent, NearToken};
use near_primitives::views::ActionView;
use std::path::{Path, PathBuf};

/// Every argument of [`IntentArgs`]. clap's own group does not include flattened arguments, and
/// these are all flattened.
pub(crate) const INTENT_ARGS: [&str; 13] = [
    "create_account",
    "transfer",
    "deploy",
    "allow_invalid_wasm",
    "add_full_access_key",
    "delete_key",
    "call",
    "actions",
    "args",
    "args_file",
    "args_base64",
    "gas",
    "deposit",
];

/// The actions of one transaction, performed in the order of this list.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct IntentArgs {
    /// Create the receiver as a new account
    #[arg(long, help_heading = "Actions, done in this order")]
    create_account: bool,
    /// Send tokens, as in `1.5 NEAR`
    #[arg(long, value_parser = parse_near, value_name = "AMOUNT", help_heading = "Actions, done in this order")]
    transfer: Option<NearToken>,
    /// Deploy the contract in this wasm file
    #[arg(long, value_name = "FILE", help_heading = "Actions, done in this order")]
    deploy: Option<PathBuf>,
    /// Deploy the file even if the chain cannot run it as a contract
    #[arg(long, help_heading = "Actions, done in this order")]
    allow_invalid_wasm: bool,
    /// Add this key with full access; `keyway key add` adds all kinds of keys
    #[arg(long, value_name = "PUBLIC_KEY", help_heading = "Actions, done in this order")]
    add_full_access_key: Vec<PublicKey>,
    /// Delete this key; a long key can be named by its hash
    #[arg(long, value_name = "PUBLIC_KEY", help_heading = "Actions, done in this order")]
    delete_key: Vec<KeyName>,
    /// Call this function of the receiver's contract
    #[arg(long, value_name = "FUNCTION", help_heading = "Actions, done in this order")]
    call: Option<String>,
    /// Actions in the form in which nodes show them: a file with a JSON list, or `-` for stdin.
    /// Every field is required, even `"allowance": null`; for a contract write the code instead of
    /// its hash
    #[arg(long, value_name = "FILE", help_heading = "Actions, done in this order")]
    actions: Option<PathBuf>,
    #[command(flatten)]
    input: CallInput,
    /// Gas for the call, as in `30 Tgas` [default: 30 Tgas]
    #[arg(long, alias = "prepaid-gas", value_parser = read_gas, value_name = "GAS", requires = "call", help_heading = "The call")]
    gas: Option<Gas>,
    /// Tokens to attach to the call, as in `1 yoctoNEAR`
    #[arg(long, alias = "attached-deposit", value_parser = parse_near, value_name = "AMOUNT", requires = "call", help_heading = "The call")]
    deposit: Option<NearToken>,
}

impl IntentArgs {
    /// The intent for `receiver`.
    ///
    /// # Errors
    /// If there are no actions, a file cannot be read, JSON is invalid, code to deploy is not a
    /// contract, or a key is named by its hash and is not here.
    pub(crate) async fn intent(
        &self,
        context: &Context,
        receiver: &AccountId,
    ) -> Result<Intent, CliError> {
        let (intent, code) = self.read(context, receiver).await?;
        for (what, code) in self.to_check(&code) {
            check_code(context, what, code).await?;
        }
        Ok(intent)
    }

    /// The same, without asking a chain for its rules.
    ///
    /// # Errors
    /// As [`IntentArgs::intent`].
    pub(crate) async fn intent_offline(
        &self,
        context: &Context,
        receiver: &AccountId,
    ) -> Result<Intent, CliError> {
        let (intent, code) = self.read(context, receiver).await?;
        self.to_check(&code).try_for_each(|(what, code)| check_code_offline(what, code))?;
        Ok(intent)
    }

    /// The intent, with the code that it deploys and a description of where that is from.
    async fn read(
        &self,
        context: &Context,
        receiver: &AccountId,
    ) -> Result<(Intent, Vec<(String, Vec<u8>)>), CliError> {
        if self.call.is_none() && self.input.is_given() {
            return Err(CliError::Invalid("arguments need a call: add --call FUNCTION".into()));
        }
        let mut code = Vec::new();
        let steps = self.steps(context, receiver, &mut code).await?;
        if steps.is_empty() {
            return Err(CliError::NoActions);
        }
        Ok((steps.into_iter().fold(Intent::to(receiver), Intent::then), code))
    }

    fn to_check<'a>(
        &self,
        code: &'a [(String, Vec<u8>)],
    ) -> impl Iterator<Item = (&'a str, &'a [u8])> + use<'a> {
        let checked = if self.allow_invalid_wasm { &[][..] } else { code };
        checked.iter().map(|(what, code)| (what.as_str(), code.as_slice()))
    }

    async fn steps(
        &self,
        context: &Context,
        receiver: &AccountId,
        code: &mut Vec<(String, Vec<u8>)>,
    ) -> Result<Vec<Step>, CliError> {
        let mut steps = Vec::new();
        steps.extend(self.create_account.then(create_account));
        steps.extend(self.transfer.map(transfer));
        if let Some(file) = &self.deploy {
            let read = if self.allow_invalid_wasm {
                read_file(file, LARGEST_JSON)?
            } else {
                read_wasm(file)?
            };
            if !read.starts_with(b"\0asm") {
                see_no_secret("the file of --deploy", &read)?;
            }
            code.push((file.display().to_string(), read.clone()));
            steps.push(deploy(read));
        }
        steps.extend(self.add_full_access_key.iter().map(add_full_access_key));
        for key in &self.delete_key {
            steps.push(delete_key(key.at_hand(context, receiver).await?));
        }
        if let Some(function) = &self.call {
            steps.push(self.input.call(receiver, function, self.gas, self.deposit)?.into());
        }
        if let Some(file) = &self.actions {
            let actions = listed(file)?;
            (1..)
                .zip(&actions)
                .try_for_each(|(n, action)| see_no_secret_in("--actions", n, action))?;
            code.extend(actions.iter().enumerate().filter_map(deployed));
            steps.extend(actions.into_iter().map(Step::raw));
        }
        Ok(steps)
    }
}

/// The actions in a JSON file, in the form of RPC responses.
fn listed(path: &Path) -> Result<Vec<Action>, CliError> {
    let wrong = |why: String| CliError::Value { flag: "--actions", why };
    let text = if path.as_os_str() == "-" {
        read_stdin(LARGEST_JSON)?
    } else {
        read_file(path, LARGEST_JSON)?
    };
    let views: Vec<ActionView> = read_exact(&text).map_err(wrong)?;
    let actions = views.into_iter().map(Action::try_from);
    actions.collect::<Result<_, _>>().map_err(|error| wrong(error.to_string()))
}

/// The code that an action deploys, with a description.
fn deployed((nth, action): (usize, &Action)) -> Option<(String, Vec<u8>)> {
    let code = match action {
        Action::DeployContract(deploy) => deploy.code.clone(),
        Action::DeployGlobalContract(deploy) => deploy.code.to_vec(),
        _ => return None,
    };
    // Nodes show the hash in place of the code.
    let hash = if code.len() == 32 { ", 32 bytes: is it the hash that nodes show?" } else { "" };
    Some((format!("the code of action {}{hash}", nth + 1), code))
}
