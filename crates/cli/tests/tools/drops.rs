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
    // The new account works: its key is here, and pays.
    desk.answer(&["tx", "send", "new.drop.near", "bob.near", "--transfer", "0.05 NEAR"]);

    let list = desk.json(&["drop", "list", "drop.near"]);
    assert_eq!(list["links"].as_array().unwrap().len(), 1);
    assert_eq!(list["links"][0]["state"], json!("open"));
    assert_eq!(list["links"][0]["funder"], json!("alice.near"));
    // As text, because JavaScript does not read such numbers exactly.
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
    assert_eq!(nobody.code, 6);
    snapshot("drop_claim_nobody", &nobody.whole());
    let elsewhere = desk.run(&["drop", "claim", link.trim(), "--create", "new.near"]);
    assert_eq!(elsewhere.code, 7);
    snapshot("drop_claim_elsewhere", &elsewhere.whole());
    desk.answer(&["drop", "claim", link.trim(), "--to", "bob.near"]);
    assert_eq!(desk.json(&["drop", "list", "drop.near"])["links"], json!([]));
}

/// "bob.near has 1 NEAR more" was printed for claims that went nowhere, and the links were used up.
#[test]
fn claims_of_other_contracts_are_told_by_what_arrived() {
    let desk = Desk::new();
    act(&desk, "judy.near", keyway::deploy(crate::contracts::careless_drop()));
    let key = keyway::KeyPair::random_ed25519();
    let claims = keyway::add_function_call_key(key.public_key(), "judy.near");
    let claims = claims.functions(["claim", "create_account_and_claim"]);
    act(&desk, "judy.near", claims.gas_budget(keyway::NearToken::from_near(1)));
    let link = format!("judy.near#{}", *key.expose_secret_text());
    let nonce = || {
        let show = ["key", "show", "judy.near", &key.public_key().to_string()];
        desk.json(&show)["nonce"].clone()
    };
    let unused = nonce();
    let nobody = desk.run(&["drop", "claim", &link, "--to", "nobody.near"]);
    assert_eq!((nobody.code, nonce()), (6, unused), "{}", nobody.whole());
    let lost = desk.run(&["drop", "claim", &link, "--to", "bob.near"]);
    assert_eq!((lost.code, lost.stdout.as_str()), (7, ""));
    assert!(lost.stderr.contains("nothing arrived"), "{}", lost.stderr);
    // A key file for an account that was not created stayed behind.
    let before = desk.files();
    let failed = desk.run(&["drop", "claim", &link, "--create", "new.judy.near"]);
    assert_eq!((failed.code, desk.files()), (6, before), "{}", failed.whole());
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
    snapshot("drop_create_too_poor", &said.whole());
    assert!(!file.exists());
}

/// A link of 0 NEAR was printed before the contract refused it, and scripts kept it.
#[test]
fn links_that_would_be_worth_nothing_are_not_written() {
    let desk = Desk::new();
    account(&desk, "drop.near");
    let contract = || desk.json(&["account", "show", "drop.near"])["contract"].clone();
    let before = contract();
    let create = ["drop", "create", "drop.near", "--links", "1", "--print-links", "--yes-deploy"];
    for wrong in [
        &["--amount", "0 NEAR"][..],
        &["--amount", "0.1 NEAR", "--expires-in", "0 days"],
        &["--amount", "0.1 NEAR", "--links", "0"],
        &["--amount", "0.1 NEAR", "--url-template", "https://example.org/{drop}"],
    ] {
        let said = desk.run(&[&create[..], wrong].concat());
        assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{wrong:?}: {}", said.stderr);
    }
    assert_eq!(contract(), before);
}

#[test]
fn links_are_addresses_that_are_read_back() {
    let desk = Desk::new();
    account(&desk, "drop.near");
    let form = ["--url-template", "https://app.mynearwallet.com/linkdrop/{drop}/{secret}"];
    let printed = desk.answer(&[&create("2")[..], &form, &["--print-links"]].concat());
    let links: Vec<&str> = printed.lines().collect();
    assert_eq!(links.len(), 2);
    assert!(links[0].starts_with("https://app.mynearwallet.com/linkdrop/drop.near/"), "{printed}");
    desk.answer(&["drop", "claim", links[0], "--to", "bob.near"]);
    let other =
        links[1].replace("/linkdrop/", "/claim/").replace("drop.near/", "drop.near#ed25519:");
    desk.answer(&["drop", "claim", &other, "--to", "bob.near"]);
    let gone = desk.run(&["drop", "claim", links[0], "--to", "bob.near"]);
    assert_eq!(gone.code, 8);
    let secret = links[0].rsplit_once('/').unwrap().1;
    assert!(!gone.whole().contains(secret));
}

