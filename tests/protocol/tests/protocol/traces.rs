//! Traces: what a transaction did, read from running its receipts again. That gas by cost and money
//! add up is checked for every transaction of every test here.

use crate::delegate::{delegation, relay};
use crate::globals::says;
use keyway_chain::{Input, TraceError};
use keyway_protocol_tests::script::{Arg, Host, amount, contract, host, text};
use keyway_protocol_tests::{NEAR, World, act, fees, id, traced, tx, yocto};
use keyway_trace::{Cause, FrameKind, FrameResult, InputResult, MoneyReason, Status, Trace};
use near_primitives::action::GlobalContractDeployMode as Mode;
use near_primitives::hash::hash;

const TGAS: u64 = 1_000_000_000_000;

/// A call of `method` on `receiver`, kept in `slot`.
fn create(receiver: &str, method: &str, deposit: u128, tgas: u64, slot: u32) -> Host {
    let args = [text(receiver), text(method), text("{}"), amount(deposit), Arg::N(tgas * TGAS)];
    host("promise_create", args).keep(slot)
}

/// A callback on `receiver` after the promise in slot 0, kept in slot 1.
fn then(receiver: &str, method: &str, tgas: u64) -> Host {
    let args =
        [Arg::Kept(0), text(receiver), text(method), text("{}"), amount(0), Arg::N(tgas * TGAS)];
    host("promise_then", args).keep(1)
}

fn returns(slot: u32) -> Host {
    host("promise_return", [Arg::Kept(slot)])
}

/// `app.near` calls `carol.near`, which calls `alice.near`; then it is called back.
pub(crate) fn three_contracts(world: &mut World) {
    let panics = vec![host("panic_utf8", [text("panicked at src/lib.rs:41:9: not yours")])];
    let endless: Vec<Host> =
        (0..200).map(|_| host("storage_write", [text("k"), text("value"), Arg::N(0)])).collect();
    let app = contract(&[
        (
            "go",
            vec![
                create("carol.near", "middle", 0, 60, 0),
                then("app.near", "back", 20),
                returns(1),
            ],
        ),
        (
            "go_poor",
            vec![
                create("carol.near", "fine", 0, 60, 0),
                then("app.near", "endless", 5),
                returns(1),
            ],
        ),
        ("pay", vec![create("carol.near", "missing", NEAR, 20, 0)]),
        (
            "back",
            vec![
                host("log_utf8", [text("called back")]),
                host("promise_result", [Arg::N(0), Arg::N(0)]).keep(0),
                host("panic_utf8", [text("it failed")]),
            ],
        ),
        ("endless", endless),
        (
            "set",
            vec![
                host("storage_write", [text("key"), text("one"), Arg::N(0)]),
                host("storage_write", [text("key"), text("two"), Arg::N(0)]),
            ],
        ),
    ]);
    let carol = contract(&[
        ("middle", vec![create("alice.near", "last", 0, 20, 0), returns(0)]),
        ("fine", vec![host("value_return", [text("7")])]),
    ]);
    let alice = contract(&[("last", panics)]);
    for (account, code) in [("app.near", app), ("carol.near", carol), ("alice.near", alice)] {
        world.send(&tx(account, account, [act::deploy(&code)])).ok();
    }
}

pub(crate) fn call(world: &mut World, method: &str) -> Trace {
    let done =
        world.send(&tx("bob.near", "app.near", [act::call_with(method, b"{\"a\":1}", 200, 0)]));
    traced(&world.chain, &done.hash)
}

fn names(trace: &Trace) -> Vec<(usize, String)> {
    let own = trace.frames.iter().filter(|frame| !frame.kind.is_refund());
    own.map(|frame| (frame.depth, frame.name())).collect()
}

#[test]
fn a_call_tree_over_three_contracts_shows_where_it_failed() {
    let mut world = World::at(88);
    three_contracts(&mut world);
    let trace = call(&mut world, "go");
    let wanted = [
        (1, "app.near: go"),
        (2, "carol.near: middle"),
        (3, "alice.near: last"),
        (2, "app.near: back"),
    ];
    assert_eq!(names(&trace), wanted.map(|(depth, name)| (depth, name.to_owned())));
    let Some(Cause::Failed { first, then, decisive }) = trace.cause() else { panic!("{trace:#?}") };
    assert_eq!(first.name(), "alice.near: last");
    assert!(decisive, "its failure is the transaction's");
    assert_eq!(then.iter().map(|frame| frame.name()).collect::<Vec<_>>(), ["app.near: back"]);
    let FrameResult::Failed { panic: Some(place), .. } = &first.result else {
        panic!("{first:#?}")
    };
    assert_eq!((place.file.as_str(), place.line), ("src/lib.rs", 41));
    let back = trace.frames.iter().find(|frame| frame.kind == FrameKind::Callback).unwrap();
    assert_eq!(back.inputs[0].result, InputResult::Failed);
    assert_eq!(trace.frame(&back.inputs[0].from.unwrap()).unwrap().name(), "carol.near: middle");
    assert_eq!(back.actions[0].logs[0].text, "called back");
}

