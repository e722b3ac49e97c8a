//! Compiling the code that a transaction deploys, before it is applied.

use crate::chain::Chain;
use crate::inputs::checked::Checked;
use keyway_engine::prepare_code;
use near_primitives::action::Action;
use near_primitives::hash::hash;

impl Chain {
    /// Compiles the code that a transaction deploys, so that applying it finds it compiled. This may
    /// take some hundred milliseconds. Does nothing for a transaction that the head refuses: it pays
    /// for no compilation.
    pub fn prepare_code(&self, checked: &Checked) {
        if !checked.deploys_code() || self.admit_checked(checked).is_err() {
            return;
        }
        let (protocol, contracts) = (&self.spec.protocol, &*self.spec.contracts);
        for code in checked.transaction().transaction.actions().iter().filter_map(code) {
            prepare_code(protocol, contracts, code, hash(code));
        }
    }
}

impl Checked {
    /// Whether the transaction is signed and deploys code to its signer, or to an account that it
    /// creates. No other account takes code from it.
    pub fn deploys_code(&self) -> bool {
        let transaction = &self.transaction().transaction;
        let (actions, receiver) = (transaction.actions(), transaction.receiver_id());
        let creates = || actions.iter().any(|action| matches!(action, Action::CreateAccount(_)));
        self.is_signed()
            && actions.iter().any(|action| code(action).is_some())
            && (receiver == transaction.signer_id() || creates())
    }
}

fn code(action: &Action) -> Option<&[u8]> {
    match action {
        Action::DeployContract(deploy) => Some(&deploy.code),
        Action::DeployGlobalContract(deploy) => Some(&deploy.code),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::ChainOptions;
    use crate::tests::chain::{Drive, NOW, genesis, signed};
    use near_primitives::action::DeployContractAction;
    use near_vm_runner::MockContractRuntimeCache;
    use std::sync::Arc;

    fn deploy(chain: &Chain, nonce: u64) -> Checked {
        let deploy = DeployContractAction { code: b"\0asm\x01\0\0\0".to_vec() };
        let deploy = Action::DeployContract(deploy);
        Checked::new(signed("near", "near", nonce, *chain.head().hash(), deploy))
    }

    #[test]
    fn a_forged_deployment_delays_no_transaction_of_its_key() {
        let chain = crate::tests::chain::chain();
        let good = deploy(&chain, 1);
        assert!(good.deploys_code());
        let mut forged = good.into_inner();
        forged.signature = near_crypto::Signature::empty(near_crypto::KeyType::ED25519);
        assert!(!Checked::new(forged).deploys_code());
    }

    #[test]
    fn code_is_compiled_once_and_never_for_a_refused_transaction() {
        let cache = MockContractRuntimeCache::default();
        let options = ChainOptions::default();
        let mut chain = Chain::with_options(&genesis(), options, Arc::new(cache.clone())).unwrap();
        let before = cache.put_count();
        chain.prepare_code(&deploy(&chain, 0));
        assert_eq!(cache.put_count(), before, "a refused deployment");
        let good = deploy(&chain, 1);
        chain.prepare_code(&good);
        chain.submit(good.into_inner(), NOW).unwrap();
        assert_eq!(cache.put_count(), before + 1);
    }
}