#[test]
fn links_are_csv_and_codes() {
    let desk = Desk::new();
    account(&desk, "drop.near");
    let (file, dir) = (desk.credentials().join("links.csv"), desk.credentials().join("codes"));
    let places = ["--links-file", file.to_str().unwrap(), "--qr-dir", dir.to_str().unwrap()];
    desk.answer(&[&create("2")[..], &["--csv"], &places].concat());
    let text = std::fs::read_to_string(&file).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["number", "link", "public_key"]);
    assert_eq!((rows.len(), rows[2][0]), (3, "2"));
    desk.answer(&["drop", "claim", rows[1][1], "--to", "bob.near"]);
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(&dir)), (0o600, 0o700));
    for name in ["00001.svg", "00002.svg"] {
        let code = dir.join(name);
        assert_eq!(mode(&code), 0o600);
        assert!(std::fs::read_to_string(&code).unwrap().contains("<svg"));
    }
    let printed = desk.answer(&[&create("1")[..], &["--print-links", "--qr"]].concat());
    assert!(printed.lines().count() > 10 && printed.contains('█'), "{printed}");
    // An existing file is not changed, and no link is paid for.
    let again = desk.run(&[&create("1")[..], &["--print-links", "--qr-dir", places[3]]].concat());
    assert_eq!((again.code, again.stdout.as_str()), (1, ""));
    let open = desk.json(&["drop", "list", "drop.near"])["links"].as_array().unwrap().len();
    assert_eq!(open, 2);
}

#[test]
fn many_links_are_claimed_at_once_when_that_is_meant() {
    let desk = Desk::new();
    account(&desk, "drop.near");
    let links = desk.answer(&[&create("3")[..], &["--print-links"]].concat());
    let claim = ["drop", "claim", "-", "--to", "bob.near"];
    // The error for a file of links was "what is after its # is no secret key".
    let said = desk.run_piped(&links, &claim);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("3 lines") && said.stderr.contains("--all"), "{}", said.stderr);
    desk.answer(&["drop", "claim", links.lines().next().unwrap(), "--to", "carol.near"]);
    let all = desk.run_piped(&format!("{links}\n"), &[&claim[..], &["--all"]].concat());
    assert_eq!(all.code, 8, "{}", all.whole());
    snapshot("drop_claim_all", &all.whole());
    assert_eq!(desk.json(&["drop", "list", "drop.near"])["links"], json!([]));
}

#[test]
fn another_contract_is_told_as_that() {
    let desk = Desk::new();
    act(&desk, "judy.near", keyway::deploy(crate::contracts::harmless()));
    let file = desk.credentials().join("links.txt");
    let create = ["drop", "create", "judy.near", "--links", "1", "--amount", "1 NEAR"];
    for args in [
        &["drop", "list", "judy.near"][..],
        &["drop", "list", "bob.near"],
        &["drop", "claim", "judy.near#SECRET", "--to", "bob.near"],
        &[&create[..], &["--links-file", file.to_str().unwrap()]].concat(),
    ] {
        let secret = keyway::KeyPair::random_ed25519().expose_secret_text();
        let args: Vec<_> = args.iter().map(|arg| arg.replace("SECRET", &secret)).collect();
        let said = desk.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(said.code, 8, "{args:?}: {}", said.stderr);
        assert!(said.stderr.contains("has no drop contract"), "{args:?}: {}", said.stderr);
    }
    assert!(!file.exists());
    assert_eq!(desk.run(&["drop", "list", "nobody.near"]).code, 8);
}

#[test]
fn a_dry_run_makes_no_links() {
    let desk = Desk::new();
    account(&desk, "drop.near");
    let contract = || desk.json(&["account", "show", "drop.near"])["contract"].clone();
    let before = contract();
    let said = desk.json(&[&create("10")[..], &["--print-links", "--dry-run"]].concat());
    assert_eq!(said["price"], json!("1550000000000000000000000"));
    assert_eq!(contract(), before);
}

/// The contract was deployed to whatever account was named, without a question.
#[test]
fn an_account_gets_a_contract_only_when_that_is_agreed_to() {
    let desk = Desk::new();
    account(&desk, "drop.near");
    let contract = || desk.json(&["account", "show", "drop.near"])["contract"].clone();
    let before = contract();
    let create = create("1");
    let unasked: Vec<&str> = create.iter().copied().filter(|arg| *arg != "--yes-deploy").collect();
    let said = desk.run(&[&unasked[..], &["--print-links"]].concat());
    assert_eq!((said.code, said.stdout.as_str()), (10, ""), "{}", said.stderr);
    assert!(said.stderr.contains("--yes-deploy"), "{}", said.stderr);
    assert_eq!(contract(), before);
    let shown = desk.answer(&[&unasked[..], &["--print-links", "--dry-run"]].concat());
    assert!(shown.contains("the drop's contract would be deployed to drop.near"), "{shown}");
    desk.answer(&[&create[..], &["--print-links"]].concat());
    // An account that has the contract is not asked about again.
    desk.answer(&[&unasked[..], &["--print-links"]].concat());
    let wasm = desk.credentials().join("other.wasm");
    std::fs::write(&wasm, crate::contracts::harmless()).unwrap();
    let other = ["--print-links", "--wasm", wasm.to_str().unwrap()];
    let said = desk.run(&[&unasked[..], &other].concat());
    assert_eq!(said.code, 2, "{}", said.stderr);
    assert!(said.stderr.contains("has a contract already: omit --wasm"), "{}", said.stderr);
}

