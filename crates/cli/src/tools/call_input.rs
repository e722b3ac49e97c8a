//! The arguments of a function call, from the command line.

use super::files::{LARGEST_JSON, read_file, read_stdin};
use super::published::see_no_secret;
use crate::error::CliError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use keyway::action::FunctionCall;
use keyway::{AccountId, Gas, NearToken, call};
use std::path::PathBuf;

/// Where the arguments come from. Without any of these flags there are none.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct CallInput {
    /// Arguments of the call in JSON, or `-` for JSON on stdin [default: none]
    #[arg(long, value_name = "JSON", group = "arguments", help_heading = "The call")]
    args: Option<String>,
    /// Arguments of the call: a file with JSON
    #[arg(long, value_name = "FILE", group = "arguments", help_heading = "The call")]
    args_file: Option<PathBuf>,
    /// Arguments of the call as bytes, in base64
    #[arg(long, value_name = "BASE64", group = "arguments", help_heading = "The call")]
    args_base64: Option<String>,
}

impl CallInput {
    /// A call of `function` of `contract` with these arguments; the library's defaults apply to the
    /// rest.
    ///
    /// # Errors
    /// As [`CallInput::bytes`].
    pub(crate) fn call(
        &self,
        contract: &AccountId,
        function: &str,
        gas: Option<Gas>,
        deposit: Option<NearToken>,
    ) -> Result<FunctionCall, CliError> {
        let mut call = call(contract, function).args(self.bytes()?);
        if let Some(gas) = gas {
            call = call.gas(gas);
        }
        if let Some(deposit) = deposit {
            call = call.deposit(deposit);
        }
        Ok(call)
    }

    /// Whether any were given.
    pub(crate) fn is_given(&self) -> bool {
        self.args.is_some() || self.args_file.is_some() || self.args_base64.is_some()
    }

    /// The arguments' bytes. JSON is passed on exactly as written.
    ///
    /// # Errors
    /// [`CliError::Value`] if it is not JSON or not base64; [`CliError::WouldPublish`] if it
    /// contains a secret; if stdin or the file cannot be read.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, CliError> {
        let bytes = self.read()?;
        let place = match (&self.args_file, self.args.as_deref(), &self.args_base64) {
            (Some(_), ..) => "the file of --args-file",
            (None, Some("-"), _) => "stdin, which --args - reads,",
            (None, None, Some(_)) => "--args-base64",
            _ => "--args",
        };
        see_no_secret(place, &bytes).map(|()| bytes)
    }

    fn read(&self) -> Result<Vec<u8>, CliError> {
        if let Some(path) = &self.args_file {
            return json("--args-file", read_file(path, LARGEST_JSON)?);
        }
        match (self.args.as_deref(), &self.args_base64) {
            (Some("-"), _) => json("--args", read_stdin(LARGEST_JSON)?),
            (Some(text), _) => json("--args", text.as_bytes().to_vec()),
            (None, Some(text)) => STANDARD.decode(text).map_err(|_| CliError::Value {
                flag: "--args-base64",
                why: "it is not base64".to_owned(),
            }),
            (None, None) => Ok(Vec::new()),
        }
    }
}

/// The text, unless it is not JSON.
fn json(flag: &'static str, text: Vec<u8>) -> Result<Vec<u8>, CliError> {
    match serde_json::from_slice::<serde::de::IgnoredAny>(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(CliError::Value {
            flag,
            why: format!(
                "this is not JSON ({error}); write it as in '{{\"move\": 3}}', or give bytes with --args-base64"
            ),
        }),
    }
}
