//! What ran on nearcore after a block, run on a fork of that block which knows no more than what the
//! node answered about it.

#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyway_chain::{Chain, ChainOptions, ForkPoint};
use keyway_conformance::{answers, differences};
use keyway_node::{Node, WallClock};
use keyway_rpc::{Service, Settings};
use keyway_state::{BasePage, BaseState, StateError, Value as Bytes};
use near_crypto::PublicKey;
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::hash::CryptoHash;
use near_primitives::trie_key::trie_key_parsers::{
    get_raw_prefix_for_access_keys, get_raw_prefix_for_contract_data,
};
use near_primitives::trie_key::{GlobalContractCodeIdentifier, TrieKey};
use near_primitives::types::AccountId;
use near_primitives::views::AccessKeyView;
use near_vm_runner::MockContractRuntimeCache;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::runtime::Builder;

/// 502 answers of nearcore about the state after one block, and 38 steps that it ran then.
const RECORDING: &str = include_str!("../data/fork.json");

/// What a node said about its state.
#[derive(Debug, Default)]
struct Recording {
    rows: BTreeMap<Vec<u8>, Bytes>,
    /// Keys without a row, and prefixes below which all rows are recorded.
    absent: BTreeSet<Vec<u8>>,
    complete: BTreeSet<Vec<u8>>,
    proofs: BTreeMap<Vec<u8>, Vec<Vec<u8>>>,
    proves: bool,
}

impl BaseState for Recording {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StateError> {
        match self.rows.get(key) {
            None if !self.absent.contains(key) && !self.is_complete(key) => {
                let reason = format!("{} is not recorded", String::from_utf8_lossy(key));
                Err(StateError::Unreadable { reason })
            }
            row => Ok(row.cloned()),
        }
    }

    fn page(&self, prefix: &[u8], after: Option<&[u8]>) -> Result<BasePage, StateError> {
        let rows =
            self.rows.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        let rows = rows.filter(|(key, _)| after.is_none_or(|after| key.as_slice() > after));
        let entries = rows.map(|(key, value)| (key.clone(), value.clone())).collect();
        Ok(BasePage { entries, complete: true })
    }

    fn proof(&self, prefix: &[u8]) -> Result<Option<Vec<Vec<u8>>>, StateError> {
        Ok(self.proofs.get(prefix).filter(|_| self.proves).cloned())
    }
}

impl Recording {
    fn is_complete(&self, key: &[u8]) -> bool {
        self.complete.iter().any(|prefix| key.starts_with(prefix))
    }

    fn of(recording: &Value, proves: bool) -> Self {
        let mut all = Self { proves, ..Self::default() };
        for name in UNRECORDED {
            let account_id: AccountId = name.parse().unwrap();
            all.absent.insert(TrieKey::Account { account_id }.to_vec());
        }
        let block = &recording["block"]["hash"];
        for exchange in recording["exchanges"].as_array().unwrap() {
            let asked = &exchange["params"];
            if exchange["method"] == "query" && asked["block_id"] == *block {
                all.add(asked, &exchange["answer"]);
            }
        }
        all
    }

