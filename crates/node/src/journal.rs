//! The journal's file: the inputs that the chain accepted, behind a header that says which chain.
//!
//! The header is: [`header::MAGIC`], the format's version (u32, little endian), the chain's
//! [`Fingerprint`], where the file starts, a checksum of all that, and how much of the file is known
//! to be on the disk. Records follow, in `keyway-chain`'s form, and zeros. Records are never changed,
//! only appended.
//!
//! A position in the journal counts the bytes of all records since genesis. A compaction removes the
//! first of them from the file; positions stay what they were.
//!
//! After a power cut, any part of what was not synced may be missing. An incomplete record is damage
//! if the header says that it was on the disk; otherwise its write was interrupted.

mod file;
mod header;
mod sync;
mod tail;

pub(crate) use header::Fingerprint;
pub(crate) use sync::DiskSync;
pub(crate) use tail::{End, Tail};

use crate::error::{FileError, JournalError};
use crate::files::{Access, beside, file_length, put_in_place, write_beside, write_whole};
use file::{Ahead, Synced};
use header::{HEADER, Header};
use keyway_chain::{HeadState, Input, Record};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An open journal, to append to.
#[derive(Debug)]
pub(crate) struct JournalFile {
    path: PathBuf,
    genesis: Fingerprint,
    /// The position of the first record in the file.
    start: u64,
    file: Ahead,
    disk: Arc<DiskSync>,
}

impl JournalFile {
    /// Opens the journal at `path`, which ends at `end`, to append to it. Torn records are cut off:
    /// they were never acknowledged. A journal is created if there is none.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub(crate) fn append_to(
        path: &Path,
        genesis: &Fingerprint,
        end: Option<End>,
    ) -> Result<Self, JournalError> {
        if end.is_none() {
            begin(path, genesis)?;
        }
        // Left behind when a compaction was interrupted.
        let _there_is_none = fs::remove_file(beside(path));
        let unwritable = |source| FileError::Unwritable { path: path.to_owned(), source };
        let End { start, whole, torn } = end.unwrap_or_default();
        let mut file =
            Ahead::open(path, file_length(HEADER) + whole - start).map_err(unwritable)?;
        if torn > 0 {
            file.cut().map_err(unwritable)?;
        }
        let disk = Arc::new(DiskSync::new(file.synced(path).map_err(unwritable)?));
        Ok(Self { path: path.to_owned(), genesis: *genesis, start, file, disk })
    }

    /// Appends `inputs` with one `write`, so that a kill leaves each record completely or not at all.
    ///
    /// # Errors
    /// The system's error; [`io::ErrorKind::InvalidInput`] only for an input that cannot be encoded.
    /// In both cases none of `inputs` stays in the file, as far as the system allows.
    pub(crate) fn append(
        &mut self,
        now_ns: u64,
        inputs: &[Input],
        head: HeadState,
    ) -> io::Result<()> {
        let mut records = Vec::new();
        for (number, input) in inputs.iter().enumerate() {
            // The chain is known only after all of them, so only the last has a head.
            let head = (number + 1 == inputs.len()).then_some(&head);
            records.extend(Record::encode_input(now_ns, input, head).map_err(invalid)?);
        }
        // The system may use the same kind of error, but then the input is not the reason.
        self.file.append(&records).map_err(io::Error::other)
    }

    /// The position behind the last record.
    pub(crate) fn position(&self) -> u64 {
        self.start + self.file.end() - file_length(HEADER)
    }

    /// Removes the records before `position`, which a checkpoint has, if they are long and most of the
    /// file. Inputs wait meanwhile, so the rest that is copied must be short.
    ///
    /// # Errors
    /// When it is unknown which of two files a power cut would leave; nothing can be appended then.
    pub(crate) fn compact(&mut self, position: u64) -> io::Result<()> {
        let (removed, left) =
            (position.saturating_sub(self.start), self.position().saturating_sub(position));
        if removed < LEAST_REMOVED || removed / 4 < left {
            return Ok(());
        }
        self.remove_before(position)
    }

    /// Copies the rest to a new file, which replaces the old one once it is on the disk. A crash
    /// leaves one of the two files, and each has all acknowledged inputs that the store lacks.
    fn remove_before(&mut self, position: u64) -> io::Result<()> {
        let (file, synced) = match self.copy_from(position) {
            Ok(copied) => copied,
            Err(error) => {
                // The old file is unchanged and stays in use.
                tracing::warn!(%error, "the journal cannot be compacted");
                return Ok(());
            }
        };
        let replace = || put_in_place(&beside(&self.path), &self.path);
        self.disk.replace(synced, replace)?;
        (self.file, self.start) = (file, position);
        Ok(())
    }

    /// Copies the records from `position` on to a file beside the journal.
    fn copy_from(&self, position: u64) -> io::Result<(Ahead, Synced)> {
        let left = self.position() - position;
        let end = file_length(HEADER) + left;
        let header = header::bytes(&self.genesis, Header { start: position, synced: end });
        let mut old = File::open(&self.path)?;
        old.seek(SeekFrom::Start(self.file.end() - left))?;
        let copy = write_beside(&self.path, Access::Owner, |file| {
            file.write_all(&header)?;
            match io::copy(&mut old.take(left), file)? == left {
                true => Ok(()),
                false => Err(io::ErrorKind::UnexpectedEof.into()),
            }
        })?;
        let file = Ahead::open(&copy, end)?;
        let synced = file.synced(&copy)?;
        Ok((file, synced))
    }

    /// What syncs it while others append.
    pub(crate) fn disk(&self) -> &Arc<DiskSync> {
        &self.disk
    }
}

