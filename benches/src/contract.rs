//! Calls of a contract that does nothing, against what they cannot do without: the signature check
//! for the authorisation, near-vm-runner alone for the call.
//!
//! Alone means: the same code from the same cache of compiled contracts, a context made for the
//! call, and a host that has nothing behind it. To that the engine adds, for the call itself, the
//! account and its code from the trie; for a receipt, the block around it, the refund of the unused
//! gas, the contract's reward, the outcome and the account's new state.

use crate::account::Account;
use crate::report::Report;
use crate::samples::Samples;
use crate::{Problem, in_process as world};
use keyway_engine::{BlockInput, BlockOutput};
use keyway_node::Chain;
use near_crypto::PublicKey;
use near_primitives::account::{
    AccessKey, AccessKeyPermission, Account as AccountState, AccountContract,
    FunctionCallPermission,
};
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::receipt::Receipt;
use near_primitives::state_record::StateRecord;
use near_primitives::types::{AccountId, Balance, Gas};
use near_vm_runner::logic::mocks::mock_external::MockedExternal;
use near_vm_runner::logic::{GasCounter, VMContext, VMOutcome};
use near_vm_runner::{Contract, ContractCode, ContractRuntimeCache};
use std::rc::Rc;
use std::sync::Arc;

/// Measures both.
///
/// # Errors
/// When a call is refused or fails, which would be a fault.
pub(crate) fn measure(
    contracts: &Arc<dyn ContractRuntimeCache>,
    report: &mut Report,
) -> Result<(), Problem> {
    let (mut caller, mut app) = (Account::development(), Account::seeded("app", "alice.near")?);
    let mut chain = world::chain(&caller, records(&app.public_key())?, Arc::clone(contracts))?;
    // The nonce's bound grows with the height; at the genesis it is zero.
    chain.tick(0)?;
    authorisation(&chain, &mut app, report)?;
    call(&chain, &mut caller, contracts, report)
}

/// What a function-call key's call costs before it runs.
fn authorisation(chain: &Chain, app: &mut Account, report: &mut Report) -> Result<(), Problem> {
    let tx = app.call(CONTRACT, METHOD, *chain.head().hash())?;
    let (tx_hash, key) = (tx.get_hash(), app.public_key());
    let [signature, authorised] = Samples::in_turns(
        world::ROUNDS,
        [&mut || world::repeated(|| world::verify(&tx.signature, &tx_hash, &key)), &mut || {
            world::repeated(|| world::admit_unsigned(chain, &tx))
        }],
    )?;
    report.times(
        world::PLACE,
        "authorise a limited key's call, signature apart",
        &authorised,
        None,
    );
    let ratio = world::ratio(authorised.median(), signature.median());
    report.number(world::PLACE, "the same / one signature", ratio, "x", Some(1.0));
    Ok(())
}

/// What the engine adds to a call.
fn call(
    chain: &Chain,
    caller: &mut Account,
    contracts: &Arc<dyn ContractRuntimeCache>,
    report: &mut Report,
) -> Result<(), Problem> {
    let receipt = receipt(chain, caller)?;
    let input = BlockInput { incoming: vec![receipt], ..BlockInput::default() };
    let alone = Alone::new(chain, caller, contracts)?;
    let contract = CONTRACT.parse()?;
    let view = || Ok(chain.view_call(chain.head(), &contract, METHOD, &[])?);
    let [whole, itself, alone] = Samples::in_turns(
        world::ROUNDS,
        [
            &mut || world::repeated(|| ran(world::run(chain, &input)?)),
            &mut || world::repeated(view),
            &mut || world::repeated(|| alone.run()),
        ],
    )?;
    report.times(world::PLACE, "call a contract that does nothing", &itself, None);
    report.times(world::PLACE, "run the receipt of such a call", &whole, None);
    report.times(world::PLACE, "the call by near-vm-runner alone", &alone, None);
    let (call, receipt) = (itself.median(), whole.median());
    let ratio = |time| world::ratio(time, alone.median());
    report.number(world::PLACE, "a call / near-vm-runner alone", ratio(call), "x", Some(1.2));
    report.number(world::PLACE, "its receipt / near-vm-runner alone", ratio(receipt), "x", None);
    Ok(())
}

/// The call as the block after the transaction's has it.
fn receipt(chain: &Chain, caller: &mut Account) -> Result<Receipt, Problem> {
    let tx = caller.call(CONTRACT, METHOD, *chain.head().hash())?;
    let input = BlockInput { transactions: vec![tx], ..BlockInput::default() };
    world::run(chain, &input)?.outgoing.pop().ok_or_else(|| "the call sent nothing".into())
}

