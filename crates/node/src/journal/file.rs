//! A file that is longer than what is in it, so that a sync need not wait for a new length.

use super::header::{self, SYNCED_AT};
use crate::files::file_length;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A file to append to. Behind what was appended it has zeros, which the next bytes overwrite: a
/// file system syncs these in one step, while for bytes that make a file longer it has to write
/// down the length too.
#[derive(Debug)]
pub(super) struct Ahead {
    file: File,
    /// Where the next bytes go.
    end: Arc<AtomicU64>,
    /// Bytes of the whole file.
    length: u64,
}

impl Ahead {
    /// Opens the file at `path` to append behind its first `end` bytes. What is there must be
    /// zeros, or be [`Ahead::cut`] off.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn open(path: &Path, end: u64) -> io::Result<Self> {
        let file = File::options().write(true).open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { file, end: Arc::new(end.into()), length })
    }

    /// Where the next bytes go.
    pub(super) fn end(&self) -> u64 {
        self.end.load(Ordering::Acquire)
    }

    /// Writes `bytes` behind what there is.
    ///
    /// # Errors
    /// As the file's system says; then nothing of `bytes` is left, as far as it allows.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write(bytes).inspect_err(|_| {
            // The first error is the one to tell.
            let _also_failed = self.cut();
        })?;
        let end = self.end() + file_length(bytes.len());
        self.end.store(end, Ordering::Release);
        if end > self.length {
            // Without room for all of the zeros, or for any, bytes go on to fit as long as they do.
            let _fewer = self.file.write_all(&vec![0; AHEAD]);
            self.length = self.file.metadata().map_or(end, |file| file.len());
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.end()))?;
        self.file.write_all(bytes)
    }

    /// Cuts off all that was not appended, and the zeros with it.
    ///
    /// # Errors
    /// When the disk may still have it.
    pub(super) fn cut(&mut self) -> io::Result<()> {
        self.length = self.end();
        self.file.set_len(self.length)?;
        self.file.sync_data()
    }

    /// What syncs it, the file at `path`, while others append.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn synced(&self, path: &Path) -> io::Result<Synced> {
        let file = File::options().write(true).open(path)?;
        Ok(Synced { file, end: self.end.clone() })
    }
}

/// Makes what was appended survive a crash of the machine. One call at a time.
#[derive(Debug)]
pub(super) struct Synced {
    file: File,
    end: Arc<AtomicU64>,
}

impl Synced {
    /// Returns when all that was appended before the call is on the disk.
    ///
    /// # Errors
    /// When it may not be.
    pub(super) fn sync(&self) -> io::Result<()> {
        let end = self.end.load(Ordering::Acquire);
        self.file.sync_data()?;
        // Not synced itself: the next sync takes it along, or the system in its own time. Until
        // then the disk has an older one, which is as true.
        let mut file = &self.file;
        file.seek(SeekFrom::Start(SYNCED_AT))?;
        file.write_all(&header::synced(end))
    }
}

/// How many zeros a file gets at once, bytes. Few in tests, so that they often get some.
const AHEAD: usize = if cfg!(test) { 2 << 10 } else { 1 << 20 };

#[cfg(test)]
impl Ahead {
    /// Lets every write from now on fail.
    pub(super) fn make_read_only(&mut self, path: &Path) {
        self.file = File::open(path).unwrap();
    }
}
