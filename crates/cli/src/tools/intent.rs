//! What a transaction shall do, as the command line says it.

use super::context::Context;
use super::key_name::KeyName;
use super::read::{read_gas, read_near};
use crate::error::CliError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use keyway::action::{
    Step, add_full_access_key, call, create_account, delete_key, deploy, transfer,
};
use keyway::{AccountId, Action, Gas, Intent, NearToken, PublicKey};
use near_primitives::views::ActionView;
use std::fs;
use std::path::{Path, PathBuf};

/// The actions of one transaction. Those that are given happen in the order of this list.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct IntentArgs {
    /// Create the receiver, a new account
    #[arg(long, help_heading = "Actions, done in this order")]
    create_account: bool,
    /// Send tokens, as in `1.5 NEAR`
    #[arg(long, value_parser = read_near, value_name = "AMOUNT", help_heading = "Actions, done in this order")]
    transfer: Option<NearToken>,
    /// Put the contract in this wasm file on the account
    #[arg(long, value_name = "FILE", help_heading = "Actions, done in this order")]
    deploy: Option<PathBuf>,
    /// Give this key full access; `keyway key add` has all kinds of keys
    #[arg(long, value_name = "PUBLIC_KEY", help_heading = "Actions, done in this order")]
    add_full_access_key: Vec<PublicKey>,
    /// Take access from this key; long ones also by their hash, as `key list` has it
    #[arg(long, value_name = "PUBLIC_KEY", help_heading = "Actions, done in this order")]
    delete_key: Vec<KeyName>,
    /// Call this function of the receiver's contract
    #[arg(long, value_name = "FUNCTION", help_heading = "Actions, done in this order")]
    call: Option<String>,
    /// Actions as a node shows them: a file with a JSON list
    #[arg(long, value_name = "FILE", help_heading = "Actions, done in this order")]
    actions: Option<PathBuf>,
    /// The call's arguments in JSON [default: none]
    #[arg(
        long,
        value_name = "JSON",
        requires = "call",
        group = "arguments",
        help_heading = "The call"
    )]
    args: Option<String>,
    /// The call's arguments as bytes, in base64
    #[arg(
        long,
        value_name = "BASE64",
        requires = "call",
        group = "arguments",
        help_heading = "The call"
    )]
    args_base64: Option<String>,
    /// What the call may burn, as in `30 Tgas` [default: 30 Tgas]
    #[arg(long, alias = "prepaid-gas", value_parser = read_gas, value_name = "GAS", requires = "call", help_heading = "The call")]
    gas: Option<Gas>,
    /// Tokens that go with the call, as in `1 yoctoNEAR`
    #[arg(long, alias = "attached-deposit", value_parser = read_near, value_name = "AMOUNT", requires = "call", help_heading = "The call")]
    deposit: Option<NearToken>,
}

impl IntentArgs {
    /// What `receiver` is to be asked for.
    ///
    /// # Errors
    /// When nothing is, when a file cannot be read, when its JSON or the call's is none, or when a
    /// key is named by its hash and not at hand.
    pub(crate) async fn intent(
        &self,
        context: &Context,
        receiver: &AccountId,
    ) -> Result<Intent, CliError> {
        let steps = self.steps(context, receiver).await?;
        if steps.is_empty() {
            return Err(CliError::NoActions);
        }
        Ok(steps.into_iter().fold(Intent::to(receiver), Intent::then))
    }

    async fn steps(&self, context: &Context, receiver: &AccountId) -> Result<Vec<Step>, CliError> {
        let mut steps = Vec::new();
        steps.extend(self.create_account.then(create_account));
        steps.extend(self.transfer.map(transfer));
        if let Some(file) = &self.deploy {
            steps.push(deploy(read_file(file)?));
        }
        steps.extend(self.add_full_access_key.iter().map(add_full_access_key));
        for key in &self.delete_key {
            steps.push(delete_key(key.at_hand(context, receiver).await?));
        }
        if let Some(function) = &self.call {
            steps.push(self.function_call(receiver, function)?);
        }
        if let Some(file) = &self.actions {
            steps.extend(listed(file)?);
        }
        Ok(steps)
    }

    fn function_call(&self, contract: &AccountId, function: &str) -> Result<Step, CliError> {
        let mut call = call(contract, function).args(self.call_args()?);
        if let Some(gas) = self.gas {
            call = call.gas(gas);
        }
        if let Some(deposit) = self.deposit {
            call = call.deposit(deposit);
        }
        Ok(call.into())
    }

    fn call_args(&self) -> Result<Vec<u8>, CliError> {
        let wrong = |flag, why: String| CliError::Value { flag, why };
        if let Some(text) = &self.args {
            // Sent as it was written; parsed to refuse what no contract could read.
            serde_json::from_str::<serde::de::IgnoredAny>(text)
                .map_err(|error| wrong("--args", error.to_string()))?;
            return Ok(text.clone().into_bytes());
        }
        match &self.args_base64 {
            Some(text) => {
                STANDARD.decode(text).map_err(|error| wrong("--args-base64", error.to_string()))
            }
            None => Ok(Vec::new()),
        }
    }
}

/// The actions in a file of JSON, in the form of the RPC's answers.
fn listed(path: &Path) -> Result<Vec<Step>, CliError> {
    let wrong = |why: String| CliError::Value { flag: "--actions", why };
    let views: Vec<ActionView> =
        serde_json::from_slice(&read_file(path)?).map_err(|error| wrong(error.to_string()))?;
    let actions = views.into_iter().map(|view| Action::try_from(view).map(Step::raw));
    actions.collect::<Result<_, _>>().map_err(|error| wrong(error.to_string()))
}

pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, CliError> {
    fs::read(path).map_err(|source| CliError::File { doing: "read", path: path.to_owned(), source })
}
