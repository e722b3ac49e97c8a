//! What contracts may verify and how much they may hold, on both sides of the versions that changed it.

use keyway_protocol_tests::script::{Arg, Host, contract, host};
use keyway_protocol_tests::{NEAR, World, act, id, public, signer, tx, yocto};
use near_primitives::account::{Account, AccountContract};
use near_primitives::action::Action;
use near_primitives::errors::{ActionErrorKind, FunctionCallError};
use near_primitives::hash::hash;
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::ExecutionStatus;

/// How many values the contract of [`full_world`] holds, and how long each is, bytes.
const VALUES: u64 = 60;
const VALUE_BYTES: usize = 100_000;

/// `app.near` holds 6 MB and has a contract whose methods read a part of it.
fn full_world(version: u32, methods: &[(&str, std::ops::Range<u64>)]) -> World {
    let read = |key: u64| host("storage_read", [Arg::Bytes(key.to_le_bytes().to_vec()), Arg::N(0)]);
    let methods: Vec<_> =
        methods.iter().map(|(name, keys)| (*name, keys.clone().map(read).collect())).collect();
    let code = contract(&methods);
    let contract = AccountContract::Local(hash(&code));
    let account = Account::new(yocto(1_000 * NEAR), yocto(0), contract, 182);
    let mut records = vec![
        StateRecord::Account { account_id: id("app.near"), account },
        StateRecord::Contract { account_id: id("app.near"), code },
    ];
    records.extend((0..VALUES).map(|key| StateRecord::Data {
        account_id: id("app.near"),
        data_key: key.to_le_bytes().to_vec().into(),
        // Each value is another one: a proof holds equal values once.
        value: key.to_le_bytes().repeat(VALUE_BYTES / 8).into(),
    }));
    let mut world = World::at(version);
    world.patch(records);
    world
}

fn exceeds_the_proof(kind: &ActionErrorKind) -> bool {
    matches!(kind, ActionErrorKind::FunctionCallError(FunctionCallError::ExecutionError(error))
        if error.contains("Size of the recorded trie storage proof has exceeded"))
}

#[test]
fn from_86_the_calls_of_a_receipt_share_one_storage_proof() {
    let methods = [("first", 0..30), ("second", 30..60)];
    for version in 84..=88 {
        let mut world = full_world(version, &methods);
        let calls = ["first", "second"].map(|name| act::call_with(name, &[], 300, 0));
        let done = world.send(&tx("bob.near", "app.near", calls));
        if version < 86 {
            done.ok();
            continue;
        }
        let (index, kind) = done.failure().unwrap();
        assert_eq!(index, Some(1), "the second call goes beyond 4 MB");
        assert!(exceeds_the_proof(&kind), "{kind:?}");
    }
}

#[test]
fn one_call_reads_less_than_four_megabytes_at_every_version() {
    for version in 84..=88 {
        let mut world = full_world(version, &[("less", 0..39), ("more", 0..41)]);
        let call = |name| tx("bob.near", "app.near", [act::call_with(name, &[], 300, 0)]);
        world.send(&call("less")).ok();
        let kind = world.send(&call("more")).error();
        assert!(exceeds_the_proof(&kind), "{kind:?}");
    }
}

#[test]
fn actions_other_than_calls_add_nothing_to_the_storage_proof() {
    let last = VALUES.to_le_bytes();
    let world_with = |len: usize| {
        let mut world = full_world(88, &[("most", 0..39), ("last", VALUES..VALUES + 1)]);
        let (data_key, value) = (last.to_vec().into(), vec![7; len].into());
        world.patch(vec![StateRecord::Data { account_id: id("app.near"), data_key, value }]);
        world
    };
    let receipt = |more: &[Action]| {
        let calls = ["most", "last"].map(|name| act::call_with(name, &[], 150, 0));
        tx("app.near", "app.near", [&calls, more].concat())
    };
    let fits = |len| world_with(len).send(&receipt(&[])).failure().is_none();
    // The largest value with which both calls stay below 4 MB: not a byte is left then.
    let (mut fit, mut exceed) = (0, VALUE_BYTES);
    assert!(fits(fit) && !fits(exceed));
    while fit + 1 < exceed {
        let middle = fit.midpoint(exceed);
        *(if fits(middle) { &mut fit } else { &mut exceed }) = middle;
    }
    let add = act::add_key("app/new", act::full());
    world_with(fit).send(&receipt(&[add, act::transfer(1)])).ok();
}

