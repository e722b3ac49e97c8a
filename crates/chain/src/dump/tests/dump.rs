use crate::chain::Chain;
use crate::dump::{DumpReader, DumpedEntries, LoadError};
use crate::inputs::input::Input;
use crate::inputs::time::TimeChange;
use crate::spec::ChainOptions;
use crate::tests::chain::{Drive, NOW, chain, data_record, transfer};
use near_vm_runner::NoContractRuntimeCache;
use std::sync::Arc;

const SECOND: u64 = 1_000_000_000;

/// A chain in the middle of an epoch, with transactions, data and a time of its own.
fn busy() -> Chain {
    let mut chain = chain();
    for number in 1..=70 {
        chain.tick(NOW + number * SECOND).unwrap();
    }
    let records = (0..200u32).map(|number| {
        data_record("alice.near", &number.to_be_bytes(), &vec![7; 50 * number as usize])
    });
    chain.apply(Input::Patch(records.collect()), NOW + 71 * SECOND).unwrap();
    let change = TimeChange::Set { time_ns: NOW + 1_000_000 * SECOND };
    chain.apply(Input::Time(change), NOW + 72 * SECOND).unwrap();
    chain.submit(transfer(1, *chain.head().hash()), NOW + 73 * SECOND).unwrap();
    chain
}

pub(super) fn dumped(chain: &Chain) -> Vec<u8> {
    let mut bytes = chain.dump_head();
    let (mut after, mut before) = (None, 0);
    loop {
        let block = chain.block_by_hash(chain.head().hash()).unwrap().unwrap();
        let next = DumpedEntries::of(&block, after.as_deref(), before).unwrap();
        bytes.extend(next.frames);
        match next.next {
            Some((key, count)) => (after, before) = (Some(key), count),
            None => return bytes,
        }
    }
}

fn loaded(bytes: &[u8]) -> Result<Chain, LoadError> {
    let options = ChainOptions::default();
    Chain::load(DumpReader::open(bytes)?, options, Arc::new(NoContractRuntimeCache))
}

/// Transactions, empty blocks and a jump over several epochs.
fn go_on(chain: &mut Chain) {
    for number in 2..=20 {
        let now_ns = NOW + (80 + number) * SECOND;
        chain.submit(transfer(number, *chain.head().hash()), now_ns).unwrap();
        chain.tick(now_ns).unwrap();
    }
    chain.jump(300, NOW + 120 * SECOND).unwrap();
    chain.tick(NOW + 130 * SECOND).unwrap();
}

#[test]
fn a_loaded_chain_goes_on_as_the_dumped_one_does_block_by_block() {
    let mut first = busy();
    let bytes = dumped(&first);
    let (mut second, mut third) = (loaded(&bytes).unwrap(), loaded(&bytes).unwrap());
    assert_eq!(second.head().hash(), first.head().hash());
    assert_eq!(second.genesis_hash(), first.genesis_hash());
    assert_eq!(second.final_head().hash(), first.head().hash());
    for chain in [&mut first, &mut second, &mut third] {
        go_on(chain);
    }
    assert_eq!(second.head().hash(), third.head().hash());
    assert_eq!(second.head().hash(), first.head().hash());
    assert_eq!(second.head().state.root(), first.head().state.root());
    assert_eq!(second.timing(), first.timing());
}

#[test]
fn a_dump_of_a_loaded_chain_is_the_same_dump() {
    let bytes = dumped(&busy());
    assert_eq!(dumped(&loaded(&bytes).unwrap()), bytes);
}

#[test]
fn transactions_on_blocks_before_the_dump_are_expired_and_on_its_block_valid() {
    let mut first = busy();
    let before = *first.head().hash();
    first.tick(NOW + 80 * SECOND).unwrap();
    let mut second = loaded(&dumped(&first)).unwrap();
    let expired = second.submit(transfer(2, before), NOW + 81 * SECOND).unwrap_err();
    assert!(expired.to_string().contains("expired"), "{expired}");
    second.submit(transfer(2, *second.head().hash()), NOW + 82 * SECOND).unwrap();
}

#[test]
fn no_byte_changes_unnoticed_and_no_end_is_missed() {
    let bytes = dumped(&busy());
    for at in (0..bytes.len()).step_by(97).chain([0, 12, 16, 20, bytes.len() - 1]) {
        let mut changed = bytes.clone();
        changed[at] ^= 4;
        let error = loaded(&changed).unwrap_err();
        let verified = DumpReader::open(changed.as_slice()).and_then(DumpReader::verify);
        assert_eq!(verified.unwrap_err().to_string(), error.to_string());
        let known = matches!(
            error,
            LoadError::NotADump
                | LoadError::Format { .. }
                | LoadError::Damaged { .. }
                | LoadError::Short
        );
        assert!(known, "byte {at}: {error}");
    }
    for length in [0, 5, 16, 19, 1_000, bytes.len() - 1] {
        let error = loaded(&bytes[..length]).unwrap_err();
        assert!(
            matches!(error, LoadError::NotADump | LoadError::Short),
            "cut at {length}: {error}"
        );
    }
    let text = loaded(b"keyway dump\n\x02\0\0\0").unwrap_err().to_string();
    assert!(text.contains("it has format 2, and this program reads 1"), "{text}");
}
