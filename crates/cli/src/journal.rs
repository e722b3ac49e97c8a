//! The journal's file: every input that the chain accepted, behind a header that says which chain.
//!
//! The header is: [`header::MAGIC`], the format's version (u32, little endian), and the hash of the
//! genesis. Records follow, in `keyway-node`'s form. Nothing is ever changed, only appended.

mod error;
mod header;

pub(crate) use error::JournalError;
pub(crate) use header::Fingerprint;

use header::HEADER;
use keyway_node::{Chain, Input, Record, Refused};
use keyway_state::StateError;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An open journal, to append to.
#[derive(Debug)]
pub(crate) struct Journal {
    file: Arc<File>,
    records: u64,
}

/// Records of a journal that a chain lacks.
#[derive(Debug)]
pub(crate) struct Tail {
    path: PathBuf,
    file: File,
    /// How many bytes of records come before.
    from: u64,
    bytes: Vec<u8>,
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
        let unwritable = |source| JournalError::Unwritable { path: path.to_owned(), source };
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

impl Tail {
    /// Makes what was read survive a crash of the machine.
    ///
    /// # Errors
    /// [`JournalError::Unwritable`].
    pub(crate) fn sync(&self) -> Result<(), JournalError> {
        let unwritable = |source| JournalError::Unwritable { path: self.path.clone(), source };
        self.file.sync_data().map_err(unwritable)
    }

    /// Applies the records to `chain`, which has all that come before; `after` sees it after each,
    /// with the bytes of all records so far. Returns the bytes of all whole records, and of what
    /// is torn behind them.
    ///
    /// # Errors
    /// See [`JournalError`], and what `after` says; [`StateError`] when the chain's own state cannot
    /// be read, which is not the journal's fault.
    pub(crate) fn apply<E: From<JournalError> + From<StateError>>(
        &self,
        chain: &mut Chain,
        mut after: impl FnMut(&mut Chain, u64) -> Result<(), E>,
    ) -> Result<(u64, u64), E> {
        let mut whole = 0;
        for read in keyway_node::records(&self.bytes) {
            let (record, behind) = match read {
                Ok(read) => read,
                Err(error) if error.torn_at().is_some() => break,
                Err(source) => {
                    let (path, from) = (self.path.clone(), bytes(HEADER) + self.from);
                    return Err(JournalError::Record { path, from, source }.into());
                }
            };
            match chain.apply(record.input, record.now_ns) {
                Ok(_) => {}
                Err(Refused::State(error)) => return Err(error.into()),
                Err(rule) => return Err(self.diverged(whole, rule).into()),
            }
            whole = behind;
            after(chain, self.from + bytes(whole))?;
        }
        Ok((self.from + bytes(whole), bytes(self.bytes.len() - whole)))
    }

    /// The chain accepted this once, under the same genesis. So it is another program's chain.
    fn diverged(&self, offset: usize, source: Refused) -> JournalError {
        let offset = bytes(HEADER + offset) + self.from;
        JournalError::Diverged { path: self.path.clone(), offset, source: Box::new(source) }
    }
}

/// The records of the journal at `path` behind the first `from` bytes of them, without changing
/// the file: also while another process appends to it. None when there is no journal.
///
/// # Errors
/// See [`JournalError`].
pub(crate) fn tail(
    path: &Path,
    genesis: &Fingerprint,
    from: u64,
) -> Result<Option<Tail>, JournalError> {
    let unreadable = |source| JournalError::Unreadable { path: path.to_owned(), source };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(unreadable(source)),
    };
    let mut head = Vec::new();
    (&file).take(bytes(HEADER)).read_to_end(&mut head).map_err(unreadable)?;
    header::strip(path, &head, genesis)?;
    let (start, had) = (bytes(HEADER) + from, file.metadata().map_err(unreadable)?.len());
    if had < start {
        return Err(JournalError::Short { path: path.to_owned(), had, needed: start });
    }
    file.seek(SeekFrom::Start(start)).map_err(unreadable)?;
    let mut records = Vec::new();
    file.read_to_end(&mut records).map_err(unreadable)?;
    Ok(Some(Tail { path: path.to_owned(), file, from, bytes: records }))
}

fn begin(path: &Path, genesis: &Fingerprint) -> Result<(), JournalError> {
    let header = header::bytes(genesis);
    crate::home::write_whole(path, crate::home::Access::Shared, |file| file.write_all(&header))
        .map_err(|source| JournalError::NotBegun { source: Box::new(source) })
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
