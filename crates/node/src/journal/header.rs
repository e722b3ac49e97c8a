//! The first bytes of a journal: what it is, its format, which chain, where it starts, how much is
//! on the disk.

use crate::error::JournalError;
use keyway_chain::EthWallet;
use near_primitives::hash::CryptoHash;
use std::path::{Path, PathBuf};

/// Identifies a chain by its first state: every field and record of the genesis, and the wallet
/// contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(CryptoHash);

impl Fingerprint {
    /// The fingerprint of a genesis with this hash, and of the wallet contract if the chain has one.
    pub(crate) fn of(genesis: CryptoHash, eth_wallet: Option<&EthWallet>) -> Self {
        Self(eth_wallet.map_or(genesis, |wallet| {
            let code_hash = wallet.code_hash();
            CryptoHash::hash_bytes(&[genesis.as_bytes().as_slice(), code_hash.as_bytes()].concat())
        }))
    }
}

impl Fingerprint {
    /// The same as a hash.
    pub(crate) fn hash(&self) -> &CryptoHash {
        &self.0
    }

    /// The part of it that a header has.
    fn short(&self) -> &[u8; CHAIN] {
        self.0.0.first_chunk().expect("a hash is longer")
    }
}

/// What a header says about its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Bytes of records that came before the first one in the file, and were removed.
    pub(super) start: u64,
    /// How many bytes of the file are known to be on the disk.
    pub(super) synced: u64,
}

/// A header for the chain of `genesis`.
pub(super) fn bytes(genesis: &Fingerprint, Header { start, synced: end }: Header) -> Vec<u8> {
    [&identity(genesis.short(), start) as &[u8], &synced(end)].concat()
}

/// What stands at [`SYNCED_AT`] when the first `end` bytes of the file are known to be on the disk:
/// the number and its bitwise complement.
pub(super) fn synced(end: u64) -> [u8; SYNCED] {
    (u128::from(end) | u128::from(!end) << 64).to_le_bytes()
}

/// The header that `journal` begins with, if it is for the chain of `genesis`.
///
/// # Errors
/// [`JournalError::Header`] for damage, [`JournalError::Foreign`], [`JournalError::Format`],
/// [`JournalError::OtherGenesis`].
pub(super) fn read(
    path: &Path,
    journal: &[u8],
    genesis: &Fingerprint,
) -> Result<Header, JournalError> {
    let Some((found, rest)) = journal.split_first_chunk::<IDENTITY>() else {
        return Err(cut_short(path.to_owned(), journal));
    };
    let Some((synced, _)) = rest.split_first_chunk::<SYNCED>() else {
        return Err(cut_short(path.to_owned(), journal));
    };
    let (chain, start) = identified(found, path)?;
    if chain != genesis.short() {
        return Err(JournalError::OtherGenesis { path: path.to_owned() });
    }
    let synced = u128::from_le_bytes(*synced);
    let (end, complement) = (synced & u128::from(u64::MAX), synced >> 64);
    // It may be read while it is being written. Then 0 is assumed, which is always correct.
    let end = u64::try_from(end).ok().filter(|end| complement == u128::from(!end));
    Ok(Header { start, synced: end.unwrap_or_default() })
}

/// The chain and the start that the header states. The checksum distinguishes damage from another
/// file, another format and another chain.
fn identified<'a>(
    found: &'a [u8; IDENTITY],
    path: &Path,
) -> Result<(&'a [u8; CHAIN], u64), JournalError> {
    let (magic, rest) = found.split_at(MAGIC.len());
    let (format, rest) = rest.split_first_chunk().expect("the header is longer");
    let (chain, rest) = rest.split_first_chunk::<CHAIN>().expect("the header is longer");
    let (start, sum) = rest.split_first_chunk().expect("the header is longer");
    let start = u64::from_le_bytes(*start);
    let ours = identity(chain, start);
    let path = || path.to_owned();
    match u32::from_le_bytes(*format) {
        _ if ours == *found => Ok((chain, start)),
        // Either the checksum or the bytes before it are those of a header of this program.
        _ if ours.ends_with(sum) => Err(JournalError::Header { path: path() }),
        FORMAT if magic == MAGIC => Err(JournalError::Header { path: path() }),
        found if magic == MAGIC => Err(JournalError::Format { path: path(), found, known: FORMAT }),
        _ => Err(JournalError::Foreign { path: path() }),
    }
}

