//! The host functions of one contract call: the storage of its account, the receipts it creates, and
//! the yields it starts and resumes.
//! Source: nearcore `runtime/runtime/src/ext.rs`.

use super::Promises;
use crate::context::BlockContext;
use crate::contract::resume;
use crate::contract::storage::{self, VmResult, external};
use crate::overlay::Overlay;
use near_crypto::PublicKey;
use near_primitives::account::{AccessKey, AccessKeyPermission, FunctionCallPermission};
use near_primitives::action::{
    Action, AddKeyAction, CreateAccountAction, DeleteAccountAction, DeleteKeyAction,
    DeployContractAction, DeployGlobalContractAction, DeterministicStateInitAction,
    FunctionCallAction, StakeAction, TransferAction, TransferToGasKeyAction,
    UniversalStateInitAction, UseGlobalContractAction,
};
use near_primitives::deterministic_account_id::{
    DeterministicAccountStateInit, DeterministicAccountStateInitV1,
};
use near_primitives::hash::{CryptoHash, YieldId};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance, Gas, GasWeight, Nonce, NonceIndex};
use near_primitives::universal_state_init::{UniversalStateInit, state_init_send_counts};
use near_primitives::utils::create_receipt_id_from_action_hash;
use near_primitives::version::ProtocolFeature;
use near_primitives_core::universal_state_init::{
    DecodeMode, RawStateInit, StateInitError, UniversalStateInitCounts,
};
use near_vm_runner::logic::types::{
    ActionIndex, GlobalContractDeployMode, GlobalContractIdentifier, ReceiptIndex,
};
use near_vm_runner::logic::{External, HostError, StorageAccessTracker, ValuePtr};
use std::collections::BTreeMap;

/// The chain, as one contract call sees it.
pub(crate) struct Host<'h, 's> {
    pub(crate) overlay: &'h mut Overlay<'s>,
    pub(crate) block: &'h BlockContext,
    pub(crate) account_id: &'h AccountId,
    pub(crate) promises: Promises,
    /// The seed of the ids of data that receipts pass to each other.
    action_hash: CryptoHash,
    data_ids_made: u64,
    proof_bytes_before: usize,
}

impl<'h, 's> Host<'h, 's> {
    pub(crate) fn new(
        overlay: &'h mut Overlay<'s>,
        block: &'h BlockContext,
        account_id: &'h AccountId,
        action_hash: CryptoHash,
        proof_bytes_before: usize,
    ) -> Self {
        Self {
            overlay,
            block,
            account_id,
            promises: Promises::default(),
            action_hash,
            data_ids_made: 0,
            proof_bytes_before,
        }
    }

    fn data_key(&self, key: &[u8]) -> TrieKey {
        TrieKey::ContractData { account_id: self.account_id.clone(), key: key.to_vec() }
    }

    fn push(&mut self, index: ReceiptIndex, action: impl Into<Action>) {
        self.promises.append(index, action.into());
    }

    fn push_add_key(&mut self, index: ReceiptIndex, public_key: PublicKey, access_key: AccessKey) {
        self.push(index, Action::AddKey(Box::new(AddKeyAction { public_key, access_key })));
    }
}

impl External for Host<'_, '_> {
    fn storage_set(
        &mut self,
        fees: &mut dyn StorageAccessTracker,
        key: &[u8],
        value: &[u8],
    ) -> VmResult<Option<Vec<u8>>> {
        storage::write(self.overlay, fees, self.data_key(key), value)
    }

