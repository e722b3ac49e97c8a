//! Accounts and their balances.

use super::{AtBlock, Client, account_id};
use crate::error::Error;
use keyway_rules::storage_stake;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance, BlockHeight, Nonce, StorageUsage};
use near_primitives::views::AccountView;
use serde_json::json;

/// An account as of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// Its account id.
    pub account_id: AccountId,
    /// Its total balance, yoctoNEAR, staked or not.
    pub total: Balance,
    /// The part that it can spend, yoctoNEAR: neither staked nor locked for storage.
    pub available: Balance,
    /// Its stake, yoctoNEAR.
    pub locked: Balance,
    /// The unstaked balance that is locked for storage, yoctoNEAR. Zero for an account of at most 770 bytes.
    pub storage_locked: Balance,
    /// The storage that it occupies, bytes.
    pub storage_usage: StorageUsage,
    /// Its contract.
    pub contract: Contract,
    /// The nonce for the first transaction of a universal account that is not initialized yet; none for other accounts.
    pub bootstrap_nonce: Option<Nonce>,
    /// The height of the block that this is the state after.
    pub block_height: BlockHeight,
    /// That block's hash.
    pub block_hash: CryptoHash,
}

/// The contract of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Contract {
    /// It has none.
    None,
    /// Code of its own, with this hash.
    Own(CryptoHash),
    /// The global contract with this hash; it cannot change.
    GlobalByHash(CryptoHash),
    /// The global contract of this account, which can replace it.
    GlobalByAccount(AccountId),
}

impl Account {
    /// The account as the chain keeps it, for the rules and analyses.
    #[must_use]
    pub fn record(&self) -> near_primitives::account::Account {
        super::facts::record(self)
    }
}

impl Client {
    /// An account's balances, storage and contract.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox};
    ///
    /// let sandbox = Sandbox::new();
    /// sandbox.create_account("alice.near").balance(10.near()).create()?;
    /// let client = sandbox.client();
    ///
    /// let alice = client.account("alice.near").await?;
    /// assert_eq!((alice.total, alice.locked), (10.near(), 0.near()));
    /// let error = client.account("nobody.near").await.unwrap_err();
    /// assert_eq!(error.kind(), "Query.Account.NotFound");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownAccount`](crate::error::QueryError::UnknownAccount) if it does not exist; otherwise as
    /// [`Client::request`].
    pub async fn account(&self, account: impl AsRef<str>) -> Result<Account, Error> {
        let account_id = account_id(account.as_ref())?;
        let price = self.known_protocol().await?.storage_price;
        let found = self.query("view_account", json!({"account_id": account_id})).await?;
        let (view, at): (AccountView, AtBlock) = (found.read()?, found.read()?);
        let held = held_for_storage(&view, price);
        Ok(Account {
            account_id,
            total: view.amount.saturating_add(view.locked),
            available: view.amount.checked_sub(held).unwrap_or(Balance::ZERO),
            locked: view.locked,
            storage_locked: held,
            storage_usage: view.storage_usage,
            bootstrap_nonce: view.bootstrap_nonce,
            contract: contract(view),
            block_height: at.block_height,
            block_hash: at.block_hash,
        })
    }
}

/// The part of an account's unstaked balance that is locked for storage, yoctoNEAR.
fn held_for_storage(view: &AccountView, price: Balance) -> Balance {
    let needed = storage_stake(price, view.storage_usage);
    // The stake counts for storage, too.
    needed.checked_sub(view.locked).unwrap_or(Balance::ZERO)
}

fn contract(view: AccountView) -> Contract {
    match (view.global_contract_hash, view.global_contract_account_id) {
        (Some(hash), _) => Contract::GlobalByHash(hash),
        (None, Some(account_id)) => Contract::GlobalByAccount(account_id),
        (None, None) if view.code_hash == CryptoHash::default() => Contract::None,
        (None, None) => Contract::Own(view.code_hash),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(locked: u128, storage_usage: StorageUsage, expected: u128) {
        let view = json!({"amount": "5000", "locked": locked.to_string(), "storage_usage": storage_usage,
            "code_hash": CryptoHash::default()});
        let view: AccountView = serde_json::from_value(view).unwrap();
        let held = held_for_storage(&view, Balance::from_yoctonear(10));
        assert_eq!(held.as_yoctonear(), expected);
    }

    #[test]
    fn storage_holds_what_the_stake_does_not_cover() {
        check(0, 770, 0);
        check(0, 771, 7_710);
        check(710, 771, 7_000);
        check(8_000, 771, 0);
        check(0, StorageUsage::MAX, u128::from(u64::MAX) * 10);
    }

    #[test]
    fn code_is_told_apart() {
        let view = |extra: serde_json::Value| {
            let mut view = json!({"amount": "0", "locked": "0", "storage_usage": 1,
                "code_hash": CryptoHash::default()});
            view.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            contract(serde_json::from_value(view).unwrap())
        };
        let hash = CryptoHash([7; 32]);
        assert_eq!(view(json!({})), Contract::None);
        assert_eq!(view(json!({"code_hash": hash})), Contract::Own(hash));
        assert_eq!(view(json!({"global_contract_hash": hash})), Contract::GlobalByHash(hash));
        let by_account = view(json!({"global_contract_account_id": "a.near"}));
        assert_eq!(by_account, Contract::GlobalByAccount("a.near".parse().unwrap()));
    }
}
