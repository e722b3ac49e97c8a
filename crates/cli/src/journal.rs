//! The journal's file: every input that the chain accepted, behind a header that says which chain.
//!
//! The header is: [`header::MAGIC`], the format's version (u32, little endian), and the hash of the
//! genesis. Records follow, in `keyway-node`'s form. Nothing is ever changed, only appended.

mod error;
mod header;

pub(crate) use error::JournalError;
pub(crate) use header::Fingerprint;

use header::HEADER;
use keyway_node::{Chain, Input, Record};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// An open journal, to append to.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
}

/// What a journal held when it was opened.
#[derive(Debug)]
pub(crate) struct Replayed {
    /// Bytes of whole records, with the header.
    whole: u64,
    /// Bytes behind them: a record whose writing was cut short, so that nobody was told of it.
    pub(crate) torn: u64,
}

impl Journal {
    /// The file's name in the data directory.
    pub(crate) const FILE: &'static str = "journal";

    /// Opens the journal at `path` and applies what it holds to `chain`, which is at its genesis.
    /// Where there is no journal, one is begun. A torn end is cut off.
    ///
    /// # Errors
    /// See [`JournalError`]; the file is then as it was.
    pub(crate) fn open(
        path: &Path,
        genesis: &Fingerprint,
        chain: &mut Chain,
    ) -> Result<(Self, Replayed), JournalError> {
        let replayed = match replay(path, genesis, chain)? {
            Some(replayed) => replayed,
            None => begin(path, genesis)?,
        };
        let unwritable = |source| JournalError::Unwritable { path: path.to_owned(), source };
        let file = File::options().append(true).open(path).map_err(unwritable)?;
        if replayed.torn > 0 {
            file.set_len(replayed.whole).map_err(unwritable)?;
        }
        Ok((Self { file }, replayed))
    }
}

impl keyway_rpc::Journal for Journal {
    /// One `write` a record: a process that is killed leaves it whole or not at all.
    fn append(&mut self, now_ns: u64, input: &Input) -> io::Result<()> {
        let record = Record { now_ns, input: input.clone() };
        self.file.write_all(&record.encode().map_err(io::Error::other)?)
    }
}

/// Applies the journal at `path` to `chain`, without changing the file: also while another process
/// appends to it. None when there is no journal.
///
/// # Errors
/// See [`JournalError`].
pub(crate) fn replay(
    path: &Path,
    genesis: &Fingerprint,
    chain: &mut Chain,
) -> Result<Option<Replayed>, JournalError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(JournalError::Unreadable { path: path.to_owned(), source }),
    };
    let records = header::strip(path, &bytes, genesis)?;
    apply(path, records, chain).map(Some)
}

fn apply(path: &Path, records: &[u8], chain: &mut Chain) -> Result<Replayed, JournalError> {
    let mut whole = 0;
    for read in keyway_node::records(records) {
        let (record, behind) = match read {
            Ok(read) => read,
            Err(error) if error.torn_at().is_some() => break,
            Err(source) => return Err(JournalError::Record { path: path.to_owned(), source }),
        };
        let applied = chain.apply(record.input, record.now_ns);
        applied.map_err(|source| diverged(path, whole, source))?;
        whole = behind;
    }
    let torn = records.len().saturating_sub(whole);
    Ok(Replayed { whole: bytes(HEADER + whole), torn: bytes(torn) })
}

/// The chain accepted this once, under the same genesis. So it is another program's chain.
fn diverged(path: &Path, offset: usize, source: keyway_node::Refused) -> JournalError {
    let offset = bytes(HEADER + offset);
    JournalError::Diverged { path: path.to_owned(), offset, source: Box::new(source) }
}

fn begin(path: &Path, genesis: &Fingerprint) -> Result<Replayed, JournalError> {
    let header = header::bytes(genesis);
    crate::home::write_whole(path, crate::home::Access::Shared, |file| file.write_all(&header))
        .map_err(|source| JournalError::NotBegun { source: Box::new(source) })?;
    Ok(Replayed { whole: bytes(header.len()), torn: 0 })
}

fn bytes(count: usize) -> u64 {
    u64::try_from(count).expect("a length in memory fits 64 bits")
}
