//! The cache on disk: what was read of a block, for every later fork of it, in this process and in
//! others.
//!
//! One file for each block, to which records are appended under a lock, and one file for each code,
//! named by its hash. Damage is noticed by checksums and hashes; what is damaged is read from the
//! network again. A cache that cannot be used is no error.
//!
//! A home has such files of its own. It needs them to go on: they are synced, and are never removed.

mod codes;

use crate::entry::{Entry, Records};
use crate::private;
use codes::Codes;
use near_primitives::hash::CryptoHash;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// The cache of one block.
#[derive(Debug)]
pub(crate) struct Cache {
    path: PathBuf,
    file: File,
    /// Up to where the file was read.
    read_to: u64,
    codes: Codes,
    /// Whether a home depends on it.
    of_home: bool,
}

impl Cache {
    /// Opens the cache of a block in `dir`, which is created for its owner alone.
    ///
    /// # Errors
    /// When the directory or the file cannot be used.
    pub(crate) fn open(dir: &Path, block: &CryptoHash) -> io::Result<Self> {
        let cache = Self::begun(dir, block, false)?;
        private::keep_below(dir, &cache.path, MOST_BYTES);
        Ok(cache)
    }

    /// Opens what a home keeps of a block in `dir`.
    ///
    /// # Errors
    /// When the directory or the file cannot be used.
    pub(crate) fn of_home(dir: &Path, block: &CryptoHash) -> io::Result<Self> {
        let cache = Self::begun(dir, block, true)?;
        private::sync_dir(dir)?;
        Ok(cache)
    }

    fn begun(dir: &Path, block: &CryptoHash, of_home: bool) -> io::Result<Self> {
        private::create_dir(dir)?;
        let path = dir.join(format!("{block}.rows"));
        let file = private::open(&path)?;
        let codes = Codes::open(&dir.join("code"))?;
        let mut cache = Self { path, file, read_to: HEADER.len() as u64, codes, of_home };
        cache.locked(Self::begin)?;
        Ok(cache)
    }

    /// Whether a home depends on it: then what cannot be appended must not be used.
    pub(crate) fn is_of_home(&self) -> bool {
        self.of_home
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The entries that were appended, by whomever, since this was called last.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn news(&mut self) -> io::Result<Vec<Entry>> {
        Ok(self.read()?.0)
    }

    /// Appends entries, unless the file is full. Those of a home are then on the disk.
    ///
    /// # Errors
    /// When the file cannot be written; of a home, also when it is full.
    pub(crate) fn append(&mut self, entries: &[Entry]) -> io::Result<()> {
        let mut bytes = Vec::new();
        entries.iter().for_each(|entry| entry.write(&mut bytes));
        self.locked(|cache| {
            cache.cut_damage()?;
            let is_full = |most| cache.read_to + bytes.len() as u64 > most;
            match cache.of_home {
                true if is_full(MOST_HOME_BYTES) => {
                    let why = format!("a home keeps at most {} MiB", MOST_HOME_BYTES >> 20);
                    return Err(io::Error::other(why));
                }
                false if is_full(MOST_BLOCK_BYTES) => return Ok(()),
                _ => {}
            }
            cache.file.seek(SeekFrom::Start(cache.read_to))?;
            cache.file.write_all(&bytes)?;
            if cache.of_home {
                cache.file.sync_data()?;
            }
            cache.read_to += bytes.len() as u64;
            Ok(())
        })
    }

    /// The code with this hash, if it is there and intact.
    pub(crate) fn code(&self, hash: &CryptoHash) -> Option<Vec<u8>> {
        self.codes.get(hash)
    }

    /// Keeps code by its hash.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn put_code(&self, hash: &CryptoHash, code: &[u8]) -> io::Result<()> {
        self.codes.put(hash, code, self.of_home)
    }