    fn add(&mut self, asked: &Value, answer: &Value) {
        let found = Some(&answer["result"]).filter(|result| result.get("error").is_none());
        let found = found.filter(|_| answer.get("error").is_none());
        let account_id = || parsed::<AccountId>(&asked["account_id"]);
        let key = || parsed::<PublicKey>(&asked["public_key"]);
        match asked["request_type"].as_str().unwrap() {
            "view_account" => {
                let row = TrieKey::Account { account_id: account_id() };
                // The least account, a key and the name of a global contract: no room for data.
                if found.is_some_and(|view| parsed::<u64>(&view["storage_usage"]) < 250) {
                    self.complete.insert(get_raw_prefix_for_contract_data(&account_id(), &[]));
                }
                self.put(&row, found.map(|view| borsh(&account(view))));
            }
            "view_access_key" => {
                let row = TrieKey::access_key(account_id(), key());
                let view = found.map(parsed::<AccessKeyView>);
                self.put(&row, view.map(|view| borsh(&AccessKey::from(view))));
            }
            "view_access_key_list" => {
                self.complete.insert(get_raw_prefix_for_access_keys(&account_id()));
            }
            "view_gas_key_nonces" => {
                let nonces = found.map(|view| parsed::<Vec<u64>>(&view["nonces"]));
                for (index, nonce) in (0..).zip(nonces.unwrap_or_default()) {
                    let row = TrieKey::gas_key_nonce(account_id(), key(), index);
                    self.put(&row, Some(borsh(&nonce)));
                }
            }
            "view_code" => {
                let row = TrieKey::ContractCode { account_id: account_id() };
                self.put(&row, found.map(|view| bytes(&view["code_base64"])));
            }
            "view_global_contract_code" => {
                let hash = parsed::<CryptoHash>(&asked["code_hash"]);
                self.global(GlobalContractCodeIdentifier::CodeHash(hash), found);
            }
            "view_global_contract_code_by_account_id" => {
                self.global(GlobalContractCodeIdentifier::AccountId(account_id()), found);
            }
            "view_state" => self.state(&account_id(), asked, found),
            _ => {}
        }
    }

    fn global(&mut self, identifier: GlobalContractCodeIdentifier, found: Option<&Value>) {
        let row = TrieKey::GlobalContractCode { identifier };
        self.put(&row, found.map(|view| bytes(&view["code_base64"])));
    }

    fn state(&mut self, account_id: &AccountId, asked: &Value, found: Option<&Value>) {
        let row = |key: Vec<u8>| TrieKey::ContractData { account_id: account_id.clone(), key };
        // Also of a contract whose data is too large for one answer: it is recorded row by row.
        self.complete.insert(get_raw_prefix_for_contract_data(account_id, &[]));
        let Some(view) = found else { return };
        for item in view["values"].as_array().unwrap() {
            self.put(&row(bytes(&item["key"])), Some(bytes(&item["value"])));
        }
        if asked["include_proof"] == true {
            let proof = view["proof"].as_array().unwrap().iter().map(bytes).collect();
            self.proofs.insert(get_raw_prefix_for_contract_data(account_id, &[]), proof);
        }
    }

    fn put(&mut self, row: &TrieKey, value: Option<Vec<u8>>) {
        match value {
            Some(value) => drop(self.rows.insert(row.to_vec(), value.into())),
            None => drop(self.absent.insert(row.to_vec())),
        }
    }
}

fn account(view: &Value) -> Account {
    let none = CryptoHash::default();
    let contract = if !view["global_contract_hash"].is_null() {
        AccountContract::Global(parsed(&view["global_contract_hash"]))
    } else if !view["global_contract_account_id"].is_null() {
        AccountContract::GlobalByAccount(parsed(&view["global_contract_account_id"]))
    } else {
        let hash = parsed::<CryptoHash>(&view["code_hash"]);
        if hash == none { AccountContract::None } else { AccountContract::Local(hash) }
    };
    let usage = parsed(&view["storage_usage"]);
    Account::new(parsed(&view["amount"]), parsed(&view["locked"]), contract, usage)
}

/// Where the network was.
fn point(recording: &Value) -> ForkPoint {
    let answer = |method: &str| {
        let exchanges = recording["exchanges"].as_array().unwrap();
        let found = exchanges.iter().find(|exchange| exchange["method"] == method);
        found.unwrap()["answer"]["result"].clone()
    };
    let (status, validators) = (answer("status"), answer("validators"));
    let list = |name: &str| {
        let list = validators[name].as_array().unwrap().iter();
        let of =
            |v: &Value| (parsed(&v["account_id"]), parsed(&v["public_key"]), parsed(&v["stake"]));
        list.map(of).collect()
    };
    ForkPoint {
        genesis: parsed(&answer("genesis_config")),
        genesis_hash: parsed(&status["genesis_hash"]),
        block: parsed(&answer("block")),
        protocol_version: parsed(&status["protocol_version"]),
        epoch_height: parsed(&validators["epoch_height"]),
        epoch_start_height: parsed(&validators["epoch_start_height"]),
        validators: list("current_validators"),
        next_validators: list("next_validators"),
    }
}

