//! The index by hash, in sorted runs.
//!
//! Hashes come in any order. In a table by hash each would be on another page, which a checkpoint reads
//! and writes for it alone. So a checkpoint appends its entries as a run, packed into rows in the order of
//! their hashes. It merges its run with earlier ones unless they are much longer or together too long, so
//! each entry is copied some ten times, along with its neighbours, and there are a few dozen runs at most.

use crate::tables::{Bytes, Hash, META, if_there, meta};
use near_primitives::hash::CryptoHash;
use redb::{AccessGuard, ReadOnlyTable, ReadTransaction, Table, TableDefinition, WriteTransaction};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// Entries by run and the hash of the first one. All with one hash are in one row.
const RUNS: TableDefinition<'static, (u64, Hash), Bytes> = TableDefinition::new("name_runs");
/// Entries by hash and branch; up to format 6. The first checkpoint makes a run of them.
const NAMES: TableDefinition<'static, (Hash, u64), Bytes> = TableDefinition::new("names");

/// Creates the table.
pub(crate) fn create(batch: &WriteTransaction) -> Result<(), redb::Error> {
    Ok(batch.open_table(RUNS).map(drop)?)
}

/// The entries of `name`, by branch.
pub(crate) fn read(
    reading: &ReadTransaction,
    name: &CryptoHash,
) -> Result<BTreeMap<u64, Vec<u8>>, redb::Error> {
    let mut found = BTreeMap::new();
    if let Some(rows) = if_there(reading.open_table(RUNS))? {
        for run in list(reading)?.iter().rev() {
            let up_to = (run.number, FIRST_HASH)..=(run.number, name.as_bytes());
            let Some(row) = rows.range(up_to)?.next_back().transpose()? else { continue };
            let mut left = row.1.value();
            while let Some((entry, rest)) = Entry::first_of(left)?
                && entry.name <= name.0
            {
                if entry.name == name.0 {
                    found.entry(entry.branch).or_insert_with(|| entry.known.to_vec());
                }
                left = rest;
            }
        }
    }
    if let Some(older) = if_there(reading.open_table(NAMES))? {
        for row in older.range((name.as_bytes(), 0)..=(name.as_bytes(), u64::MAX))? {
            let (key, known) = row?;
            found.entry(key.value().1).or_insert_with(|| known.value().to_vec());
        }
    }
    found.retain(|_, known| !known.is_empty());
    Ok(found)
}

/// Deletes entries, then writes others by hash and branch, in that order; each replaces the earlier one.
/// `before` has what is there so far.
pub(crate) fn write<'a>(
    before: &ReadTransaction,
    batch: &WriteTransaction,
    deleted: impl Iterator<Item = (&'a CryptoHash, u64)>,
    written: impl ExactSizeIterator<Item = (CryptoHash, u64, Vec<u8>)>,
) -> Result<(), redb::Error> {
    let deleted: BTreeSet<_> = deleted.collect();
    let (deletions, count) = (deleted.len() as u64, (deleted.len() + written.len()) as u64);
    let older = if_there(before.open_table(NAMES))?;
    let mut runs = list(before)?;
    let number = runs.last().map_or(Some(0), |last| last.number.checked_add(1));
    let number = number.ok_or_else(|| damaged("the list of runs of names has no number left"))?;
    let kept = match &older {
        Some(_) => 0,
        None => first_merged(&runs, count, deletions),
    };
    let merged = runs.split_off(kept);
    // Newest first.
    let mut sources = vec![Source::of_written(written)?, Source::of_deleted(deleted)?];
    if let Some(rows) = if_there(before.open_table(RUNS))? {
        let of_runs = merged.iter().rev().map(|run| Source::of_run(&rows, run.number));
        sources.extend(of_runs.collect::<Result<Vec<_>, _>>()?);
    }
    sources.extend(older.map(|older| Source::of_table(&older)).transpose()?);
    let mut table = batch.open_table(RUNS)?;
    for run in &merged {
        table.retain_in(all_of(run.number), |_, _| false)?;
    }
    let mut run = Writer::new(&mut table, number);
    merge(sources, |entry| match entry.known.is_empty() && kept == 0 {
        true => Ok(()),
        false => run.add(&entry),
    })?;
    let run = run.finish()?;
    runs.extend((run.entries > 0).then_some(run));
    let list: Vec<u8> = runs.iter().flat_map(Run::packed).collect();
    batch.open_table(META)?.insert(meta::NAME_RUN_LIST, list.as_slice())?;
    batch.delete_table(NAMES)?;
    Ok(())
}

