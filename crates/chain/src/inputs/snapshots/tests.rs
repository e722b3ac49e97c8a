use super::*;
use crate::inputs::applied::{Applied, Refused};
use crate::inputs::input::Input;
use crate::tests::chain::{Drive, NOW, chain, transfer};

pub(crate) fn save(name: &str) -> Input {
    Input::SaveSnapshot { name: name.to_owned(), note: String::new() }
}

pub(crate) fn revert(name: &str) -> Input {
    Input::Revert { name: name.to_owned() }
}

fn delete(name: &str) -> Input {
    Input::DeleteSnapshot { name: name.to_owned() }
}

#[track_caller]
fn done(chain: &mut Chain, input: Input) {
    assert_eq!(chain.apply(input, NOW), Ok(Applied::Done));
}

#[track_caller]
fn refused(chain: &mut Chain, input: Input) -> SnapshotError {
    match chain.apply(input, NOW) {
        Err(Refused::Snapshot(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn names(chain: &Chain) -> Vec<String> {
    chain.snapshots().into_iter().map(|info| info.name).collect()
}

#[test]
fn a_revert_brings_back_blocks_and_state_and_keeps_every_snapshot() {
    let mut chain = chain();
    chain.tick(NOW).unwrap();
    done(&mut chain, save("one"));
    let before = (*chain.head().hash(), chain.head().state.root());
    let sent = chain.submit(transfer(1, *chain.head().hash()), NOW).unwrap();
    done(&mut chain, save("two"));
    let after = *chain.head().hash();
    for _ in 0..3 {
        done(&mut chain, revert("one"));
        assert_eq!((*chain.head().hash(), chain.head().state.root()), before);
        assert!(chain.transaction(&sent).unwrap().is_none());
        assert!(chain.block_by_hash(&after).unwrap().is_none());
        chain.tick(NOW + 5).unwrap();
        done(&mut chain, revert("two"));
        assert_eq!(*chain.head().hash(), after);
        assert!(chain.transaction(&sent).unwrap().is_some());
        assert_eq!(names(&chain), ["one", "two"]);
    }
}

#[test]
fn the_list_says_where_each_was_saved() {
    let mut chain = chain();
    let note = "before the claim".to_owned();
    chain.apply(Input::SaveSnapshot { name: "a".to_owned(), note: note.clone() }, NOW + 7).unwrap();
    chain.tick(NOW + 9).unwrap();
    done(&mut chain, save("b"));
    done(&mut chain, revert("a"));
    done(&mut chain, save("c"));
    let [a, b, c] = chain.snapshots().try_into().unwrap();
    assert_eq!((a.note, a.parent, a.saved_ns, a.height), (note, None, NOW + 7, 0));
    assert_eq!((a.block_hash, a.current), (*chain.genesis_block().hash(), false));
    assert_eq!((b.parent.as_deref(), b.height, b.block_time_ns), (Some("a"), 1, NOW + 9));
    assert_eq!((c.parent.as_deref(), c.height, c.current), (Some("a"), 0, true));
}

#[test]
fn a_transaction_can_run_again_on_each_branch() {
    let mut chain = chain();
    done(&mut chain, save("start"));
    let sent = transfer(1, *chain.head().hash());
    for _ in 0..3 {
        chain.submit(sent.clone(), NOW).unwrap();
        done(&mut chain, revert("start"));
        assert_eq!(chain.admit(&sent), Ok(()));
    }
}

#[test]
fn a_deleted_snapshot_is_gone_and_the_chain_stays() {
    let mut chain = chain();
    done(&mut chain, save("one"));
    chain.tick(NOW).unwrap();
    let head = *chain.head().hash();
    done(&mut chain, delete("one"));
    assert_eq!(*chain.head().hash(), head);
    let unknown = SnapshotError::Unknown { name: "one".to_owned() };
    assert_eq!(refused(&mut chain, revert("one")), unknown);
    assert_eq!(refused(&mut chain, delete("one")), unknown);
}

#[test]
fn a_reset_leaves_the_first_block() {
    let mut chain = chain();
    chain.jump(100, NOW).unwrap();
    done(&mut chain, save("one"));
    chain.tick(NOW).unwrap();
    done(&mut chain, Input::Reset);
    assert_eq!(chain.head().height(), 0);
    assert_eq!((chain.time_offset_ns(), names(&chain)), (0, Vec::new()));
    let mut fresh = self::chain();
    for chain in [&mut chain, &mut fresh] {
        (0..130).for_each(|number| chain.tick(NOW + number).unwrap());
    }
    assert_eq!(chain.head().hash(), fresh.head().hash());
    done(&mut chain, Input::Reset);
    assert_eq!(chain.head().height(), 0);
}

#[test]
fn names_and_notes_have_limits() {
    let mut chain = chain();
    let long = "x".repeat(MAX_NAME + 1);
    let length = |had| SnapshotError::NameLength { had, most: MAX_NAME };
    assert_eq!(refused(&mut chain, save("")), length(0));
    assert_eq!(refused(&mut chain, save(&long)), length(MAX_NAME + 1));
    for (name, found) in
        [("a\u{1b}[2J", '\u{1b}'), (" a", ' '), ("a ", ' '), ("ä", 'ä'), ("a\n", '\n')]
    {
        assert_eq!(refused(&mut chain, save(name)), SnapshotError::NameCharacter { found });
    }
    let note = "x".repeat(MAX_NOTE + 1);
    let error = refused(&mut chain, Input::SaveSnapshot { name: "a".to_owned(), note });
    assert_eq!(error, SnapshotError::NoteLength { had: MAX_NOTE + 1, most: MAX_NOTE });
    assert_eq!(names(&chain), Vec::<String>::new());
    done(&mut chain, save("a b"));
    let taken = SnapshotError::NameTaken { name: "a b".to_owned() };
    assert_eq!(refused(&mut chain, save("a b")), taken);
}

#[test]
fn there_can_be_so_many() {
    let mut chain = chain();
    for number in 0..MAX_SNAPSHOTS {
        done(&mut chain, save(&number.to_string()));
    }
    let most = MAX_SNAPSHOTS;
    assert_eq!(refused(&mut chain, save("more")), SnapshotError::TooMany { had: most, most });
    done(&mut chain, delete("77"));
    done(&mut chain, save("more"));
}

#[test]
fn what_replaces_a_chain_keeps_the_snapshots_of_the_newest() {
    let mut chain = chain();
    let earlier = chain.clone();
    done(&mut chain, save("one"));
    chain.tick(NOW).unwrap();
    let replaced = earlier.clone().in_place_of(&chain);
    assert_eq!((replaced.head().height(), names(&replaced)), (0, vec!["one".to_owned()]));
    assert!(replaced.branch() > chain.branch());
    let other = self::chain().in_place_of(&chain);
    assert_eq!(names(&other), Vec::<String>::new());
}
