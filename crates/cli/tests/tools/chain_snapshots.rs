//! `chain snapshot`, `chain revert` and `chain reset`.

use crate::desk::Desk;

#[test]
fn snapshots_are_saved_listed_and_gone_back_to() {
    let desk = Desk::new();
    let list = || desk.answer(&["chain", "snapshot", "list"]);
    assert!(list().contains("there are no snapshots"));
    let saved = desk.answer(&["chain", "snapshot", "save", "before claim", "--note", "a note"]);
    assert!(saved.starts_with("saved before claim at block "), "{saved}");
    let height = desk.node.height();
    desk.answer(&["chain", "mine", "3"]);
    desk.answer(&["chain", "snapshot", "save", "after"]);
    let back = desk.answer(&["chain", "revert", "before claim"]);
    let (from, to) = (height + 3, height);
    let expected = format!("the chain was at block {from} and is again at block {to} at ");
    assert!(back.starts_with(&expected), "{back}");
    assert_eq!(desk.node.height(), height);
    let listed = list();
    for part in ["before claim *", "\n   after", "a note", "* the chain comes from this one"] {
        assert!(listed.contains(part), "{part}: {listed}");
    }
    assert!(listed.lines().all(|line| line.chars().count() <= 80), "{listed}");
    let json = desk.json(&["chain", "snapshot", "list"]);
    assert_eq!(json["snapshots"][1]["parent"], "before claim");
    let deleted = desk.answer(&["chain", "snapshot", "delete", "after"]);
    assert!(deleted.starts_with("deleted after of block "), "{deleted}");
    let unknown = desk.run(&["chain", "revert", "after"]);
    assert_ne!(unknown.code, 0);
    assert!(unknown.stderr.contains("there is no snapshot \"after\""), "{}", unknown.stderr);
    let reset = desk.answer(&["chain", "reset"]);
    assert!(reset.contains("is again at block 0"), "{reset}");
    assert!(reset.contains("deleted the snapshot before claim"), "{reset}");
}

#[test]
fn nothing_of_it_works_on_a_node_without_cheats() {
    let desk = Desk::with_node(&["run", "--no-ticks", "--no-cheats"]);
    let all = [
        &["chain", "snapshot", "save", "one"][..],
        &["chain", "snapshot", "list"],
        &["chain", "snapshot", "delete", "one"],
        &["chain", "revert", "one"],
        &["chain", "reset"],
    ];
    for args in all {
        let said = desk.run(args);
        assert!(said.code != 0 && said.stderr.contains("--no-cheats"), "{}", said.stderr);
    }
}
