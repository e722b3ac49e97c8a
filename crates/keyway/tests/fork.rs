//! Sandboxes that are forks of another Keyway node.

#![cfg(all(feature = "fork", feature = "listen"))]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use keyway::protocol::StateRecord;
use keyway::sandbox::SandboxServer;
use keyway::{Gas, NearLiteral, Sandbox, WaitUntil, call, deploy, transfer};

/// Writes, reads and removes rows as its argument says.
const WASM: &[u8] = include_bytes!("../../../tests/conformance/data/driver.wasm");

/// A chain with a contract that has many rows, and two users.
fn network(rows: u32) -> (Sandbox, SandboxServer) {
    let sandbox = Sandbox::new();
    let shop = sandbox.create_account("token.near").balance(10_000.near()).create().unwrap();
    shop.execute(deploy(WASM).to("token.near")).unwrap();
    for name in ["alice.near", "bob.near"] {
        sandbox.create_account(name).balance(10.near()).create().unwrap();
    }
    let row = |row: u32| StateRecord::Data {
        account_id: "token.near".parse().unwrap(),
        data_key: format!("balance/{row:06}").into_bytes().into(),
        value: b"1000000000000000000000000".to_vec().into(),
    };
    for first in (0..rows).step_by(10_000) {
        sandbox.patch((first..rows.min(first + 10_000)).map(row).collect()).unwrap();
    }
    let mut token = sandbox.account_info("token.near").unwrap().storage_usage;
    token += u64::from(rows) * (40 + 14 + 25);
    patch_usage(&sandbox, token);
    sandbox.seal_blocks(3).unwrap();
    let server = sandbox.listen().unwrap();
    (sandbox, server)
}

/// A patch leaves the account's storage usage as it is.
fn patch_usage(sandbox: &Sandbox, usage: u64) {
    let chain = sandbox.chain();
    let id = "token.near".parse().unwrap();
    let mut account = keyway_state::read::account(&chain.head().state, &id).unwrap().unwrap();
    account.set_storage_usage(usage);
    sandbox.patch(vec![StateRecord::Account { account_id: id, account }]).unwrap();
}

/// Moves an amount between two rows, as a token does: reads both, writes both.
fn program(from: u32, to: u32) -> Vec<u8> {
    let text = |text: String| [&(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
    let key = |row: u32| text(format!("balance/{row:06}"));
    let mut program = Vec::new();
    for row in [from, to] {
        program.extend([&[3], &key(row)[..]].concat());
    }
    for row in [from, to] {
        program.extend([&[2], &key(row)[..], &text("2".repeat(25))].concat());
    }
    program
}

#[test]
fn a_token_transfer_reads_few_rows_and_none_twice() {
    let (_network, server) = network(100_000);
    let fork = Sandbox::fork(server.url()).build().unwrap();
    let begun = fork.forked_from().unwrap();
    assert!(begun.counts.requests <= 5 && begun.rows == 0, "nothing is downloaded: {begun:?}");
    let alice = fork.account_with_key("alice.near", Sandbox::known_key("alice.near").unwrap());
    let alice = alice.unwrap();
    let transfer = || {
        let intent = call("token.near", "run").args(program(70_000, 3)).gas(Gas::from_teragas(30));
        assert!(alice.execute(intent).unwrap().is_success());
    };
    transfer();
    let first = fork.forked_from().unwrap();
    assert!(first.rows <= 20, "{first:?}");
    assert!(first.counts.requests <= begun.counts.requests + 12, "{first:?}");
    transfer();
    let second = fork.forked_from().unwrap();
    assert_eq!(second.counts.requests, first.counts.requests, "again without a request");
}

#[test]
fn what_happens_on_a_fork_stays_there() {
    let (network, server) = network(10);
    let fork = Sandbox::fork(server.url()).build().unwrap();
    assert!(fork.height() <= network.height());
    let alice = fork.account_with_key("alice.near", Sandbox::known_key("alice.near").unwrap());
    let alice = alice.unwrap();
    assert!(
        alice.execute_if_short(transfer(4.near()).to("bob.near")).is_none(),
        "it may ask the network"
    );
    alice.execute(transfer(4.near()).to("bob.near")).unwrap();
    assert_eq!(fork.balance("bob.near").unwrap(), 14.near());
    assert_eq!(network.balance("bob.near").unwrap(), 10.near());
    assert!(network.forked_from().is_none());
    // A clone of a fork reads by the same link.
    assert_eq!(fork.clone().balance("bob.near").unwrap(), 14.near());
}

#[test]
fn a_fork_file_is_a_sandbox_without_a_network() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ref.fork");
    {
        let (_network, server) = network(10);
        let fork = Sandbox::fork(server.url()).build().unwrap();
        fork.balance("alice.near").unwrap();
        fork.freeze(&path).unwrap();
    }
    let fork = Sandbox::fork_file(&path).build().unwrap();
    assert_eq!(fork.balance("alice.near").unwrap(), 10.near());
    let error = fork.balance("bob.near").unwrap_err().to_string();
    assert!(error.contains("account bob.near"), "{error}");
    assert!(Sandbox::new().freeze(&path).is_err());
}

/// `keyway key least` failed on a young fork: it asked for the chunk of the network's block.
#[tokio::test]
async fn recent_transactions_end_where_the_fork_begins() {
    let (_network, server) = network(10);
    let fork = Sandbox::fork(server.url()).build().unwrap();
    let begun = fork.height();
    let alice = fork.account_with_key("alice.near", Sandbox::known_key("alice.near").unwrap());
    alice.unwrap().execute(transfer(1.near()).to("bob.near")).unwrap();
    let lately = fork.client().recent_transactions("alice.near", 100).await.unwrap();
    assert_eq!(lately.transactions.len(), 1);
    assert_eq!(lately.from, begun + 1);
}

/// The band was to be had by a method of its own only, so nobody saw it who did not know of it.
#[tokio::test]
async fn outcomes_have_the_band_of_their_gas() {
    let (network, server) = network(1_000);
    let fork = Sandbox::fork(server.url()).build().unwrap();
    let intent = || call("token.near", "run").args(program(700, 3)).gas(Gas::from_teragas(30));
    let act = |chain: &Sandbox| chain.impersonate("alice.near").unwrap().execute(intent()).unwrap();
    let (here, there) = (act(&fork), act(&network));
    let band = here.gas_band().unwrap();
    assert!(band.low <= there.gas_burnt() && there.gas_burnt() <= band.high, "{band:?}");
    assert!(band.low < band.high && here.bill().contains("on the network at most"), "{here}");
    assert_eq!((band.low, there.gas_band()), (here.gas_burnt(), None));
    // A receipt that only returns tokens burns the same everywhere.
    let refund = here.refunds().next().unwrap().gas_band().unwrap();
    assert_eq!(refund.low, refund.high);
    // Over JSON-RPC it is the same outcome.
    let hash = here.transaction_hash();
    let server = fork.listen().unwrap();
    for client in [fork.client(), keyway::Client::http(&server.url()).unwrap()] {
        let read = client.transaction(hash, "alice.near", WaitUntil::Executed).await.unwrap();
        assert_eq!(read, here);
    }
    let acted = fork.client().impersonate("bob.near", intent()).await.unwrap();
    assert!(acted.is_success() && acted.gas_band().is_some(), "{acted}");
}
