//! Power cuts, simulated: of what was written since the last sync, a disk has any sectors.

use super::*;
use crate::durability::Sync;
use keyway_chain::{DecodeError, ReadError};
use near_primitives::hash::CryptoHash;
use near_primitives::state_record::StateRecord;
use std::fs;
use std::path::PathBuf;

/// A journal on a disk that may lose its power.
struct Disk {
    path: PathBuf,
    journal: JournalFile,
    /// All that was appended and not removed since.
    inputs: Vec<Input>,
    /// How many of them were synced.
    synced: usize,
    /// The file after each write since the last sync; first, what the disk has for sure.
    writes: Vec<Vec<u8>>,
    chance: Chance,
}

/// Random numbers that are the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

impl Disk {
    fn new(dir: &Path, seed: u64) -> Self {
        let path = dir.join("journal");
        let journal = JournalFile::append_to(&path, &genesis(), None).unwrap();
        let writes = vec![fs::read(&path).unwrap()];
        Self { path, journal, inputs: vec![], synced: 0, writes, chance: Chance(seed) }
    }

    fn work(&mut self) {
        for _ in 0..self.chance.below(12) {
            match self.chance.below(9) {
                0..3 => self.sync(),
                3 => self.compact(),
                _ => self.append(),
            }
        }
    }

    fn append(&mut self) {
        let count = 1 + self.chance.below(3);
        let inputs: Vec<_> = (0..count).map(|_| self.input()).collect();
        let head = HeadState { height: 1, state_root: CryptoHash([1; 32]) };
        self.journal.append(1, &inputs, head).unwrap();
        self.inputs.extend(inputs);
        self.written();
    }

    /// Short and long ones, some of them full of zeros.
    fn input(&mut self) -> Input {
        let length = [0, 90, 600, 5_000][self.chance.below(4)];
        let byte = u8::try_from(self.chance.below(3)).unwrap();
        Input::Patch(vec![StateRecord::Data {
            account_id: "a.near".parse().unwrap(),
            data_key: self.inputs.len().to_le_bytes().to_vec().into(),
            value: vec![byte; length].into(),
        }])
    }

    fn sync(&mut self) {
        self.journal.disk().sync().unwrap();
        // What the call has written behind its sync is not on the disk yet.
        let synced = self.writes.pop().unwrap();
        self.writes = vec![synced];
        self.synced = self.inputs.len();
        self.written();
    }

    /// The new file is on the disk as a whole before it gets its name.
    fn compact(&mut self) {
        let ends = self.ends();
        let removed = self.chance.below(ends.len());
        self.journal.remove_before(ends[removed]).unwrap();
        self.inputs.drain(..removed);
        self.synced = self.inputs.len();
        self.writes.clear();
        self.written();
    }

    /// Where the file starts, and where each of its records ends.
    fn ends(&self) -> Vec<u64> {
        let start = Tail::start(&self.path, &genesis()).unwrap().unwrap();
        let tail = Tail::of(&self.path, &genesis(), start).unwrap().unwrap();
        let ends = tail.records().map_while(Result::ok).map(|(_, end)| tail.position(end));
        std::iter::once(start).chain(ends).collect()
    }

    fn written(&mut self) {
        self.writes.push(fs::read(&self.path).unwrap());
    }

    /// Each sector is as after some write since the last sync; so is the length.
    fn cut_power(&mut self) {
        let length = self.any_write().len();
        let mut left = vec![0; length];
        for at in (0..length).step_by(SECTOR) {
            let sector = at..length.min(at + SECTOR);
            let write = self.any_write();
            let has = write.len().clamp(sector.start, sector.end);
            let kept = write[sector.start.min(write.len())..has.min(write.len())].to_vec();
            left[at..at + kept.len()].copy_from_slice(&kept);
        }
        fs::write(&self.path, &left).unwrap();
    }

    fn any_write(&mut self) -> &[u8] {
        let write = self.chance.below(self.writes.len());
        &self.writes[write]
    }

    /// Opens the journal again, which must have all that was synced and nothing but what was
    /// appended.
    fn open(&mut self) {
        let (found, flaw) = read(&self.path);
        assert!(found.len() >= self.synced, "{} of {}: {flaw:?}", found.len(), self.synced);
        assert_eq!(found[..], self.inputs[..found.len()]);
        let torn = match flaw {
            None => 0,
            Some(ReadError::Undecodable(DecodeError::Torn { had, .. })) => had,
            Some(error) => panic!("{error}"),
        };
        self.inputs.truncate(found.len());
        self.synced = found.len();
        let ends = self.ends();
        let (start, whole) = (ends[0], ends[ends.len() - 1]);
        let end = End { start, whole, torn };
        self.journal = JournalFile::append_to(&self.path, &genesis(), Some(end)).unwrap();
        self.writes = vec![fs::read(&self.path).unwrap()];
    }
}

fn genesis() -> Fingerprint {
    Fingerprint::of(near_primitives::hash::hash(b"genesis"), None)
}

fn read(path: &Path) -> (Vec<Input>, Option<ReadError>) {
    let start = Tail::start(path, &genesis()).unwrap().unwrap();
    let tail = Tail::of(path, &genesis(), start).unwrap().unwrap();
    let mut found = Vec::new();
    for read in tail.records() {
        match read {
            Ok((record, _)) => found.push(record.input),
            Err(flaw) => return (found, Some(flaw)),
        }
    }
    (found, None)
}

#[test]
fn a_power_cut_loses_nothing_that_was_synced() {
    let dir = tempfile::tempdir().unwrap();
    let mut torn = 0;
    for seed in 0..RUNS {
        let mut disk = Disk::new(dir.path(), seed);
        for _ in 0..4 {
            disk.work();
            disk.cut_power();
            torn += usize::from(read(&disk.path).1.is_some());
            disk.open();
        }
        assert_eq!(disk.ends().last(), Some(&disk.journal.position()));
    }
    assert!(torn > 100, "only {torn} cuts left something torn");
}

#[test]
fn a_bit_that_changes_in_what_was_synced_is_damage_after_a_power_cut_too() {
    let dir = tempfile::tempdir().unwrap();
    for seed in 0..RUNS {
        let mut disk = Disk::new(dir.path(), seed);
        disk.append();
        disk.sync();
        let synced = usize::try_from(disk.journal.position()).unwrap();
        disk.append();
        // The disk gets to know that the first sync succeeded.
        disk.sync();
        (0..3).for_each(|_| disk.append());
        disk.cut_power();
        let mut left = fs::read(&disk.path).unwrap();
        left[HEADER + disk.chance.below(synced)] ^= 1 << disk.chance.below(8);
        fs::write(&disk.path, left).unwrap();
        let (found, flaw) = read(&disk.path);
        let damaged = matches!(flaw, Some(ReadError::Undecodable(DecodeError::Damaged { .. })));
        assert!(damaged, "{seed}: {} records, {flaw:?}", found.len());
    }
}

/// How many histories are tried.
const RUNS: u64 = 150;

/// Bytes that a disk writes whole or not at all.
const SECTOR: usize = 512;
