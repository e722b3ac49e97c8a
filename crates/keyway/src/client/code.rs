//! The code of contracts.

use super::{AtBlock, Client, account_id};
use crate::error::Error;
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use near_primitives::views::ContractCodeView;
use serde_json::json;

/// The code that an account runs, as of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Code {
    /// The contract itself.
    pub wasm: Vec<u8>,
    /// Its hash.
    pub hash: CryptoHash,
    /// The height of the block that this is the state after.
    pub block_height: BlockHeight,
    /// That block's hash.
    pub block_hash: CryptoHash,
}

impl Client {
    /// The code that an account runs: its own, or that of its global contract.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
    /// let sandbox = keyway::Sandbox::new();
    /// sandbox.create_account("game.near").contract(wasm).create()?;
    /// sandbox.create_account("alice.near").create()?;
    /// let client = sandbox.client();
    ///
    /// assert_eq!(client.code("game.near").await?.wasm, wasm);
    /// let error = client.code("alice.near").await.unwrap_err();
    /// assert_eq!(error.kind(), "Query.ContractWasm.NotFound");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::NoContract`](crate::error::QueryError::NoContract) or
    /// [`QueryError::NoGlobalContract`](crate::error::QueryError::NoGlobalContract) if there is none; otherwise as
    /// [`Client::request`].
    pub async fn code(&self, account: impl AsRef<str>) -> Result<Code, Error> {
        let account_id = account_id(account.as_ref())?;
        let found = self.query("view_code", json!({"account_id": account_id})).await?;
        let (view, at): (ContractCodeView, AtBlock) = (found.read()?, found.read()?);
        let AtBlock { block_height, block_hash } = at;
        Ok(Code { wasm: view.code, hash: view.hash, block_height, block_hash })
    }
}

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests {
    use crate::{NearLiteral, Sandbox, deploy_global_by_account, use_global_by_account};

    #[tokio::test]
    async fn the_code_of_a_global_contract_is_the_accounts_code() {
        let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
        let sandbox = Sandbox::new();
        let dao = sandbox.create_account("dao.near").balance(100.near()).create().unwrap();
        let game = sandbox.create_account("game.near").create().unwrap();
        let client = sandbox.client();

        dao.execute(deploy_global_by_account(wasm)).unwrap();
        game.execute(use_global_by_account("dao.near")).unwrap();
        let code = client.code("game.near").await.unwrap();
        assert_eq!(code.wasm, wasm);
        assert_eq!(code.hash, near_primitives::hash::CryptoHash::hash_bytes(wasm));
    }
}
