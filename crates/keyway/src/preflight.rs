//! What the rules say of a transaction before it is sent.

use crate::error::{QueryError, Refusal};
use keyway_engine::{
    Cost, Protocol, StateError, check_form_unsigned, check_state, transaction_cost,
};
use keyway_state::Trie;
use near_crypto::PublicKey;
use near_primitives::account::{AccessKey, Account};
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::SignedTransaction;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance as NearToken, BlockHeight, Gas, Nonce};

/// What the rules say of an intent, as the account and the key are now.
///
/// It is the verdict at the door: whether the chain takes the transaction, and what it reserves.
/// Whether a contract then does as it is told shows when it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preflight {
    /// The key that would sign.
    pub public_key: PublicKey,
    /// The first rule that the transaction breaks, if there is one.
    pub refusal: Option<Refusal>,
    /// What it would cost; none when the sum is beyond all numbers, which is a refusal too.
    pub cost: Option<Estimate>,
}

impl Preflight {
    /// Whether the chain takes the transaction as things are.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.refusal.is_none()
    }
}

/// What a transaction takes from who signs it when it is taken. Gas that is bought and not burnt
/// comes back afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Estimate {
    /// Tokens that go with the actions, yoctoNEAR.
    pub deposit: NearToken,
    /// The price of all gas that is bought, yoctoNEAR: the most that it can cost.
    pub gas_price: NearToken,
    /// Gas that is burnt in any case.
    pub gas_burnt_at_once: Gas,
    /// Gas that is bought for what follows.
    pub gas_bought: Gas,
    /// Deposit and price of the gas together, yoctoNEAR.
    pub total: NearToken,
}

impl From<Cost> for Estimate {
    fn from(cost: Cost) -> Self {
        Self {
            deposit: cost.deposit_cost,
            gas_price: cost.gas_cost,
            gas_burnt_at_once: cost.gas_burnt,
            gas_bought: cost.gas_remaining,
            total: cost.total_cost,
        }
    }
}

/// What a verdict depends on, as the network has it.
#[derive(Debug)]
pub(crate) struct Facts {
    /// The rules and prices in force.
    pub(crate) protocol: Protocol,
    /// yoctoNEAR per gas.
    pub(crate) gas_price: NearToken,
    /// The block that the transaction would enter.
    pub(crate) height: BlockHeight,
    /// The account that signs; none when it does not exist.
    pub(crate) account: Option<Account>,
    /// The key; none when the account has no such key.
    pub(crate) access_key: Option<AccessKey>,
    /// The nonce in the row of a gas key that the transaction names.
    pub(crate) gas_key_nonce: Option<Nonce>,
}

impl Facts {
    /// The nonce that follows the key's last, or that of the row.
    pub(crate) fn next_nonce(&self) -> Nonce {
        let of_key = self.access_key.as_ref().map_or(0, |key| key.nonce);
        self.gas_key_nonce.unwrap_or(of_key).saturating_add(1)
    }

    /// Asks the engine. The signature is not looked at: there may be none yet.
    ///
    /// # Errors
    /// When the network told of an account or a key that no state can hold.
    pub(crate) fn judge(&self, tx: &SignedTransaction) -> Result<Preflight, QueryError> {
        let cost = transaction_cost(&self.protocol.config, &tx.transaction, self.gas_price);
        Ok(Preflight {
            public_key: tx.transaction.public_key().clone(),
            refusal: self.refusal(tx)?.map(Refusal::from),
            cost: cost.ok().map(Estimate::from),
        })
    }

    fn refusal(&self, tx: &SignedTransaction) -> Result<Option<InvalidTxError>, QueryError> {
        if let Err(refusal) = check_form_unsigned(&self.protocol, tx) {
            return Ok(Some(refusal));
        }
        let checked = self.state(tx.transaction.signer_id(), tx).and_then(|state| {
            check_state(&state, &self.protocol, self.gas_price, Some(self.height), tx)
        });
        checked.map(Result::err).map_err(|error| QueryError::Unexpected {
            question: "account and access key".to_owned(),
            reason: error.to_string(),
        })
    }

    /// A state that holds these facts and no others.
    fn state(&self, signer_id: &AccountId, tx: &SignedTransaction) -> Result<Trie, StateError> {
        let public_key = tx.transaction.public_key();
        let account = TrieKey::Account { account_id: signer_id.clone() };
        let key = TrieKey::access_key(signer_id.clone(), public_key);
        let row = tx
            .transaction
            .nonce()
            .nonce_index()
            .map(|index| TrieKey::gas_key_nonce(signer_id.clone(), public_key, index));
        let rows = [
            self.account.as_ref().map(|value| (account.to_vec(), bytes(value))),
            self.access_key.as_ref().map(|value| (key.to_vec(), bytes(value))),
            row.zip(self.gas_key_nonce).map(|(row, nonce)| (row.to_vec(), bytes(&nonce))),
        ];
        Trie::empty()
            .apply(rows.into_iter().flatten().map(|(key, value)| (key, Some(value.into()))))
    }
}

