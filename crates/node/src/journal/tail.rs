//! The end of a journal: the inputs that a stored chain has not seen.

use super::header::{self, Fingerprint, HEADER};
use crate::error::{FileError, JournalError};
use crate::files::file_length;
use keyway_chain::{Chain, DecodeError, ReadError, Records, Refused};
use keyway_state::StateError;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Records of a journal that a chain lacks.
#[derive(Debug)]
pub(crate) struct Tail {
    path: PathBuf,
    /// At the first of them.
    file: File,
    /// Where that is, bytes from the file's beginning.
    start: u64,
    /// How far the file went when it was opened, bytes.
    length: u64,
    /// How much of it is known to have been on the disk, bytes.
    synced: u64,
}

/// Where a journal ends.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct End {
    /// Bytes of all whole records.
    pub(crate) whole: u64,
    /// Bytes that remain behind them of records that were being written.
    pub(crate) torn: u64,
}

impl Tail {
    /// The records of the journal at `path` behind the first `from` bytes of them, without changing
    /// the file: also while another process appends to it. None when there is no journal.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub(crate) fn of(
        path: &Path,
        genesis: &Fingerprint,
        from: u64,
    ) -> Result<Option<Self>, JournalError> {
        let unreadable = |source| FileError::Unreadable { path: path.to_owned(), source };
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(unreadable(source).into()),
        };
        let mut head = Vec::new();
        file.by_ref().take(file_length(HEADER)).read_to_end(&mut head).map_err(unreadable)?;
        let synced = header::read(path, &head, genesis)?;
        let (start, length) =
            (file_length(HEADER) + from, file.metadata().map_err(unreadable)?.len());
        if from > 0 && ends_before(&mut file, start).map_err(unreadable)? {
            return Err(JournalError::Short { path: path.to_owned(), needed: start });
        }
        file.seek(SeekFrom::Start(start)).map_err(unreadable)?;
        Ok(Some(Self { path: path.to_owned(), file, start, length, synced }))
    }

    /// Makes what is there survive a crash of the machine.
    ///
    /// # Errors
    /// When the system says that it may not.
    pub(crate) fn sync(&self) -> Result<(), JournalError> {
        let unwritable = |source| FileError::Unwritable { path: self.path.clone(), source };
        Ok(self.file.sync_data().map_err(unwritable)?)
    }

    /// Applies the records to `chain`, which has all that come before; `after` sees it after each,
    /// with the bytes of all records so far.
    ///
    /// # Errors
    /// See [`JournalError`], and what `after` says; [`StateError`] when the chain's own state cannot
    /// be read, which is not the journal's fault.
    pub(crate) fn apply<E: From<JournalError> + From<StateError>>(
        self,
        chain: &mut Chain,
        mut after: impl FnMut(&mut Chain, u64) -> Result<(), E>,
    ) -> Result<End, E> {
        let (mut whole, mut torn) = (self.start, 0);
        for read in self.records() {
            let (record, behind) = match read {
                Ok(read) => read,
                Err(ReadError::Undecodable(DecodeError::Torn { had, .. })) => {
                    torn = had;
                    break;
                }
                Err(source) => {
                    return Err(JournalError::Record { path: self.path.clone(), source }.into());
                }
            };
            match chain.apply(record.input, record.now_ns) {
                Ok(_) => {}
                Err(Refused::State(error)) => return Err(error.into()),
                Err(rule) => return Err(self.diverged(whole, rule).into()),
            }
            whole = behind;
            after(chain, whole - file_length(HEADER))?;
        }
        Ok(End { whole: whole - file_length(HEADER), torn })
    }

    pub(super) fn records(&self) -> Records<impl Read> {
        let source = (&self.file).take(self.length - self.start);
        Records::new(source, self.start).synced(self.synced)
    }

    /// The chain accepted this once, under the same genesis. So it is another program's chain.
    fn diverged(&self, offset: u64, source: Refused) -> JournalError {
        JournalError::Diverged { path: self.path.clone(), offset, source: Box::new(source) }
    }
}

/// Whether the records of `file` end before byte `at`: it ends there itself, or zeros stand where a
/// record's checksum would.
fn ends_before(file: &mut File, at: u64) -> io::Result<bool> {
    let mut sum = [0; 8];
    file.seek(SeekFrom::Start(at - file_length(sum.len())))?;
    match file.read_exact(&mut sum) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(true),
        read => read.map(|()| sum == [0; 8]),
    }
}