/// From which run on all are merged with `count` new entries, of which so many delete others.
fn first_merged(runs: &[Run], count: u64, deletions: u64) -> usize {
    let entries = runs.iter().fold(count, |sum, run| sum.saturating_add(run.entries));
    let deletions = runs.iter().fold(deletions, |sum, run| sum.saturating_add(run.deletions));
    if deletions > entries / DELETED_PARTS {
        return 0;
    }
    let longest = LONGEST.max(entries / PARTS);
    let (mut kept, mut together) = (runs, count);
    while let [before @ .., last] = kept
        && last.entries < together.saturating_mul(2)
        && last.entries.saturating_add(together) <= longest
    {
        together += last.entries;
        kept = before;
    }
    kept.len()
}

/// A run in the list.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    number: u64,
    entries: u64,
    /// How many of them delete entries of earlier runs.
    deletions: u64,
}

impl Run {
    fn packed(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        for (part, number) in
            bytes.chunks_exact_mut(8).zip([self.number, self.entries, self.deletions])
        {
            part.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    fn read(bytes: &[u8; 24]) -> Self {
        let mut numbers = bytes.as_chunks().0.iter().map(|number| u64::from_le_bytes(*number));
        let mut next = || numbers.next().unwrap_or_default();
        Self { number: next(), entries: next(), deletions: next() }
    }
}

/// All runs, oldest first.
fn list(reading: &ReadTransaction) -> Result<Vec<Run>, redb::Error> {
    let Some(meta) = if_there(reading.open_table(META))? else { return Ok(Vec::new()) };
    let list = meta.get(meta::NAME_RUN_LIST)?;
    let bytes = list.as_ref().map(AccessGuard::value).unwrap_or_default();
    let (runs, rest) = bytes.as_chunks();
    let runs: Vec<_> = runs.iter().map(Run::read).collect();
    if !rest.is_empty() || !runs.is_sorted_by(|one, next| one.number < next.number) {
        return Err(damaged("the list of runs of names is out of order"));
    }
    Ok(runs)
}

fn all_of(run: u64) -> RangeInclusive<(u64, Hash)> {
    (run, FIRST_HASH)..=(run, LAST_HASH)
}

/// A hash and a branch.
type Key = ([u8; 32], u64);

/// What is known of a name on a branch; nothing where an entry of an earlier run is deleted.
#[derive(Clone, Copy, Debug)]
struct Entry<'a> {
    name: [u8; 32],
    branch: u64,
    known: &'a [u8],
}

impl<'a> Entry<'a> {
    fn key(&self) -> Key {
        (self.name, self.branch)
    }

    fn pack(&self, row: &mut Vec<u8>) {
        let length = u32::try_from(self.known.len());
        let length = length.expect("the invariant that an entry has at most some hundred bytes");
        row.extend_from_slice(&self.name);
        row.extend_from_slice(&self.branch.to_le_bytes());
        row.extend_from_slice(&length.to_le_bytes());
        row.extend_from_slice(self.known);
    }

    fn packed(&self) -> Vec<u8> {
        let mut row = Vec::new();
        self.pack(&mut row);
        row
    }

    /// The first entry of a row, and the rest.
    fn first_of(row: &'a [u8]) -> Result<Option<(Self, &'a [u8])>, redb::Error> {
        if row.is_empty() {
            return Ok(None);
        }
        let read = || {
            let (name, row) = row.split_first_chunk()?;
            let (branch, row) = row.split_first_chunk()?;
            let (length, row) = row.split_first_chunk()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            let (known, rest) = row.split_at_checked(length)?;
            Some((Self { name: *name, branch: u64::from_le_bytes(*branch), known }, rest))
        };
        read().map(Some).ok_or_else(|| damaged("a row of names ends within an entry"))
    }
}

/// Entries in order.
struct Source<'a> {
    rows: Box<dyn Iterator<Item = Result<Vec<u8>, redb::Error>> + 'a>,
    row: Vec<u8>,
    /// Where the first entry that was not passed on begins in the row.
    at: usize,
    /// Its key; none at the end.
    key: Option<Key>,
}

type Rows = ReadOnlyTable<(u64, Hash), Bytes>;

impl<'a> Source<'a> {
    fn of(
        rows: impl Iterator<Item = Result<Vec<u8>, redb::Error>> + 'a,
    ) -> Result<Self, redb::Error> {
        let mut source = Self { rows: Box::new(rows), row: Vec::new(), at: 0, key: None };
        source.find_key()?;
        Ok(source)
    }

