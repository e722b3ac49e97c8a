//! The journal's file: every input that the chain accepted, behind a header that says which chain.
//!
//! The header is: [`header::MAGIC`], the format's version (u32, little endian), and the chain's
//! [`Fingerprint`]. Records follow, in `keyway-node`'s form. Nothing is ever changed, only appended.

mod error;
mod header;
mod tail;

pub(crate) use error::JournalError;
pub(crate) use header::Fingerprint;
pub(crate) use tail::Tail;

use crate::home::{Access, HomeError, write_whole};
use header::HEADER;
use keyway_node::{Input, Record};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// An open journal, to append to.
#[derive(Debug)]
pub(crate) struct Journal {
    file: Arc<File>,
    records: u64,
}

impl Journal {
    /// The file's name in the data directory.
    pub(crate) const FILE: &'static str = "journal";

    /// Opens the journal at `path` to append behind `whole` bytes of records. What stands there is
    /// a record whose writing was cut short, so that nobody was told of it: it is cut off. Where
    /// there is no journal, one is begun.
    ///
    /// # Errors
    /// See [`JournalError`]; the file is then as it was.
    pub(crate) fn append_to(
        path: &Path,
        genesis: &Fingerprint,
        whole: Option<u64>,
    ) -> Result<Self, JournalError> {
        if whole.is_none() {
            begin(path, genesis)?;
        }
        let records = whole.unwrap_or_default();
        let unwritable = |source| HomeError::Unwritable { path: path.to_owned(), source };
        let file = File::options().append(true).open(path).map_err(unwritable)?;
        let end = bytes(HEADER) + records;
        if file.metadata().map_err(unwritable)?.len() > end {
            file.set_len(end).map_err(unwritable)?;
        }
        Ok(Self { file: Arc::new(file), records })
    }

    /// One `write` for all: a process that is killed leaves each record whole or not at all.
    ///
    /// # Errors
    /// As the file's system says; [`io::ErrorKind::InvalidInput`] only for an input without a form
    /// here. In both cases nothing of `inputs` is left, as far as the system allows.
    pub(crate) fn append(&mut self, now_ns: u64, inputs: &[Input]) -> io::Result<()> {
        let mut records = Vec::new();
        for input in inputs {
            let record = Record { now_ns, input: input.clone() };
            records.extend(record.encode().map_err(invalid)?);
        }
        if let Err(error) = (&*self.file).write_all(&records) {
            // Nobody is told of these inputs, so a restart had better not find them.
            let _found_then = self.file.set_len(bytes(HEADER) + self.records);
            // Whatever the system calls it, it is not the input's fault.
            return Err(io::Error::other(error));
        }
        self.records += bytes(records.len());
        Ok(())
    }

    /// Bytes of all records.
    pub(crate) fn records(&self) -> u64 {
        self.records
    }

    /// The file, to be synced while others append.
    pub(crate) fn file(&self) -> &Arc<File> {
        &self.file
    }
}

fn begin(path: &Path, genesis: &Fingerprint) -> Result<(), HomeError> {
    let header = header::bytes(genesis);
    write_whole(path, Access::Shared, |file| file.write_all(&header))
}

fn invalid(error: keyway_node::EncodeError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error)
}

fn bytes(count: usize) -> u64 {
    u64::try_from(count).expect("a length in memory fits 64 bits")
}

#[cfg(test)]
mod tests {
    use super::*;
    use near_primitives::state_record::StateRecord;

    /// A journal of one record, for appending or only to read.
    fn journal(writable: bool) -> (tempfile::TempDir, Journal, u64) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(Journal::FILE);
        let genesis = Fingerprint::of(near_primitives::hash::hash(b"genesis"), None);
        let mut journal = Journal::append_to(&path, &genesis, None).unwrap();
        journal.append(1, &[Input::Tick]).unwrap();
        let len = journal.file.metadata().unwrap().len();
        if !writable {
            journal.file = Arc::new(File::open(&path).unwrap());
        }
        (dir, journal, len)
    }

    #[test]
    fn inputs_are_appended_all_or_none() {
        let (_dir, mut journal, len) = journal(true);
        let record = StateRecord::ReceivedData {
            account_id: "a.near".parse().unwrap(),
            data_id: near_primitives::hash::hash(b"data"),
            data: None,
        };
        let formless = Input::Patch(vec![record]);
        let error = journal.append(1, &[Input::Tick, Input::Tick, formless]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(journal.file.metadata().unwrap().len(), len);
        assert_eq!(journal.records(), len - bytes(HEADER));
        journal.append(1, &[Input::Tick, Input::Tick]).unwrap();
        assert_eq!(journal.records(), 3 * (len - bytes(HEADER)));
    }

    #[test]
    fn a_file_that_cannot_be_written_is_never_the_inputs_fault() {
        let (_dir, mut journal, len) = journal(false);
        let error = journal.append(1, &[Input::Tick]).unwrap_err();
        assert_ne!(error.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(journal.records(), len - bytes(HEADER));
    }
}
