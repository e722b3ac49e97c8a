//! The rules' verdict on a transaction before it is sent.

use crate::error::Refusal;
use keyway_rules::{Cost, Facts, check, transaction_cost};
use near_crypto::PublicKey;
use near_primitives::transaction::SignedTransaction;

/// The rules' verdict on an intent, with the present state of the account and the key.
///
/// It says whether the transaction would enter a block, and what it would cost. Whether its actions would fail is not
/// checked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preflight {
    /// The key that would sign.
    pub public_key: PublicKey,
    /// The first rule that the transaction breaks, if there is one.
    pub refusal: Option<Refusal>,
    /// The cost; none if it overflows, which is a refusal, too.
    pub cost: Option<Cost>,
}

impl Preflight {
    /// The verdict on `tx`. The signature is not checked, because there may be none yet.
    pub(crate) fn of(facts: &Facts<'_>, tx: &SignedTransaction) -> Self {
        let price = facts.gas_price;
        let cost = transaction_cost(&facts.protocol.config, &tx.transaction, price).ok();
        Self {
            public_key: tx.transaction.public_key().clone(),
            refusal: check(facts, tx).into_result().err().map(Refusal::from),
            cost,
        }
    }

    /// Whether the transaction would enter a block now.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.refusal.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::AccessKeyRefusal;
    use crate::{
        GasBudget, GasLiteral, Intent, NearLiteral, add_function_call_key, call, transfer,
    };
    use keyway_rules::{Protocol, Unsigned, with_blank_signature};
    use keyway_signer::KeyPair;
    use near_primitives::account::{AccessKey, AccessKeyPermission, Account, AccountContract};
    use near_primitives::action::Action;
    use near_primitives::hash::CryptoHash;
    use near_primitives::transaction::TransactionNonce;
    use near_primitives::types::{AccountId, Balance as NearToken, Gas, Nonce};

    const KEY: &str = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";

    /// Alice's records on the chain.
    #[derive(Clone)]
    struct Alice {
        account: Option<Account>,
        access_key: Option<AccessKey>,
    }

    /// Alice with 10 NEAR and a key whose last nonce is 7.
    fn alice(permission: AccessKeyPermission) -> Alice {
        let account = Account::new(10.near(), NearToken::ZERO, AccountContract::None, 500);
        Alice { account: Some(account), access_key: Some(AccessKey { nonce: 7, permission }) }
    }

    impl Alice {
        fn check(&self, intent: impl Into<Intent>, nonce: Nonce) -> Preflight {
            let protocol = Protocol::new(86, "mainnet").unwrap();
            let facts = Facts {
                protocol: &protocol,
                gas_price: NearToken::from_yoctonear(100_000_000),
                height: Some(100),
                account: self.account.as_ref(),
                access_key: self.access_key.as_ref(),
                row_nonce: None,
            };
            Preflight::of(&facts, &unsigned(intent, nonce))
        }

        fn refusal(&self, intent: impl Into<Intent>, nonce: Nonce) -> Refusal {
            self.check(intent, nonce).refusal.unwrap()
        }
    }

    fn unsigned(intent: impl Into<Intent>, nonce: Nonce) -> SignedTransaction {
        let signer_id: AccountId = "alice.near".parse().unwrap();
        let (receiver_id, actions) = intent.into().resolve(&signer_id).unwrap();
        let (public_key, nonce) = (KEY.parse().unwrap(), TransactionNonce::from_nonce(nonce));
        let block_hash = CryptoHash::default();
        let parts = Unsigned { signer_id, public_key, nonce, receiver_id, block_hash, actions };
        with_blank_signature(parts.into_transaction())
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
        let verdict =
            alice(AccessKeyPermission::FullAccess).check(transfer(1.near()).to("bob.near"), 8);
        assert!(verdict.is_accepted(), "{verdict:?}");
        let cost = verdict.cost.unwrap();
        assert_eq!(cost.deposit, 1.near());
        assert_eq!(cost.total, cost.deposit.checked_add(cost.gas_cost).unwrap());
        // A receipt and a transfer, sent and executed.
        assert_eq!(cost.gas_burnt, Gas::from_gas(223_182_562_500));
        assert_eq!(cost.gas_bought, Gas::from_gas(223_182_562_500));
    }

    #[test]
    fn the_first_rule_broken_is_reported_with_its_numbers() {
        let full = alice(AccessKeyPermission::FullAccess);
        let stale = full.refusal(transfer(1.near()).to("bob.near"), 7);
        assert_eq!(stale, Refusal::NonceInvalid { nonce: 7, key_nonce: 7 });
        let poor = full.refusal(transfer(11.near()).to("bob.near"), 8);
        assert!(matches!(poor, Refusal::BalanceNotEnough { balance, .. } if balance == 10.near()));

        let play = call("game.near", "play").gas(300.tgas());
        match alice(app_key(250.millinear())).refusal(play.clone(), 8) {
            Refusal::AccessKey(AccessKeyRefusal::GasBudgetNotEnough {
                gas_budget, cost, ..
            }) => {
                assert_eq!(gas_budget, 250.millinear());
                // Gas is bought at ten times its price.
                assert!(cost > 300.millinear() && cost < 310.millinear(), "{cost}");
            }
            other => panic!("{other:?}"),
        }
        assert!(alice(app_key(2.near())).check(play, 8).is_accepted());
    }

    #[test]
    fn a_missing_account_and_a_missing_key_are_refusals() {
        let full = alice(AccessKeyPermission::FullAccess);
        let no_key = Alice { access_key: None, ..full.clone() };
        let refusal = no_key.refusal(transfer(1.near()).to("bob.near"), 8);
        assert!(matches!(refusal, Refusal::AccessKey(AccessKeyRefusal::NotFound { .. })));
        let nobody = Alice { account: None, ..full };
        let refusal = nobody.refusal(transfer(1.near()).to("bob.near"), 8);
        assert!(matches!(refusal, Refusal::SignerNotFound { .. }), "{refusal:?}");
    }
}
