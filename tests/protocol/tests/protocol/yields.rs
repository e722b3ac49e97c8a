//! Yield and resume (NEP-519): a call that waits for data from a later call.

use keyway_protocol_tests::script::{Arg, Host, amount, contract, host, text};
use keyway_protocol_tests::{World, act, fees, tx};

const GAS: u64 = 10_000_000_000_000;

/// Writes under `key` as many bytes as the status of the first promise result counts.
fn note_status(key: &str) -> Vec<Host> {
    vec![
        host("promise_result", [Arg::N(0), Arg::N(1)]).keep(0),
        host("storage_write", [text(key), Arg::Kept(0), Arg::N(0), Arg::N(2)]),
    ]
}

fn methods() -> Vec<(&'static str, Vec<Host>)> {
    let wait = |method: &str| {
        host("promise_yield_create", [text(method), text(""), Arg::N(GAS), Arg::N(0), Arg::N(0)])
    };
    let keep_id = host("storage_write", [text("id"), Arg::Register(0), Arg::N(2)]);
    let read_id = host("storage_read", [text("id"), Arg::N(0)]);
    let resume = host("promise_yield_resume", [Arg::Register(0), text("payload")]);
    let name = || Arg::Bytes(vec![7; 32]);
    let create_named = host(
        "promise_yield_create_with_id",
        [text("done"), text(""), amount(0), Arg::N(GAS), Arg::N(0), name()],
    );
    let resume_named = host("promise_yield_resume_with_yield_id", [name(), text("payload")]);
    let back = host("promise_return", [Arg::Kept(0)]);
    let take = vec![
        host("promise_result", [Arg::N(0), Arg::N(1)]),
        host("storage_write", [text("payload"), Arg::Register(1), Arg::N(2)]),
        host("value_return", [text("thanks")]),
    ];
    vec![
        ("wait", vec![wait("done").keep(0), keep_id.clone(), back.clone()]),
        ("wait_for_payload", vec![wait("take").keep(0), keep_id.clone(), back.clone()]),
        ("resume", vec![read_id.clone(), resume.clone()]),
        ("at_once", vec![wait("done").keep(0), keep_id, resume, back.clone()]),
        ("wait_named", vec![create_named.keep(0), back]),
        ("resume_named", vec![resume_named]),
        ("done", note_status("status")),
        ("take", take),
    ]
}

pub(crate) fn world() -> World {
    let mut world = World::at(88);
    let code = contract(&methods());
    world.send(&tx("app.near", "app.near", [act::deploy(&code)])).ok();
    world
}

pub(crate) fn call(world: &mut World, method: &str) -> keyway_protocol_tests::Done {
    world.send(&tx("bob.near", "app.near", [act::call_with(method, &[], 100, 0)])).ok()
}

/// 1 where the waiting call got data, 2 where it timed out.
fn status(world: &World) -> Option<usize> {
    world.data("app.near", b"status").map(|bytes| bytes.len())
}

#[test]
fn a_later_call_hands_over_its_payload() {
    let mut world = world();
    call(&mut world, "wait_for_payload");
    assert_eq!(world.data("app.near", b"payload"), None);
    call(&mut world, "resume");
    assert_eq!(world.data("app.near", b"payload").unwrap(), b"payload");
    world.check_money();
}

#[test]
fn the_one_who_waits_pays_and_gets_the_rest_back() {
    let mut world = world();
    let before = world.balance("bob.near");
    let waiting = call(&mut world, "wait");
    // The gas for the callback is still bound.
    let bound = u128::from(GAS) * fees::PURCHASE;
    assert!(before - world.balance("bob.near") > bound);
    call(&mut world, "resume");
    assert!(before - world.balance("bob.near") < bound);
    assert_eq!(waiting.failure(), None);
    world.check_money();
}

#[test]
fn after_two_hundred_blocks_it_runs_without() {
    let mut world = world();
    let done = call(&mut world, "wait");
    let started = done.first().height;
    while world.height() < started + 200 {
        assert_eq!(status(&world), None, "{} blocks after", world.height() - started);
        world.tick(1);
    }
    // The timeout is found in block 200; the callback runs in the next.
    assert_eq!(status(&world), None);
    world.tick(1);
    assert_eq!(status(&world), Some(2));
    world.tick(1);
    world.check_money();

    // Too late.
    call(&mut world, "resume");
    assert_eq!(status(&world), Some(2));
}

#[test]
fn a_chain_is_idle_when_nothing_can_time_out() {
    let mut world = world();
    let is_idle = |world: &World| world.chain.is_idle().unwrap();
    assert!(is_idle(&world));
    call(&mut world, "wait");
    assert!(!is_idle(&world));
    world.tick(210);
    assert!(is_idle(&world));
}

#[test]
fn a_yield_waits_while_transactions_seal_blocks() {
    let mut world = world();
    let started = call(&mut world, "wait").first().height;
    while world.height() < started + 250 {
        world.send(&tx("bob.near", "carol.near", [act::transfer(1)])).ok();
    }
    assert_eq!(status(&world), None);
    call(&mut world, "resume");
    assert_eq!(status(&world), Some(1));
    world.check_money();
}

#[test]
fn data_in_time_leaves_nothing_to_time_out() {
    let mut world = world();
    call(&mut world, "wait");
    call(&mut world, "resume");
    assert_eq!(status(&world), Some(1));
    call(&mut world, "resume");
    world.tick(210);
    assert_eq!(status(&world), Some(1));
    world.check_money();
}

#[test]
fn a_call_may_resume_what_it_has_just_begun() {
    let mut world = world();
    call(&mut world, "at_once");
    assert_eq!(status(&world), Some(1));
    world.check_money();
}

#[test]
fn a_yield_may_have_a_name() {
    let mut world = world();
    call(&mut world, "resume_named");
    assert_eq!(status(&world), None, "nothing has that name yet");
    call(&mut world, "wait_named");
    call(&mut world, "resume_named");
    assert_eq!(status(&world), Some(1));
    world.check_money();
}

#[test]
fn a_name_is_free_again_afterwards() {
    let mut world = world();
    for _ in 0..2 {
        call(&mut world, "wait_named");
        call(&mut world, "resume_named");
    }
    call(&mut world, "wait_named");
    world.tick(203);
    assert_eq!(status(&world), Some(2));
    world.check_money();
}