/// The error for a file that is shorter than a header. Headers of older formats were shorter.
fn cut_short(path: PathBuf, journal: &[u8]) -> JournalError {
    let begun = &journal[..journal.len().min(MAGIC.len())];
    let format = journal.get(MAGIC.len()..).and_then(|rest| rest.first_chunk());
    match format.map(|format| u32::from_le_bytes(*format)) {
        _ if !MAGIC.starts_with(begun) => JournalError::Foreign { path },
        Some(found) if found < FORMAT => JournalError::Format { path, found, known: FORMAT },
        _ => JournalError::Header { path },
    }
}

/// The bytes of a header that never change.
fn identity(chain: &[u8; CHAIN], start: u64) -> [u8; IDENTITY] {
    let mut bytes = [0; IDENTITY];
    let (text, sum) = bytes.split_at_mut(IDENTITY - SUM);
    text[..MAGIC.len()].copy_from_slice(MAGIC);
    text[MAGIC.len()..][..4].copy_from_slice(&FORMAT.to_le_bytes());
    text[MAGIC.len() + 4..][..CHAIN].copy_from_slice(chain);
    text[MAGIC.len() + 4 + CHAIN..].copy_from_slice(&start.to_le_bytes());
    sum.copy_from_slice(&CryptoHash::hash_bytes(text).as_bytes()[..SUM]);
    bytes
}

/// What every journal begins with.
pub(super) const MAGIC: &[u8; 8] = b"keyway\n\x1a";

/// The format that this program writes and reads.
const FORMAT: u32 = 6;

/// Bytes of a fingerprint that are written: enough that no two chains share them.
const CHAIN: usize = 24;

/// Bytes of the checksum.
const SUM: usize = 8;

/// Bytes that never change: what it is, its format, which chain, where the file starts, and their
/// checksum.
const IDENTITY: usize = MAGIC.len() + 4 + CHAIN + 8 + SUM;

/// Where the length that is known to be on the disk is stored, bytes. It is in the first sector,
/// which a disk writes completely or not at all.
pub(super) const SYNCED_AT: u64 = 8 + 4 + 24 + 8 + 8;

/// Bytes of that length and its complement.
const SYNCED: usize = 16;

/// Bytes of the whole header.
pub(super) const HEADER: usize = IDENTITY + SYNCED;

#[cfg(test)]
mod tests {
    use super::*;

    fn genesis(byte: u8) -> Fingerprint {
        Fingerprint(CryptoHash([byte; 32]))
    }

    fn known(journal: &[u8]) -> Result<Header, JournalError> {
        read(Path::new("j"), journal, &genesis(1))
    }

    fn written(start: u64, synced: u64) -> Vec<u8> {
        bytes(&genesis(1), Header { start, synced })
    }

    /// A header as format 3 had it.
    fn before() -> Vec<u8> {
        [&MAGIC[..], &3_u32.to_le_bytes(), &[1; 32], &synced(60)].concat()
    }

    #[test]
    fn what_is_written_is_read() {
        let at = usize::try_from(SYNCED_AT).unwrap();
        for (start, synced) in [(0, 68), (1 << 40, 1 << 50)] {
            let mut journal = written(start, synced);
            assert_eq!(journal.len(), HEADER);
            assert_eq!(known(&journal).unwrap(), Header { start, synced });
            journal[at + 1] ^= 1;
            assert_eq!(known(&journal).unwrap(), Header { start, synced: 0 }, "half written");
        }
    }

    #[test]
    fn everything_else_is_refused_by_its_name() {
        let other = read(Path::new("j"), &written(0, 68), &genesis(2));
        assert!(matches!(other, Err(JournalError::OtherGenesis { .. })));
        for behind in [0, 100] {
            let before = known(&[before(), vec![0; behind]].concat());
            assert!(matches!(before, Err(JournalError::Format { found: 3, known: FORMAT, .. })));
        }
        for length in [1, 20, HEADER] {
            let foreign = known(&[b'x'; HEADER][..length]);
            assert!(matches!(foreign, Err(JournalError::Foreign { .. })));
        }
    }

    /// A flipped bit in the fingerprint was blamed on genesis.json, with the advice to remove the
    /// data.
    #[test]
    fn damage_is_called_damage() {
        let journal = written(7, 68);
        for bit in 0..IDENTITY * 8 {
            let mut flipped = journal.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let flipped = known(&flipped);
            assert!(matches!(flipped, Err(JournalError::Header { .. })), "bit {bit}: {flipped:?}");
        }
        for cut in 0..HEADER {
            let cut = known(&journal[..cut]);
            assert!(matches!(cut, Err(JournalError::Header { .. })), "{cut:?}");
        }
    }
}
