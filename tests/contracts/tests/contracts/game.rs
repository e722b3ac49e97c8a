//! An app plays in the player's name.

use crate::{assert_not_for_this_key, assert_panics};
use keyway::{
    Error, GasBudget, KeyPair, NearLiteral, Sandbox, SandboxAccount, add_function_call_key, call,
    transfer,
};
use keyway_contract_tests::{GAME, install, view};
use serde_json::{Value, json};

#[test]
fn an_app_plays_in_the_players_name() {
    let (sandbox, alice) = started();
    let app = app_of(&alice);
    for round in 1..=10 {
        assert_eq!(play(&app).unwrap()["rounds"], round);
    }
    let score = score_of(&sandbox, "alice.near");
    assert_eq!(score["rounds"], 10);
    assert!((1..10).contains(&score["won"].as_u64().unwrap()), "{score}");
    assert_eq!(score_of(&sandbox, "bob.near"), json!({"rounds": 0, "won": 0}));
}

#[test]
fn the_apps_key_does_nothing_else() {
    let (_sandbox, alice) = started();
    let app = app_of(&alice);
    assert_not_for_this_key(app.execute(call("game.near", "leave")));
    let paid = call("game.near", "play").args_json(&json!({"heads": true})).deposit(1.yoctonear());
    assert_not_for_this_key(app.execute(paid));
    assert_not_for_this_key(app.execute(transfer(1.near()).to("game.near")));
}

#[test]
fn who_leaves_makes_room() {
    let (sandbox, alice) = started();
    let bytes = || sandbox.account_info("game.near").unwrap().storage_usage;
    let empty = bytes();
    play(&alice).unwrap();
    assert!(bytes() > empty);
    alice.call("game.near", "leave").execute().unwrap();
    assert_eq!(bytes(), empty);
    assert_eq!(score_of(&sandbox, "alice.near"), json!({"rounds": 0, "won": 0}));
}

#[test]
fn a_full_game_says_so_and_goes_on_for_its_players() {
    let (sandbox, alice) = started();
    play(&alice).unwrap();
    let game = sandbox.impersonate("game.near").unwrap();
    let free = sandbox.account_info("game.near").unwrap().available;
    let rest = free.checked_sub(1.millinear()).unwrap();
    // What the transfer itself costs is taken from the rest.
    game.execute(transfer(rest.checked_sub(1.millinear()).unwrap()).to("near")).unwrap();
    let bob = sandbox.create_account("bob.near").create().unwrap();
    assert_panics(play(&bob), "the game is full");
    play(&alice).unwrap();
    sandbox.root().execute(transfer(1.near()).to("game.near")).unwrap();
    play(&bob).unwrap();
}

#[test]
fn only_the_account_begins_its_game() {
    let sandbox = Sandbox::new();
    sandbox.create_account("game.near").contract(GAME).create().unwrap();
    assert_panics(sandbox.root().call("game.near", "new").execute(), "private");
}

fn started() -> (Sandbox, SandboxAccount) {
    let sandbox = Sandbox::new();
    let game = sandbox.create_account("game.near").create().unwrap();
    install(&game, GAME, &json!({}), 0.near()).unwrap();
    let alice = sandbox.create_account("alice.near").create().unwrap();
    (sandbox, alice)
}

/// The app's key: one function, and a budget.
fn app_of(alice: &SandboxAccount) -> SandboxAccount {
    let key = KeyPair::random_ed25519();
    let may = add_function_call_key(key.public_key(), "game.near").functions(["play"]);
    alice.execute(may.gas_budget(GasBudget::limit(250.millinear()))).unwrap();
    alice.with_key(key)
}

fn play(player: &SandboxAccount) -> Result<Value, Error> {
    player.call("game.near", "play").args_json(&json!({"heads": true})).execute()?.json()
}

fn score_of(sandbox: &Sandbox, account_id: &str) -> Value {
    view(sandbox, "game.near", "score_of", &json!({"account_id": account_id})).unwrap()
}
