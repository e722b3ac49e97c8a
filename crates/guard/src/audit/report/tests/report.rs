use super::super::*;
use crate::audit::{AuditOptions, Baseline, Credential, Credentials, audit};
use crate::tests::fixture::{alice, calls, chain, full, handle, id, key};

fn at_nonce(mut key: crate::KeyFacts, nonce: u64) -> crate::KeyFacts {
    key.access_key.nonce = nonce;
    key
}

fn look(keys: Vec<crate::KeyFacts>, files: Vec<Credential>) -> Audit {
    audit(&chain(), &alice(keys), &Credentials { files }, &AuditOptions::default())
}

#[test]
fn a_key_is_a_block_and_a_finding_a_line() {
    let wide = at_nonce(calls("b", "game.near", &[], None), 7_000_000);
    let audit = look(vec![full("a"), wide], Vec::new());
    let said = AuditReport::new(std::slice::from_ref(&audit)).to_string();
    let expected = [
        "alice.near: 2 keys, before block 5000000",
        "  note    KW014  the only full-access key is on an elliptic curve",
        "",
        &format!("{}: any method of game.near", handle("b")),
        "  warning KW001  no allowance: can burn all 10 NEAR as gas",
        "  warning KW002  may call any method of the contract",
        "  note    KW005  never used, if added in block 8, 4999992 blocks ago",
        "",
        "What to do:",
        "  KW001  Delete the key and add it again with an allowance.",
        "  KW002  Delete the key and add it again with the methods that its app calls.",
        "  KW005  Delete the key, unless it is an emergency key or the account's last",
        "         key.",
        "  KW014  Add an ML-DSA-65 key with full access and keep its secret offline.",
        "",
        "0 errors, 2 warnings, 2 notes",
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), expected);
}

/// Eighty keys of one app, each with a file of its own. The report had 637 lines.
fn eighty() -> Audit {
    let name = |index: usize| format!("k{index}");
    let keys = (0..80).map(|index| {
        let key = calls(&name(index), "game.near", &["play"], Some(1000));
        if index % 2 == 0 { at_nonce(key, 7_000_000 + 1_000_000 * index as u64) } else { key }
    });
    let file = |index| Credential {
        path: format!("/home/alice/.near-credentials/localnet/alice.near/{index}.json"),
        account_id: id("alice.near"),
        public_key: key(&name(index)),
        mode: Some(0o600),
        encrypted: false,
    };
    look(std::iter::once(full("a")).chain(keys).collect(), (0..80).map(file).collect())
}

#[test]
fn many_keys_alike_share_a_block_of_eighty_columns() {
    let audit = eighty();
    assert!(audit.findings.len() > 190, "{}", audit.findings.len());
    let said = AuditReport::new(std::slice::from_ref(&audit)).to_string();
    assert!(said.lines().count() < 35, "{said}");
    assert!(said.lines().all(|line| line.chars().count() <= 80), "{said}");
    assert!(said.contains("40 keys: play of game.near"), "{said}");
    assert!(said.contains("and 38 more: --json lists them"), "{said}");
    assert!(said.ends_with(&format!("{} notes\n", audit.findings.len())), "{said}");
}

#[test]
fn a_summary_counts_by_rule() {
    let audit = eighty();
    let said = AuditReport::new(std::slice::from_ref(&audit)).summarized().to_string();
    assert!(said.contains("  note    KW005 never-used                  40\n"), "{said}");
    assert!(said.lines().count() < 8, "{said}");
}

#[test]
fn what_is_accepted_or_below_the_level_is_counted_only() {
    let keys = || vec![full("a"), calls("b", "game.near", &[], None)];
    let accepted = Baseline::of(&[look(keys(), Vec::new())]);
    let mut all = keys();
    all.push(calls("c", "bank.near", &["pay"], None));
    let audit = look(all, Vec::new()).with_baseline(&accepted);
    let said = AuditReport::new(std::slice::from_ref(&audit)).to_string();
    assert!(!said.contains(&handle("b").to_string()), "{said}");
    assert!(said.contains(&handle("c").to_string()), "{said}");
    assert!(said.ends_with("0 errors, 3 warnings, 1 note (3 accepted)\n"), "{said}");
    let errors = AuditReport::new(std::slice::from_ref(&audit)).from_level(Level::Error);
    let said = errors.to_string();
    assert!(!said.contains("KW") && said.contains("3 warnings"), "{said}");
}
