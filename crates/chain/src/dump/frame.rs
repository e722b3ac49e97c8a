//! The frames of a dump: length, kind, packed content, checksum.

use super::error::LoadError;
use crate::checksum::{SUM, checksum};
use std::io::{ErrorKind, Read};

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Everything but the state.
    Head,
    /// Entries of the state.
    Entries,
    /// How many entries there were.
    End,
}

impl Kind {
    fn number(self) -> u8 {
        match self {
            Self::Head => 0,
            Self::Entries => 1,
            Self::End => 2,
        }
    }

    fn of(number: u8) -> Option<Self> {
        [Self::Head, Self::Entries, Self::End].into_iter().find(|kind| kind.number() == number)
    }
}

/// The bytes at the beginning of a dump: what it is, and its format.
pub(super) fn magic() -> Vec<u8> {
    [MAGIC.as_slice(), &FORMAT.to_le_bytes()].concat()
}

/// Checks the bytes at the beginning of a dump.
pub(super) fn read_magic(file: &mut impl Read) -> Result<(), LoadError> {
    let mut found = [0; MAGIC.len() + 4];
    file.read_exact(&mut found).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => LoadError::NotADump,
        _ => LoadError::Unreadable(error),
    })?;
    let Some((magic, format)) = found.split_last_chunk() else { return Err(LoadError::NotADump) };
    if magic != MAGIC {
        return Err(LoadError::NotADump);
    }
    match u32::from_le_bytes(*format) {
        FORMAT => Ok(()),
        found => Err(LoadError::Format { found, known: FORMAT }),
    }
}

/// A frame as bytes.
pub(super) fn write(kind: Kind, content: &[u8]) -> Vec<u8> {
    let mut body = vec![kind.number()];
    body.extend(lz4_flex::compress_prepend_size(content));
    let length = u32::try_from(body.len()).expect("a frame has some megabytes");
    let mut frame = length.to_le_bytes().to_vec();
    let sum = checksum(&body);
    frame.extend(body);
    frame.extend(sum);
    frame
}

/// The next frame of a dump: its kind and content.
pub(super) fn read(file: &mut impl Read) -> Result<(Kind, Vec<u8>), LoadError> {
    let mut length = [0; 4];
    fill(file, &mut length)?;
    let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    if length > MOST_BYTES {
        return Err(LoadError::Damaged { what: "the length of a frame" });
    }
    // Read as far as the file goes, so that a wrong length takes no memory.
    let mut bytes = Vec::new();
    let most = u64::try_from(length + SUM).unwrap_or(u64::MAX);
    file.take(most).read_to_end(&mut bytes).map_err(LoadError::Unreadable)?;
    if bytes.len() < length + SUM {
        return Err(LoadError::Short);
    }
    let (body, sum) = bytes.split_at(length);
    if checksum(body) != *sum {
        return Err(LoadError::Damaged { what: "the checksum of a frame" });
    }
    let (kind, packed) = body.split_first().ok_or(LoadError::Damaged { what: "an empty frame" })?;
    let kind = Kind::of(*kind).ok_or(LoadError::Damaged { what: "the kind of a frame" })?;
    Ok((kind, unpack(packed)?))
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, LoadError> {
    let damaged = |_| LoadError::Damaged { what: "a packed frame" };
    let (length, rest) = lz4_flex::block::uncompressed_size(packed).map_err(damaged)?;
    if length > MOST_BYTES || length > rest.len().saturating_mul(MOST_PACKED) {
        return Err(LoadError::Damaged { what: "the length of a packed frame" });
    }
    lz4_flex::decompress(rest, length).map_err(|_| LoadError::Damaged { what: "a packed frame" })
}

fn fill(file: &mut impl Read, bytes: &mut [u8]) -> Result<(), LoadError> {
    file.read_exact(bytes).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => LoadError::Short,
        _ => LoadError::Unreadable(error),
    })
}

const MAGIC: &[u8; 12] = b"keyway dump\n";

/// The format that this program writes and reads.
const FORMAT: u32 = 1;

/// The most bytes that a frame may have, packed or not: one value, which came in one request, and
/// some more.
const MOST_BYTES: usize = 1 << 30;

/// The most bytes that one byte of LZ4 can stand for.
const MOST_PACKED: usize = 255;
