//! No accepted request breaks the policy, as a second reader of the policy sees it.

use super::{Asked, action, call, reader};
use keyway::protocol::{Action, PublicKey};
use keyway::{Gas, NearToken};
use keyway_relay::policy::{Policy, Spent};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use std::cell::Cell;

const KEYS: [&str; 2] = [
    "ed25519:DcA2MzgpJbrUATQLLceocVckhhAqrkingax4oJ9kZ847",
    "ed25519:6E8sCci9badyRkXb3JoRpBj5p8C6Tw41ELDZoiihKEtp",
];
const ACCOUNTS: [&str; 8] = [
    "game.near",
    "bob.players.near",
    "players.near",
    "evilplayers.near",
    "a.b.players.near",
    "bank.near",
    "relay.near",
    "bob.players.near.evil.near",
];
const PATTERNS: [&str; 4] = ["game.near", "*.players.near", "bank.near", "*.near"];
const METHODS: [&str; 4] = ["play", "leave", "Play", "withdraw"];

/// A list of some, or `any`.
fn among(all: &'static [&'static str]) -> impl Strategy<Value = String> {
    let list = subsequence(all.to_vec(), 1..=all.len()).prop_map(|some| format!("{some:?}"));
    prop_oneof![2 => list, 1 => Just("\"any\"".to_owned())]
}

fn allow() -> impl Strategy<Value = String> {
    let arguments = prop_oneof![
        1 => Just("\"any\"".to_owned()),
        4 => (among(&["bet", "to"]), 0..20_u8).prop_map(|(fields, most)| {
            format!("{{ fields = {fields}, checks = [{{ path = \"$.bet\", at_most = {most} }}] }}")
        }),
    ];
    let call = (among(&METHODS), 1..40_u8, 0..3_u8, arguments).prop_map(|(methods, gas, near, args)| {
        format!(
            "action = \"call\"\nmethods = {methods}\nmax_gas = \"{gas} Tgas\"\nmax_deposit = \"{near} NEAR\"\narguments = {args}\n"
        )
    });
    let transfer = (0..3_u8)
        .prop_map(|near| format!("action = \"transfer\"\nmax_deposit = \"{near} NEAR\"\n"));
    prop_oneof![4 => call, 1 => transfer, 1 => Just("action = \"create_account\"\n".to_owned())]
}

fn rule() -> impl Strategy<Value = String> {
    let ways = prop_oneof![Just("delegate"), Just("intent"), Just("delegate\", \"intent")];
    let lists = (among(&PATTERNS), among(&PATTERNS), among(&KEYS));
    let numbers = (1..4_u8, 1..300_u16);
    let allow = prop::collection::vec(allow(), 1..4);
    (ways, lists, numbers, allow).prop_map(|(ways, (users, receivers, keys), (most, blocks), allow)| {
        let delegate = ways.contains("delegate");
        let keys = if delegate { keys } else { "\"any\"".to_owned() };
        let lifetime = if delegate { format!("max_lifetime_blocks = {blocks}\n") } else { String::new() };
        let allow = allow.iter().fold(String::new(), |all, allow| {
            format!("{all}[[apps.chess.rules.allow]]\n{allow}")
        });
        format!(
            "ways = [\"{ways}\"]\nusers = {users}\nkeys = {keys}\nreceivers = {receivers}\nmax_actions = {most}\n{lifetime}{allow}"
        )
    })
}

fn policy() -> impl Strategy<Value = String> {
    let budgets = prop::array::uniform5(1..8_u8);
    (budgets, prop::collection::vec(rule(), 1..4)).prop_map(|([day, total, call, user, app], rules)| {
        let head = format!(
            "[budget]\nper_day = \"{day} NEAR\"\ntotal = \"{total} NEAR\"\n[apps.chess]\nper_call = \"{call} NEAR\"\nper_user_per_day = \"{user} NEAR\"\nper_day = \"{app} NEAR\"\n"
        );
        rules.iter().enumerate().fold(head, |all, (nth, rule)| {
            format!("{all}[[apps.chess.rules]]\nname = \"rule {nth}\"\n{rule}")
        })
    })
}