#[test]
fn a_callback_that_runs_out_of_gas_is_the_cause() {
    let mut world = World::at(88);
    three_contracts(&mut world);
    let trace = call(&mut world, "go_poor");
    let Some(Cause::Failed { first, then, decisive: true }) = trace.cause() else {
        panic!("{trace:#?}")
    };
    assert_eq!((first.name().as_str(), then.len()), ("app.near: endless", 0));
    assert_eq!(first.gas_given_on.as_gas(), 0);
    let FrameResult::Failed { error, .. } = &first.result else { panic!("{first:#?}") };
    assert!(error.to_string().contains("Exceeded the prepaid gas"), "{error}");
    assert!(matches!(&first.inputs[0].result, InputResult::Returned(value) if value.text == "7"));
}

#[test]
fn a_deposit_that_failed_comes_back() {
    let mut world = World::at(88);
    three_contracts(&mut world);
    let trace = call(&mut world, "pay");
    assert!(matches!(trace.status, Status::Succeeded(_)), "{:?}", trace.status);
    let Some(Cause::Failed { first, decisive: false, .. }) = trace.cause() else {
        panic!("{trace:#?}")
    };
    assert_eq!(first.name(), "carol.near: missing");
    let refund = trace.frames.iter().find(|frame| frame.kind == FrameKind::DepositRefund).unwrap();
    assert_eq!((refund.receiver_id.clone(), refund.deposit()), (id("app.near"), yocto(NEAR)));
    let back = trace.money.entries.iter().find(|it| it.reason == MoneyReason::DepositRefunded);
    assert_eq!(back.unwrap().change.0.unsigned_abs(), NEAR);
    let gone: Vec<_> =
        trace.money.entries.iter().filter(|it| it.reason == MoneyReason::Moved).collect();
    assert!(gone.iter().any(|it| it.account_id == Some(id("app.near")) && it.change.0 < 0));
}

#[test]
fn storage_has_the_values_before_and_after() {
    let mut world = World::at(88);
    three_contracts(&mut world);
    call(&mut world, "set");
    let trace = call(&mut world, "set");
    let [entry] = &trace.frames[0].storage.entries[..] else { panic!("one key") };
    let text = |bytes: &Option<keyway_trace::Bytes>| bytes.as_ref().map(|it| it.text.clone());
    assert_eq!((entry.key.text.as_str(), entry.reads, entry.writes), ("key", 0, 2));
    assert_eq!((text(&entry.before), text(&entry.after)), (Some("two".into()), Some("two".into())));
    assert_eq!(trace.frames[0].actions[0].args.as_ref().unwrap().text, "{\"a\":1}");
}

/// A trace runs each host call of the contract once more, and no call twice.
#[test]
fn a_trace_does_the_work_of_the_run_once_more() {
    let mut world = World::at(88);
    let read = host("storage_read", [text("key"), Arg::N(0)]);
    let write = host("storage_write", [text("key"), text("value"), Arg::N(0)]);
    let log = host("log_utf8", [text("again")]);
    let work = [vec![read; 70], vec![write; 30], vec![log; 90]].concat();
    let code = contract(&[("work", work)]);
    world.send(&tx("app.near", "app.near", [act::deploy(&code)])).ok();
    let calls = || act::call_with("work", b"{}", 100, 0);
    let done = world.send(&tx("bob.near", "app.near", [calls(), calls(), calls()]));
    let trace = traced(&world.chain, &done.hash);
    let frame = &trace.frames[0];
    let [entry] = &frame.storage.entries[..] else { panic!("one key") };
    assert_eq!((entry.reads, entry.writes, frame.storage.omitted), (3 * 70, 3 * 30, 0));
    assert!(frame.actions.iter().all(|action| action.logs.len() == 90));
}

#[test]
fn an_allowance_is_seen_to_be_spent() {
    let mut world = World::at(88);
    three_contracts(&mut world);
    let key = act::add_key("bob/app", act::calls("app.near", &["set"], Some(NEAR)));
    world.send(&tx("bob.near", "bob.near", [key])).ok();
    let call = tx("bob.near", "app.near", [act::call_with("set", &[], 50, 0)]).by("bob/app");
    let done = world.send(&call).ok();
    let trace = traced(&world.chain, &done.hash);
    let charged = trace.allowance_charged().unwrap();
    assert!(charged > yocto(50 * u128::from(TGAS) * fees::PURCHASE), "{charged}");
    let refund = trace.frames.iter().find(|frame| frame.kind == FrameKind::GasRefund).unwrap();
    let [change] = &refund.keys[..] else { panic!("the allowance grew again: {refund:#?}") };
    assert_eq!(change.account_id, id("bob.near"));
}

