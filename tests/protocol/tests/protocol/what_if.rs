//! What if: a past transaction run again with something changed; and calls that were never sent.

use crate::traces::{call, three_contracts};
use keyway_chain::{Change, Impersonation, TraceError};
use keyway_protocol_tests::script::{contract, host, text};
use keyway_protocol_tests::{Done, NEAR, World, act, id, public, traced, tx, yocto};
use keyway_trace::{Changed, KeyEventKind, Status, Trace, ViewResult, differences};
use near_primitives::errors::{InvalidTxError, TxExecutionError};
use near_primitives::types::Gas;

/// Carol takes a NEAR from Bob, and others go on.
fn paid(world: &mut World) -> Done {
    let done = world.send(&tx("bob.near", "carol.near", [act::transfer(NEAR)])).ok();
    world.send(&tx("carol.near", "bob.near", [act::transfer(1)])).ok();
    done
}

#[track_caller]
fn tried(world: &World, done: &Done, changes: &[Change]) -> (Trace, Trace) {
    let root = world.chain.head().state.root();
    let before = traced(&world.chain, &done.hash);
    let after = world.chain.what_if(&done.hash, changes).expect("it can be tried");
    assert_eq!(world.chain.head().state.root(), root, "nothing is kept");
    assert_eq!(after.money.sum().0, 0, "{:#?}", after.money);
    (before, after)
}

#[test]
fn without_a_change_nothing_differs() {
    let mut world = World::at(88);
    three_contracts(&mut world);
    for method in ["go", "go_poor", "pay", "set"] {
        let trace = call(&mut world, method);
        let mut again = world.chain.what_if(&trace.transaction.hash, &[]).unwrap();
        again.transaction.block_hash = trace.transaction.block_hash;
        assert_eq!(again, trace, "{method}");
    }
}

#[test]
fn less_money_would_have_been_refused() {
    let mut world = World::at(88);
    let done = paid(&mut world);
    let poor = Change::Balance { account_id: id("bob.near"), amount: yocto(NEAR / 2) };
    let (_, after) = tried(&world, &done, &[poor]);
    let Status::Failed(TxExecutionError::InvalidTxError(error)) = &after.status else {
        panic!("{:?}", after.status)
    };
    assert!(matches!(error, InvalidTxError::NotEnoughBalance { .. }), "{error:?}");
    assert!(after.frames.is_empty());
}

#[test]
fn another_amount_and_another_key() {
    let mut world = World::at(88);
    let done = paid(&mut world);
    let (before, after) = tried(&world, &done, &[Change::Deposit { action: 0, deposit: yocto(5) }]);
    let found = differences(&before, &after);
    let deposit = found.iter().find(|it| it.what == "deposit").unwrap();
    let values = Changed::Values { before: NEAR.to_string(), after: "5".to_owned() };
    assert_eq!((deposit.place.as_str(), &deposit.changed), ("1", &values));

    let stranger = Change::Signer { public_key: public("stranger") };
    let (_, after) = tried(&world, &done, &[stranger]);
    assert!(
        matches!(
            &after.status,
            Status::Failed(TxExecutionError::InvalidTxError(
                InvalidTxError::InvalidAccessKeyError(_)
            ))
        ),
        "{:?}",
        after.status
    );
}

#[test]
fn an_allowance_that_would_not_have_been_enough() {
    let mut world = World::at(88);
    three_contracts(&mut world);
    let key = act::add_key("bob/app", act::calls("app.near", &["set"], Some(NEAR)));
    world.send(&tx("bob.near", "bob.near", [key])).ok();
    let call = tx("bob.near", "app.near", [act::call_with("set", &[], 50, 0)]).by("bob/app");
    let done = world.send(&call).ok();
    let allowance = |allowance| Change::Allowance {
        account_id: id("bob.near"),
        public_key: public("bob/app"),
        allowance,
    };
    let (before, after) = tried(&world, &done, &[allowance(None)]);
    assert_eq!(before.status, after.status);
    let (_, after) = tried(&world, &done, &[allowance(Some(yocto(1)))]);
    assert!(matches!(after.status, Status::Failed(_)), "{:?}", after.status);
    let own = Change::Allowance {
        account_id: id("bob.near"),
        public_key: public("bob.near"),
        allowance: None,
    };
    let error = world.chain.what_if(&done.hash, &[own]).unwrap_err();
    assert!(matches!(&error, TraceError::Change { reason } if reason.contains("has no allowance")));
}

#[test]
fn other_gas_and_other_code_end_otherwise() {
    let mut world = World::at(88);
    three_contracts(&mut world);
    let done = world.send(&tx("bob.near", "app.near", [act::call_with("go", &[], 200, 0)]));
    let fixed = contract(&[("last", vec![host("value_return", [text("8")])])]);
    let code = Change::Code { account_id: id("alice.near"), code: fixed };
    let (before, after) = tried(&world, &done, &[code]);
    let last = |trace: &Trace| {
        trace.frames.iter().find(|it| it.name() == "alice.near: last").unwrap().failed()
    };
    assert_eq!([last(&before), last(&after)], [true, false]);

    let little = Change::Gas { action: 0, gas: Gas::from_gas(1_000_000_000_000) };
    let (_, after) = tried(&world, &done, &[little]);
    assert_eq!(after.frames[0].gas_attached.as_gas(), 1_000_000_000_000);
    assert!(after.frames[0].failed());
    for change in
        [Change::Gas { action: 3, gas: Gas::from_gas(1) }, Change::Args { action: 9, args: vec![] }]
    {
        assert!(matches!(
            world.chain.what_if(&done.hash, &[change]),
            Err(TraceError::Change { .. })
        ));
    }
}

