//! View calls: contract calls that write nothing.

use crate::context::BlockContext;
use crate::contract::{Call, Host, NoOutcome, call_error, run};
use crate::overlay::Overlay;
use crate::recorder::{ActionRun, Recorder};
use crate::state::{State, StateError};
use near_crypto::{KeyType, PublicKey};
use near_primitives::account::Account;
use near_primitives::action::FunctionCallAction;
use near_primitives::errors::{ActionErrorKind, FunctionCallError};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{ActionReceipt, VersionedActionReceipt};
use near_primitives::types::{AccountId, Balance};
use near_vm_runner::logic::{ReturnData, VMOutcome};
use std::sync::Arc;

/// A view call's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewCall {
    /// The value that the method returned; empty when it returned none.
    pub result: Vec<u8>,
    /// What it logged.
    pub logs: Vec<String>,
}

/// Why a view call returned no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// The account does not exist.
    #[error("account {account_id} does not exist while viewing")]
    UnknownAccount {
        /// The account asked for.
        account_id: AccountId,
    },
    /// The contract is missing or failed.
    #[error("wasm execution failed with error: {error}")]
    Failed {
        /// The VM's error in Rust's debug form, which clients match on.
        error: String,
        /// The same as outcomes carry it.
        cause: FunctionCallError,
        /// Logs up to the failure.
        logs: Vec<String>,
    },
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Calls `method` of `account_id`'s contract on `state`, which is the state after `block`.
///
/// # Errors
/// See [`ViewError`].
pub fn view_call(
    state: &dyn State,
    block: &BlockContext,
    account_id: &AccountId,
    method: &str,
    args: &[u8],
) -> Result<ViewCall, ViewError> {
    view(Overlay::new(state), block, account_id, method, args)
}

/// As [`view_call`], while `recorder` watches: it is told of storage accesses, and of the call as
/// of an action.
///
/// # Errors
/// See [`ViewError`].
pub fn view_call_recorded(
    state: &dyn State,
    block: &BlockContext,
    account_id: &AccountId,
    method: &str,
    args: &[u8],
    recorder: &dyn Recorder,
) -> Result<ViewCall, ViewError> {
    view(Overlay::watched(state, recorder), block, account_id, method, args)
}

fn view(
    overlay: Overlay<'_>,
    block: &BlockContext,
    account_id: &AccountId,
    method: &str,
    args: &[u8],
) -> Result<ViewCall, ViewError> {
    let recorder = overlay.recorder();
    let account = overlay
        .account(account_id)?
        .ok_or_else(|| ViewError::UnknownAccount { account_id: account_id.clone() })?;
    let outcome = match run_view(overlay, block, account_id, &account, method, args) {
        Ok(outcome) => outcome,
        Err(NoOutcome::State(error)) => return Err(error.into()),
        Err(NoOutcome::Failed(cause)) => {
            return Err(ViewError::Failed { error: format!("{cause:?}"), cause, logs: Vec::new() });
        }
    };
    if let Some(recorder) = recorder {
        report(recorder, &account, &outcome);
    }
    match outcome.aborted {
        Some(error) => Err(ViewError::Failed {
            error: format!("{error:?}"),
            cause: call_error(error),
            logs: outcome.logs,
        }),
        None => Ok(ViewCall {
            result: match outcome.return_data {
                ReturnData::Value(value) => value,
                ReturnData::ReceiptIndex(_) | ReturnData::None => Vec::new(),
            },
            logs: outcome.logs,
        }),
    }
}

fn report(recorder: &dyn Recorder, account: &Account, outcome: &VMOutcome) {
    let failure = outcome
        .aborted
        .as_ref()
        .map(|error| ActionErrorKind::FunctionCallError(call_error(error.clone())));
    recorder.action(ActionRun {
        burnt: outcome.burnt_gas,
        used: outcome.burnt_gas,
        profile: &outcome.profile,
        contract: &account.contract(),
        logs: &outcome.logs,
        failure: failure.as_ref(),
    });
}

