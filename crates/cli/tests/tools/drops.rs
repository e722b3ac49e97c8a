//! `keyway drop …`

use crate::contracts::{act, says};
use crate::desk::{Desk, snapshot, without_gas};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

#[test]
fn links_are_made_listed_and_claimed() {
    let desk = Desk::new();
    account(&desk, "drop.near");
    let file = desk.credentials().join("links.txt");
    let made = desk.answer(&[&create("3")[..], &["--links-file", file.to_str().unwrap()]].concat());
    snapshot("drop_create", &made);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&file).unwrap();
    let links: Vec<&str> = text.lines().collect();
    assert_eq!(links.len(), 3);
    snapshot("drop_list", &desk.answer(&["drop", "list", "drop.near"]));

    let claimed = desk.answer(&["drop", "claim", links[0], "--to", "bob.near"]);
    snapshot("drop_claim", &without_gas(&claimed));
    let new = ["drop", "claim", links[1], "--create", "new.drop.near"];
    snapshot("drop_claim_create", &without_gas(&desk.answer(&new)));
    // The new account is one: its key is at hand, and pays.
    desk.answer(&["tx", "send", "new.drop.near", "bob.near", "--transfer", "0.05 NEAR"]);

    let list = desk.json(&["drop", "list", "drop.near"]);
    assert_eq!(list["links"].as_array().unwrap().len(), 1);
    assert_eq!(list["links"][0]["state"], json!("open"));
    assert_eq!(list["links"][0]["funder"], json!("alice.near"));
    // As text: it is beyond the numbers that JavaScript reads exactly.
    assert!(list["links"][0]["expires_at_ns"].as_str().unwrap().len() >= 19);
    let again = desk.run(&["drop", "claim", links[0], "--to", "bob.near"]);
    assert_eq!(again.code, 8);
    assert!(!again.whole().contains(secret(links[0])));
    snapshot("drop_claim_again", &again.whole());
}

#[test]
fn a_claim_that_cannot_arrive_leaves_the_link_good() {
    let desk = Desk::new();
    account(&desk, "drop.near");
    let link = desk.answer(&[&create("1")[..], &["--print-links"]].concat());
    let nobody = desk.run(&["drop", "claim", link.trim(), "--to", "nobody.near"]);
    assert_eq!(nobody.code, 7);
    snapshot("drop_claim_nobody", &nobody.whole());
    let elsewhere = desk.run(&["drop", "claim", link.trim(), "--create", "new.near"]);
    assert_eq!(elsewhere.code, 7);
    snapshot("drop_claim_elsewhere", &elsewhere.whole());
    desk.answer(&["drop", "claim", link.trim(), "--to", "bob.near"]);
    assert_eq!(desk.json(&["drop", "list", "drop.near"])["links"], json!([]));
}

#[test]
fn where_links_go_must_be_said_and_nothing_is_overwritten() {
    let desk = Desk::new();
    account(&desk, "drop.near");
    let said = desk.run(&create("1"));
    assert_eq!(said.code, 2);
    snapshot("drop_create_without_place", &said.whole());
    let file = desk.credentials().join("links.txt");
    std::fs::write(&file, "older links").unwrap();
    let said = desk.run(&[&create("1")[..], &["--links-file", file.to_str().unwrap()]].concat());
    assert_eq!(said.code, 1);
    snapshot("drop_create_over_a_file", &said.whole());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "older links");
    assert_eq!(desk.json(&["drop", "list", "drop.near"])["links"], json!([]));
}

#[test]
fn a_refused_payment_leaves_no_file() {
    let desk = Desk::new();
    account(&desk, "drop.near");
    let file = desk.credentials().join("links.txt");
    let dear = ["drop", "create", "drop.near", "--funder", "alice.near", "--links", "1"];
    let dear = [&dear[..], &["--amount", "99999 NEAR", "--links-file", file.to_str().unwrap()]];
    let said = desk.run(&dear.concat());
    assert_eq!(said.code, 6);
    assert!(!file.exists());
}

