use super::super::*;
use crate::NearLiteral;
use crate::error::{Error, QueryError};
use crate::{GasLiteral, call};

/// The driver contract, which interprets its arguments.
const DRIVER: &[u8] = include_bytes!("../../../../../tests/conformance/data/driver.wasm");

/// An operation of the driver: an opcode and texts.
fn op(code: u8, texts: &[&str]) -> Vec<u8> {
    let mut bytes = vec![code];
    for text in texts {
        bytes.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes
}

/// Reads `key` and returns what is there.
fn read(key: &str) -> Vec<u8> {
    [op(0x03, &[key]), op(0x06, &[])].concat()
}

fn game(sandbox: &Sandbox) -> SandboxAccount {
    sandbox.create_account("game.near").contract(DRIVER).create().unwrap()
}

#[test]
fn a_contract_is_called_and_viewed() {
    let sandbox = Sandbox::new();
    game(&sandbox);
    let alice = sandbox.create_account("alice.near").create().unwrap();
    let program = [op(0x02, &["score", "42"]), op(0x01, &["written"]), op(0x05, &["7"])].concat();
    let outcome = alice.call("game.near", "play").args(program).gas(50.tgas()).execute().unwrap();
    assert_eq!(outcome.json::<u32>().unwrap(), 7);
    assert_eq!(outcome.logs().collect::<Vec<_>>(), ["written"]);
    let view = || sandbox.view("game.near", "run").args(read("score"));
    assert_eq!(view().json::<u32>().unwrap(), 42);
    assert_eq!(view().bytes().unwrap(), b"42");
    assert_eq!(view().borsh::<[u8; 2]>().unwrap(), *b"42");
    assert_eq!(view().call().unwrap().block_height, sandbox.height());
    let state = sandbox.contract_state("game.near", "sc").unwrap();
    assert_eq!(state, [(b"score".to_vec(), b"42".to_vec())]);
    assert!(sandbox.contract_state("game.near", "x").unwrap().is_empty());
}

#[test]
fn a_contract_comes_by_deploying_too() {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").create().unwrap();
    alice.deploy(DRIVER).unwrap();
    let usage = sandbox.account_info("alice.near").unwrap().storage_usage;
    sandbox.create_account("other.near").contract(DRIVER).create().unwrap();
    assert_eq!(sandbox.account_info("other.near").unwrap().storage_usage, usage);
    alice.call("alice.near", "noop").execute().unwrap();
    alice.execute(call("other.near", "noop")).unwrap();
}

#[test]
fn a_call_is_executed_at_once_if_it_burns_little() {
    let sandbox = Sandbox::new();
    game(&sandbox);
    let alice = sandbox.create_account("alice.near").create().unwrap();
    let write = |entries: u32| {
        let writes = (0..entries).map(|entry| op(0x02, &[&entry.to_string(), "x"]));
        call("game.near", "play").args(writes.collect::<Vec<_>>().concat()).gas(300.tgas())
    };
    // What is not compiled yet is not short: on a new machine the first call failed this test.
    alice.execute(write(3)).unwrap();
    let outcome = alice.execute_if_short(write(3)).expect("it is short").unwrap();
    assert!(outcome.is_success());
    let height = sandbox.height();
    assert!(alice.execute_if_short(write(100)).is_none());
    assert_eq!(sandbox.height(), height);
    assert_eq!(sandbox.contract_state("game.near", "").unwrap().len(), 3);
    alice.execute(write(100)).unwrap();
    assert_eq!(sandbox.contract_state("game.near", "").unwrap().len(), 100);
}

#[test]
fn arguments_and_deposits_arrive() {
    let sandbox = Sandbox::new();
    game(&sandbox);
    let alice = sandbox.create_account("alice.near").create().unwrap();
    let before = sandbox.balance("game.near").unwrap();
    alice.call("game.near", "noop").args_json("no program").deposit(1.near()).execute().unwrap();
    assert!(sandbox.balance("game.near").unwrap() >= before.checked_add(1.near()).unwrap());
    alice.call("game.near", "noop").args_borsh(&[1_u8, 2]).execute().unwrap();
    sandbox.view("game.near", "noop").args_json("x").bytes().unwrap();
    sandbox.view("game.near", "noop").args_borsh(&1_u8).bytes().unwrap();
}

#[test]
fn what_fails_is_typed() {
    let sandbox = Sandbox::new();
    game(&sandbox);
    let alice = sandbox.create_account("alice.near").create().unwrap();
    let missing = alice.call("game.near", "missing").simulate().unwrap_err();
    assert_eq!(missing.kind(), "Failed.Action.FunctionCall.Function.NotFound");
    let error = alice.call("game.near", "play").args(op(0x07, &["no"])).execute().unwrap_err();
    assert_eq!(error.kind(), "Failed.Action.FunctionCall.Execution.Panicked");
    let error = sandbox.view("game.near", "missing").bytes().unwrap_err();
    assert!(matches!(error, Error::Query(QueryError::UnknownMethod { .. })), "{error}");
    let nothing = alice.call("game.near", "").execute().unwrap_err();
    assert_eq!(nothing.kind(), "Argument.Empty");
}

#[test]
fn a_contract_is_called_as_itself() {
    let sandbox = Sandbox::new();
    game(&sandbox);
    let alice = sandbox.create_account("alice.near").create().unwrap();
    assert!(alice.call("game.near", "create_account").execute().is_err());
    let itself = sandbox.impersonate("game.near").unwrap();
    itself.call("game.near", "create_account").simulate().unwrap();
    itself.call("game.near", "create_account").execute().unwrap();
}
