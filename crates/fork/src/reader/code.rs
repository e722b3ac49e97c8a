//! Reads the code of contracts. It is checked against its hash.

use super::{Learned, Reader};
use crate::answers::CodeAnswer;
use crate::error::ForkError;
use crate::row::Row;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::trie_key::GlobalContractCodeIdentifier;
use near_primitives::types::AccountId;
use serde_json::json;

impl Reader {
    /// Reads the code that is stored with an account, and that has this hash.
    pub(crate) async fn code(
        &self,
        account_id: &AccountId,
        code_hash: Option<&CryptoHash>,
    ) -> Result<Learned, ForkError> {
        let row = Row::Code(account_id.clone());
        let params = json!({"account_id": account_id});
        self.code_of(&row, "view_code", params, code_hash).await
    }

    /// Reads the code of a global contract.
    pub(super) async fn global_code(
        &self,
        identifier: &GlobalContractCodeIdentifier,
    ) -> Result<Learned, ForkError> {
        let row = Row::GlobalCode(identifier.clone());
        match identifier {
            GlobalContractCodeIdentifier::CodeHash(hash) => {
                let params = json!({"code_hash": hash});
                self.code_of(&row, "view_global_contract_code", params, Some(hash)).await
            }
            GlobalContractCodeIdentifier::AccountId(account_id) => {
                let params = json!({"account_id": account_id});
                let kind = "view_global_contract_code_by_account_id";
                self.code_of(&row, kind, params, None).await
            }
        }
    }

    /// `expected` is the code's hash, if it is known before.
    async fn code_of(
        &self,
        row: &Row,
        kind: &str,
        params: serde_json::Value,
        expected: Option<&CryptoHash>,
    ) -> Result<Learned, ForkError> {
        let question = self.question(kind, row, params);
        let check = |answer: &CodeAnswer| {
            let code = BASE64_STANDARD.decode(&answer.code_base64).map_err(|_| not_base64())?;
            match hash(&code) == *expected.unwrap_or(&answer.hash) {
                true => Ok(()),
                false => Err("code with another hash".to_owned()),
            }
        };
        let answer = self.ask(&question, check).await?;
        let code = answer.and_then(|answer| BASE64_STANDARD.decode(answer.code_base64).ok());
        Ok(Learned::one(row, code.map(Into::into)))
    }
}

fn not_base64() -> String {
    "code that is not base64".to_owned()
}