/// The contract names its price, and may be anybody's.
#[test]
fn a_link_costs_no_more_than_was_said() {
    let desk = Desk::new();
    act(&desk, "judy.near", keyway::deploy(says(r#""1000000000000000000000000000""#)));
    let before = desk.json(&["account", "show", "carol.near"])["total"].clone();
    let create = ["drop", "create", "judy.near", "--funder", "carol.near", "--links", "5"];
    let create = [&create[..], &["--amount", "0.1 NEAR", "--print-links"]].concat();
    let said = desk.run(&create);
    assert_eq!((said.code, said.stdout.as_str()), (2, ""));
    snapshot("drop_create_dear", &said.whole());
    assert_eq!(desk.json(&["account", "show", "carol.near"])["total"], before);
}

/// The first hundred are paid for, the others cannot be.
#[test]
fn printed_links_are_not_lost() {
    let desk = Desk::new();
    account(&desk, "drop.near");
    account(&desk, "poor.near");
    let create = ["drop", "create", "drop.near", "--funder", "poor.near", "--links", "150"];
    let said = desk.run(&[&create[..], &["--amount", "0.1 NEAR", "--print-links"]].concat());
    assert_eq!(said.code, 6, "{}", said.stderr);
    assert_eq!(said.stdout.lines().count(), 150);
    let open = desk.json(&["drop", "list", "drop.near"])["links"].as_array().unwrap().len();
    assert_eq!(open, 100);
    let first = said.stdout.lines().next().unwrap();
    desk.answer(&["drop", "claim", first, "--to", "bob.near"]);
}

#[test]
fn what_is_no_link_is_not_repeated() {
    let desk = Desk::new();
    let said = desk.run(&["drop", "claim", "ed25519:notalinkbutasecret", "--to", "bob.near"]);
    assert_eq!(said.code, 2);
    assert!(!said.whole().contains("notalinkbutasecret"));
    snapshot("drop_claim_no_link", &said.whole());
}

#[test]
fn expired_links_are_taken_back() {
    let desk = Desk::new();
    account(&desk, "drop.near");
    let short = [&create("2")[..], &["--expires-in", "1 hour", "--print-links"]].concat();
    let links = desk.answer(&short);
    let reclaim = ["drop", "reclaim", "drop.near", "--funder", "alice.near"];
    snapshot("drop_reclaim_nothing", &desk.answer(&reclaim));
    desk.fast_forward(20_000);
    let late = desk.run(&["drop", "claim", links.lines().next().unwrap(), "--to", "bob.near"]);
    assert_eq!(late.code, 7);
    snapshot("drop_claim_expired", &late.whole());
    assert_eq!(desk.json(&["drop", "list", "drop.near"])["links"][0]["state"], json!("expired"));
    snapshot("drop_reclaim", &desk.answer(&reclaim));
    assert_eq!(desk.json(&["drop", "list", "drop.near"])["links"], json!([]));
}

#[test]
fn links_are_json_with_their_secrets_only_when_asked() {
    let desk = Desk::new();
    account(&desk, "drop.near");
    let file = desk.credentials().join("links.txt");
    let kept = desk.json(&[&create("1")[..], &["--links-file", file.to_str().unwrap()]].concat());
    assert_eq!(kept["links"][0]["link"], Value::Null);
    let shown = desk.json(&[&create("1")[..], &["--print-links"]].concat());
    assert!(shown["links"][0]["link"].as_str().unwrap().starts_with("drop.near#ed25519:"));
}

fn create(links: &str) -> [&str; 9] {
    let amount = "0.1 NEAR";
    ["drop", "create", "drop.near", "--funder", "alice.near", "--links", links, "--amount", amount]
}

/// A new account with 20 NEAR, whose key is at hand.
fn account(desk: &Desk, name: &str) {
    let key = desk.json(&["key", "generate", name])["public_key"].as_str().unwrap().to_owned();
    let create = ["tx", "send", "near", name, "--create-account", "--transfer", "20 NEAR"];
    desk.answer(&[&create[..], &["--add-full-access-key", &key]].concat());
}

fn secret(link: &str) -> &str {
    link.rsplit_once(':').unwrap().1
}
