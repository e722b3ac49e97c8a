//! A contract's call: what the engine adds to near-vm-runner.

use super::store::stored;
use crate::account::CALL_GAS;
use crate::world::{CONTRACT, LARGE, METHOD, NOOP, large, run_on};
use crate::{Account, Hand, Problem, World};
use keyway_chain::Input;
use keyway_engine::{BlockInput, BlockOutput};
use near_primitives::account::AccountContract;
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::transaction::ExecutionStatus;
use near_primitives::types::Balance;
use near_vm_runner::logic::mocks::mock_external::MockedExternal;
use near_vm_runner::logic::{GasCounter, VMContext, VMOutcome};
use near_vm_runner::{Contract, ContractCode};
use std::rc::Rc;
use std::sync::Arc;

/// Takes the prices of a contract's call, and of near-vm-runner's part of it.
///
/// # Errors
/// When it fails, which would be a fault.
pub fn take(hand: &mut impl Hand, world: &World) -> Result<(), Problem> {
    let block = BlockInput { transactions: vec![world.call()?], ..BlockInput::default() };
    let next = world.next(&block)?;
    hand.take("call/run the block of a call that does nothing", || ran(world.run(&next)?))?;
    let (mut chain, call) = (world.chain.clone(), world.call()?);
    let hash = call.get_hash();
    chain.apply(Input::transaction(call), 0)?;
    hand.take("call/trace that call, all its blocks run again", || Ok(chain.trace(&hash)?))?;
    let alone = Alone::new(world, CONTRACT, NOOP.to_vec())?;
    hand.take("call/run that call by near-vm-runner alone", || alone.run())?;
    take_large(hand, world)
}

/// The same for a contract of 500 kB: its length must not count, wherever it is.
fn take_large(hand: &mut impl Hand, world: &World) -> Result<(), Problem> {
    let (chain, next) = world.with_large()?;
    hand.take("call/run the block of a call of 500 kB, in memory", || ran(run_on(&chain, &next)?))?;
    let dir = tempfile::tempdir()?;
    let stored = stored(&chain, &dir.path().join("store"))?;
    hand.take("call/run the same block on a state in a store", || ran(run_on(&stored, &next)?))?;
    let alone = Alone::new(world, LARGE, large())?;
    hand.take("call/run the call of 500 kB by near-vm-runner alone", || alone.run())
}

fn ran(output: BlockOutput) -> Result<BlockOutput, Problem> {
    match output.outcomes.first().map(|outcome| &outcome.outcome.status) {
        None => Err("the call did not run".into()),
        Some(ExecutionStatus::Failure(error)) => Err(format!("the call failed: {error:?}").into()),
        Some(_) => Ok(output),
    }
}

/// The contract VM with nothing around it.
struct Alone<'w> {
    world: &'w World,
    code: Code,
    context: VMContext,
}

impl<'w> Alone<'w> {
    fn new(world: &'w World, contract: &str, code: Vec<u8>) -> Result<Self, Problem> {
        let code_hash = hash(&code);
        let caller = Account::development();
        let context = VMContext {
            current_account_id: contract.parse()?,
            signer_account_id: caller.id.clone(),
            signer_account_pk: borsh::to_vec(&caller.public_key())?,
            predecessor_account_id: caller.id.clone(),
            refund_to_account_id: caller.id.clone(),
            input: Rc::from([]),
            promise_results: Arc::from([]),
            block_height: 1,
            block_timestamp: 1,
            epoch_height: 0,
            account_balance: Balance::from_near(10),
            account_locked_balance: Balance::ZERO,
            storage_usage: 200,
            account_contract: AccountContract::Local(code_hash),
            attached_deposit: Balance::ZERO,
            prepaid_gas: CALL_GAS,
            random_seed: vec![0; 32],
            view_config: None,
            output_data_receivers: Vec::new(),
        };
        let code = Code(Arc::new(ContractCode::new(code, Some(code_hash))));
        Ok(Self { world, code, context })
    }

    fn run(&self) -> Result<VMOutcome, Problem> {
        let config = &self.world.chain.protocol().config;
        let wasm = &config.wasm_config;
        let gas = GasCounter::new(
            wasm.ext_costs.clone(),
            wasm.limit_config.max_gas_burnt,
            wasm.regular_op_cost,
            CALL_GAS,
            false,
        );
        let prepared = near_vm_runner::prepare(
            &self.code,
            Arc::clone(wasm),
            Some(&*self.world.contracts),
            gas,
            METHOD,
        );
        let fees = Arc::clone(&config.fees);
        let mut host = MockedExternal::new();
        let outcome = near_vm_runner::run(prepared, &mut host, &self.context, fees)
            .map_err(|error| error.to_string())?;
        match outcome.aborted {
            Some(error) => Err(format!("the contract failed: {error}").into()),
            None => Ok(outcome),
        }
    }
}

struct Code(Arc<ContractCode>);

impl Contract for Code {
    fn hash(&self) -> CryptoHash {
        *self.0.hash()
    }

    fn get_code(&self) -> Option<Arc<ContractCode>> {
        Some(Arc::clone(&self.0))
    }
}