fn begin(path: &Path, genesis: &Fingerprint) -> Result<(), FileError> {
    let header = header::bytes(genesis, Header { start: 0, synced: file_length(HEADER) });
    write_whole(path, Access::Owner, |file| file.write_all(&header))
}

fn invalid(error: keyway_chain::EncodeError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error)
}

/// The fewest bytes for which a compaction is worthwhile.
const LEAST_REMOVED: u64 = 64 << 20;

#[cfg(test)]
mod power_cut;

#[cfg(test)]
mod tests {
    use super::*;
    use near_primitives::hash::CryptoHash;
    use near_primitives::state_record::StateRecord;

    const FILE: &str = "journal";

    const HEAD: HeadState = HeadState { height: 1, state_root: CryptoHash([1; 32]) };

    /// A journal of one record, and the length of one.
    fn journal() -> (tempfile::TempDir, PathBuf, JournalFile, u64) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        let mut journal = JournalFile::append_to(&path, &genesis(), None).unwrap();
        journal.append(1, &[Input::Tick], HEAD).unwrap();
        let record = journal.position();
        (dir, path, journal, record)
    }

    fn genesis() -> Fingerprint {
        Fingerprint::of(near_primitives::hash::hash(b"genesis"), None)
    }

    fn read(path: &Path) -> (usize, Option<keyway_chain::ReadError>) {
        let tail = Tail::of(path, &genesis(), 0).unwrap().unwrap();
        let (whole, mut flaws): (Vec<_>, Vec<_>) = tail.records().partition(Result::is_ok);
        (whole.len(), flaws.pop().and_then(Result::err))
    }

    #[test]
    fn inputs_are_appended_all_or_none() {
        let (_dir, path, mut journal, record) = journal();
        let formless = Input::Patch(vec![StateRecord::ReceivedData {
            account_id: "a.near".parse().unwrap(),
            data_id: near_primitives::hash::hash(b"data"),
            data: None,
        }]);
        let before = fs::read(&path).unwrap();
        let error = journal.append(1, &[Input::Tick, Input::Tick, formless], HEAD).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(fs::read(&path).unwrap(), before);
        journal.append(1, &[Input::Tick, Input::Tick], HEAD).unwrap();
        // Only the last of them has the head: a height and a hash.
        assert_eq!(journal.position(), 3 * record - 40);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_never_the_inputs_fault() {
        let (_dir, path, mut journal, record) = journal();
        journal.file.make_read_only(&path);
        let error = journal.append(1, &[Input::Tick], HEAD).unwrap_err();
        assert_ne!(error.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(journal.position(), record);
    }

    #[test]
    fn records_overwrite_zeros() {
        let (_dir, path, mut journal, record) = journal();
        let length = fs::metadata(&path).unwrap().len();
        let room = length - file_length(HEADER) - record;
        for _ in 0..room / record {
            journal.append(1, &[Input::Tick], HEAD).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().len(), length);
        }
        journal.append(1, &[Input::Tick], HEAD).unwrap();
        assert!(fs::metadata(&path).unwrap().len() > length);
        assert!(matches!(read(&path), (count, None) if file_length(count) == 2 + room / record));
    }

    #[test]
    fn a_journal_goes_on_where_its_records_end() {
        let (_dir, path, journal, whole) = journal();
        drop(journal);
        let zeros = fs::read(&path).unwrap();
        for (at, torn) in [(whole, 5), (whole + 20, 1)] {
            let mut remains = zeros.clone();
            let at = HEADER + usize::try_from(at).unwrap();
            remains[at..at + torn].fill(9);
            fs::write(&path, remains).unwrap();
            assert!(matches!(read(&path), (1, Some(_))));
            let end = End { start: 0, whole, torn: file_length(torn) };
            let mut journal = JournalFile::append_to(&path, &genesis(), Some(end)).unwrap();
            assert!(matches!(read(&path), (1, None)));
            journal.append(1, &[Input::Tick], HEAD).unwrap();
            assert!(matches!(read(&path), (2, None)));
        }
    }

    /// Records from `from` on: how many, and where the last one ends.
    fn read_from(path: &Path, from: u64) -> (usize, u64) {
        let records = Tail::of(path, &genesis(), from).unwrap().unwrap();
        let ends: Vec<_> = records.records().map(|read| read.unwrap().1).collect();
        (ends.len(), records.position(*ends.last().unwrap()))
    }

    #[test]
    fn a_compacted_journal_has_the_rest_and_goes_on() {
        let (_dir, path, mut journal, record) = journal();
        for _ in 1..10 {
            journal.append(1, &[Input::Tick], HEAD).unwrap();
        }
        for from in [3, 3, 7] {
            journal.remove_before(from * record).unwrap();
            assert_eq!(journal.position(), 10 * record);
            assert_eq!(fs::metadata(&path).unwrap().len(), HEADER as u64 + (10 - from) * record);
            assert_eq!(read_from(&path, from * record), (10 - from as usize, 10 * record));
            let lost = Tail::of(&path, &genesis(), (from - 1) * record).unwrap_err();
            let JournalError::Compacted { start, needed, .. } = lost else { panic!("{lost}") };
            assert_eq!((start, needed), (from * record, (from - 1) * record));
        }
        journal.append(1, &[Input::Tick, Input::Tick], HEAD).unwrap();
        crate::durability::Sync::sync(&**journal.disk()).unwrap();
        journal.remove_before(journal.position()).unwrap();
        assert_eq!(Tail::start(&path, &genesis()).unwrap(), Some(journal.position()));
        let end = End { start: journal.position(), whole: journal.position(), torn: 0 };
        drop(journal);
        let mut journal = JournalFile::append_to(&path, &genesis(), Some(end)).unwrap();
        journal.append(1, &[Input::Tick], HEAD).unwrap();
        assert_eq!(read_from(&path, end.whole), (1, journal.position()));
    }

    /// `kill -9` while the copy is being written, before and after it takes the journal's place.
    #[test]
    fn a_compaction_that_is_interrupted_anywhere_leaves_a_whole_journal() {
        let (_dir, path, mut journal, record) = journal();
        journal.append(1, &[Input::Tick, Input::Tick], HEAD).unwrap();
        let (from, position) = (record, journal.position());
        journal.copy_from(from).unwrap();
        let copy = fs::read(beside(&path)).unwrap();
        for written in 0..=copy.len() {
            fs::write(beside(&path), &copy[..written]).unwrap();
            let end = End { start: 0, whole: position, torn: 0 };
            let journal = JournalFile::append_to(&path, &genesis(), Some(end)).unwrap();
            assert_eq!(journal.position(), position);
            assert_eq!(read_from(&path, 0), (3, position));
            assert!(!beside(&path).exists());
        }
        fs::write(&path, copy).unwrap();
        assert_eq!(read_from(&path, from), (2, position));
    }

    #[test]
    fn a_journal_that_cannot_be_copied_goes_on_as_it_is() {
        let (_dir, path, mut journal, record) = journal();
        fs::create_dir(beside(&path)).unwrap();
        journal.remove_before(record).unwrap();
        journal.append(1, &[Input::Tick], HEAD).unwrap();
        assert_eq!(read_from(&path, 0).0, 2);
    }

    #[test]
    fn few_records_are_not_worth_a_compaction() {
        let (_dir, path, mut journal, record) = journal();
        journal.compact(record).unwrap();
        assert_eq!(Tail::start(&path, &genesis()).unwrap(), Some(0));
    }

    #[test]
    fn zeros_do_not_make_a_short_journal_long_enough() {
        let (_dir, path, _journal, record) = journal();
        assert!(Tail::of(&path, &genesis(), record).unwrap().is_some());
        for missing in [8, record, 1 << 20] {
            let short = Tail::of(&path, &genesis(), record + missing);
            assert!(matches!(short, Err(JournalError::Short { .. })), "{missing}");
        }
    }
}
