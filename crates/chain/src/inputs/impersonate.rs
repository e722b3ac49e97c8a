//! Acting as an account without its key.

use crate::blocks::pace::Reason;
use crate::blocks::seal::Content;
use crate::chain::Chain;
use crate::inputs::applied::Refused;
use crate::inputs::input::Impersonation;
use keyway_engine::check_state_impersonated;
use keyway_rules::{Unsigned, check_form_unsigned, nonce_bound, with_blank_signature};
use near_crypto::{KeyType, PublicKey};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{SignedTransaction, TransactionNonce};
use near_primitives::types::{BlockHeight, Nonce};

impl Chain {
    /// Executes the actions as the account, and seals blocks until they are final. All rules apply
    /// except those about keys: the account must exist and pay, and the actions must be valid.
    pub(crate) fn impersonate(
        &mut self,
        impersonation: Impersonation,
        now_ns: u64,
    ) -> Result<CryptoHash, Refused> {
        let tx = self.unsigned(impersonation);
        let hash = tx.get_hash();
        let protocol = &self.spec.protocol;
        check_form_unsigned(protocol, &tx)?;
        let price = self.head.header.next_gas_price();
        let height = Some(self.next_height());
        check_state_impersonated(&self.head.state, protocol, price, height, &tx)?.into_result()?;
        let content =
            Content { impersonated: vec![tx], reason: Reason::OnDemand, ..Content::default() };
        self.seal(self.next_height(), content, now_ns)?;
        self.finalize(now_ns)?;
        Ok(hash)
    }

    /// A transaction with an empty key and signature, and a nonce that makes its hash unique.
    fn unsigned(&self, impersonation: Impersonation) -> SignedTransaction {
        let Impersonation { signer_id, receiver_id, actions } = impersonation;
        let unsigned = Unsigned {
            signer_id,
            public_key: PublicKey::empty(KeyType::ED25519),
            nonce: TransactionNonce::from_nonce(first_nonce(self.next_height())),
            receiver_id,
            block_hash: *self.head.hash(),
            actions,
        };
        with_blank_signature(unsigned.into_transaction())
    }
}

/// A nonce below the bound of the block at `height`, and above 0.
fn first_nonce(height: BlockHeight) -> Nonce {
    nonce_bound(height).saturating_sub(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::chain::{NOW, chain, id, money};
    use keyway_state::read;
    use near_primitives::action::{Action, TransferAction};
    use near_primitives::errors::InvalidTxError;
    use near_primitives::types::Balance;

    fn send(signer: &str, receiver: &str, near: u128) -> Impersonation {
        let deposit = Balance::from_near(near);
        let actions = vec![Action::Transfer(TransferAction { deposit })];
        Impersonation { signer_id: id(signer), receiver_id: id(receiver), actions }
    }

    #[test]
    fn an_account_acts_and_pays_without_its_key() {
        let mut chain = chain();
        let amount = |chain: &Chain, name: &str| {
            read::account(&chain.head().state, &id(name)).unwrap().unwrap().amount()
        };
        let (alice, near) = (amount(&chain, "alice.near"), amount(&chain, "near"));
        let supply = money(&chain);
        let hash = chain.impersonate(send("alice.near", "near", 7), NOW).unwrap();
        assert_eq!(amount(&chain, "near"), near.checked_add(Balance::from_near(7)).unwrap());
        let burnt = supply.checked_sub(money(&chain)).unwrap();
        let paid = alice.checked_sub(amount(&chain, "alice.near")).unwrap();
        assert_eq!(paid, burnt.checked_add(Balance::from_near(7)).unwrap());
        assert!(chain.transaction(&hash).unwrap().is_some());
        let keys = read::access_keys(&chain.head().state, &id("alice.near"), None, 9).unwrap();
        assert_eq!(keys.items.len(), 1);
        assert_eq!(keys.items[0].1.nonce, 0, "no key was touched");
    }

    #[test]
    fn the_same_thing_twice_is_two_transactions() {
        let mut chain = chain();
        let first = chain.impersonate(send("alice.near", "near", 1), NOW).unwrap();
        let second = chain.impersonate(send("alice.near", "near", 1), NOW).unwrap();
        assert_ne!(first, second);
    }

    #[test]
    fn what_is_not_about_keys_is_refused_as_ever() {
        let mut chain = chain();
        let refusal = |result: Result<CryptoHash, Refused>| match result {
            Err(Refused::Transaction(error)) => *error,
            other => panic!("{other:?}"),
        };
        let unknown = refusal(chain.impersonate(send("nobody.near", "near", 1), NOW));
        assert!(matches!(unknown, InvalidTxError::SignerDoesNotExist { .. }), "{unknown:?}");
        let poor = refusal(chain.impersonate(send("alice.near", "near", 5_000), NOW));
        assert!(matches!(poor, InvalidTxError::NotEnoughBalance { .. }), "{poor:?}");
        assert_eq!(chain.head().height(), 0);
    }
}