/// Arguments, honest and not.
fn args() -> impl Strategy<Value = Vec<u8>> {
    let name = select(vec![
        "bet",
        "bet",
        "bet",
        "bet",
        "bet",
        "to",
        "b\\u0065t",
        "b\u{435}t",
        "Bet",
        "bet\\u0000",
    ]);
    let value = select(vec![
        "0",
        "1",
        "5",
        "10",
        "19",
        "20",
        "1000",
        "-1",
        "1.0",
        "1e2",
        "\"7\"",
        "\"1000\"",
        "[5]",
        "null",
        "18446744073709551617",
        "{\"bet\":3}",
        "{\"bet\":1,\"bet\":99}",
        "\"a\\u0000\"",
    ]);
    let fields = prop::collection::vec((name, value), 1..4);
    let frame = select(vec![
        ("{", "}"),
        ("{", "}"),
        ("{", "}"),
        ("[{", "}]"),
        ("\u{feff}{", "}"),
        ("{", "}{\"bet\":1}"),
    ]);
    (fields, frame).prop_map(|(fields, (open, close))| {
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{open}{}{close}", fields.join(",")).into_bytes()
    })
}

fn one_action() -> impl Strategy<Value = Action> {
    let call =
        (select(METHODS.to_vec()), args(), 0..40_u64, prop_oneof![3 => Just(0), 1 => 0..4_u128])
            .prop_map(|(method, args, gas, near)| {
                let mut action = call(method, &args);
                if let Action::FunctionCall(call) = &mut action {
                    call.gas = Gas::from_teragas(gas);
                    call.deposit = NearToken::from_near(near);
                }
                action
            });
    let transfer = (0..4_u8)
        .prop_map(|near| action(&format!(r#"{{"action":"transfer","deposit":"{near} NEAR"}}"#)));
    let other = select(vec![
        action(r#"{"action":"create_account"}"#),
        action(&format!(r#"{{"action":"delete_key","public_key":"{}"}}"#, KEYS[0])),
        action(&format!(r#"{{"action":"add_full_access_key","public_key":"{}"}}"#, KEYS[0])),
    ]);
    prop_oneof![6 => call, 1 => transfer, 1 => other]
}

fn asked() -> impl Strategy<Value = Asked> {
    let account = || select(ACCOUNTS.to_vec()).prop_map(|name| name.parse().unwrap());
    let who =
        (any::<bool>(), prop::option::weighted(0.9, account()), select(KEYS.to_vec()), 0..250_u64);
    let what = (account(), prop::collection::vec(one_action(), 0..3), 0..3_u128);
    let spent = prop::array::uniform4(prop_oneof![3 => Just(0), 1 => 0..5_u128]);
    (who, what, spent).prop_map(|((delegate, user, key, lifetime_blocks), what, spent)| {
        let (receiver, actions, cost) = what;
        let [user_today, app_today, today, total] = spent.map(NearToken::from_near);
        let user = user.or(delegate.then(|| "game.near".parse().unwrap()));
        Asked {
            app: "chess".parse().unwrap(),
            delegate,
            user,
            key: key.parse::<PublicKey>().unwrap(),
            lifetime_blocks,
            receiver,
            actions,
            cost: NearToken::from_near(cost),
            spent: Spent { user_today, app_today, today, total },
        }
    })
}

#[test]
fn no_accepted_request_breaks_the_policy_as_another_reader_sees_it() {
    let accepted = Cell::new(0_u32);
    let cases = std::cmp::max(ProptestConfig::default().cases, 256);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(cases));
    let requests = prop::collection::vec(asked(), 64);
    runner
        .run(&(policy(), requests), |(text, requests)| {
            let policy =
                Policy::read(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
            for asked in requests {
                if asked.judge(&policy).is_ok() {
                    accepted.set(accepted.get() + 1);
                    prop_assert!(reader::allows(&text, &asked), "{text}\n{asked:?}");
                }
            }
            Ok(())
        })
        .unwrap();
    // Otherwise the property would hold because nothing is ever accepted.
    assert!(accepted.get() > cases / 4, "{} of {} were accepted", accepted.get(), cases * 64);
}
