//! A file with zeros behind its content, so that a sync rarely has to write a new length.

use super::header::{self, SYNCED_AT};
use crate::files::file_length;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A file to append to. Its content is followed by zeros, which the next bytes overwrite. A file
/// system syncs these in one step; for bytes that make a file longer it also writes the length.
#[derive(Debug)]
pub(super) struct Ahead {
    file: File,
    /// Where the next bytes go.
    end: Arc<AtomicU64>,
    /// Bytes of the whole file.
    length: u64,
}

impl Ahead {
    /// Opens the file at `path` to append after its first `end` bytes. If anything but zeros follows
    /// them, [`Ahead::cut`] it off.
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

    /// Appends `bytes`.
    ///
    /// # Errors
    /// The system's error; then none of `bytes` stays in the file, as far as the system allows.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write(bytes).inspect_err(|_| {
            // The first error is reported.
            let _also_failed = self.cut();
        })?;
        let end = self.end() + file_length(bytes.len());
        self.end.store(end, Ordering::Release);
        if end > self.length {
            // On a full disk the file gets fewer zeros; records are still appended while they fit.
            let _fewer = self.file.write_all(&vec![0; AHEAD]);
            self.length = self.file.metadata().map_or(end, |file| file.len());
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.end()))?;
        self.file.write_all(bytes)
    }

    /// Cuts off everything behind the content.
    ///
    /// # Errors
    /// When it may still be on the disk.
    pub(super) fn cut(&mut self) -> io::Result<()> {
        self.length = self.end();
        self.file.set_len(self.length)?;
        self.file.sync_data()
    }

    /// A handle that syncs the file, which is at `path`, while others append to it.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn synced(&self, path: &Path) -> io::Result<Synced> {
        let file = File::options().write(true).open(path)?;
        Ok(Synced { file, end: self.end.clone() })
    }
}

/// Syncs the file to the disk, one call at a time.
#[derive(Debug)]
pub(super) struct Synced {
    file: File,
    end: Arc<AtomicU64>,
}

impl Synced {
    /// Returns when everything that was appended before the call is on the disk.
    ///
    /// # Errors
    /// When it may not be.
    pub(super) fn sync(&self) -> io::Result<()> {
        let end = self.end.load(Ordering::Acquire);
        self.file.sync_data()?;
        // Written to the disk by the next sync, or by the system. The older length on the disk is
        // correct too.
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
