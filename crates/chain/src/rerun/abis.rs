//! The ABIs that the contracts of a trace embed.

use crate::rerun::budget::{Budget, MAX_ARGS};
use keyway_engine::Value;
use keyway_state::{Trie, read};
use keyway_trace::{Bytes, ContractAbi, Format};
use near_primitives::account::AccountContract;
use near_primitives::action::GlobalContractIdentifier;
use near_primitives::types::{AccountId, BlockHeight};
use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

/// The code of an account's contract before the block at a height, if it can be read.
pub(crate) type ReadCode<'a> =
    &'a dyn Fn(BlockHeight, &AccountId, &AccountContract) -> Option<Value>;

/// ABIs by contract. Code is only read where a call has bytes that nobody can read otherwise.
#[derive(Default)]
pub(crate) struct Abis(HashMap<String, Option<Arc<ContractAbi>>>);

/// A call whose arguments and result an ABI may explain.
#[derive(Clone, Copy)]
pub(crate) struct Called<'a> {
    pub(crate) height: BlockHeight,
    pub(crate) account_id: &'a AccountId,
    pub(crate) contract: &'a AccountContract,
    pub(crate) method: &'a str,
}

impl Abis {
    /// `bytes` as `plain` shows them, or as the ABI describes them.
    pub(crate) fn explained(
        &mut self,
        (budget, read): (&mut Budget, ReadCode<'_>),
        called: Called<'_>,
        plain: Bytes,
        describe: impl FnOnce(&ContractAbi) -> Option<Bytes>,
    ) -> Bytes {
        if plain.length == 0 || plain.format == Format::Json {
            return plain;
        }
        let described = self.of(called, read).and_then(|abi| describe(&abi));
        match described {
            Some(described) if budget.text(&described.text).is_some() => described,
            _ => plain,
        }
    }

    fn of(&mut self, called: Called<'_>, read: ReadCode<'_>) -> Option<Arc<ContractAbi>> {
        let name = contract_name(called.contract)?;
        if let Some(known) = self.0.get(&name) {
            return known.clone();
        }
        if self.0.len() >= MOST {
            return None;
        }
        let code = read(called.height, called.account_id, called.contract);
        let abi = code.and_then(|code| ContractAbi::of_wasm(&code)).map(Arc::new);
        self.0.insert(name, abi.clone());
        abi
    }
}

impl Called<'_> {
    /// What it was given.
    pub(crate) fn args(self, bytes: &[u8]) -> impl FnOnce(&ContractAbi) -> Option<Bytes> {
        move |abi| abi.args(self.method, bytes, MAX_ARGS)
    }

    /// What it returned.
    pub(crate) fn result(self, bytes: &[u8]) -> impl FnOnce(&ContractAbi) -> Option<Bytes> {
        move |abi| abi.result(self.method, bytes, MAX_ARGS)
    }
}

/// The hash of a contract's code, or the account whose global contract it is.
pub(crate) fn contract_name(contract: &AccountContract) -> Option<String> {
    match contract {
        AccountContract::None => None,
        AccountContract::Local(hash) | AccountContract::Global(hash) => Some(hash.to_string()),
        AccountContract::GlobalByAccount(account_id) => Some(account_id.to_string()),
    }
}

/// The code of an account's contract in a state. What cannot be read explains nothing.
pub(crate) fn code_in(
    state: &Trie,
    account_id: &AccountId,
    contract: &AccountContract,
) -> Option<Value> {
    let code = match contract {
        AccountContract::None => return None,
        AccountContract::Local(_) => read::contract_code(state, account_id),
        AccountContract::Global(hash) => {
            read::global_contract_code(state, &GlobalContractIdentifier::CodeHash(*hash))
        }
        AccountContract::GlobalByAccount(owner) => {
            read::global_contract_code(state, &GlobalContractIdentifier::AccountId(owner.clone()))
        }
    };
    code.ok()??.load().ok()
}

impl Debug for Abis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Abis").field("known", &self.0.len()).finish()
    }
}

/// Contracts of one trace whose code is looked at.
const MOST: usize = 16;
