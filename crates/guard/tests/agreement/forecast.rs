//! A key that is used until it is refused makes as many calls as forecast, and has as much left.

use crate::cases::rebased;
use crate::world::{NOW, account_facts, chain, chain_facts};
use keyway_chain::{Chain, Input, Refused};
use keyway_guard::{AccountFacts, Forecast, Precision, Source, Usage, forecast, unsigned};
use keyway_rules::Rule;
use keyway_test_kit::signed;
use near_crypto::{KeyType, SecretKey};
use near_primitives::account::{
    AccessKey, AccessKeyPermission, Account, AccountContract, FunctionCallPermission, GasKeyInfo,
};
use near_primitives::action::{Action, FunctionCallAction};
use near_primitives::errors::InvalidTxError;
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::ExecutionOutcomeWithId;
use near_primitives::types::{AccountId, Balance, Gas, ProtocolVersion};

/// `play` burns some gas and calls `rest` of the same contract, which burns some more. `lose` burns some gas and fails.
const GAME: &str = r#"(module
    (import "env" "promise_create"
        (func $create (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
    (import "env" "current_account_id" (func $me (param i64)))
    (import "env" "read_register" (func $read (param i64 i64)))
    (import "env" "register_len" (func $len (param i64) (result i64)))
    (memory 1)
    (data (i32.const 0) "rest")
    (data (i32.const 8) "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
    (func $work (param $rounds i64)
        (loop $again
            (local.set $rounds (i64.sub (local.get $rounds) (i64.const 1)))
            (br_if $again (i64.ne (local.get $rounds) (i64.const 0)))))
    (func (export "play")
        (call $work (i64.const 400000))
        (call $me (i64.const 0))
        (call $read (i64.const 0) (i64.const 64))
        (drop (call $create (call $len (i64.const 0)) (i64.const 64)
            (i64.const 4) (i64.const 0) (i64.const 0) (i64.const 0)
            (i64.const 8) (i64.const 5000000000000))))
    (func (export "rest") (call $work (i64.const 100000)))
    (func (export "lose") (call $work (i64.const 300000)) unreachable))"#;

/// More calls than any key here can pay for.
const MANY: u64 = 2_000;

/// A key of alice's account for an app, and the funds for it.
struct Setup {
    version: ProtocolVersion,
    permission: AccessKeyPermission,
    amount: Balance,
    /// Bytes of data that the account pays storage for.
    data: usize,
    /// Whether alice's own account has the contract.
    own: bool,
}

fn limited(milli: u128) -> Setup {
    let allowance = Some(Balance::from_millinear(milli));
    let calls = FunctionCallPermission { allowance, ..calls() };
    let permission = AccessKeyPermission::FunctionCall(calls);
    Setup { version: 86, permission, amount: Balance::from_near(100), data: 0, own: false }
}

fn gas_key(milli: u128) -> Setup {
    let info = GasKeyInfo { balance: Balance::from_millinear(milli), num_nonces: 3 };
    let permission = AccessKeyPermission::GasKeyFunctionCall(info, calls());
    Setup { permission, ..limited(0) }
}

fn calls() -> FunctionCallPermission {
    let receiver_id = "game.near".to_owned();
    FunctionCallPermission { allowance: None, receiver_id, method_names: Vec::new() }
}

#[derive(Clone)]
struct Table {
    chain: Chain,
    alice: AccountId,
    game: AccountId,
    secret: SecretKey,
}

impl Table {
    fn new(setup: Setup) -> Self {
        let secret = SecretKey::from_seed(KeyType::ED25519, "app");
        let alice: AccountId = "alice.near".parse().unwrap();
        let game = if setup.own { alice.clone() } else { "game.near".parse().unwrap() };
        let account = |account_id: &AccountId, amount, contract| StateRecord::Account {
            account_id: account_id.clone(),
            account: Account::new(amount, Balance::ZERO, contract, 0),
        };
        let code = wat::parse_str(GAME).unwrap();
        let contract = AccountContract::Local(hash(&code));
        let rows = AccessKey { nonce: 0, permission: setup.permission.clone() };
        let rows = rows.gas_key_info().map_or(0, |info| info.num_nonces);
        let key = AccessKey { nonce: 0, permission: setup.permission };
        let mut records = match setup.own {
            true => vec![account(&alice, setup.amount, contract)],
            false => vec![
                account(&alice, setup.amount, AccountContract::None),
                account(&game, Balance::from_near(10), contract),
            ],
        };
        records.push(StateRecord::access_key(alice.clone(), secret.public_key(), key));
        records.push(StateRecord::Contract { account_id: game.clone(), code });
        records.extend((0..rows).map(|index| StateRecord::GasKeyNonce {
            account_id: alice.clone(),
            public_key: secret.public_key().into(),
            index,
            nonce: 0,
        }));
        if setup.data > 0 {
            let (data_key, value) = (b"data".to_vec().into(), vec![7; setup.data].into());
            records.push(StateRecord::Data { account_id: alice.clone(), data_key, value });
        }
        Self { chain: chain(setup.version, records), alice, game, secret }
    }

    fn facts(&self) -> AccountFacts {
        account_facts(&self.chain, &self.alice).unwrap()
    }

    fn foresee(&self, usage: &Usage) -> Forecast {
        let now = chain_facts(&self.chain);
        forecast(&now, &self.facts(), &self.secret.public_key(), usage).unwrap()
    }

    /// The funds, yoctoNEAR.
    fn funds(&self, source: Source) -> Balance {
        let facts = self.facts();
        let key = &facts.keys[0].access_key;
        match source {
            Source::Allowance => key.permission.function_call_permission().unwrap().allowance,
            Source::GasKey => key.gas_key_info().map(|info| info.balance),
            _ => Some(facts.account.amount()),
        }
        .unwrap()
    }

    fn call(&mut self, method: &str, gas: Gas) -> Result<CryptoHash, InvalidTxError> {
        let call = FunctionCallAction {
            method_name: method.to_owned(),
            args: Vec::new(),
            gas,
            deposit: Balance::ZERO,
        };
        let (facts, public_key) = (self.facts(), self.secret.public_key());
        let key = facts.key(&(&public_key).into());
        let actions = vec![Action::FunctionCall(Box::new(call))];
        let transaction = unsigned(&self.alice, &public_key, key, &self.game, actions);
        let transaction = rebased(transaction, *self.chain.head().hash());
        let transaction = signed(transaction, &self.secret);
        let hash = transaction.get_hash();
        match self.chain.apply(Input::transaction(transaction), NOW) {
            Ok(_) => Ok(hash),
            Err(Refused::Transaction(error)) => Err(*error),
            Err(other) => panic!("{other}"),
        }
    }

    /// Gas burnt by the transaction and its receipts, without refunds.
    fn burnt(&self, transaction: &CryptoHash) -> Gas {
        let mut burnt = Gas::ZERO;
        let mut ids = vec![*transaction];
        while let Some(id) = ids.pop() {
            let entry = self.chain.outcome(&id).unwrap().unwrap();
            let ExecutionOutcomeWithId { outcome, .. } = entry.outcome;
            ids.extend(&outcome.receipt_ids);
            let receipt = self.chain.receipt(&id).unwrap();
            let is_refund = receipt.is_some_and(|receipt| receipt.predecessor_id().is_system());
            if !is_refund {
                burnt = burnt.checked_add(outcome.gas_burnt).unwrap();
            }
        }
        burnt
    }
}

#[track_caller]
fn check(setup: Setup, method: &str, tgas: u64, ended_by: Rule) {
    let (seen, made, left, refusal) = play(setup, method, tgas);
    assert_eq!(seen.precision, Precision::Exact, "{seen}");
    assert_eq!(seen.ended_by, Some(ended_by), "{seen}");
    assert_eq!(Some(made), seen.calls_left, "{seen}");
    assert_eq!(left, seen.left, "{seen}");
    assert_eq!(Some(refusal), seen.refusal);
}

/// The forecast, the calls that the key makes, what is left after the forecast number of calls, and why the next is
/// refused.
#[track_caller]
fn play(setup: Setup, method: &str, tgas: u64) -> (Forecast, u64, Balance, InvalidTxError) {
    let mut table = Table::new(setup);
    let gas = Gas::from_teragas(tgas);
    // What a call burns is measured once, on a fork.
    let mut trial = table.clone();
    let usage = Usage::new(table.game.clone(), method, gas);
    let usage = match trial.call(method, gas) {
        Ok(hash) => usage.burning_in_all(trial.burnt(&hash)),
        Err(_) => usage,
    };
    let seen = table.foresee(&usage);
    let (mut made, mut left) = (0, Balance::ZERO);
    let refusal = loop {
        assert!(made < MANY, "{seen}");
        if Some(made) == seen.calls_left {
            left = table.funds(seen.source);
        }
        match table.call(method, gas) {
            Ok(_) => made += 1,
            Err(refusal) => break refusal,
        }
    };
    (seen, made, left, refusal)
}

#[test]
fn of_keys_with_an_allowance() {
    for milli in [0, 20, 103, 250, 700] {
        check(limited(milli), "play", 100, Rule::Allowance);
        check(limited(milli), "play", 20, Rule::Allowance);
    }
    check(limited(400), "lose", 300, Rule::Allowance);
}

#[test]
fn of_gas_keys() {
    for milli in [0, 20, 103, 250] {
        check(gas_key(milli), "play", 100, Rule::GasKeyBalance);
    }
    check(gas_key(320), "lose", 300, Rule::GasKeyBalance);
}

#[test]
fn of_keys_that_only_the_account_limits() {
    let unlimited = || AccessKeyPermission::FunctionCall(calls());
    let amount = Balance::from_millinear(350);
    let free = |permission| Setup { permission, amount, ..limited(0) };
    check(free(unlimited()), "play", 100, Rule::Balance);
    check(free(AccessKeyPermission::FullAccess), "play", 100, Rule::Balance);
    let stored = Setup { data: 9_000, ..free(AccessKeyPermission::FullAccess) };
    check(stored, "play", 100, Rule::StorageStake);
}

#[test]
fn at_other_versions() {
    for version in [84, 87, 88] {
        check(Setup { version, ..limited(60) }, "play", 100, Rule::Allowance);
    }
}

#[test]
fn of_an_account_that_earns_with_its_own_contract() {
    let own = |version| {
        let amount = Balance::from_millinear(350);
        Setup { version, amount, own: true, permission: AccessKeyPermission::FullAccess, data: 0 }
    };
    for version in [84, 86] {
        let (seen, made, left, _) = play(own(version), "play", 100);
        assert_eq!(seen.precision, Precision::AtLeast, "{seen}");
        assert!(made > seen.calls_left.unwrap() && left > seen.left, "{made}: {seen}");
        assert!(seen.to_string().contains("calls left:      at least "), "{seen}");
    }
    for version in [87, 88] {
        check(own(version), "play", 100, Rule::Balance);
    }
}

/// A reward does not raise an allowance.
#[test]
fn of_an_app_of_the_accounts_own_contract() {
    let calls = FunctionCallPermission {
        allowance: Some(Balance::from_millinear(150)),
        receiver_id: "alice.near".to_owned(),
        ..calls()
    };
    let permission = AccessKeyPermission::FunctionCall(calls);
    check(Setup { own: true, permission, ..limited(0) }, "play", 100, Rule::Allowance);
}
