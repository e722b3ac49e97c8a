//! The journal's file: every input that the chain accepted, behind a header that says which chain.
//!
//! The header is: [`header::MAGIC`], the format's version (u32, little endian), the chain's
//! [`Fingerprint`], a checksum of all that, and how much of the file is known to be on the disk.
//! Records follow, in `keyway-chain`'s form, and zeros. Records are never changed, only appended.
//!
//! After a power cut any part of what was not synced may be missing. What is no whole record is
//! damaged where the header says that it was on the disk, and else was being written.

mod file;
mod header;
mod sync;
mod tail;

pub(crate) use header::Fingerprint;
pub(crate) use sync::DiskSync;
pub(crate) use tail::{End, Tail};

use crate::error::{FileError, JournalError};
use crate::files::{Access, file_length, write_whole};
use file::Ahead;
use header::HEADER;
use keyway_chain::{Input, Record};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// An open journal, to append to.
#[derive(Debug)]
pub(crate) struct JournalFile {
    file: Ahead,
    disk: Arc<DiskSync>,
}

impl JournalFile {
    /// Opens the journal at `path`, which ends at `end`, to append to it. What is torn there is cut
    /// off: nobody was told of it. Where there is no journal, one is begun.
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
        let unwritable = |source| FileError::Unwritable { path: path.to_owned(), source };
        let End { whole, torn } = end.unwrap_or_default();
        let mut file = Ahead::open(path, file_length(HEADER) + whole).map_err(unwritable)?;
        if torn > 0 {
            file.cut().map_err(unwritable)?;
        }
        let disk = Arc::new(DiskSync::new(file.synced(path).map_err(unwritable)?));
        Ok(Self { file, disk })
    }

    /// One `write` for all: a process that is killed leaves each record whole or not at all.
    ///
    /// # Errors
    /// As the file's system says; [`io::ErrorKind::InvalidInput`] only for an input without a form
    /// here. In both cases nothing of `inputs` is left, as far as the system allows.
    pub(crate) fn append(&mut self, now_ns: u64, inputs: &[Input]) -> io::Result<()> {
        let mut records = Vec::new();
        for input in inputs {
            records.extend(Record::encode_input(now_ns, input).map_err(invalid)?);
        }
        // Whatever the system calls it, it is not the input's fault.
        self.file.append(&records).map_err(io::Error::other)
    }

    /// Bytes of all records.
    pub(crate) fn records(&self) -> u64 {
        self.file.end() - file_length(HEADER)
    }

    /// What syncs it while others append.
    pub(crate) fn disk(&self) -> &Arc<DiskSync> {
        &self.disk
    }
}

fn begin(path: &Path, genesis: &Fingerprint) -> Result<(), FileError> {
    let header = header::bytes(genesis);
    write_whole(path, Access::Owner, |file| file.write_all(&header))
}

fn invalid(error: keyway_chain::EncodeError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error)
}

#[cfg(test)]
mod power_cut;

#[cfg(test)]
mod tests {
    use super::*;
    use near_primitives::state_record::StateRecord;
    use std::fs;
    use std::path::PathBuf;

    const FILE: &str = "journal";

    /// A journal of one record, and the length of one.
    fn journal() -> (tempfile::TempDir, PathBuf, JournalFile, u64) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        let mut journal = JournalFile::append_to(&path, &genesis(), None).unwrap();
        journal.append(1, &[Input::Tick]).unwrap();
        let record = journal.records();
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
        let error = journal.append(1, &[Input::Tick, Input::Tick, formless]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(fs::read(&path).unwrap(), before);
        journal.append(1, &[Input::Tick, Input::Tick]).unwrap();
        assert_eq!(journal.records(), 3 * record);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_never_the_inputs_fault() {
        let (_dir, path, mut journal, record) = journal();
        journal.file.make_read_only(&path);
        let error = journal.append(1, &[Input::Tick]).unwrap_err();
        assert_ne!(error.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(journal.records(), record);
    }

    #[test]
    fn records_overwrite_zeros() {
        let (_dir, path, mut journal, record) = journal();
        let length = fs::metadata(&path).unwrap().len();
        let room = length - file_length(HEADER) - record;
        for _ in 0..room / record {
            journal.append(1, &[Input::Tick]).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().len(), length);
        }
        journal.append(1, &[Input::Tick]).unwrap();
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
            let end = End { whole, torn: file_length(torn) };
            let mut journal = JournalFile::append_to(&path, &genesis(), Some(end)).unwrap();
            assert!(matches!(read(&path), (1, None)));
            journal.append(1, &[Input::Tick]).unwrap();
            assert!(matches!(read(&path), (2, None)));
        }
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
