//! The wallet contract of eth-implicit accounts. The first run copies it into the home, because a
//! replay needs the contract that the chain began with.

use super::Home;
use crate::error::{FileError, HomeError};
use crate::files::{Access, write_whole};
use keyway_chain::EthWallet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The wallet in the file at `path`, for the chain named `chain_id`.
///
/// # Errors
/// When the file cannot be read or holds something else.
pub(crate) fn read(path: &Path, chain_id: &str) -> Result<EthWallet, HomeError> {
    let unreadable = |source| FileError::Unreadable { path: path.to_owned(), source };
    let code = fs::read(path).map_err(unreadable)?;
    EthWallet::new(&code, chain_id)
        .map_err(|source| HomeError::EthWallet { path: path.to_owned(), source: Box::new(source) })
}

/// The wallet that the home's chain begins with, if any. The chain is named `chain_id`.
///
/// # Errors
/// As [`read`].
pub(crate) fn kept(home: &Home, chain_id: &str) -> Result<Option<EthWallet>, HomeError> {
    match read(&file(home), chain_id) {
        Err(HomeError::File(FileError::Unreadable { source, .. }))
            if source.kind() == io::ErrorKind::NotFound =>
        {
            Ok(None)
        }
        other => other.map(Some),
    }
}

/// The wallet that the home's chain is to run with, which is kept in the home.
///
/// # Errors
/// As [`read`]; also when the chain has begun without the wallet.
pub(crate) fn keep(
    home: &Home,
    chain_id: &str,
    given: Option<&Path>,
) -> Result<Option<EthWallet>, HomeError> {
    let kept = kept(home, chain_id)?;
    let (None, Some(given)) = (&kept, given) else { return Ok(kept) };
    let wallet = read(given, chain_id)?;
    if home.journal().exists() {
        return Err(HomeError::EthWalletTooLate { journal: home.journal() });
    }
    write_whole(&file(home), Access::Shared, |out| out.write_all(wallet.code()))?;
    Ok(Some(wallet))
}

fn file(home: &Home) -> PathBuf {
    home.dir.join("eth_wallet.wasm")
}