/// The contract sets its price, and can be anyone's.
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

/// The first hundred links are paid for, the others cannot be, because their gas costs too much.
#[test]
fn printed_links_are_not_lost() {
    let desk = Desk::new();
    account(&desk, "drop.near");
    account(&desk, "poor.near");
    let fill = ["tx", "send", "near", "poor.near", "--transfer", "3.256 NEAR"];
    desk.answer(&fill);
    let create = ["drop", "create", "drop.near", "--funder", "poor.near", "--links", "150"];
    let more = ["--amount", "0.1 NEAR", "--print-links", "--yes-deploy"];
    let said = desk.run(&[&create[..], &more].concat());
    assert_eq!(said.code, 6, "{}", said.stderr);
    assert_eq!(said.stdout.lines().count(), 150);
    assert!(
        said.stderr.contains("links 101 to 150 of those printed are worth nothing"),
        "{}",
        said.stderr
    );
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

fn create(links: &str) -> [&str; 10] {
    let [drop, amount] = ["drop.near", "0.1 NEAR"];
    [
        "drop",
        "create",
        drop,
        "--funder",
        "alice.near",
        "--links",
        links,
        "--amount",
        amount,
        "--yes-deploy",
    ]
}

/// A new account with 20 NEAR, whose key is here.
fn account(desk: &Desk, name: &str) {
    let key = desk.json(&["key", "generate", name])["public_key"].as_str().unwrap().to_owned();
    let create = ["tx", "send", "near", name, "--create-account", "--transfer", "20 NEAR"];
    desk.answer(&[&create[..], &["--add-full-access-key", &key]].concat());
}

fn secret(link: &str) -> &str {
    link.rsplit_once(':').unwrap().1
}

/// The dry run passed, but the same without it failed in a block: the contract was too large for
/// the drop's balance.
#[test]
fn a_drop_too_poor_for_its_contract_is_told_before() {
    let desk = Desk::new();
    desk.answer(&["account", "create", "drop.alice.near", "--balance", "1 NEAR"]);
    let file = desk.credentials().join("links.txt");
    let create = ["drop", "create", "drop.alice.near", "--funder", "alice.near", "--links", "200"];
    let place = ["--amount", "0.1 NEAR", "--links-file", file.to_str().unwrap(), "--yes-deploy"];
    let create = [&create[..], &place].concat();
    for more in [&["--dry-run"][..], &[]] {
        let said = desk.run(&[&create[..], more].concat());
        assert_eq!(said.code, 6, "{}", said.stderr);
        let send = "keyway tx send alice.near drop.alice.near --transfer '0.";
        assert!(said.stderr.contains(send), "{}", said.stderr);
        assert!(!file.exists());
    }
    let said = desk.run(&create).stderr;
    let amount = said.split("--transfer '").nth(1).unwrap();
    let amount = amount.split('\'').next().unwrap();
    desk.answer(&["tx", "send", "alice.near", "drop.alice.near", "--transfer", amount]);
    desk.answer(&[&create[..], &["--dry-run"]].concat());
    desk.answer(&create);
}

/// The error for every line was "there is no account before its #", even for the header.
#[test]
fn all_links_of_a_csv_are_claimed() {
    let desk = Desk::new();
    account(&desk, "drop.near");
    let file = desk.credentials().join("links.csv");
    let place = ["--csv", "--links-file", file.to_str().unwrap()];
    desk.answer(&[&create("3")[..], &place].concat());
    let csv = std::fs::read_to_string(&file).unwrap();
    let last = csv.lines().last().unwrap();
    let one = desk.run_piped(last, &["drop", "claim", "-", "--to", "bob.near"]);
    assert_eq!(one.code, 0, "{}", one.stderr);
    let all = desk.run_piped(&csv, &["drop", "claim", "-", "--to", "bob.near", "--all", "--json"]);
    assert_eq!(all.code, 8, "one was claimed before: {}", all.stderr);
    let all: Value = serde_json::from_str(&all.stdout).unwrap();
    assert_eq!(all["claimed"].as_array().unwrap().len(), 2);
    assert_eq!(all["failed"][0]["line"], json!(3));
}