/// Runs the steps on a fork. Returns by how much the gas of outcomes was too low at most, for each
/// receiver of transactions; no gas may be too high.
fn run(proves: bool) -> BTreeMap<String, u64> {
    let recording: Value = serde_json::from_str(RECORDING).unwrap();
    let base = Arc::new(Recording::of(&recording, proves));
    let cache = Arc::new(MockContractRuntimeCache::default());
    let chain = Chain::fork(&point(&recording), base, ChainOptions::default(), cache).unwrap();
    let service = Service::new(Node::in_memory(chain, WallClock), Settings::default());
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let steps = recording["after"].as_array().unwrap();
    let answers = answers(steps, &mut |method, params| {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let answer = runtime.block_on(service.answer(request.to_string().as_bytes()));
        serde_json::from_slice(&answer.body).unwrap()
    });
    let mut low = BTreeMap::new();
    for (number, (step, answer)) in steps.iter().zip(answers.unwrap()).enumerate() {
        let wanted = &step["answer"];
        let differ = differences(&without_gas(wanted), &without_gas(&answer));
        assert!(differ.is_empty(), "step {number}: {differ:#?}\n{answer:#}");
        let receiver = step["tx"]["receiver_id"].as_str().unwrap_or_default().to_owned();
        let lowest = low.entry(receiver).or_default();
        for (there, here) in gas(wanted).into_iter().zip(gas(&answer)) {
            assert!(here <= there, "step {number}: {here} gas, and {there} on nearcore");
            *lowest = there.saturating_sub(here).max(*lowest);
        }
    }
    low.retain(|_, low| *low > 0);
    low
}

/// The same without what depends on gas.
fn without_gas(answer: &Value) -> Value {
    match answer {
        Value::Object(members) => {
            let kept = members.iter().filter(|(name, _)| !GAS.iter().any(|gas| name.contains(gas)));
            kept.map(|(name, value)| (name.clone(), without_gas(value))).collect()
        }
        Value::Array(list) => list.iter().map(without_gas).collect(),
        other => other.clone(),
    }
}

/// The gas of all outcomes, in order.
fn gas(answer: &Value) -> Vec<u64> {
    let below: Vec<u64> = match answer {
        Value::Object(members) => members.values().flat_map(gas).collect(),
        Value::Array(list) => list.iter().flat_map(gas).collect(),
        _ => Vec::new(),
    };
    answer["gas_burnt"].as_u64().into_iter().chain(below).collect()
}

/// Accounts that the steps create. Nobody asked the node whether they existed before.
const UNRECORDED: [&str; 2] =
    ["child.user-fork.root", "887b67fdcc54bbdfe8a3e11c150e8849917177e27ac245d12309690b73bb403e"];

const GAS: [&str; 7] =
    ["gas_burnt", "tokens_burnt", "gas_profile", "amount", "allowance", "balance", "deposit"];

#[test]
fn a_fork_answers_as_nearcore_did_except_for_the_gas_of_writes() {
    let low = run(false);
    let nodes: Vec<_> = low.iter().map(|(name, gas)| (name.as_str(), gas / NODE)).collect();
    assert_eq!(nodes, [("big-fork.root", 5), ("data-fork.root", 12)]);
}

#[test]
fn with_proofs_only_a_contract_that_is_too_large_for_one_burns_less() {
    let contracts: Vec<_> = run(true).into_keys().collect();
    assert_eq!(contracts, ["big-fork.root"]);
}

/// The price of a trie node, gas.
const NODE: u64 = 2_280_000_000;

fn parsed<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

fn borsh<T: borsh::BorshSerialize>(value: &T) -> Vec<u8> {
    borsh::to_vec(value).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap_or_default()).unwrap()
}
