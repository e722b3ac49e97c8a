//! Fork files: what a fork knows, to be opened again without a network.
//!
//! A name and a version, then records; the first says where the fork begins, the last how many
//! records there are. docs/format.md has the form.

use crate::entry::{Entry, Records};
use crate::error::ForkError;
use crate::known::Known;
use crate::pin::Pin;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// A fork file that was read.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) pin: Pin,
    pub(crate) entries: Vec<Entry>,
}

/// A part of what a fork knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rows {
    /// Records of a fork file.
    pub records: Vec<u8>,
    /// The row that the next part comes after; none if this was the last part.
    pub next: Option<Vec<u8>>,
}

/// Reads a fork file.
///
/// # Errors
/// When it cannot be read, or is not whole.
pub(crate) fn load(path: &Path) -> Result<Loaded, ForkError> {
    let bad = |why: &str| ForkError::BadFile { path: path.to_owned(), why: why.to_owned() };
    let file = File::open(path).map_err(|error| ForkError::file(path, &error))?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| ForkError::file(path, &error))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(bad(&format!("it has more than {} MiB", MOST_BYTES >> 20)));
    }
    let Some((name, rest)) = bytes.split_first_chunk::<{ NAME.len() }>() else {
        return Err(bad("it is too short"));
    };
    if *name != NAME {
        return Err(bad("it does not begin like one"));
    }
    let (version, rest) = rest.split_first_chunk::<4>().ok_or_else(|| bad("it is too short"))?;
    match u32::from_le_bytes(*version) {
        VERSION => {}
        other => {
            let why = format!("it has version {other}, and this Keyway reads version {VERSION}");
            return Err(bad(&why));
        }
    }
    let mut records = Records::new(rest);
    let mut entries: Vec<Entry> = records.by_ref().collect();
    let cut = || bad(&format!("it is damaged or cut off after {} records", entries.len()));
    if !records.is_at_end() {
        return Err(cut());
    }
    match entries.last() {
        Some(Entry::End { entries: count }) if *count == entries.len() as u64 - 1 => {}
        _ => return Err(cut()),
    }
    entries.pop();
    let Some(Entry::Point(point)) = entries.first() else {
        return Err(bad("it does not say where the fork begins"));
    };
    let pin = serde_json::from_slice(point).map_err(|error| bad(&error.to_string()))?;
    Ok(Loaded { pin, entries })
}

/// What is known after a row, as many rows as a part holds.
pub(crate) fn rows(pin: &Pin, known: &Known, after: Option<&[u8]>) -> Rows {
    let mut records = Vec::new();
    if after.is_none() {
        pin.entry().write(&mut records);
        for (prefix, reach) in known.ranges() {
            Entry::range(prefix, reach).write(&mut records);
        }
    }
    let mut last = None;
    for (key, value) in known.rows_after(after) {
        if records.len() >= PART_BYTES {
            return Rows { records, next: last };
        }
        let value = value.as_ref().map(|value| value.to_vec());
        Entry::Row { key: key.clone(), value }.write(&mut records);
        last = Some(key.clone());
    }
    Rows { records, next: None }
}

/// A fork file that is being written. It appears under its name when it is whole.
#[derive(Debug)]
pub struct NewForkFile {
    path: PathBuf,
    part: PathBuf,
    file: Option<File>,
    entries: u64,
    bytes: u64,
}

impl NewForkFile {
    /// Begins a file that will be at `path`.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: &Path) -> Result<Self, ForkError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(name);
        let file = File::create(&part).map_err(|error| ForkError::file(path, &error))?;
        let mut new = Self { path: path.to_owned(), part, file: Some(file), entries: 0, bytes: 0 };
        new.write(&[&NAME[..], &VERSION.to_le_bytes()].concat())?;
        Ok(new)
    }

    /// Appends records, as [`Fork::rows`](crate::Fork::rows) gives them.
    ///
    /// # Errors
    /// [`ForkError::BadFile`] when they are none; [`ForkError::File`] when they cannot be written.
    pub fn append(&mut self, records: &[u8]) -> Result<(), ForkError> {
        let bad = |why: String| ForkError::BadFile { path: self.path.clone(), why };
        let mut read = Records::new(records);
        let count = read.by_ref().count();
        if !read.is_at_end() {
            return Err(bad("the node sent damaged rows".to_owned()));
        }
        if self.bytes + records.len() as u64 > MOST_BYTES {
            return Err(bad(format!("the fork has more than {} MiB", MOST_BYTES >> 20)));
        }
        self.entries += count as u64;
        self.write(records)
    }

    /// Finishes the file, which replaces one of the same name.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<(), ForkError> {
        let mut end = Vec::new();
        Entry::End { entries: self.entries }.write(&mut end);
        self.write(&end)?;
        let file = self.file.take();
        let synced = file.map_or(Ok(()), |file| file.sync_all());
        synced
            .and_then(|()| fs::rename(&self.part, &self.path))
            .map_err(|error| ForkError::file(&self.path, &error))
    }

    /// How many records there are.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ForkError> {
        self.bytes += bytes.len() as u64;
        let closed = || io::Error::other("the file is closed");
        let file = self.file.as_mut().ok_or_else(closed);
        file.and_then(|file| file.write_all(bytes))
            .map_err(|error| ForkError::file(&self.path, &error))
    }
}

impl Drop for NewForkFile {
    /// Removes what was not finished.
    fn drop(&mut self) {
        let _no_part_is_left = fs::remove_file(&self.part);
    }
}

const NAME: [u8; 12] = *b"keyway fork\n";
const VERSION: u32 = 1;
/// Bytes of a fork file.
const MOST_BYTES: u64 = 1 << 30;
/// Bytes of a part, about: a row more.
const PART_BYTES: usize = 1 << 20;