#[test]
fn a_call_that_was_not_sent_is_traced_and_forgotten() {
    let mut world = World::at(88);
    three_contracts(&mut world);
    let (head, root) = (world.height(), world.chain.head().state.root());
    let act = |method| Impersonation {
        signer_id: id("bob.near"),
        receiver_id: id("app.near"),
        actions: vec![act::call_with(method, &[], 200, 0)],
    };
    let trace = world.chain.trace_impersonated(act("set")).unwrap();
    assert_eq!(trace.transaction.public_key, None);
    assert_eq!(trace.frames[0].storage.entries[0].key.text, "key");
    assert_eq!((world.height(), world.chain.head().state.root()), (head, root));
    let view = world.chain.trace_view(world.chain.head(), &id("app.near"), "go", &[]).unwrap();
    assert!(matches!(view.result, ViewResult::Failed(_)), "views create no promises: {view:?}");
    let sum = view.costs.iter().fold(0, |sum, cost| sum + cost.gas.as_gas());
    assert_eq!(sum, view.gas_burnt.as_gas());
}

/// Millions of reads of many keys, and logs as long as the protocol allows, fit into a bounded trace.
#[test]
fn a_hostile_contract_makes_a_bounded_trace() {
    let mut world = World::at(88);
    let mut calls = Vec::new();
    for number in 0..900_u32 {
        let key = format!("key {number}");
        calls.push(host("storage_read", [text(&key), keyway_protocol_tests::script::Arg::N(0)]));
    }
    for _ in 0..15 {
        calls.push(host("log_utf8", [text(&"l".repeat(1_000))]));
    }
    let code = contract(&[("go", calls)]);
    world.send(&tx("app.near", "app.near", [act::deploy(&code)])).ok();
    let go: Vec<_> = (0..15).map(|_| act::call_with("go", &[], 60, 0)).collect();
    let done = world.send(&tx("bob.near", "app.near", go));
    let trace = traced(&world.chain, &done.hash);
    let storage = &trace.frames[0].storage;
    assert_eq!((storage.entries.len(), storage.entries[0].reads), (900, 15));
    assert!(serde_json::to_string(&trace).unwrap().len() < 8 << 20);
}

#[test]
fn the_history_of_keys_tells_each_event_and_its_transaction() {
    let mut world = World::at(88);
    three_contracts(&mut world);
    let key = act::add_key("bob/app", act::calls("app.near", &["set"], Some(NEAR)));
    let added = world.send(&tx("bob.near", "bob.near", [key])).ok();
    let call = tx("bob.near", "app.near", [act::call_with("set", &[], 50, 0)]).by("bob/app");
    let used = world.send(&call).ok();
    let deleted = world.send(&tx("bob.near", "bob.near", [act::delete_key("bob/app")])).ok();
    let handle = public("bob/app").to_string();
    let history = world.chain.key_history(&id("bob.near"), Some(&handle), None).unwrap();
    let events: Vec<_> =
        history.events.iter().map(|it| (it.kind.word(), it.transaction_hash)).collect();
    let wanted = [
        ("added", Some(added.hash)),
        ("used", Some(used.hash)),
        ("refunded", Some(used.hash)),
        ("deleted", Some(deleted.hash)),
    ];
    assert_eq!(events, wanted);
    let (KeyEventKind::Used { charged, left, .. }, KeyEventKind::Refunded { amount, left: then }) =
        (&history.events[1].kind, &history.events[2].kind)
    else {
        panic!("{history:#?}")
    };
    assert_eq!(left.unwrap().checked_add(*amount), Some(*then));
    assert_eq!(charged.unwrap().checked_add(left.unwrap()), Some(yocto(NEAR)));

    let all = world.chain.key_history(&id("bob.near"), None, None).unwrap();
    assert_eq!(all.events[0].kind.word(), "existed");
    assert_eq!((all.from_height, all.to_height, all.next_height), (0, world.height(), None));
    let later = world.chain.key_history(&id("bob.near"), None, Some(deleted.height)).unwrap();
    assert!(later.events.iter().all(|it| it.block_height >= deleted.height));
    let beyond = world.chain.key_history(&id("bob.near"), None, Some(world.height() + 9)).unwrap();
    assert!(beyond.events.is_empty());
}

#[test]
fn a_relayed_use_of_a_key_is_in_its_history() {
    let mut world = World::at(88);
    let signed =
        crate::delegate::delegation(&world, "alice.near", "carol.near", [act::transfer(1)]);
    let done = world.send(&crate::delegate::relay(signed.v1())).ok();
    let history = world.chain.key_history(&id("alice.near"), None, None).unwrap();
    let last = history.events.last().unwrap();
    assert_eq!(last.transaction_hash, Some(done.hash));
    assert!(
        matches!(last.kind, KeyEventKind::Used { nonce, charged: None, .. } if nonce == signed.nonce)
    );
}
