//! The answer of `init`: the home, who signs on it, and what comes next.

use crate::dev_accounts::CHAIN;
use near_primitives::types::{AccountId, ProtocolVersion};
use std::fmt;
use std::path::PathBuf;

/// A home directory after `init`.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(super) dir: PathBuf,
    /// False if it existed already.
    pub(super) made: bool,
    pub(super) chain_id: String,
    pub(super) protocol_version: ProtocolVersion,
    /// The account with NEAR whose key is in [`Report::key_file`].
    pub(super) signer: AccountId,
    pub(super) key_file: PathBuf,
    /// Whether the chain is a fork, on which nobody has the validator's key.
    pub(super) fork: bool,
    /// The number of development accounts that were created.
    pub(super) accounts: u16,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dir, made, chain_id, protocol_version, signer, key_file, fork, accounts } = self;
        let (dir, key_file) = (dir.display(), key_file.display());
        let done = if *made { "created" } else { "exists already and was not changed" };
        writeln!(f, "home {dir} {done}: chain {chain_id}, protocol {protocol_version}")?;
        match fork {
            true => writeln!(
                f,
                "it is a fork: what its network has is read when it is needed, and kept in the home"
            )?,
            false => writeln!(f, "{signer} signs with --key-file {key_file}")?,
        }
        if *accounts > 0 {
            writeln!(
                f,
                "{accounts} development accounts, from alice.near on. UNSAFE: everybody knows their keys"
            )?;
            if chain_id != CHAIN {
                writeln!(f, "note: the tools sign for them only on a chain named {CHAIN}")?;
            }
        }
        write!(f, "next: keyway --home {dir} run")
    }
}
