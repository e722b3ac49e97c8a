//! The first bytes of a journal: what it is, its format, which chain, how much is on the disk.

use super::JournalError;
use keyway_node::EthWallet;
use near_primitives::hash::CryptoHash;
use std::path::Path;

/// Tells one first state from another: by every field and record of the genesis, and by the wallet
/// contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(CryptoHash);

impl Fingerprint {
    /// The fingerprint of a genesis with this hash, with the wallet contract where the chain has it.
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
}

/// A header for the chain of `genesis`.
pub(super) fn bytes(genesis: &Fingerprint) -> Vec<u8> {
    let synced = synced(super::bytes(HEADER));
    [MAGIC.as_slice(), &FORMAT.to_le_bytes(), genesis.0.as_bytes(), &synced].concat()
}

/// What stands at [`SYNCED_AT`] when the first `end` bytes of the file are known to be on the disk:
/// the number and its bitwise complement.
pub(super) fn synced(end: u64) -> [u8; SYNCED] {
    (u128::from(end) | u128::from(!end) << 64).to_le_bytes()
}

/// How many bytes of the file are known to be on the disk, when it begins with the header for
/// `genesis`.
///
/// # Errors
/// [`JournalError::Foreign`], [`JournalError::Format`], [`JournalError::OtherGenesis`].
pub(super) fn read(
    path: &Path,
    journal: &[u8],
    genesis: &Fingerprint,
) -> Result<u64, JournalError> {
    let foreign = || JournalError::Foreign { path: path.to_owned() };
    let rest = journal.strip_prefix(MAGIC).ok_or_else(foreign)?;
    let (found, rest) = rest.split_first_chunk().ok_or_else(foreign)?;
    let found = u32::from_le_bytes(*found);
    if found != FORMAT {
        return Err(JournalError::Format { path: path.to_owned(), found, known: FORMAT });
    }
    let expected = genesis.0.as_bytes();
    let (started_from, rest) = rest.split_at_checked(expected.len()).ok_or_else(foreign)?;
    let (end, rest) = rest.split_first_chunk().ok_or_else(foreign)?;
    let (complement, _) = rest.split_first_chunk().ok_or_else(foreign)?;
    if started_from != expected {
        return Err(JournalError::OtherGenesis { path: path.to_owned() });
    }
    let (end, complement) = (u64::from_le_bytes(*end), u64::from_le_bytes(*complement));
    // It may be read while it is being written. Then nothing is known, which is never wrong.
    Ok(if complement == !end { end } else { 0 })
}

/// What every journal begins with.
pub(super) const MAGIC: &[u8; 8] = b"keyway\n\x1a";

/// The format that this program writes and reads.
const FORMAT: u32 = 3;

/// Where it stands how much is on the disk, bytes. It is in the first sector, which a disk writes
/// whole or not at all.
pub(super) const SYNCED_AT: u64 = 8 + 4 + 32;

/// Bytes of that.
const SYNCED: usize = 16;

/// Bytes of the whole header.
pub(super) const HEADER: usize = MAGIC.len() + 4 + 32 + SYNCED;

#[cfg(test)]
mod tests {
    use super::*;

    fn genesis(byte: u8) -> Fingerprint {
        Fingerprint(CryptoHash([byte; 32]))
    }

    #[test]
    fn what_is_written_is_read() {
        let mut journal = bytes(&genesis(1));
        assert_eq!(journal.len(), HEADER);
        let known = |journal: &[u8]| read(Path::new("j"), journal, &genesis(1)).unwrap();
        assert_eq!(known(&journal), HEADER as u64);
        let at = usize::try_from(SYNCED_AT).unwrap();
        journal[at..].copy_from_slice(&synced(1 << 40));
        assert_eq!(known(&journal), 1 << 40);
        journal[at + 1] ^= 1;
        assert_eq!(known(&journal), 0, "half written");
    }

    #[test]
    fn everything_else_is_refused_by_its_name() {
        let path = Path::new("j");
        let journal = bytes(&genesis(1));
        let other = read(path, &journal, &genesis(2));
        assert!(matches!(other, Err(JournalError::OtherGenesis { .. })));
        let mut later = journal.clone();
        later[MAGIC.len()] = 9;
        let later = read(path, &later, &genesis(1));
        assert!(matches!(later, Err(JournalError::Format { found: 9, known: 3, .. })));
        for cut in 0..HEADER {
            let cut = read(path, &journal[..cut], &genesis(1));
            assert!(matches!(cut, Err(JournalError::Foreign { .. })));
        }
    }
}
