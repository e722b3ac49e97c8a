//! The receipts that a contract call makes, while it makes them.

use near_primitives::action::{Action, FunctionCallAction};
use near_primitives::deterministic_account_id::DeterministicAccountStateInit;
use near_primitives::errors::IntegerOverflowError;
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{
    ActionReceiptV2, DataReceipt, DataReceiver, Receipt, ReceiptEnum, ReceiptV0,
    VersionedActionReceipt,
};
use near_primitives::types::{AccountId, Gas, GasWeight};
use near_vm_runner::logic::types::{ActionIndex, ReceiptIndex};
use near_vm_runner::logic::{HostError, VMLogicError};

/// Receipts under construction.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    promises: Vec<Promise>,
    resumes: Vec<DataReceipt>,
    /// Calls that share the gas which is left when the caller ends.
    weights: Vec<Weighted>,
}

#[derive(Debug)]
struct Promise {
    receiver_id: AccountId,
    refund_to: Option<AccountId>,
    output_data_receivers: Vec<DataReceiver>,
    input_data_ids: Vec<CryptoHash>,
    actions: Vec<Action>,
    is_yield: bool,
}

#[derive(Debug)]
struct Weighted {
    promise: usize,
    action: usize,
    weight: u64,
}

impl Promises {
    /// A receipt that runs after the receipts `after`. Each of these passes it a result under the data
    /// id at the same index of `data_ids`.
    pub(crate) fn create(
        &mut self,
        data_ids: Vec<CryptoHash>,
        after: Vec<ReceiptIndex>,
        receiver_id: AccountId,
    ) -> Result<ReceiptIndex, VMLogicError> {
        for (&data_id, receipt_index) in data_ids.iter().zip(after) {
            let dependency = usize::try_from(receipt_index)
                .ok()
                .and_then(|index| self.promises.get_mut(index))
                .ok_or(HostError::InvalidReceiptIndex { receipt_index })?;
            let receiver_id = receiver_id.clone();
            dependency.output_data_receivers.push(DataReceiver { data_id, receiver_id });
        }
        Ok(self.push(receiver_id, data_ids, false))
    }

    /// A receipt that waits until it is resumed under `data_id`.
    pub(crate) fn create_yield(
        &mut self,
        data_id: CryptoHash,
        receiver_id: AccountId,
    ) -> ReceiptIndex {
        self.push(receiver_id, vec![data_id], true)
    }

    pub(crate) fn resume(&mut self, data_id: CryptoHash, data: Vec<u8>) {
        self.resumes.push(DataReceipt { data_id, data: Some(data) });
    }

    pub(crate) fn append(&mut self, index: ReceiptIndex, action: Action) -> ActionIndex {
        let actions = &mut self.promise_mut(index).actions;
        actions.push(action);
        actions.len() as u64 - 1
    }

    /// Appends a call that also takes part in sharing the gas left over.
    pub(crate) fn append_call(
        &mut self,
        index: ReceiptIndex,
        call: FunctionCallAction,
        weight: GasWeight,
    ) {
        let action = self.append(index, Action::FunctionCall(Box::new(call)));
        if weight.0 > 0 {
            let place =
                Weighted { promise: index as usize, action: action as usize, weight: weight.0 };
            self.weights.push(place);
        }
    }

    /// Adds an entry to a state init appended before.
    pub(crate) fn add_state_init_entry(
        &mut self,
        receipt_index: ReceiptIndex,
        action_index: ActionIndex,
        key: Vec<u8>,
        value: Vec<u8>,
    ) -> Result<(), VMLogicError> {
        let action = self.promise_mut(receipt_index).actions.get_mut(action_index as usize);
        let Some(Action::DeterministicStateInit(action)) = action else {
            return Err(HostError::InvalidActionIndex { receipt_index, action_index }.into());
        };
        let DeterministicAccountStateInit::V1(state_init) = &mut action.state_init;
        match state_init.data.insert(key, value) {
            None => Ok(()),
            Some(_) => Err(HostError::DataEntryAlreadyExists.into()),
        }
    }

    pub(crate) fn receiver(&self, index: ReceiptIndex) -> &AccountId {
        &self.promises.get(index as usize).expect("the VM checked the index").receiver_id
    }

    pub(crate) fn set_refund_to(&mut self, index: ReceiptIndex, refund_to: AccountId) {
        self.promise_mut(index).refund_to = Some(refund_to);
    }

    /// Shares `unused` gas among the weighted calls, the remainder to the last. Returns what was shared.
    pub(crate) fn share_gas(&mut self, unused: Gas) -> Result<Gas, IntegerOverflowError> {
        let total: u128 = self.weights.iter().map(|place| u128::from(place.weight)).sum();
        if total == 0 || unused == Gas::ZERO {
            return Ok(Gas::ZERO);
        }
        let mut left = unused;
        for (nth, place) in self.weights.iter().enumerate() {
            let is_last = nth + 1 == self.weights.len();
            let share = match is_last {
                true => left,
                false => share_of(unused, place.weight, total)?,
            };
            left = left.checked_sub(share).ok_or(IntegerOverflowError)?;
            let action =
                self.promises.get_mut(place.promise).and_then(|p| p.actions.get_mut(place.action));
            let Some(Action::FunctionCall(call)) = action else { return Err(IntegerOverflowError) };
            call.gas = call.gas.checked_add_result(share)?;
        }
        Ok(unused)
    }