#[test]
fn from_87_a_contract_has_one_local_for_every_two_bytes() {
    // Each method of these contracts has eight locals and a name of eight bytes.
    let code = |padding: usize| {
        let names: Vec<_> = (0..40).map(|number| format!("m{number}")).collect();
        let log = host("log_utf8", [Arg::Bytes(vec![b'x'; padding])]);
        let methods: Vec<_> = names
            .iter()
            .enumerate()
            .map(|(place, name)| {
                (name.as_str(), if place == 0 { vec![log.clone()] } else { Vec::new() })
            })
            .collect();
        contract(&methods)
    };
    let (short, long) = (code(1), code(400));
    assert!(short.len() / 2 < 40 * 8 && long.len() / 2 > 40 * 8);
    for (version, code, runs) in
        [(86, &short, true), (87, &short, false), (87, &long, true), (88, &short, false)]
    {
        let mut world = World::at(version);
        world.send(&tx("app.near", "app.near", [act::deploy(code)])).ok();
        let done = world.send(&tx("bob.near", "app.near", [act::call("m1", 0)]));
        let error = done.failure().map(|(_, kind)| format!("{kind:?}")).unwrap_or_default();
        assert_eq!(error.contains("TooManyLocals"), !runs, "{version}: {error}");
        assert_eq!(error.is_empty(), runs, "{version}: {error}");
    }
}

#[test]
fn from_85_contracts_verify_p256_signatures() {
    // RFC 6979, A.2.5: curve P-256, SHA-256, message "sample".
    let signature = bytes(
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
         f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    );
    let key = bytes("0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
    let verify = |message: &[u8]| {
        host(
            "p256_verify",
            [
                Arg::Bytes(signature.clone()),
                Arg::Bytes(hash(message).0.to_vec()),
                Arg::Bytes(key.clone()),
            ],
        )
    };
    both_sides(85, verify(b"sample"), verify(b"simple"));
}

#[test]
fn from_87_contracts_verify_ml_dsa_65_signatures() {
    let label = "ml-dsa-65:any";
    let raw = |borsh: Vec<u8>| Arg::Bytes(borsh[1..].to_vec());
    let signature = raw(borsh::to_vec(&signer(label).sign(b"sample")).unwrap());
    let key = raw(borsh::to_vec(&public(label)).unwrap());
    let verify = |message: &[u8]| {
        host("ml_dsa_verify", [signature.clone(), Arg::Bytes(message.to_vec()), key.clone()])
    };
    both_sides(87, verify(b"sample"), verify(b"simple"));
}

/// Before `since` the function is not there; then it tells `good` from `bad`.
#[track_caller]
fn both_sides(since: u32, good: Host, bad: Host) {
    // As many bytes as the function's answer: one for true, none for false.
    let say = host("value_return", [Arg::Kept(0), Arg::At(vec![1])]);
    let method = |verify: Host| vec![verify.keep(0), say.clone()];
    let code = contract(&[("good", method(good)), ("bad", method(bad))]);
    for version in [since - 1, since] {
        let mut world = World::at(version);
        world.send(&tx("app.near", "app.near", [act::deploy(&code)])).ok();
        for (name, value) in [("good", vec![1]), ("bad", vec![])] {
            let done = world.send(&tx("bob.near", "app.near", [act::call(name, 0)]));
            if version < since {
                let error = format!("{:?}", done.error());
                assert!(error.contains("LinkError") || error.contains("Link Error"), "{error}");
            } else {
                assert_eq!(done.first().outcome.status, ExecutionStatus::SuccessValue(value));
            }
        }
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("two hex digits"))
        .collect()
}