fn ran(output: BlockOutput) -> Result<BlockOutput, Problem> {
    use near_primitives::transaction::ExecutionStatus::Failure;
    match output.outcomes.first().map(|outcome| &outcome.outcome.status) {
        None => Err("the call did not run".into()),
        Some(Failure(error)) => Err(format!("the call failed: {error:?}").into()),
        Some(_) => Ok(output),
    }
}

/// The contract VM with nothing around it.
struct Alone<'c> {
    chain: &'c Chain,
    contracts: &'c dyn ContractRuntimeCache,
    code: Code,
    contract: AccountId,
    caller: AccountId,
    key: PublicKey,
}

impl<'c> Alone<'c> {
    fn new(
        chain: &'c Chain,
        caller: &Account,
        contracts: &'c Arc<dyn ContractRuntimeCache>,
    ) -> Result<Self, Problem> {
        Ok(Self {
            chain,
            contracts: &**contracts,
            code: Code(hash(NOOP)),
            contract: CONTRACT.parse()?,
            caller: caller.id.clone(),
            key: caller.public_key(),
        })
    }

    fn context(&self) -> Result<VMContext, Problem> {
        Ok(VMContext {
            current_account_id: self.contract.clone(),
            signer_account_id: self.caller.clone(),
            signer_account_pk: borsh::to_vec(&self.key)?,
            predecessor_account_id: self.caller.clone(),
            refund_to_account_id: self.caller.clone(),
            input: Rc::from([]),
            promise_results: Arc::from([]),
            block_height: 1,
            block_timestamp: 1,
            epoch_height: 0,
            account_balance: Balance::from_near(10),
            account_locked_balance: Balance::ZERO,
            storage_usage: 200,
            account_contract: AccountContract::Local(self.code.0),
            attached_deposit: Balance::ZERO,
            prepaid_gas: GAS,
            random_seed: vec![0; 32],
            view_config: None,
            output_data_receivers: Vec::new(),
        })
    }

    fn run(&self) -> Result<VMOutcome, Problem> {
        let config = &self.chain.protocol().config;
        let wasm = &config.wasm_config;
        let gas = GasCounter::new(
            wasm.ext_costs.clone(),
            wasm.limit_config.max_gas_burnt,
            wasm.regular_op_cost,
            GAS,
            false,
        );
        let prepared = near_vm_runner::prepare(
            &self.code,
            Arc::clone(wasm),
            Some(self.contracts),
            gas,
            METHOD,
        );
        let fees = Arc::clone(&config.fees);
        let mut host = MockedExternal::new();
        let outcome = near_vm_runner::run(prepared, &mut host, &self.context()?, fees)
            .map_err(|error| error.to_string())?;
        match outcome.aborted {
            Some(error) => Err(format!("the contract failed: {error}").into()),
            None => Ok(outcome),
        }
    }
}

struct Code(CryptoHash);

impl Contract for Code {
    fn hash(&self) -> CryptoHash {
        self.0
    }

    fn get_code(&self) -> Option<Arc<ContractCode>> {
        Some(Arc::new(ContractCode::new(NOOP.to_vec(), Some(self.0))))
    }
}

/// The contract's account, and a key that may do nothing but call it.
fn records(app: &PublicKey) -> Result<Vec<StateRecord>, Problem> {
    let permission = FunctionCallPermission {
        allowance: Some(Balance::from_near(1)),
        receiver_id: CONTRACT.to_owned(),
        method_names: vec![METHOD.to_owned()],
    };
    let access_key =
        AccessKey { nonce: 0, permission: AccessKeyPermission::FunctionCall(permission) };
    let contract = AccountContract::Local(hash(NOOP));
    let account = AccountState::new(Balance::from_near(10), Balance::ZERO, contract, 200);
    Ok(vec![
        StateRecord::AccessKey {
            account_id: Account::development().id,
            public_key: app.clone().into(),
            access_key,
        },
        StateRecord::Account { account_id: CONTRACT.parse()?, account },
        StateRecord::Contract { account_id: CONTRACT.parse()?, code: NOOP.to_vec() },
    ])
}

const CONTRACT: &str = "contract.near";
const METHOD: &str = "noop";
const GAS: Gas = Gas::from_teragas(30);

/// `(module (func (export "noop")))`
const NOOP: &[u8] =
    b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x08\x01\x04noop\0\0\x0a\x04\x01\x02\0\x0b";
