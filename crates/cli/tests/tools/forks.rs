//! `keyway run --fork`, and `keyway chain fork …`.

use crate::common::{keyway, stderr};
use crate::desk::Desk;
use serde_json::{Value, json};

/// A node of one's own as the network, and a fork of it.
fn forked() -> (Desk, String, Desk) {
    let network = Desk::new();
    let url = format!("http://{}", network.node.addr);
    let fork = Desk::with_node(&["run", "--no-ticks", "--no-fork-cache", "--fork", &url]);
    (network, url, fork)
}

fn amount(desk: &Desk, account_id: &str) -> Value {
    let view =
        json!({"request_type": "view_account", "finality": "final", "account_id": account_id});
    desk.node.call("query", view)["amount"].clone()
}

/// `--fork` was refused beside `--load`, so the dump of a fork could be loaded by a program only. Nor
/// could a network's genesis block be forked any more once there was another block.
#[test]
fn a_dumped_fork_goes_on_with_its_network_or_its_fork_file() {
    let (network, url, fork) = forked();
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (dump, file) = (path("fork.keyway"), path("ref.fork"));
    let send = ["chain", "impersonate", "bob.near", "alice.near", "--transfer", "5 NEAR"];
    fork.json(&send);
    amount(&fork, "judy.near");
    let (bob, height) = (amount(&fork, "bob.near"), fork.node.height());
    fork.answer(&["chain", "dump", &dump]);
    fork.answer(&["chain", "fork", "freeze", &file]);
    // The network goes on; the fork's block stays where it was.
    network.json(&["chain", "impersonate", "judy.near", "bob.near", "--transfer", "1 NEAR"]);
    let untouched = amount(&fork, "judy.near");
    for source in [&["--fork", &url][..], &["--fork-file", &file, "--offline"]] {
        let args = [&["run", "--no-ticks", "--no-fork-cache", "--load", &dump][..], source];
        let loaded = Desk::with_node(&args.concat());
        assert_eq!((amount(&loaded, "bob.near"), loaded.node.height()), (bob.clone(), height));
        assert_eq!(amount(&loaded, "judy.near"), untouched, "{source:?}");
        loaded.json(&send);
        assert_ne!(amount(&loaded, "bob.near"), bob);
    }
    let alone = keyway(["run", "--load", &dump]);
    assert!(!alone.status.success());
    let said = stderr(&alone);
    assert!(said.contains("add --fork NETWORK, or --fork-file"), "{said}");
}

#[test]
fn the_gas_of_a_transaction_on_a_fork_is_shown_with_its_band() {
    let (_network, _, fork) = forked();
    let ran =
        fork.json(&["chain", "impersonate", "bob.near", "alice.near", "--transfer", "5 NEAR"]);
    let hash = ran["transaction"].as_str().unwrap();
    // A transfer writes no contract data.
    let shown = fork.answer(&["chain", "fork", "gas", hash]);
    assert!(shown.contains("as on the network"), "{shown}");
    let bands = fork.json(&["chain", "fork", "gas", hash]);
    assert_eq!(bands["gas_burnt"], bands["gas_burnt_at_most"], "{bands}");
    let other = fork.run(&["chain", "fork", "gas", "11111111111111111111111111111111"]);
    assert_ne!(other.code, 0, "{}", other.whole());
}

/// An offline fork read what its file lacks from this user's cache, so it failed on other machines only.
#[test]
fn an_offline_user_creates_accounts_only_when_told_that_they_are_absent() {
    let (_network, _, fork) = forked();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ref.fork").display().to_string();
    amount(&fork, "bob.near");
    fork.answer(&["chain", "fork", "freeze", &file]);
    let offline = ["run", "--no-ticks", "--fork-file", &file, "--offline"];
    let show = ["account", "show", "new.near"];
    let strict = Desk::with_node(&offline);
    let view =
        json!({"request_type": "view_account", "finality": "final", "account_id": "new.near"});
    let refused = strict.node.try_call("query", view).unwrap_err().to_string();
    assert!(refused.contains("does not have account new.near"), "{refused}");
    let status = strict.json(&["chain", "fork", "status"]);
    assert_eq!((&status["missing"], &status["cache"]), (&json!("error"), &Value::Null));

    let lenient = Desk::with_node(&[&offline[..], &["--fork-missing", "absent"]].concat());
    let absent = lenient.run(&show);
    assert!(absent.stderr.contains("there is no account new.near"), "{}", absent.stderr);
    let status = lenient.json(&["chain", "fork", "status"]);
    assert_eq!((&status["missing"], &status["assumed_absent"]), (&json!("absent"), &json!(1)));
    let (_, said) = lenient.node.signal("TERM");
    assert!(said.contains("WARNING: --fork-missing absent"), "{said}");
    assert!(said.contains("assumed absent: account new.near"), "{said}");
}
