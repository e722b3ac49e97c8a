//! The end of a journal: the inputs that the store does not have.

use super::header::{self, Fingerprint, HEADER, Header};
use crate::error::{FileError, JournalError};
use crate::files::file_length;
use keyway_chain::{Chain, DecodeError, ReadError, Records, Refused, ReplayError};
use keyway_state::StateError;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The records of a journal from some position on.
#[derive(Debug)]
pub(crate) struct Tail {
    path: PathBuf,
    /// Its offset is at the first of them.
    file: File,
    header: Header,
    /// Where the first of them is, bytes from the file's beginning.
    from: u64,
    /// The length of the file when it was opened, bytes.
    length: u64,
}

/// Where a journal ends. Positions count the bytes of all records since genesis.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct End {
    /// The position of the first record in the file.
    pub(crate) start: u64,
    /// The position behind the last whole record.
    pub(crate) whole: u64,
    /// Bytes behind it: records whose write was interrupted.
    pub(crate) torn: u64,
}

impl Tail {
    /// The position of the first record in the journal at `path`; none when there is no journal.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub(crate) fn start(path: &Path, genesis: &Fingerprint) -> Result<Option<u64>, JournalError> {
        Ok(opened(path, genesis)?.map(|(_, header)| header.start))
    }

    /// The records of the journal at `path` from the position `from` on; none when there is no
    /// journal. The file is not changed, and another process may append to it meanwhile.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub(crate) fn of(
        path: &Path,
        genesis: &Fingerprint,
        from: u64,
    ) -> Result<Option<Self>, JournalError> {
        let Some((mut file, header)) = opened(path, genesis)? else { return Ok(None) };
        let path = path.to_owned();
        let start = header.start;
        let Some(behind) = from.checked_sub(start) else {
            return Err(JournalError::Compacted { path, start, needed: from });
        };
        let unreadable = |source| FileError::Unreadable { path: path.clone(), source };
        let (at, length) =
            (file_length(HEADER) + behind, file.metadata().map_err(unreadable)?.len());
        if from > 0 && ends_before(&mut file, at).map_err(unreadable)? {
            return Err(JournalError::Short { path, needed: at });
        }
        file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
        Ok(Some(Self { path, file, header, from: at, length }))
    }

    /// Syncs the file to the disk.
    ///
    /// # Errors
    /// When that fails.
    pub(crate) fn sync(&self) -> Result<(), JournalError> {
        let unwritable = |source| FileError::Unwritable { path: self.path.clone(), source };
        Ok(self.file.sync_data().map_err(unwritable)?)
    }

    /// Applies the records to `chain`, which has all earlier ones. After each, `after` is called with
    /// the chain and the position behind the record.
    ///
    /// # Errors
    /// See [`JournalError`]; an error of `after`; [`StateError`] when the chain's state cannot be
    /// read, which is not the journal's fault.
    pub(crate) fn apply<E: From<JournalError> + From<StateError>>(
        self,
        chain: &mut Chain,
        mut after: impl FnMut(&mut Chain, u64) -> Result<(), E>,
    ) -> Result<End, E> {
        let (mut whole, mut torn) = (self.from, 0);
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
            match chain.replay(record) {
                Ok(()) => {}
                Err(ReplayError::Refused(Refused::State(error))) => return Err(error.into()),
                Err(source) => return Err(self.diverged(whole, source).into()),
            }
            whole = behind;
            after(chain, self.position(whole))?;
        }
        Ok(End { start: self.header.start, whole: self.position(whole), torn })
    }

    pub(super) fn records(&self) -> Records<impl Read> {
        let source = (&self.file).take(self.length - self.from);
        Records::new(source, self.from).synced(self.header.synced)
    }

    /// The position of byte `at` of the file.
    pub(super) fn position(&self, at: u64) -> u64 {
        self.header.start + at - file_length(HEADER)
    }

    /// The error for a record that a chain of the same genesis accepted: another version wrote it.
    fn diverged(&self, offset: u64, source: ReplayError) -> JournalError {
        JournalError::Diverged { path: self.path.clone(), offset, source: Box::new(source) }
    }
}

/// Opens the journal at `path` and reads its header; none when there is no journal.
fn opened(path: &Path, genesis: &Fingerprint) -> Result<Option<(File, Header)>, JournalError> {
    let unreadable = |source| FileError::Unreadable { path: path.to_owned(), source };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(unreadable(source).into()),
    };
    let mut head = Vec::new();
    file.by_ref().take(file_length(HEADER)).read_to_end(&mut head).map_err(unreadable)?;
    let header = header::read(path, &head, genesis)?;
    Ok(Some((file, header)))
}

/// Whether the records of `file` end before byte `at`: the file is shorter, or has zeros in place of
/// the checksum of the last record.
fn ends_before(file: &mut File, at: u64) -> io::Result<bool> {
    let mut sum = [0; 8];
    file.seek(SeekFrom::Start(at - file_length(sum.len())))?;
    match file.read_exact(&mut sum) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(true),
        read => read.map(|()| sum == [0; 8]),
    }
}