    /// Data ids of the yields made, in order.
    pub(crate) fn yields(&self) -> impl Iterator<Item = CryptoHash> + '_ {
        self.promises
            .iter()
            .filter(|p| p.is_yield)
            .filter_map(|p| p.input_data_ids.first().copied())
    }

    /// The receipts, made by `predecessor_id` on behalf of `cause`; ids are given later.
    pub(crate) fn into_receipts(
        self,
        predecessor_id: &AccountId,
        cause: &VersionedActionReceipt<'_>,
    ) -> Vec<Receipt> {
        let promises = self
            .promises
            .into_iter()
            .map(|promise| (promise.receiver_id.clone(), promise.into_body(cause)));
        let resumes = self
            .resumes
            .into_iter()
            .map(|data| (predecessor_id.clone(), ReceiptEnum::PromiseResume(data)));
        let wrap = |(receiver_id, receipt)| {
            Receipt::V0(ReceiptV0 {
                predecessor_id: predecessor_id.clone(),
                receiver_id,
                receipt_id: CryptoHash::default(),
                receipt,
            })
        };
        promises.chain(resumes).map(wrap).collect()
    }

    fn push(
        &mut self,
        receiver_id: AccountId,
        input_data_ids: Vec<CryptoHash>,
        is_yield: bool,
    ) -> ReceiptIndex {
        self.promises.push(Promise {
            receiver_id,
            refund_to: None,
            output_data_receivers: Vec::new(),
            input_data_ids,
            actions: Vec::new(),
            is_yield,
        });
        self.promises.len() as u64 - 1
    }

    fn promise_mut(&mut self, index: ReceiptIndex) -> &mut Promise {
        self.promises.get_mut(index as usize).expect("the VM checked the index")
    }
}

impl Promise {
    fn into_body(self, cause: &VersionedActionReceipt<'_>) -> ReceiptEnum {
        let receipt = ActionReceiptV2 {
            signer_id: cause.signer_id().clone(),
            refund_to: self.refund_to,
            signer_public_key: cause.signer_public_key().clone(),
            gas_price: cause.gas_price(),
            output_data_receivers: self.output_data_receivers,
            input_data_ids: self.input_data_ids,
            actions: self.actions,
        };
        match self.is_yield {
            true => ReceiptEnum::PromiseYieldV2(receipt),
            false => ReceiptEnum::ActionV2(receipt),
        }
    }
}

fn share_of(unused: Gas, weight: u64, total: u128) -> Result<Gas, IntegerOverflowError> {
    u128::from(unused.as_gas())
        .checked_mul(u128::from(weight))
        .and_then(|product| product.checked_div(total))
        .and_then(|share| u64::try_from(share).ok())
        .map(Gas::from_gas)
        .ok_or(IntegerOverflowError)
}

#[cfg(test)]
mod tests {
    use super::*;
    use near_primitives::types::Balance;

    fn call(promises: &mut Promises, weight: u64) {
        let receiver = "a.near".parse().unwrap();
        let index = promises.create(Vec::new(), Vec::new(), receiver).unwrap();
        let call = FunctionCallAction {
            method_name: "m".to_owned(),
            args: Vec::new(),
            gas: Gas::from_gas(5),
            deposit: Balance::ZERO,
        };
        promises.append_call(index, call, GasWeight(weight));
    }

    #[test]
    fn unused_gas_is_shared_by_weight_with_the_remainder_last() {
        let mut promises = Promises::default();
        for weight in [1, 0, 2] {
            call(&mut promises, weight);
        }
        assert_eq!(promises.share_gas(Gas::from_gas(100)), Ok(Gas::from_gas(100)));
        let gas: Vec<u64> = promises
            .promises
            .iter()
            .map(|promise| match &promise.actions[0] {
                Action::FunctionCall(call) => call.gas.as_gas(),
                other => panic!("a call was appended, not {other:?}"),
            })
            .collect();
        assert_eq!(gas, [38, 5, 72]);
    }

    #[test]
    fn without_weights_nothing_is_shared() {
        let mut promises = Promises::default();
        call(&mut promises, 0);
        assert_eq!(promises.share_gas(Gas::from_gas(100)), Ok(Gas::ZERO));
    }

    #[test]
    fn waiting_for_an_unknown_receipt_is_a_host_error() {
        let receiver: AccountId = "a.near".parse().unwrap();
        let made = Promises::default().create(vec![CryptoHash::default()], vec![7], receiver);
        assert!(matches!(
            made,
            Err(VMLogicError::HostError(HostError::InvalidReceiptIndex { receipt_index: 7 }))
        ));
    }
}