    fn storage_get<'a>(
        &'a self,
        _fees: &mut dyn StorageAccessTracker,
        key: &[u8],
    ) -> VmResult<Option<Box<dyn ValuePtr + 'a>>> {
        storage::find(self.overlay, self.data_key(key))
    }

    fn storage_remove(
        &mut self,
        fees: &mut dyn StorageAccessTracker,
        key: &[u8],
    ) -> VmResult<Option<Vec<u8>>> {
        storage::remove(self.overlay, fees, self.data_key(key))
    }

    fn storage_has_key(
        &mut self,
        _fees: &mut dyn StorageAccessTracker,
        key: &[u8],
    ) -> VmResult<bool> {
        storage::has(self.overlay, &self.data_key(key))
    }

    fn generate_data_id(&mut self) -> CryptoHash {
        let nth = self.data_ids_made;
        self.data_ids_made = nth.saturating_add(1);
        create_receipt_id_from_action_hash(&self.action_hash, self.block.height, nth)
    }

    fn get_recorded_storage_size(&self) -> usize {
        self.overlay.proof_bytes()
    }

    fn storage_proof_size_before_receipt(&self) -> usize {
        self.proof_bytes_before
    }

    fn validator_stake(&self, account_id: &AccountId) -> VmResult<Option<Balance>> {
        Ok(self.block.stakes.validators.get(account_id).copied())
    }

    fn validator_total_stake(&self) -> VmResult<Balance> {
        let stakes = self.block.stakes.validators.values();
        Ok(stakes.fold(Balance::ZERO, |total, &stake| total.saturating_add(stake)))
    }

    fn chain_id(&self) -> String {
        self.block.chain_id.to_string()
    }

    fn create_action_receipt(
        &mut self,
        after: Vec<ReceiptIndex>,
        receiver_id: AccountId,
    ) -> VmResult<ReceiptIndex> {
        let data_ids = after.iter().map(|_| self.generate_data_id()).collect();
        self.promises.create(data_ids, after, receiver_id)
    }

    fn create_promise_yield_receipt(
        &mut self,
        receiver_id: AccountId,
    ) -> VmResult<(ReceiptIndex, CryptoHash)> {
        let data_id = self.generate_data_id();
        resume::start_yield(self.overlay, &receiver_id, data_id);
        Ok((self.promises.create_yield(data_id, receiver_id), data_id))
    }

    fn create_promise_yield_receipt_with_id(
        &mut self,
        receiver_id: AccountId,
        yield_id: YieldId,
    ) -> VmResult<Option<(ReceiptIndex, CryptoHash)>> {
        if resume::data_id(self.overlay, &receiver_id, yield_id).map_err(external)?.is_some() {
            return Ok(None);
        }
        let data_id = self.generate_data_id();
        resume::name_yield(self.overlay, &receiver_id, yield_id, data_id);
        resume::start_yield(self.overlay, &receiver_id, data_id);
        Ok(Some((self.promises.create_yield(data_id, receiver_id), data_id)))
    }

    fn submit_promise_resume_data(&mut self, data_id: CryptoHash, data: Vec<u8>) -> VmResult<bool> {
        let waits = resume::waits(self.overlay, self.account_id, data_id).map_err(external)?;
        if waits {
            resume::mark_resumed(self.overlay, self.account_id, data_id);
            self.promises.resume(data_id, data);
        }
        Ok(waits)
    }

    fn submit_promise_resume_data_with_yield_id(
        &mut self,
        yield_id: YieldId,
        data: Vec<u8>,
    ) -> VmResult<bool> {
        match resume::data_id(self.overlay, self.account_id, yield_id).map_err(external)? {
            Some(data_id) => self.submit_promise_resume_data(data_id, data),
            None => Ok(false),
        }
    }

    fn append_action_create_account(&mut self, index: ReceiptIndex) {
        self.push(index, CreateAccountAction {});
    }

    fn append_action_deploy_contract(&mut self, index: ReceiptIndex, code: Vec<u8>) {
        self.push(index, DeployContractAction { code });
    }

    fn append_action_deploy_global_contract(
        &mut self,
        index: ReceiptIndex,
        code: Vec<u8>,
        mode: GlobalContractDeployMode,
    ) {
        use near_primitives::action::GlobalContractDeployMode as Mode;
        let deploy_mode = match mode {
            GlobalContractDeployMode::CodeHash => Mode::CodeHash,
            GlobalContractDeployMode::AccountId => Mode::AccountId,
        };
        self.push(index, DeployGlobalContractAction { code: code.into(), deploy_mode });
    }

    fn append_action_use_global_contract(
        &mut self,
        index: ReceiptIndex,
        contract_id: GlobalContractIdentifier,
    ) {
        let contract_identifier = contract_id.into();
        let action = UseGlobalContractAction { contract_identifier };
        self.push(index, Action::UseGlobalContract(Box::new(action)));
    }

    fn append_action_deterministic_state_init(
        &mut self,
        index: ReceiptIndex,
        contract_id: GlobalContractIdentifier,
        deposit: Balance,
    ) -> ActionIndex {
        let state_init = DeterministicAccountStateInit::V1(DeterministicAccountStateInitV1 {
            code: contract_id.into(),
            data: BTreeMap::new(),
        });
        let action = DeterministicStateInitAction { state_init, deposit };
        self.promises.append(index, Action::DeterministicStateInit(Box::new(action)))
    }

    fn set_deterministic_state_init_data_entry(
        &mut self,
        index: ReceiptIndex,
        action_index: ActionIndex,
        key: Vec<u8>,
        value: Vec<u8>,
    ) -> VmResult<()> {
        self.promises.add_state_init_entry(index, action_index, key, value)
    }

    fn check_state_init(&self, state_init: &RawStateInit) -> Result<(), StateInitError> {
        UniversalStateInit::from_raw_strict(state_init).map(|_| ())
    }

    fn state_init_send_counts(
        &self,
        state_init: &RawStateInit,
        mode: DecodeMode,
    ) -> UniversalStateInitCounts {
        state_init_send_counts(state_init, mode)
    }

    fn append_action_universal_state_init(
        &mut self,
        index: ReceiptIndex,
        state_init: RawStateInit,
        deposit: Balance,
    ) {
        let action = UniversalStateInitAction { state_init, deposit };
        self.push(index, Action::UniversalStateInit(Box::new(action)));
    }

    fn append_action_function_call_weight(
        &mut self,
        index: ReceiptIndex,
        method_name: Vec<u8>,
        args: Vec<u8>,
        deposit: Balance,
        gas: Gas,
        weight: GasWeight,
    ) -> VmResult<()> {
        let method_name = method(method_name)?;
        let call = FunctionCallAction { method_name, args, gas, deposit };
        self.promises.append_call(index, call, weight);
        Ok(())
    }

    fn append_action_transfer(&mut self, index: ReceiptIndex, deposit: Balance) {
        self.push(index, TransferAction { deposit });
    }

    fn append_action_transfer_to_gas_key(
        &mut self,
        index: ReceiptIndex,
        public_key: PublicKey,
        deposit: Balance,
    ) {
        let action = TransferToGasKeyAction { public_key, deposit };
        self.push(index, Action::TransferToGasKey(Box::new(action)));
    }

    fn append_action_add_gas_key_with_full_access(
        &mut self,
        index: ReceiptIndex,
        public_key: PublicKey,
        num_nonces: NonceIndex,
    ) {
        self.push_add_key(index, public_key, AccessKey::gas_key_full_access(num_nonces));
    }

    fn append_action_add_gas_key_with_function_call(
        &mut self,
        index: ReceiptIndex,
        public_key: PublicKey,
        num_nonces: NonceIndex,
        allowance: Option<Balance>,
        receiver_id: AccountId,
        method_names: Vec<Vec<u8>>,
    ) -> VmResult<()> {
        let permission = call_permission(allowance, receiver_id, method_names)?;
        let access_key = AccessKey::gas_key_function_call(num_nonces, permission);
        self.push_add_key(index, public_key, access_key);
        Ok(())
    }

    fn append_action_stake(&mut self, index: ReceiptIndex, stake: Balance, public_key: PublicKey) {
        self.push(index, Action::Stake(Box::new(StakeAction { stake, public_key })));
    }

    fn append_action_add_key_with_full_access(
        &mut self,
        index: ReceiptIndex,
        public_key: PublicKey,
        nonce: Nonce,
    ) {
        let access_key = AccessKey { nonce, permission: AccessKeyPermission::FullAccess };
        self.push_add_key(index, public_key, access_key);
    }

    fn append_action_add_key_with_function_call(
        &mut self,
        index: ReceiptIndex,
        public_key: PublicKey,
        nonce: Nonce,
        allowance: Option<Balance>,
        receiver_id: AccountId,
        method_names: Vec<Vec<u8>>,
    ) -> VmResult<()> {
        let permission = call_permission(allowance, receiver_id, method_names)?;
        let permission = AccessKeyPermission::FunctionCall(permission);
        self.push_add_key(index, public_key, AccessKey { nonce, permission });
        Ok(())
    }

    fn append_action_delete_key(&mut self, index: ReceiptIndex, public_key: PublicKey) {
        self.push(index, Action::DeleteKey(Box::new(DeleteKeyAction { public_key })));
    }

    fn append_action_delete_account(&mut self, index: ReceiptIndex, beneficiary_id: AccountId) {
        self.push(index, DeleteAccountAction { beneficiary_id });
    }

    fn get_receipt_receiver(&self, index: ReceiptIndex) -> &AccountId {
        self.promises.receiver(index)
    }

    fn set_refund_to(&mut self, index: ReceiptIndex, refund_to: AccountId) {
        self.promises.set_refund_to(index, refund_to);
    }

    fn post_quantum_keys_enabled(&self) -> bool {
        self.block.protocol.has(ProtocolFeature::PostQuantumSignatures)
    }
}

fn call_permission(
    allowance: Option<Balance>,
    receiver_id: AccountId,
    method_names: Vec<Vec<u8>>,
) -> VmResult<FunctionCallPermission> {
    Ok(FunctionCallPermission {
        allowance,
        receiver_id: receiver_id.into(),
        method_names: method_names.into_iter().map(method).collect::<VmResult<_>>()?,
    })
}

fn method(name: Vec<u8>) -> VmResult<String> {
    String::from_utf8(name).map_err(|_| HostError::InvalidMethodName.into())
}