fn run_view(
    mut overlay: Overlay<'_>,
    block: &BlockContext,
    account_id: &AccountId,
    account: &Account,
    method: &str,
    args: &[u8],
) -> Result<VMOutcome, NoOutcome> {
    let view_gas = block.protocol.config.wasm_config.limit_config.max_gas_burnt;
    let action = FunctionCallAction {
        method_name: method.to_owned(),
        args: args.to_vec(),
        gas: view_gas,
        deposit: Balance::ZERO,
    };
    // A view has neither signer nor predecessor: the contract sees itself.
    let receipt = VersionedActionReceipt::from(ActionReceipt {
        signer_id: account_id.clone(),
        signer_public_key: PublicKey::empty(KeyType::ED25519),
        gas_price: Balance::ZERO,
        output_data_receivers: Vec::new(),
        input_data_ids: Vec::new(),
        actions: Vec::new(),
    });
    let call = Call {
        account_id,
        account,
        predecessor_id: account_id,
        receipt: &receipt,
        action: &action,
        action_hash: CryptoHash::default(),
        is_last_action: true,
        promise_results: Arc::from([]),
        view_gas: Some(view_gas),
    };
    let mut host = Host::new(&mut overlay, block, account_id, CryptoHash::default(), 0);
    run(&mut host, &call)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::context::Stakes;
    use crate::state::{PathNode, Value, ValueRef, ValueStore};
    use keyway_rules::Protocol;
    use near_primitives::account::AccountContract;
    use near_primitives::hash::hash;
    use near_primitives::trie_key::TrieKey;
    use near_primitives::types::Gas;
    use near_vm_runner::NoContractRuntimeCache;

    /// A state with one account, whose code cannot be read.
    pub(crate) struct LostCode;

    pub(crate) fn lost() -> StateError {
        StateError::Unreadable { reason: "the disk is gone".to_owned() }
    }

    impl State for LostCode {
        fn get_ref(&self, key: &[u8]) -> Result<Option<ValueRef<'_>>, StateError> {
            let account_id = "app.near".parse().unwrap();
            if key == (TrieKey::Account { account_id }).to_vec() {
                let contract = AccountContract::Local(hash(b"code"));
                let account = Account::new(Balance::ZERO, Balance::ZERO, contract, 0);
                return Ok(Some(Value::from(borsh::to_vec(&account).unwrap()).into()));
            }
            Ok(Some(ValueRef::stored(hash(b"code"), 4, self, 7)))
        }

        fn get_ref_visiting(
            &self,
            key: &[u8],
            _: &mut dyn FnMut(PathNode),
        ) -> Result<Option<ValueRef<'_>>, StateError> {
            self.get_ref(key)
        }

        fn visit_keys(&self, _: &[u8], _: &mut dyn FnMut(&[u8])) -> Result<(), StateError> {
            Err(lost())
        }
    }

    impl ValueStore for LostCode {
        fn load(&self, _: u64, _: &CryptoHash) -> Result<Value, StateError> {
            Err(lost())
        }
    }

    #[test]
    fn a_view_of_unreadable_code_is_not_a_failure_of_the_contract() {
        let block = BlockContext {
            height: 1,
            paced_height: 1,
            timestamp_ns: 1,
            gas_price: Balance::ZERO,
            gas_limit: Gas::MAX,
            random_value: CryptoHash::default(),
            epoch_height: 0,
            chain_id: "localnet".into(),
            protocol: Protocol::new(86, "localnet").unwrap(),
            stakes: Arc::new(Stakes::default()),
            contracts: Arc::new(NoContractRuntimeCache),
            give_up_after: None,
        };
        let viewed = view_call(&LostCode, &block, &"app.near".parse().unwrap(), "get", &[]);
        assert_eq!(viewed, Err(ViewError::State(lost())));
    }
}
