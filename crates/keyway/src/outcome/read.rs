//! Parses the return value of a transaction, and turns failures into errors.

use super::{Outcome, Status};
use crate::error::{Error, QueryError};
use borsh::BorshDeserialize;
use near_primitives::errors::TxExecutionError;
use serde::de::DeserializeOwned;

impl Outcome {
    /// Parses the return value as JSON.
    ///
    /// ```
    /// # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
    /// use keyway::Sandbox;
    ///
    /// let sandbox = Sandbox::new();
    /// sandbox.create_account("game.near").contract(wasm).create()?;
    /// let outcome = sandbox.root().call("game.near", "score").execute()?;
    /// assert_eq!(outcome.json::<u32>()?, 42);
    /// assert!(outcome.json::<bool>().is_err());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`QueryError::Unexpected`] if it did not succeed, or returned something else.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(self.returned()?).map_err(|error| self.unreadable(error))
    }

    /// Parses the return value as borsh.
    ///
    /// # Errors
    /// [`QueryError::Unexpected`] if it did not succeed, or returned something else.
    pub fn borsh<T: BorshDeserialize>(&self) -> Result<T, Error> {
        borsh::from_slice(self.returned()?).map_err(|error| self.unreadable(error))
    }

    /// The outcome, if it is a success.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, WaitUntil, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let signed = sandbox.root().sign(transfer(1.near()).to("nobody.near"))?;
    /// let outcome = sandbox.client().send(&signed, WaitUntil::default()).await?;
    /// let error = outcome.into_result().unwrap_err();
    /// assert_eq!(error.kind(), "Failed.Executor.NotFound");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Failed`] with this outcome if the transaction failed.
    pub fn into_result(self) -> Result<Outcome, Error> {
        match &self.status {
            Status::Failed(error) => {
                Err(Error::from_execution(TxExecutionError::clone(error), self))
            }
            Status::Pending | Status::Succeeded(_) => Ok(self),
        }
    }

    fn returned(&self) -> Result<&[u8], Error> {
        self.value().ok_or_else(|| self.unreadable("it has not succeeded"))
    }

    fn unreadable(&self, reason: impl ToString) -> Error {
        let question = format!("transaction {}", self.hash);
        QueryError::Unexpected { question, reason: reason.to_string() }.into()
    }
}