#[test]
fn a_delegate_action_has_its_own_frame() {
    let mut world = World::at(88);
    let signed = delegation(&world, "alice.near", "carol.near", [act::transfer(NEAR)]);
    let done = world.send(&relay(signed.v1())).ok();
    let trace = traced(&world.chain, &done.hash);
    let wanted = [(1, "alice.near: Delegate".to_owned()), (2, "carol.near: Transfer".to_owned())];
    assert_eq!(names(&trace), wanted);
    assert_eq!(trace.frames[1].kind, FrameKind::Delegated);
    assert_eq!(trace.frames[0].keys[0].account_id, id("alice.near"), "her nonce");
}

#[test]
fn a_gas_key_pays_and_is_refunded() {
    let mut world = World::at(88);
    let add = act::add_key("alice/gas", act::gas_full(2));
    let fund = act::fund("alice/gas", NEAR / 10);
    world.send(&tx("alice.near", "alice.near", [add, fund])).ok();
    let pay = tx("alice.near", "bob.near", [act::transfer(NEAR)]).by("alice/gas").row(0);
    let done = world.send(&pay).ok();
    let trace = traced(&world.chain, &done.hash);
    let entries = &trace.money.entries;
    let bought = entries.iter().find(|it| it.reason == MoneyReason::GasBought).unwrap();
    assert!(bought.change.0 < 0);
    let attached = entries.iter().find(|it| it.reason == MoneyReason::Deposited).unwrap();
    assert_eq!(attached.change.0.unsigned_abs(), NEAR);
}

#[test]
fn a_global_contract_is_named_by_its_owner() {
    let mut world = World::at(88);
    let deploy = act::deploy_global(&says("hi"), Mode::AccountId);
    world.send(&tx("alice.near", "alice.near", [deploy])).ok();
    let by_alice = near_primitives::action::GlobalContractIdentifier::AccountId(id("alice.near"));
    world.send(&tx("app.near", "app.near", [act::use_global(by_alice)])).ok();
    let hello = tx("bob.near", "app.near", [act::call_with("hello", &[], 30, 0)]);
    let done = world.send(&hello).ok();
    let trace = traced(&world.chain, &done.hash);
    assert_eq!(trace.frames[0].actions[0].contract.as_deref(), Some("alice.near"));
    assert_eq!(trace.frames[0].actions[0].logs[0].text, "hi");
}

#[test]
fn a_yield_is_traced_when_it_is_resumed_and_when_its_time_is_over() {
    for waits in [false, true] {
        let mut world = crate::yields::world();
        let done = crate::yields::call(&mut world, "wait");
        let pending = traced(&world.chain, &done.hash);
        assert_eq!(pending.status, Status::Pending);
        assert_eq!(pending.frames[1].kind, FrameKind::Yield);
        assert!(pending.money.entries.iter().any(|it| it.reason == MoneyReason::InFlight));
        if waits {
            world.tick(210);
        } else {
            crate::yields::call(&mut world, "resume");
        }
        let trace = traced(&world.chain, &done.hash);
        assert!(matches!(trace.status, Status::Succeeded(_)), "{:?}", trace.status);
        let input = &trace.frames[1].inputs[0];
        assert_eq!((input.from, input.result == InputResult::Failed), (None, waits));
    }
}

/// Blocks that transactions seal do not count for a yield: a trace that took the block's own height
/// would find that its time was over.
#[test]
fn a_trace_counts_blocks_as_the_chain_did() {
    let mut world = crate::yields::world();
    let done = crate::yields::call(&mut world, "wait");
    for _ in 0..120 {
        world.send(&tx("bob.near", "carol.near", [act::transfer(1)])).ok();
    }
    assert!(world.height() > done.height + 250);
    assert_eq!(traced(&world.chain, &done.hash).status, Status::Pending);
}

#[test]
fn an_unknown_transaction_has_no_trace() {
    let world = World::at(88);
    let hash = hash(b"nothing");
    assert_eq!(world.chain.trace(&hash), Err(TraceError::UnknownTransaction { hash }));
}

/// The first block of an epoch writes validators' accounts, and a patch its rows: neither is a
/// transaction's.
#[test]
fn blocks_with_other_writes_are_traced_too() {
    let mut world = World::at(88);
    let hashes: Vec<_> = (0..80)
        .map(|_| {
            world.tick(1);
            world.send_by_hand(&tx("bob.near", "carol.near", [act::transfer(1)])).hash
        })
        .collect();
    for hash in hashes {
        assert_eq!(traced(&world.chain, &hash).frames.len(), 2);
    }
    assert!(world.chain.apply(Input::Tick, 0).is_ok());
}
