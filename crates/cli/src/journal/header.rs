//! The first bytes of a journal: what it is, its format, which chain.

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
    [MAGIC.as_slice(), &FORMAT.to_le_bytes(), genesis.0.as_bytes()].concat()
}

/// What stands behind the header, when that is the one for `genesis`.
///
/// # Errors
/// [`JournalError::Foreign`], [`JournalError::Format`], [`JournalError::OtherGenesis`].
pub(super) fn strip<'a>(
    path: &Path,
    journal: &'a [u8],
    genesis: &Fingerprint,
) -> Result<&'a [u8], JournalError> {
    let foreign = || JournalError::Foreign { path: path.to_owned() };
    let rest = journal.strip_prefix(MAGIC).ok_or_else(foreign)?;
    let (found, rest) = rest.split_first_chunk().ok_or_else(foreign)?;
    let found = u32::from_le_bytes(*found);
    if found != FORMAT {
        return Err(JournalError::Format { path: path.to_owned(), found, known: FORMAT });
    }
    let expected = genesis.0.as_bytes();
    let (started_from, records) = rest.split_at_checked(expected.len()).ok_or_else(foreign)?;
    if started_from != expected {
        return Err(JournalError::OtherGenesis { path: path.to_owned() });
    }
    Ok(records)
}

/// What every journal begins with.
pub(super) const MAGIC: &[u8; 8] = b"keyway\n\x1a";

/// The format that this program writes and reads.
const FORMAT: u32 = 2;

/// Bytes of the whole header.
pub(super) const HEADER: usize = MAGIC.len() + 4 + 32;

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
        journal.push(7);
        assert_eq!(strip(Path::new("j"), &journal, &genesis(1)).unwrap(), [7]);
    }

    #[test]
    fn everything_else_is_refused_by_its_name() {
        let path = Path::new("j");
        let journal = bytes(&genesis(1));
        let other = strip(path, &journal, &genesis(2));
        assert!(matches!(other, Err(JournalError::OtherGenesis { .. })));
        let mut later = journal.clone();
        later[MAGIC.len()] = 9;
        let later = strip(path, &later, &genesis(1));
        assert!(matches!(later, Err(JournalError::Format { found: 9, known: 2, .. })));
        for cut in 0..HEADER {
            let cut = strip(path, &journal[..cut], &genesis(1));
            assert!(matches!(cut, Err(JournalError::Foreign { .. })));
        }
    }
}
