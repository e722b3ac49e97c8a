//! A story: steps that a node is put through, and what must hold after each.

use crate::FuzzedNode;
use crate::draw::{CHOICE, drawn};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use keyway_chain::{Impersonation, Input};
use keyway_property_tests::plan::{ActionPlan, PermissionPlan, TxPlan};
use keyway_property_tests::strategy::{self, NEAR};
use keyway_property_tests::{build, driver, keys, money};
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::hash::hash;
use near_primitives::state_record::StateRecord;
use near_primitives::types::{Balance, BlockHeight, ProtocolVersion};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::time::Duration;

/// One thing that happens to a node.
#[derive(Clone, Debug)]
pub enum Step {
    /// A transaction comes through JSON-RPC.
    Send(TxPlan, &'static str),
    /// A request is answered.
    Ask(Value),
    /// Records are written over the state.
    Patch(Vec<PatchPlan>),
    /// Height and time jump ahead.
    Jump(u64),
    /// An account acts without its key.
    Act(usize, usize, Vec<ActionPlan>),
    /// Several transactions share a block.
    Batch(Vec<TxPlan>),
}

/// A record of a patch.
#[derive(Clone, Debug)]
pub enum PatchPlan {
    /// An account with so many yoctoNEAR, and so many locked.
    Account(usize, u128, u128),
    /// A key in a slot of an account.
    Key(usize, usize, PermissionPlan),
    /// An entry of an account's data.
    Data(usize, u8, u8),
    /// An account's code: the driver, or bytes that are no contract.
    Code(usize, bool),
}

/// The steps that the bytes stand for, 24 at most.
pub fn steps(bytes: &[u8]) -> Vec<Step> {
    let strategy = step();
    let choices = bytes.chunks(CHOICE).take(24);
    choices.filter_map(|choice| drawn(&strategy, choice)).collect()
}

fn step() -> impl Strategy<Value = Step> {
    let sending =
        prop::sample::select(vec!["broadcast_tx_commit", "broadcast_tx_async", "send_tx"]);
    let actions = vec(strategy::action(), 1..3);
    prop_oneof![
        6 => (strategy::transaction(), sending).prop_map(|(plan, method)| Step::Send(plan, method)),
        3 => request().prop_map(Step::Ask),
        2 => vec(patch(), 1..4).prop_map(Step::Patch),
        1 => (1_u64..40).prop_map(Step::Jump),
        2 => (strategy::account(), strategy::account(), actions)
            .prop_map(|(signer, receiver, actions)| Step::Act(signer, receiver, actions)),
        2 => vec(strategy::transaction(), 2..5).prop_map(Step::Batch),
    ]
}

fn patch() -> impl Strategy<Value = PatchPlan> {
    let amount = prop_oneof![0..NEAR, 1_000 * NEAR..1_000_000 * NEAR];
    let account = strategy::account;
    prop_oneof![
        3 => (account(), amount.clone(), amount)
            .prop_map(|(number, amount, locked)| PatchPlan::Account(number, amount, locked)),
        3 => (account(), 0..keys::SLOTS, strategy::permission())
            .prop_map(|(number, slot, plan)| PatchPlan::Key(number, slot, plan)),
        1 => (account(), any::<u8>(), any::<u8>())
            .prop_map(|(number, key, length)| PatchPlan::Data(number, key, length)),
        1 => (account(), any::<bool>()).prop_map(|(number, works)| PatchPlan::Code(number, works)),
    ]
}

/// A request with parameters that could be meant for any method.
fn request() -> impl Strategy<Value = Value> {
    let text = |texts: &[&'static str]| prop::sample::select(texts.to_vec());
    let place = prop_oneof![
        3 => text(&["final", "optimistic", "near-final"]).prop_map(|name| json!({"finality": name})),
        3 => (0_u64..60).prop_map(|height| json!({"block_id": height})),
        1 => Just(json!({"sync_checkpoint": "genesis"})),
        1 => any::<u64>().prop_map(|height| json!({"block_id": height})),
    ];
    let common = (strategy::account(), 0..keys::SLOTS, text(METHODS), text(QUERIES), place);
    (common, any::<u8>()).prop_map(|((account, slot, method, query, place), luck)| {
        let mut params = json!({
            "account_id": keys::account_id(account),
            "public_key": keys::public(account, slot),
            "request_type": query,
            "method_name": driver::METHODS[usize::from(luck) % driver::METHODS.len()],
            "args_base64": "AA==",
            "prefix_base64": "",
            "changes_type": "account_changes",
            "account_ids": [keys::account_id(account)],
            "shard_id": u64::from(luck % 3),
            "epoch_id": null,
            "include_proof": luck.is_multiple_of(2),
        });
        if let (Value::Object(params), Value::Object(place)) = (&mut params, place) {
            params.extend(place);
            // Most methods refuse what they do not know.
            if luck % 4 > 0 {
                params.retain(|name, _| wanted(method, name));
            }
        }
        json!({"jsonrpc": "2.0", "id": luck, "method": method, "params": params})
    })
}

/// Whether a method knows a parameter.
fn wanted(method: &str, name: &str) -> bool {
    let place = matches!(name, "finality" | "block_id" | "sync_checkpoint");
    match method {
        "query" => {
            place || !matches!(name, "changes_type" | "account_ids" | "shard_id" | "epoch_id")
        }
        "chunk" => matches!(name, "block_id" | "shard_id"),
        "validators" | "gas_price" => matches!(name, "block_id"),
        "EXPERIMENTAL_changes" => place || matches!(name, "changes_type" | "account_ids"),
        _ => place,
    }
}

const METHODS: &[&str] = &[
    "query",
    "query",
    "query",
    "block",
    "chunk",
    "EXPERIMENTAL_changes",
    "validators",
    "status",
    "EXPERIMENTAL_changes_in_block",
    "gas_price",
    "EXPERIMENTAL_protocol_config",
    "EXPERIMENTAL_congestion_level",
    "EXPERIMENTAL_validators_ordered",
    "next_light_client_block",
    "EXPERIMENTAL_genesis_config",
    "network_info",
    "client_config",
    "health",
];

const QUERIES: &[&str] = &[
    "view_account",
    "view_access_key",
    "view_access_key_list",
    "view_state",
    "view_code",
    "call_function",
    "view_gas_key_nonces",
];

/// A node on its way through a story.
pub struct Story {
    node: FuzzedNode,
    version: ProtocolVersion,
    /// The newest block that was looked at.
    checked: BlockHeight,
    /// What is held and no header counts, yoctoNEAR.
    uncounted: i128,
}

impl Story {
    /// A node at its genesis.
    pub fn new(version: ProtocolVersion) -> Self {
        let node = FuzzedNode::new(crate::start(version), PATIENCE);
        let checked = node.chain().head().height();
        let mut story = Self { node, version, checked, uncounted: 0 };
        story.uncounted = story.difference(checked).expect("genesis is a block");
        story
    }

    /// Puts the node through a step, and looks at it afterwards.
    ///
    /// # Panics
    /// When something does not hold that must.
    pub fn take(&mut self, step: &Step) {
        let mut patched = false;
        match step {
            Step::Send(plan, method) => self.send(plan, method),
            Step::Ask(request) => self.ask(request),
            Step::Patch(plans) => {
                patched = true;
                let records: Vec<_> = plans.iter().map(record).collect();
                self.ask(&request_of("sandbox_patch_state", &json!({"records": records})));
            }
            Step::Jump(delta) => {
                self.ask(&request_of("sandbox_fast_forward", &json!({"delta_height": delta})));
            }
            Step::Act(signer, receiver, plans) => {
                let plan = TxPlan {
                    signer: *signer,
                    slot: 0,
                    receiver: *receiver,
                    actions: plans.clone(),
                    nonce_step: 1,
                    row: 1,
                    strict: false,
                    flaw: keyway_property_tests::plan::Flaw::None,
                };
                let tx = self.transaction(&plan);
                self.node.apply(Input::Impersonate(Impersonation {
                    signer_id: tx.transaction.signer_id().clone(),
                    receiver_id: tx.transaction.receiver_id().clone(),
                    actions: tx.transaction.actions().to_vec(),
                }));
            }
            Step::Batch(plans) => {
                let transactions = plans.iter().map(|plan| self.transaction(plan)).collect();
                self.node.apply(Input::block(transactions));
            }
        }
        self.assert_tokens(patched);
        self.node.assert_alive();
        self.assert_tokens(false);
    }

    fn send(&self, plan: &TxPlan, method: &str) {
        let bytes = borsh::to_vec(&self.transaction(plan)).expect("memory takes all writes");
        let text = BASE64_STANDARD.encode(bytes);
        let params = match method {
            "send_tx" => json!({"signed_tx_base64": text, "wait_until": "FINAL"}),
            _ => json!([text]),
        };
        self.ask(&request_of(method, &params));
    }

    fn ask(&self, request: &Value) {
        let answer = self.node.answer(request.to_string().as_bytes());
        let body: Value = serde_json::from_slice(&answer.body).expect("an answer is JSON");
        assert_eq!(body["id"], request["id"]);
        assert!(body.get("result").is_some() != body.get("error").is_some(), "{body}");
        let error = body["error"].to_string();
        assert!(!error.contains("panic") && !error.contains("nobody knows"), "{error}");
    }

    fn transaction(&self, plan: &TxPlan) -> near_primitives::transaction::SignedTransaction {
        let chain = self.node.chain();
        let head = chain.head();
        let (state, height) = (&head.state, head.height() + 1);
        build::transaction(build::Moment { state, height, base: *head.hash() }, plan)
    }

    /// Every new block's header counts the tokens that its state and its receipts hold; a patch may
    /// bring some and take some away.
    fn assert_tokens(&mut self, patched: bool) {
        let chain = self.node.chain();
        while self.checked < chain.head().height() {
            self.checked += 1;
            let Some(difference) = self.difference(self.checked) else { continue };
            if patched {
                self.uncounted = difference;
            }
            assert_eq!(difference, self.uncounted, "block {}", self.checked);
        }
    }

    /// What is held at a height beyond what the header counts; none where there is no block.
    fn difference(&self, height: BlockHeight) -> Option<i128> {
        let chain = self.node.chain();
        let block = chain.block_by_height(height).expect("blocks in memory can be read")?;
        let held = money::total(chain.protocol(), &block.state, &block.outgoing);
        let stated = block.header.total_supply().as_yoctonear();
        let burnt = block.balance_burnt.as_yoctonear();
        Some(held as i128 - (stated as i128 - burnt as i128))
    }

    /// The same inputs at the same times make the same chain.
    ///
    /// # Panics
    /// When they make another one.
    pub fn assert_replays(&self) {
        let mut replayed = crate::start(self.version);
        for (now_ns, input) in self.node.accepted() {
            replayed.apply(input, now_ns).expect("it was accepted before");
        }
        let chain = self.node.chain();
        assert_eq!(replayed.head().state.root(), chain.head().state.root());
        assert_eq!(replayed.head().hash(), chain.head().hash());
    }
}

fn request_of(method: &str, params: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": "fuzz", "method": method, "params": params})
}

fn record(plan: &PatchPlan) -> StateRecord {
    let id = |number: usize| keys::account_id(number).clone();
    match plan {
        PatchPlan::Account(number, amount, locked) => {
            let contract = match number.is_multiple_of(3) {
                true => AccountContract::Local(hash(driver::CODE)),
                false => AccountContract::None,
            };
            let [amount, locked] = [*amount, *locked].map(Balance::from_yoctonear);
            StateRecord::Account {
                account_id: id(*number),
                account: Account::new(amount, locked, contract, 182),
            }
        }
        PatchPlan::Key(number, slot, plan) => StateRecord::access_key(
            id(*number),
            keys::public(*number, *slot),
            AccessKey { nonce: 0, permission: build::permission(plan) },
        ),
        PatchPlan::Data(number, key, length) => StateRecord::Data {
            account_id: id(*number),
            data_key: vec![*key].into(),
            value: vec![7; usize::from(*length)].into(),
        },
        PatchPlan::Code(number, works) => StateRecord::Contract {
            account_id: id(*number),
            code: if *works { driver::CODE.to_vec() } else { b"no contract".to_vec() },
        },
    }
}

/// So long that no transaction is still in the queue when its step is over, however busy the machine.
const PATIENCE: Duration = Duration::from_secs(60);
