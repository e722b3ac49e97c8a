//! Runs every code block in README, docs and CONTRIBUTING as a reader would, and checks its
//! outcome. A block that is neither run nor excused with a reason is a failure.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

#[path = "documents/commands.rs"]
mod commands;
#[path = "documents/page.rs"]
mod page;

use page::{Page, root};
use std::fs;

#[test]
fn readme() {
    let mut page = Page::open("README.md");

    let started = page.run("cargo run --release -- run");
    started.says("alice.near").says("judy.near").says("ed25519:").says("curl");
    let list = page.run("curl -s http://127.0.0.1:3030");
    list.says(r#""permission":"FullAccess""#).says_once("public_key");

    let keys = page.run("keyway key list alice.near");
    keys.says("full access").says("game.near").says("0.25 NEAR").says("play");
    assert_eq!(page.keyway("key list alice.near --json").matches("public_key").count(), 2);

    let home = page.run("keyway --home /tmp/chain init --fast");
    home.says("test.near signs with").says("state written to");
    assert!(page.dir().join("chain/output.json").exists());

    page.not_run("[dev-dependencies]", "it depends on the published repository");
    page.is_in_example("use keyway::", "readme");
    page.run("cargo build --release").says("the harness starts keyway 0.1");
    page.run("mkdir -p /tmp/sandbox").says("the harness starts keyway 0.1");
    page.close();
}

/// The pages' `cargo run` is replaced by what is built, so they would not show that cargo cannot
/// choose between two binaries.
#[test]
fn cargo_run_starts_keyway() {
    let manifest = fs::read_to_string(root().join("crates/cli/Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    assert_eq!(manifest["package"]["default-run"].as_str(), Some("keyway"));
}

#[test]
fn audit() {
    let mut page = Page::open("docs/audit.md");
    page.start_node();
    page.run("keyway audit alice.near --write-baseline accepted.json");
    let sarif = fs::read_to_string(page.dir().join("keys.sarif")).unwrap();
    assert!(sarif.contains(r#""version": "2.1.0""#) || sarif.contains(r#""version":"2.1.0""#));
    page.close();
}

#[test]
fn rotation() {
    let mut page = Page::open("docs/rotation.md");
    page.start_node();
    page.keyway("key rotate alice.near");
    let before = page.keyway("key list alice.near --json");
    page.run("keyway key rotate alice.near\n");
    assert_ne!(before, page.keyway("key list alice.near --json"), "the key is another one");
    let killed = "tools/rotation_killed.rs kills a rotation and resumes it";
    page.not_run("keyway key rotate alice.near --resume", killed);
    page.not_run("keyway key rotate --all", "tools/incidents.rs makes the files that it names");
    page.close();
}

#[test]
fn performance() {
    let mut page = Page::open("docs/performance.md");
    let figures = page.run("cargo build --release -p keyway-cli -p keyway-bench");
    figures.says("transfers").says("p50");
    page.not_run("target/release/keyway-bench reads", "it measures for minutes; lint compiles it");
    page.not_run("cargo bench -p keyway-bench", "it measures for minutes; lint compiles it");
    page.close();
}

#[test]
fn contributing() {
    let mut page = Page::open("CONTRIBUTING.md");
    page.not_run("cargo xtask test", "it is what runs this test");
    page.not_run("cargo +nightly fuzz list", "needs a nightly compiler and runs for minutes");
    page.not_run("cargo deny --offline check", "needs cargo-deny and a database of advisories");
    page.close();
}

#[test]
fn contracts() {
    let mut page = Page::open("contracts/README.md");
    page.not_run("cargo build --release", "needs the wasm target; tidy holds the committed sums");
    page.not_run(
        "apt-get install rustc-web",
        "needs Debian's toolchain; tidy holds the committed sums",
    );
    page.close();
}

#[test]
fn first_success() {
    let mut page = Page::open("docs/index.md");
    page.run("keyway run").says("alice.near").says("ed25519:");
    page.run("keyway key list").says("bob.near: transfer 1 NEAR");
    page.is_in_example("let sandbox", "readme");
    page.close();
}

#[test]
fn guides() {
    for (page, says) in [
        ("docs/guides/dead-keys.md", "old-app.near"),
        ("docs/guides/debug.md", "what differs"),
        ("docs/guides/hand-out-a-key.md", "full-access key"),
        ("docs/guides/lock.md", "sealed"),
        ("docs/guides/onboard.md", "somebody.drop.near"),
        ("docs/guides/recover.md", "bob.near: transfer 1 NEAR"),
        ("docs/guides/test-a-dapp.md", ""),
        ("docs/migrate/near-cli-rs.md", "new.alice.near"),
        ("docs/migrate/near-kit.md", ""),
        ("docs/migrate/near-workspaces.md", ""),
        ("docs/migrate/neard-sandbox.md", "test.near signs with"),
    ] {
        let mut page = Page::open(page);
        fs::copy(root().join("contracts/wasm/game.wasm"), page.dir().join("game.wasm")).unwrap();
        page.run_all().says(says);
        page.close();
    }
}

#[test]
fn relayer() {
    let mut page = Page::open("docs/relayer.md");
    page.run("keyway relay key new chess").says("keyway_").says("sha256:");
    let elsewhere = "tests/relay.rs runs a relayer with such a file";
    page.not_run("listen = ", elsewhere);
    page.not_run("keyway relay --config relay.toml", elsewhere);
    page.not_run("store = { file", "needs a database; crates/relay/src/config/tests.rs reads it");
    page.not_run("[top_up]", "crates/relay/src/config/tests.rs reads it");
    page.not_run("keyway relay rotate", "tests/relay.rs rotates a key of a relayer that runs");
    page.close();
}

#[test]
fn remote_signer() {
    let mut page = Page::open("docs/remote-signer.md");
    page.run("keyway relay key new relayer").says("keyway_").says("sha256:");
    let elsewhere =
        "crates/relay/src/config/tests.rs reads it, and tests/relay.rs runs such a service";
    page.not_run("listen = ", elsewhere);
    page.not_run("keyway relay signer --config signer.toml", elsewhere);
    page.not_run("[account]", elsewhere);
    page.close();
}

#[test]
fn relay_policy() {
    let mut page = Page::open("docs/relay-policy.md");
    page.save("[budget]", "policy.toml");
    page.save("{", "cases.json");
    assert!(page.keyway("relay policy test cases.json").contains("two bets in one"));
    assert!(page.keyway("relay policy explain").contains("game.near"));
    page.close();
}

#[test]
fn every_page_with_code_is_here() {
    let tested = include_str!("documents.rs");
    let mut pages = vec!["README.md".to_owned(), "CONTRIBUTING.md".to_owned()];
    for folder in ["docs", "docs/guides", "docs/migrate"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".md") {
                pages.push(format!("{folder}/{name}"));
            }
        }
    }
    for page in pages {
        let has_code = fs::read_to_string(root().join(&page)).unwrap().contains("```");
        let is_here = tested.contains(&format!("\"{page}\""));
        assert!(is_here || !has_code, "no test runs the code in {page}");
    }
}
