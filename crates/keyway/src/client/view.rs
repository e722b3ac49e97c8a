//! View calls, which change nothing and cost nothing.

use super::{Client, account_id, legacy};
use crate::action::{Args, takes_args};
use crate::error::{ArgumentSite, Error, QueryError};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use borsh::BorshDeserialize;
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// Builds a view call, which changes nothing and costs nothing.
#[derive(Clone, Debug)]
#[must_use = "nothing is called before `call`, `json`, `borsh` or `bytes`"]
pub struct View {
    client: Client,
    contract: String,
    method: String,
    pub(crate) args: Args,
}

/// The result of a view call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Called {
    /// The returned bytes.
    pub bytes: Vec<u8>,
    /// What the contract logged.
    pub logs: Vec<String>,
    /// The block whose state the contract saw.
    pub block_height: BlockHeight,
    /// That block's hash.
    pub block_hash: CryptoHash,
}

impl Client {
    /// Builds a view call of a contract: `client.view("game.near", "score").json::<u32>()`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
    /// let sandbox = keyway::Sandbox::new();
    /// sandbox.create_account("game.near").contract(wasm).create()?;
    ///
    /// let view = sandbox.client().view("game.near", "score").args_json(&[1, 2]);
    /// let called = view.call().await?;
    /// assert_eq!(called.json::<u32>()?, 42);
    /// assert_eq!(called.logs, ["42 points"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn view(&self, contract: impl AsRef<str>, method: impl Into<String>) -> View {
        View {
            client: self.clone(),
            contract: contract.as_ref().to_owned(),
            method: method.into(),
            args: Args::none(),
        }
    }
}

impl View {
    takes_args!(args);

    /// Calls, and reads the returned JSON.
    ///
    /// # Errors
    /// As [`View::call`] and [`Called::json`].
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        self.call().await?.json()
    }

    /// Calls, and reads the returned borsh.
    ///
    /// # Errors
    /// As [`View::call`] and [`Called::borsh`].
    pub async fn borsh<T: BorshDeserialize>(self) -> Result<T, Error> {
        self.call().await?.borsh()
    }

    /// Calls; the returned bytes.
    ///
    /// # Errors
    /// As [`View::call`].
    pub async fn bytes(self) -> Result<Vec<u8>, Error> {
        self.call().await.map(|called| called.bytes)
    }

    /// Calls.
    ///
    /// # Errors
    /// [`Error::Argument`] for arguments that could not be serialized; [`QueryError::UnknownAccount`],
    /// [`QueryError::NoContract`], [`QueryError::UnknownMethod`] or [`QueryError::ContractFailed`] if the chain cannot
    /// execute the call; otherwise as [`Client::request`].
    pub async fn call(self) -> Result<Called, Error> {
        let account_id = account_id(&self.contract)?;
        let params = json!({
            "account_id": account_id,
            "method_name": self.method,
            "args_base64": BASE64_STANDARD.encode(self.args.into_bytes(ArgumentSite::Query)?),
        });
        let found = self.client.query("call_function", params).await?;
        if let Some(text) = legacy::failure(&found) {
            return Err(legacy::view_error(&account_id, &self.method, &text).into());
        }
        let view: CallView = found.read()?;
        Ok(Called {
            bytes: view.result,
            logs: view.logs,
            block_height: view.block_height,
            block_hash: view.block_hash,
        })
    }
}

impl Called {
    /// Reads the returned JSON.
    ///
    /// # Errors
    /// [`QueryError::Unexpected`] if the bytes are not JSON of this type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.bytes).map_err(|error| unreadable("JSON", error))
    }

    /// Reads the returned borsh.
    ///
    /// # Errors
    /// [`QueryError::Unexpected`] if the bytes are not borsh of this type.
    pub fn borsh<T: BorshDeserialize>(&self) -> Result<T, Error> {
        borsh::from_slice(&self.bytes).map_err(|error| unreadable("borsh", error))
    }
}

fn unreadable(form: &str, error: impl ToString) -> Error {
    let reason = format!("the returned bytes are not the expected {form}: {}", error.to_string());
    QueryError::Unexpected { question: "call_function".to_owned(), reason }.into()
}

#[derive(Deserialize)]
struct CallView {
    result: Vec<u8>,
    logs: Vec<String>,
    block_height: BlockHeight,
    block_hash: CryptoHash,
}
