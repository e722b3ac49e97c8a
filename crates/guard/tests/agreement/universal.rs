//! A universal account's first transaction, which no key of the account signs.

use crate::world::{account_facts, chain, chain_facts};
use keyway_chain::{Chain, Refused};
use keyway_guard::{Explanation, Repair, explain_signed};
use keyway_test_kit::signed;
use near_crypto::{KeyType, SecretKey};
use near_primitives::account::Account;
use near_primitives::action::{Action, UniversalStateInitAction};
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::{Transaction, TransactionV0};
use near_primitives::types::{AccountId, Balance, Nonce};
use near_primitives::universal_state_init::{UniversalStateInit, UniversalStateInitV1};
use near_primitives::utils::derive_universal_account_id;

struct Setup {
    chain: Chain,
    account_id: AccountId,
    secret: SecretKey,
    action: UniversalStateInitAction,
}

/// An account with this balance, whose last nonce is 7.
fn setup(balance: Balance) -> Setup {
    let secret = SecretKey::from_seed(KeyType::ED25519, "first");
    let access_keys = [(&secret.public_key()).into()].into();
    let init = UniversalStateInitV1 { code: None, data: Default::default(), access_keys };
    let state_init = UniversalStateInit::V1(init).to_raw();
    let account_id = derive_universal_account_id(&state_init);
    let account = Account::new_uninitialized(balance, 100, 7);
    let record = StateRecord::Account { account_id: account_id.clone(), account };
    let action = UniversalStateInitAction { state_init, deposit: Balance::ZERO };
    Setup { chain: chain(88, vec![record]), account_id, secret, action }
}

impl Setup {
    /// The verdict, which is also the chain's.
    fn explained(&self, nonce: Nonce) -> Explanation {
        let transaction = Transaction::V0(TransactionV0 {
            signer_id: self.account_id.clone(),
            public_key: self.secret.public_key(),
            nonce,
            receiver_id: self.account_id.clone(),
            block_hash: *self.chain.head().hash(),
            actions: vec![Action::UniversalStateInit(Box::new(self.action.clone()))],
        });
        let signed = signed(transaction, &self.secret);
        let facts = account_facts(&self.chain, &self.account_id);
        let explanation = explain_signed(&chain_facts(&self.chain), facts.as_ref(), &signed);
        let refused = self.chain.admit(&signed).err().map(|refused| match refused {
            Refused::Transaction(error) => *error,
            other => panic!("{other}"),
        });
        assert_eq!(explanation.refusal, refused);
        explanation
    }
}

#[test]
fn it_is_explained_without_a_key() {
    let rich = setup(Balance::from_near(5));
    assert!(rich.explained(8).is_accepted());
    for nonce in [0, 7, 9, Nonce::MAX] {
        let explanation = rich.explained(nonce);
        assert_eq!(explanation.remedies[0].steps, [Repair::UseNonce { nonce: 8 }]);
    }
    let poor = setup(Balance::ZERO).explained(8);
    assert!(matches!(poor.remedies[0].steps[..], [Repair::SendToAccount { .. }]), "{poor}");
}
