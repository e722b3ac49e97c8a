//! Blocks applied through the engine alone, with any number of transactions in each.

use crate::build::{self, Moment};
use crate::plan::{AccountPlan, TxPlan};
use crate::{driver, world};
use keyway_engine::{BlockContext, BlockInput, BlockOutput, Stakes, apply_block};
use keyway_rules::{Protocol, check_form};
use keyway_state::{Trie, genesis_state};
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::receipt::Receipt;
use near_primitives::transaction::SignedTransaction;
use near_primitives::trie_key::{GlobalContractCodeIdentifier, TrieKey};
use near_primitives::types::{Balance, BlockHeight, Gas, ProtocolVersion};
use std::sync::Arc;

/// Blocks after which receipts must have come to an end.
const MANY: usize = 300;

/// A state, and the receipts that the last block sent out.
#[derive(Clone, Debug)]
pub struct Bench {
    /// Rules and prices.
    pub protocol: Protocol,
    /// The state after the last block.
    pub state: Trie,
    /// Receipts for the next block.
    pub under_way: Vec<Receipt>,
    /// Height of the next block.
    pub height: BlockHeight,
    /// Price of gas in the next block, yoctoNEAR.
    pub gas_price: u128,
    /// Gas after which receipts are delayed.
    pub gas_limit: Gas,
    delayed: bool,
}

impl Bench {
    /// The state that `plans` say, before its first block.
    pub fn new(plans: &[AccountPlan], version: ProtocolVersion) -> Self {
        let protocol = crate::protocol(version);
        let records = world::records(plans, version);
        let validators = [(
            "test.near".parse().expect("an id"),
            world::validator_key(),
            Balance::from_near(50_000_000),
        )];
        let state = genesis_state(records, &validators, &protocol.config).expect("a sound state");
        // No record can hold a global contract.
        let code = GlobalContractCodeIdentifier::CodeHash(hash(driver::CODE));
        let code = TrieKey::GlobalContractCode { identifier: code }.to_vec();
        let state = state.apply([(code, Some(driver::CODE.into()))]).expect("it is in memory");
        Self {
            protocol,
            state,
            under_way: Vec::new(),
            height: 5,
            gas_price: 100_000_000,
            gas_limit: Gas::from_gas(1_000_000_000_000_000),
            delayed: false,
        }
    }

    /// The transaction that `plan` says, for the next block.
    pub fn transaction(&self, plan: &TxPlan) -> SignedTransaction {
        let at = Moment { state: &self.state, height: self.height, base: CryptoHash::default() };
        build::transaction(at, plan)
    }

    /// Whether the form of `tx` is sound, as it must be for a block.
    pub fn takes(&self, tx: &SignedTransaction) -> bool {
        check_form(&self.protocol, tx).is_ok()
    }

    /// Applies a block with `transactions`.
    pub fn seal(&mut self, transactions: Vec<SignedTransaction>) -> BlockOutput {
        self.seal_input(BlockInput { transactions, ..BlockInput::default() })
    }

    /// Applies a block with `input` and the receipts under way.
    pub fn seal_input(&mut self, input: BlockInput) -> BlockOutput {
        let input = BlockInput { incoming: std::mem::take(&mut self.under_way).into(), ..input };
        let output = apply_block(&self.state, &self.context(), &input).expect("the state is sound");
        let state = self.state.apply(output.changes.iter().filter_map(|entry| {
            let last = entry.changes.last()?;
            Some((entry.trie_key.to_vec(), last.data.as_deref().map(Arc::from)))
        }));
        self.state = state.expect("it is in memory");
        self.under_way = output.outgoing.clone();
        self.delayed = output.delayed;
        self.height += 1;
        output
    }

    /// Applies empty blocks until no receipt is left to run, and returns what they did.
    pub fn settle(&mut self) -> Vec<BlockOutput> {
        let mut outputs = Vec::new();
        while self.is_busy() {
            assert!(outputs.len() < MANY, "the receipts do not come to an end");
            outputs.push(self.seal(Vec::new()));
        }
        outputs
    }

    /// Whether receipts are left to run.
    pub fn is_busy(&self) -> bool {
        self.delayed || !self.under_way.is_empty()
    }

    fn context(&self) -> BlockContext {
        BlockContext {
            height: self.height,
            paced_height: self.height,
            timestamp_ns: world::NOW + self.height,
            gas_price: Balance::from_yoctonear(self.gas_price),
            gas_limit: self.gas_limit,
            random_value: hash(&self.height.to_le_bytes()),
            epoch_height: 1,
            chain_id: "test-chain-keyway".into(),
            protocol: self.protocol.clone(),
            stakes: Arc::new(Stakes { minimum: Balance::from_near(1), ..Stakes::default() }),
            contracts: world::contracts(),
            give_up_after: None,
        }
    }
}