    fn of_written(
        entries: impl Iterator<Item = (CryptoHash, u64, Vec<u8>)> + 'a,
    ) -> Result<Self, redb::Error> {
        Self::of(entries.map(|(name, branch, known)| {
            Ok(Entry { name: name.0, branch, known: &known }.packed())
        }))
    }

    fn of_deleted(entries: BTreeSet<(&'a CryptoHash, u64)>) -> Result<Self, redb::Error> {
        let deletion =
            |(name, branch): (&CryptoHash, u64)| Entry { name: name.0, branch, known: &[] };
        Self::of(entries.into_iter().map(move |entry| Ok(deletion(entry).packed())))
    }

    fn of_run(rows: &Rows, run: u64) -> Result<Self, redb::Error> {
        Self::of(rows.range(all_of(run))?.map(|row| Ok(row?.1.value().to_vec())))
    }

    fn of_table(table: &ReadOnlyTable<(Hash, u64), Bytes>) -> Result<Self, redb::Error> {
        Self::of(table.range::<(Hash, u64)>(..)?.map(|row| {
            let (key, known) = row?;
            let (name, branch) = key.value();
            Ok(Entry { name: *name, branch, known: known.value() }.packed())
        }))
    }

    /// Passes the first entry on, and goes on to the next one.
    fn pass(
        &mut self,
        put: impl FnOnce(Entry<'_>) -> Result<(), redb::Error>,
    ) -> Result<(), redb::Error> {
        if let Some((entry, rest)) = Entry::first_of(self.row.get(self.at..).unwrap_or_default())? {
            put(entry)?;
            self.at = self.row.len() - rest.len();
        }
        self.find_key()
    }

    fn find_key(&mut self) -> Result<(), redb::Error> {
        if self.at == self.row.len() {
            self.at = 0;
            self.row = match self.rows.next().transpose()? {
                Some(row) if row.is_empty() => return Err(damaged("a row of names is empty")),
                row => row.unwrap_or_default(),
            };
        }
        let left = self.row.get(self.at..).unwrap_or_default();
        self.key = Entry::first_of(left)?.map(|(entry, _)| entry.key());
        Ok(())
    }
}

/// Passes on the entries of all sources in order; of several with one key, the first source's.
fn merge(
    mut sources: Vec<Source<'_>>,
    mut put: impl FnMut(Entry<'_>) -> Result<(), redb::Error>,
) -> Result<(), redb::Error> {
    while let Some(least) = sources.iter().filter_map(|source| source.key).min() {
        let mut with_it = sources.iter_mut().filter(|source| source.key == Some(least));
        with_it.next().map(|newest| newest.pass(&mut put)).transpose()?;
        with_it.try_for_each(|older| older.pass(|_| Ok(())))?;
    }
    Ok(())
}

/// Appends a run.
struct Writer<'t, 'b> {
    table: &'t mut Table<'b, (u64, Hash), Bytes>,
    run: Run,
    row: Vec<u8>,
    /// The hash that the row begins with.
    first: [u8; 32],
    last: Option<Key>,
}

impl<'t, 'b> Writer<'t, 'b> {
    fn new(table: &'t mut Table<'b, (u64, Hash), Bytes>, number: u64) -> Self {
        let run = Run { number, ..Run::default() };
        Self { table, run, row: Vec::new(), first: *FIRST_HASH, last: None }
    }

    fn add(&mut self, entry: &Entry<'_>) -> Result<(), redb::Error> {
        if self.last >= Some(entry.key()) {
            return Err(damaged("names are out of order"));
        }
        if self.row.len() >= ROW && self.last.is_none_or(|(name, _)| name != entry.name) {
            self.write_row()?;
        }
        if self.row.is_empty() {
            self.first = entry.name;
        }
        self.last = Some(entry.key());
        self.run.entries += 1;
        self.run.deletions += u64::from(entry.known.is_empty());
        entry.pack(&mut self.row);
        Ok(())
    }

    fn finish(mut self) -> Result<Run, redb::Error> {
        if !self.row.is_empty() {
            self.write_row()?;
        }
        Ok(self.run)
    }

    fn write_row(&mut self) -> Result<(), redb::Error> {
        self.table.insert((self.run.number, &self.first), self.row.as_slice())?;
        self.row.clear();
        Ok(())
    }
}

fn damaged(what: &str) -> redb::Error {
    redb::Error::Corrupted(what.to_owned())
}

const FIRST_HASH: Hash = &[0; 32];
const LAST_HASH: Hash = &[u8::MAX; 32];

/// How long a row becomes before the next one begins, bytes: with its key it fits on a page.
const ROW: usize = 3_800;

/// Runs that have more entries together are not merged: it would take some tenths of a second.
const LONGEST: u64 = 1 << 18;

/// Unless they have at most a sixteenth of all entries: a lookup reads in each run, so there must not be many.
const PARTS: u64 = 16;

/// When more than a quarter of all entries are deletions, all runs are merged.
const DELETED_PARTS: u64 = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use near_primitives::hash::hash;
    use redb::backends::InMemoryBackend;
    use redb::{Database, ReadableDatabase, StorageBackend};
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn name(number: u64) -> CryptoHash {
        hash(&number.to_le_bytes())
    }

    fn in_memory() -> Database {
        Database::builder().create_with_backend(InMemoryBackend::new()).unwrap()
    }

    /// Names by number, branches and what is known.
    fn commit(database: &Database, deleted: &[u64], written: &[(u64, u64, u8)]) {
        let batch = database.begin_write().unwrap();
        let deleted: Vec<_> = deleted.iter().map(|number| name(*number)).collect();
        let written: BTreeMap<_, _> = written
            .iter()
            .map(|(number, branch, known)| ((name(*number), *branch), vec![*known; 60]))
            .collect();
        let written = written.into_iter().map(|((name, branch), known)| (name, branch, known));
        let deleted = deleted.iter().map(|name| (name, 0));
        write(&database.begin_read().unwrap(), &batch, deleted, written).unwrap();
        batch.commit().unwrap();
    }

    fn found(database: &Database, number: u64) -> Vec<(u64, u8)> {
        let found = read(&database.begin_read().unwrap(), &name(number)).unwrap();
        found.into_iter().map(|(branch, known)| (branch, known[0])).collect()
    }

    fn runs(database: &Database) -> Vec<Run> {
        list(&database.begin_read().unwrap()).unwrap()
    }

    #[test]
    fn entries_are_found_in_every_run_and_the_newest_counts() {
        let database = in_memory();
        for round in 0..100 {
            let new = round * 10..round * 10 + 10;
            let mut written: Vec<_> = new.map(|number| (number, 0, 1)).collect();
            // On another branch as well, or once more.
            written.extend([(round, 7, 2), (round * 3, 0, 3)]);
            commit(&database, &[], &written);
        }
        assert!((2..10).contains(&runs(&database).len()), "{:?}", runs(&database));
        for number in 0..1_000 {
            let mut expected = vec![(0, if number % 3 == 0 && number < 300 { 3 } else { 1 })];
            expected.extend((number < 100).then_some((7, 2)));
            assert_eq!(found(&database, number), expected, "{number}");
        }
        assert_eq!(found(&database, 1_000), []);
    }

    #[test]
    fn branches_of_one_name_stay_together() {
        let database = in_memory();
        let branches: Vec<_> = (0..200).map(|branch| (5, branch, 1)).collect();
        let others: Vec<_> = (10..200).map(|number| (number, 0, 1)).collect();
        commit(&database, &[], &[branches, others].concat());
        assert_eq!(found(&database, 5).len(), 200);
        assert!((10..200).all(|number| found(&database, number) == [(0, 1)]));
    }

    #[test]
    fn deleted_entries_are_gone_and_take_no_room_for_long() {
        let database = in_memory();
        for round in 0..100_u64 {
            let new: Vec<_> = (round * 10..round * 10 + 10).map(|number| (number, 0, 1)).collect();
            let old: Vec<_> = (0..10).filter_map(|at| (round * 10 + at).checked_sub(50)).collect();
            commit(&database, &old, &new);
            for number in (round * 10).saturating_sub(100)..round * 10 + 10 {
                let is_there = number + 40 >= round * 10;
                assert_eq!(found(&database, number).is_empty(), !is_there, "{round}: {number}");
            }
            // Fifty are left. Of the others so many can be there, each with its deletion.
            let entries: u64 = runs(&database).iter().map(|run| run.entries).sum();
            assert!(entries <= 50 * 2 + 20, "{:?}", runs(&database));
        }
        commit(&database, &[], &[(3, 0, 9)]);
        assert_eq!(found(&database, 3), [(0, 9)], "what comes back is there");
        commit(&database, &(3..1_000).collect::<Vec<_>>(), &[]);
        assert!(runs(&database).is_empty(), "{:?}", runs(&database));
    }

    #[test]
    fn a_table_of_an_older_format_becomes_a_run() {
        let database = in_memory();
        let batch = database.begin_write().unwrap();
        let mut older = batch.open_table(NAMES).unwrap();
        for number in 0..200 {
            older.insert((name(number).as_bytes(), 0), [1].as_slice()).unwrap();
        }
        drop(older);
        batch.commit().unwrap();
        assert_eq!(found(&database, 7), [(0, 1)]);
        commit(&database, &[8], &[(9, 0, 2), (200, 0, 2)]);
        assert_eq!(runs(&database).iter().map(|run| run.entries).sum::<u64>(), 200);
        let known = [7, 8, 9, 200].map(|number| found(&database, number));
        assert_eq!(known, [vec![(0, 1)], vec![], vec![(0, 2)], vec![(0, 2)]]);
        let reading = database.begin_read().unwrap();
        assert!(if_there(reading.open_table(NAMES)).unwrap().is_none());
    }

    #[test]
    fn long_runs_are_left_alone_until_many_entries_are_deleted() {
        let run = |entries| Run { entries, ..Run::default() };
        let runs = [run(LONGEST), run(LONGEST - 10), run(100), run(20), run(9)];
        assert_eq!(first_merged(&runs, 5, 0), 3, "a much longer run stays");
        assert_eq!(first_merged(&runs, 30, 0), 2);
        assert_eq!(first_merged(&runs[..2], LONGEST, 0), 2);
        assert_eq!(first_merged(&runs, LONGEST, LONGEST / 2), 5);
        assert_eq!(first_merged(&runs, LONGEST, LONGEST), 0);
        // With more entries runs become longer in place of more.
        let many = [run(LONGEST); 40];
        assert_eq!(first_merged(&many[..15], LONGEST, 0), 15);
        assert_eq!(first_merged(&many, LONGEST, 0), 39);
    }

    #[test]
    fn damage_is_an_error() {
        let database = in_memory();
        commit(&database, &[], &[(1, 0, 1)]);
        let batch = database.begin_write().unwrap();
        let mut rows = batch.open_table(RUNS).unwrap();
        rows.insert((0, name(1).as_bytes()), [1; 60].as_slice()).unwrap();
        drop(rows);
        batch.commit().unwrap();
        let reading = database.begin_read().unwrap();
        assert!(matches!(read(&reading, &name(1)), Err(redb::Error::Corrupted(_))));
        let batch = database.begin_write().unwrap();
        let new = || [(name(2), 0, vec![1])].into_iter();
        let merged = write(&reading, &batch, [].into_iter(), new());
        assert!(matches!(merged, Err(redb::Error::Corrupted(_))), "{merged:?}");
        let last = Run { number: u64::MAX, entries: u64::MAX, deletions: 0 };
        let mut meta = batch.open_table(META).unwrap();
        meta.insert(meta::NAME_RUN_LIST, last.packed().as_slice()).unwrap();
        drop(meta);
        batch.commit().unwrap();
        let (reading, batch) = (database.begin_read().unwrap(), database.begin_write().unwrap());
        let numbered = write(&reading, &batch, [].into_iter(), new());
        assert!(matches!(numbered, Err(redb::Error::Corrupted(_))), "{numbered:?}");
    }

    #[derive(Debug, Default)]
    struct Counted(InMemoryBackend, Arc<AtomicU64>);

    impl StorageBackend for Counted {
        fn len(&self) -> io::Result<u64> {
            self.0.len()
        }

        fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
            self.1.fetch_add(out.len() as u64, Ordering::Relaxed);
            self.0.read(offset, out)
        }

        fn set_len(&self, len: u64) -> io::Result<()> {
            self.0.set_len(len)
        }

        fn sync_data(&self) -> io::Result<()> {
            self.0.sync_data()
        }

        fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
            self.1.fetch_add(data.len() as u64, Ordering::Relaxed);
            self.0.write(offset, data)
        }
    }

    /// In a table by hash each entry of 100 bytes made a checkpoint read and write 19 kB by then.
    #[test]
    fn an_entry_costs_a_few_times_its_length_however_many_there_are() {
        let counted = Counted::default();
        let bytes = counted.1.clone();
        let database =
            Database::builder().set_cache_size(4 << 20).create_with_backend(counted).unwrap();
        for round in 0..60 {
            let new: Vec<_> = (round * 2_000..(round + 1) * 2_000).map(|at| (at, 0, 1)).collect();
            commit(&database, &[], &new);
        }
        let each = bytes.load(Ordering::Relaxed) / (60 * 2_000);
        assert!(each < 2_500, "{each} bytes");
    }
}