fn bytes(value: &impl borsh::BorshSerialize) -> Vec<u8> {
    borsh::to_vec(value).expect("memory takes all writes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::AccessKeyRefusal;
    use crate::{
        GasBudget, GasLiteral, Intent, NearLiteral, add_function_call_key, call, transfer,
    };
    use keyway_signer::KeyPair;
    use near_crypto::{KeyType, Signature};
    use near_primitives::account::{AccessKeyPermission, AccountContract};
    use near_primitives::action::Action;
    use near_primitives::hash::CryptoHash;
    use near_primitives::transaction::{Transaction, TransactionV0};

    const KEY: &str = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";

    /// Alice, with 10 NEAR and a key that has used its nonce 7.
    fn facts(permission: AccessKeyPermission) -> Facts {
        let amount = 10.near();
        Facts {
            protocol: Protocol::new(86, "mainnet").unwrap(),
            gas_price: NearToken::from_yoctonear(100_000_000),
            height: 100,
            account: Some(Account::new(amount, NearToken::ZERO, AccountContract::None, 500)),
            access_key: Some(AccessKey { nonce: 7, permission }),
            gas_key_nonce: None,
        }
    }

    fn signed(intent: impl Into<Intent>, nonce: Nonce) -> SignedTransaction {
        let signer_id: AccountId = "alice.near".parse().unwrap();
        let (receiver_id, actions) = intent.into().resolve(&signer_id).unwrap();
        let public_key = KEY.parse().unwrap();
        let block_hash = CryptoHash::default();
        let transaction =
            TransactionV0 { signer_id, public_key, nonce, receiver_id, block_hash, actions };
        let unsigned = Signature::empty(KeyType::ED25519);
        SignedTransaction::new(unsigned, Transaction::V0(transaction))
    }

    fn app_key(budget: NearToken) -> AccessKeyPermission {
        let app = KeyPair::random_ed25519();
        let add = add_function_call_key(app.public_key(), "game.near")
            .functions(["play"])
            .gas_budget(GasBudget::limit(budget));
        let (_, actions) = Intent::from(add).resolve(&"alice.near".parse().unwrap()).unwrap();
        match actions.into_iter().next() {
            Some(Action::AddKey(add)) => add.access_key.permission,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_the_chain_would_take_is_priced() {
        let facts = facts(AccessKeyPermission::FullAccess);
        let verdict = facts.judge(&signed(transfer(1.near()).to("bob.near"), 8)).unwrap();
        assert!(verdict.is_accepted(), "{verdict:?}");
        let cost = verdict.cost.unwrap();
        assert_eq!(cost.deposit, 1.near());
        assert_eq!(cost.total, cost.deposit.checked_add(cost.gas_price).unwrap());
        // A receipt and a transfer, sent; the same, executed.
        assert_eq!(cost.gas_burnt_at_once, Gas::from_gas(223_182_562_500));
        assert_eq!(cost.gas_bought, Gas::from_gas(223_182_562_500));
    }

    #[test]
    fn the_first_rule_broken_is_told_with_its_numbers() {
        let full = facts(AccessKeyPermission::FullAccess);
        let refusal = |facts: &Facts, tx| facts.judge(&tx).unwrap().refusal.unwrap();
        let stale = refusal(&full, signed(transfer(1.near()).to("bob.near"), 7));
        assert_eq!(stale, Refusal::NonceInvalid { nonce: 7, key_nonce: 7 });
        let poor = refusal(&full, signed(transfer(11.near()).to("bob.near"), 8));
        assert!(matches!(poor, Refusal::BalanceNotEnough { balance, .. } if balance == 10.near()));

        let play = call("game.near", "play").gas(300.tgas());
        let small = facts(app_key(250.millinear()));
        match refusal(&small, signed(play.clone(), 8)) {
            Refusal::AccessKey(AccessKeyRefusal::GasBudgetNotEnough {
                gas_budget, cost, ..
            }) => {
                assert_eq!(gas_budget, 250.millinear());
                // Gas is bought at ten times its price.
                assert!(cost > 300.millinear() && cost < 310.millinear(), "{cost}");
            }
            other => panic!("{other:?}"),
        }
        let large = facts(app_key(2.near()));
        assert!(large.judge(&signed(play, 8)).unwrap().is_accepted());
    }

    #[test]
    fn who_does_not_exist_is_told() {
        let tx = || signed(transfer(1.near()).to("bob.near"), 8);
        let no_key = Facts { access_key: None, ..facts(AccessKeyPermission::FullAccess) };
        let refusal = no_key.judge(&tx()).unwrap().refusal;
        assert!(matches!(refusal, Some(Refusal::AccessKey(AccessKeyRefusal::NotFound { .. }))));
        let nobody = Facts { account: None, ..facts(AccessKeyPermission::FullAccess) };
        let refusal = nobody.judge(&tx()).unwrap().refusal;
        assert!(matches!(refusal, Some(Refusal::SignerNotFound { .. })), "{refusal:?}");
    }

    #[test]
    fn an_account_that_no_state_holds_is_no_answer() {
        let (amount, locked) = (NearToken::MAX, NearToken::ZERO);
        let account = Some(Account::new(amount, locked, AccountContract::None, 500));
        let facts = Facts { account, ..facts(AccessKeyPermission::FullAccess) };
        let error = facts.judge(&signed(transfer(1.near()).to("bob.near"), 8)).unwrap_err();
        assert_eq!(error.kind(), "Query.Answer.Unexpected");
    }
}
