//! The trace of a view call.

use crate::blocks::block::SealedBlock;
use crate::chain::Chain;
use crate::rerun::budget::{Budget, MAX_ARGS};
use crate::rerun::{costs, recording};
use keyway_engine::{
    ActionRun, BlockContext, ReceiptMoney, Recorder, StorageAccess, ViewError, view_call_recorded,
};
use keyway_trace::{Bytes, GasCost, Log, StorageUse, ViewResult, ViewTrace};
use near_primitives::receipt::Receipt;
use near_primitives::transaction::ExecutionOutcomeWithId;
use near_primitives::types::{AccountId, Gas};
use near_vm_runner::logic::types::PromiseResult;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

impl Chain {
    /// Calls a contract's method on the state after block `at`, as [`Chain::view_call`] does, and says
    /// what it did. A failure of the contract is in the trace.
    ///
    /// # Errors
    /// [`ViewError::UnknownAccount`], and [`ViewError::State`] when the state cannot be read.
    pub fn trace_view(
        &self,
        at: &SealedBlock,
        account_id: &AccountId,
        method: &str,
        args: &[u8],
    ) -> Result<ViewTrace, ViewError> {
        let context = BlockContext { random_value: at.state.root(), ..self.context_at(at) };
        let watch = Watch::default();
        let called = view_call_recorded(&at.state, &context, account_id, method, args, &watch);
        let Seen { mut budget, storage, logs, burnt, costs, .. } =
            watch.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let result = match called {
            Ok(call) => ViewResult::Returned(budget.bytes(&call.result, MAX_ARGS)),
            Err(ViewError::Failed { cause, .. }) => ViewResult::Failed(cause),
            Err(error) => return Err(error),
        };
        Ok(ViewTrace {
            account_id: account_id.clone(),
            method: method.to_owned(),
            args: Bytes::of(args, MAX_ARGS),
            block_height: at.height(),
            gas_burnt: burnt,
            costs,
            logs,
            storage,
            result,
        })
    }
}

/// Watches one view call.
#[derive(Default)]
struct Watch(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    budget: Budget,
    keys: HashMap<Vec<u8>, usize>,
    storage: StorageUse,
    logs: Vec<Log>,
    burnt: Gas,
    costs: Vec<GasCost>,
}

impl Watch {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder for Watch {
    fn begin(&self, _: &Receipt, _: &[PromiseResult]) {}

    fn storage(&self, access: StorageAccess<'_>) {
        let Seen { budget, keys, storage, .. } = &mut *self.seen();
        recording::note(storage, keys, budget, access);
    }

    fn action(&self, run: ActionRun<'_>) {
        let seen = &mut *self.seen();
        seen.burnt = run.burnt;
        seen.costs = costs::of_profile(run.profile);
        seen.logs = run
            .logs
            .iter()
            .map_while(|log| seen.budget.text(log))
            .map(|log| Log::of(&log))
            .collect();
    }

    fn end(&self, _: &ExecutionOutcomeWithId, _: Option<ReceiptMoney>) {}
}
