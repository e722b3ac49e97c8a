//! Reads rows of the network's state: one request for one row, or for a page of rows.

mod code;
mod data;
mod keys;

use crate::answers::{AccountAnswer, KeyAnswer, NoncesAnswer};
use crate::envelope::Question;
use crate::error::ForkError;
use crate::full_keys::FullKeys;
use crate::known::Reach;
use crate::progress::Progress;
use crate::row::Row;
use crate::upstream::{OfBlock, Upstream};
use borsh::BorshSerialize;
use keyway_state::Value;
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::account::{AccessKey, Account};
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, NonceIndex};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

pub(crate) use data::{DataRequest, PAGE_BYTES, PAGE_ROWS, PageEnd};

/// Reads the state after one block.
#[derive(Debug)]
pub(crate) struct Reader {
    upstream: Upstream,
    block: CryptoHash,
    progress: Progress,
    full_keys: FullKeys,
}

/// What answers taught.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    /// Rows by trie key; none for an absent one.
    pub(crate) rows: Vec<(Vec<u8>, Option<Value>)>,
    /// How far the rows with a prefix are known now.
    pub(crate) ranges: Vec<(Vec<u8>, Reach)>,
}

impl Reader {
    pub(crate) fn new(upstream: Upstream, block: CryptoHash, progress: Progress) -> Self {
        Self { upstream, block, progress, full_keys: FullKeys::default() }
    }

    pub(crate) fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// Learns a public key of which the state may have only a hash.
    pub(crate) fn learn_key(&self, key: &PublicKey) {
        self.full_keys.learn(key);
    }

    /// Reads one row.
    ///
    /// # Errors
    /// As [`Upstream::ask`], as for all functions of a reader.
    pub(crate) async fn row(&self, row: &Row) -> Result<Learned, ForkError> {
        match row {
            Row::Account(account_id) => self.account(account_id).await,
            Row::AccessKey(account_id, handle) => self.access_key(account_id, handle).await,
            Row::Nonce(account_id, handle, index) => {
                self.nonces(account_id, handle, Some(*index)).await
            }
            Row::Data(account_id, key) => self.data(account_id, key).await,
            Row::GlobalCode(identifier) => self.global_code(identifier).await,
            Row::Code(account_id) => self.code(account_id, None).await,
            Row::Untold => Ok(Learned::default()),
        }
    }

    /// Reads an account.
    async fn account(&self, account_id: &AccountId) -> Result<Learned, ForkError> {
        let row = Row::Account(account_id.clone());
        let question = self.question("view_account", &row, json!({"account_id": account_id}));
        let answer = self.ask(&question, AccountAnswer::check).await?;
        Ok(Learned::one(&row, answer.map(|answer| written(&answer.account()))))
    }

    /// Reads an access key. Nodes look a post-quantum key up by the key itself, of which the state
    /// has only a hash: such keys are found in the account's list.
    async fn access_key(
        &self,
        account_id: &AccountId,
        handle: &PublicKeyHandle,
    ) -> Result<Learned, ForkError> {
        if let PublicKeyHandle::MlDsa65(hash) = handle {
            return self.key_in_list(account_id, hash).await;
        }
        let row = Row::AccessKey(account_id.clone(), handle.clone());
        let params = json!({"account_id": account_id, "public_key": handle.to_string()});
        let question = self.question("view_access_key", &row, params);
        let answer = self.ask(&question, KeyAnswer::check).await?;
        let key: Option<AccessKey> = answer.and_then(KeyAnswer::key);
        Ok(Learned::one(&row, key.map(|key| written(&key))))
    }

    /// Reads the nonces of a gas key. `index` is the one that is wanted: absent, if the key has
    /// fewer.
    async fn nonces(
        &self,
        account_id: &AccountId,
        handle: &PublicKeyHandle,
        index: Option<NonceIndex>,
    ) -> Result<Learned, ForkError> {
        let row = |index| Row::Nonce(account_id.clone(), handle.clone(), index);
        let what = row(index.unwrap_or_default());
        let Some(public_key) = self.full_keys.name(handle) else {
            let trouble =
                "nodes look up nonces by the public key, of which the state has only a hash";
            let (what, trouble) = (what.to_string(), trouble.to_owned());
            return Err(ForkError::CannotAnswer { what, trouble, unclear: false });
        };
        let params = json!({"account_id": account_id, "public_key": public_key});
        let question = self.question("view_gas_key_nonces", &what, params);
        let check = |answer: &NoncesAnswer| match answer.nonces.len() <= MOST_NONCES {
            true => Ok(()),
            false => Err(format!("a gas key with {} nonces", answer.nonces.len())),
        };
        let nonces = self.ask(&question, check).await?.map(|answer| answer.nonces);
        let mut learned = Learned::default();
        for (index, nonce) in (0..).zip(nonces.unwrap_or_default()) {
            learned.row(&row(index), Some(written(&nonce)));
        }
        if let Some(index) = index.filter(|index| usize::from(*index) >= learned.rows.len()) {
            learned.row(&row(index), None);
        }
        Ok(learned)
    }

    /// A query about the state after the fork's block.
    fn question(&self, kind: &str, what: &impl ToString, mut params: Json) -> Question {
        params["request_type"] = kind.into();
        params["block_id"] = self.block.to_string().into();
        Question { method: "query", params, what: what.to_string() }
    }

    async fn ask<R: DeserializeOwned + OfBlock>(
        &self,
        question: &Question,
        check: impl Fn(&R) -> Result<(), String>,
    ) -> Result<Option<R>, ForkError> {
        Ok(self.upstream.ask(question, Some(&self.block), check).await?.result)
    }
}

impl Learned {
    pub(crate) fn one(row: &Row, value: Option<Value>) -> Self {
        let mut learned = Self::default();
        learned.row(row, value);
        learned
    }

    fn row(&mut self, row: &Row, value: Option<Value>) {
        if let Some(key) = row.key() {
            self.rows.push((key, value));
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.rows.extend(other.rows);
        self.ranges.extend(other.ranges);
        self
    }
}

/// A value as the state has it.
fn written(value: &impl BorshSerialize) -> Value {
    borsh::to_vec(value).expect("the invariant that memory can be written to").into()
}

/// The account in a row's value.
pub(crate) fn account_in(value: &[u8]) -> Option<Account> {
    borsh::from_slice(value).ok()
}

/// The protocol allows 1,024 nonces; a later one may allow more.
const MOST_NONCES: usize = 65_536;