    /// Writes the header of a new file; begins again if it is another file's, except in a home.
    fn begin(&mut self) -> io::Result<()> {
        let mut header = [0; HEADER.len()];
        self.file.seek(SeekFrom::Start(0))?;
        match self.file.read_exact(&mut header) {
            Ok(()) if header == HEADER => return Ok(()),
            Ok(()) if self.of_home => {
                return Err(io::Error::other("it is no file of rows, or of another version"));
            }
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
            Err(error) => return Err(error),
        }
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&HEADER)
    }

    /// Reads what follows; also returns whether all of it was whole. The end of a file can be a
    /// record that another process is writing.
    fn read(&mut self) -> io::Result<(Vec<Entry>, bool)> {
        let length = self.file.metadata()?.len();
        if length < self.read_to {
            // Another process cut damage off.
            self.read_to = HEADER.len() as u64;
        }
        if length <= self.read_to {
            return Ok((Vec::new(), true));
        }
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(self.read_to))?;
        (&mut self.file).take(length - self.read_to).read_to_end(&mut bytes)?;
        let mut records = Records::new(&bytes);
        let entries = records.by_ref().collect();
        self.read_to += records.intact as u64;
        Ok((entries, records.is_at_end()))
    }

    /// Cuts off what no record follows: the end of a write that was interrupted, or damage. Only
    /// under the lock.
    fn cut_damage(&mut self) -> io::Result<()> {
        let (_, whole) = self.read()?;
        if whole {
            return Ok(());
        }
        // The place that was read to may be in the middle of a record, if another process cut and
        // appended since.
        self.read_to = HEADER.len() as u64;
        let (_, whole) = self.read()?;
        if whole { Ok(()) } else { self.file.set_len(self.read_to) }
    }

    /// Runs `work` while no other process writes. If another one does for long, nothing is done:
    /// what a cache does not have is read from the network. For a home that is an error.
    fn locked(&mut self, work: impl FnOnce(&mut Self) -> io::Result<()>) -> io::Result<()> {
        for _ in 0..LOCK_ATTEMPTS {
            match self.file.try_lock() {
                Ok(()) => {
                    let done = work(self);
                    self.file.unlock()?;
                    return done;
                }
                Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        match self.of_home {
            true => Err(io::Error::other("another process writes to it")),
            false => Ok(()),
        }
    }
}

/// How every file begins: a name and a version.
const HEADER: [u8; 16] = *b"keyway fork \0\0\0\x01";
/// Bytes of one block's file. All of it is read when a fork begins.
const MOST_BLOCK_BYTES: u64 = 128 << 20;
/// Bytes of a home's file.
const MOST_HOME_BYTES: u64 = 1 << 30;
/// Bytes of all files. The oldest ones are removed when a fork begins.
const MOST_BYTES: u64 = 2 << 30;
const LOCK_ATTEMPTS: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(2);

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const BLOCK: CryptoHash = CryptoHash([3; 32]);

    fn row(key: &str) -> Entry {
        Entry::Row { key: key.into(), value: Some(key.as_bytes().repeat(10)) }
    }

    fn dir() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn another_process_sees_what_was_appended() {
        let dir = dir();
        let mut one = Cache::open(dir.path(), &BLOCK).unwrap();
        let mut other = Cache::open(dir.path(), &BLOCK).unwrap();
        one.append(&[row("a"), row("b")]).unwrap();
        assert_eq!(other.news().unwrap(), [row("a"), row("b")]);
        other.append(&[row("c")]).unwrap();
        assert_eq!(one.news().unwrap(), [row("c")]);
        assert!(one.news().unwrap().is_empty() && other.news().unwrap().is_empty());
        let mut later = Cache::open(dir.path(), &BLOCK).unwrap();
        assert_eq!(later.news().unwrap(), [row("a"), row("b"), row("c")]);
        let mut elsewhere = Cache::open(dir.path(), &CryptoHash([4; 32])).unwrap();
        assert!(elsewhere.news().unwrap().is_empty());
    }

    #[test]
    fn two_processes_append_without_losing_rows() {
        let dir = dir();
        let mut writers: Vec<_> =
            (0..2).map(|_| Cache::open(dir.path(), &BLOCK).unwrap()).collect();
        for turn in 0..20 {
            writers[turn % 2].append(&[row(&turn.to_string())]).unwrap();
        }
        let rows = Cache::open(dir.path(), &BLOCK).unwrap().news().unwrap();
        assert_eq!(rows, (0..20).map(|turn| row(&turn.to_string())).collect::<Vec<_>>());
    }

    #[test]
    fn a_record_that_was_not_finished_is_cut_off() {
        let dir = dir();
        let mut cache = Cache::open(dir.path(), &BLOCK).unwrap();
        let mut reader = Cache::open(dir.path(), &BLOCK).unwrap();
        cache.append(&[row("a"), row("b")]).unwrap();
        assert_eq!(reader.news().unwrap().len(), 2);
        let length = cache.file.metadata().unwrap().len();
        cache.file.set_len(length - 3).unwrap();
        let mut next = Cache::open(dir.path(), &BLOCK).unwrap();
        assert_eq!(next.news().unwrap(), [row("a")]);
        next.append(&[row("c")]).unwrap();
        // A reader whose place is now in the middle of a record finds its way.
        reader.append(&[row("d")]).unwrap();
        let all = Cache::open(dir.path(), &BLOCK).unwrap().news().unwrap();
        assert_eq!(all, [row("a"), row("c"), row("d")]);
    }

    #[test]
    fn damage_is_not_read() {
        let dir = dir();
        let mut cache = Cache::open(dir.path(), &BLOCK).unwrap();
        cache.append(&[row("a"), row("b"), row("c")]).unwrap();
        let mut bytes = fs::read(cache.path()).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(cache.path(), &bytes).unwrap();
        let mut next = Cache::open(dir.path(), &BLOCK).unwrap();
        assert_eq!(next.news().unwrap(), [row("a")]);
        next.append(&[row("b")]).unwrap();
        let all = Cache::open(dir.path(), &BLOCK).unwrap().news().unwrap();
        assert_eq!(all, [row("a"), row("b")]);
        fs::write(cache.path(), "something else entirely").unwrap();
        assert!(Cache::open(dir.path(), &BLOCK).unwrap().news().unwrap().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_cache_is_for_its_owner() {
        use std::os::unix::fs::PermissionsExt;
        let dir = dir();
        let place = dir.path().join("keyway").join("fork");
        let cache = Cache::open(&place, &BLOCK).unwrap();
        cache.put_code(&near_primitives::hash::hash(b"code"), b"code").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&place), mode(cache.path())), (0o700, 0o600));
        let code = fs::read_dir(place.join("code")).unwrap().next().unwrap().unwrap();
        assert_eq!(mode(&code.path()), 0o600);
    }
}
