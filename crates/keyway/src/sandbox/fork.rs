//! Sandboxes that begin with the state of a network.

use super::Sandbox;
use super::builder::producer;
use super::core::Core;
use crate::error::{Error, SandboxError};
use keyway_chain::{Chain, ChainOptions, default_validator};
use keyway_fork::{Fork, ForkBlock, ForkGas, ForkMissing, ForkOptions, Network};
use keyway_node::shared_contracts;
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use std::path::{Path, PathBuf};

/// What a sandbox is a fork of, and what it read; see [`Sandbox::forked_from`].
#[doc(inline)]
pub use keyway_fork::ForkStatus as ForkedFrom;

/// Settings of a [`Sandbox`] that begins with the state of a network.
///
/// ```no_run
/// use keyway::Sandbox;
///
/// let sandbox = Sandbox::fork("mainnet").cache("target/forks").build()?;
/// println!("{} NEAR", sandbox.balance("near")?);
/// # Ok::<(), keyway::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is read before `build`"]
pub struct ForkBuilder {
    network: Option<String>,
    file: Option<PathBuf>,
    options: ForkOptions,
}

impl Sandbox {
    /// Forks a network: `mainnet`, `testnet`, or URLs of RPC endpoints with commas between them.
    ///
    /// The chain goes on from a final block, with its height, time, protocol and chain id. Accounts, keys, contracts and
    /// data are read when they are needed, and each thing once. Nothing is ever sent to the network.
    ///
    /// Calls of such a sandbox can wait for the network, up to a minute, and fail if it does not answer; nothing has then
    /// changed.
    pub fn fork(network: impl Into<String>) -> ForkBuilder {
        let network = Some(network.into());
        ForkBuilder { network, file: None, options: ForkOptions::default() }
    }

    /// Opens a fork file, as written by [`Sandbox::freeze`] or `keyway chain fork freeze`, without any network: reading
    /// what it does not have is an error that names it.
    ///
    /// ```no_run
    /// use keyway::Sandbox;
    ///
    /// let sandbox = Sandbox::fork_file("tests/ref.fork").build()?;
    /// # Ok::<(), keyway::Error>(())
    /// ```
    pub fn fork_file(path: impl AsRef<Path>) -> ForkBuilder {
        let file = Some(path.as_ref().to_owned());
        let options = ForkOptions { offline: true, ..ForkOptions::default() };
        ForkBuilder { network: None, file, options }
    }

    /// What the sandbox is a fork of, and how much it read; none if it is no fork.
    #[must_use]
    pub fn forked_from(&self) -> Option<ForkedFrom> {
        self.core.network().map(Fork::status)
    }

    /// Writes what the sandbox read of its network into a fork file, for [`Sandbox::fork_file`].
    ///
    /// # Errors
    /// [`SandboxError::Fork`] if the sandbox is no fork or the file cannot be written.
    pub fn freeze(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let fork = self.core.network().ok_or(SandboxError::NoFork)?;
        Ok(fork.save(path.as_ref()).map_err(failed)?)
    }
}

impl ForkBuilder {
    /// Begins at this final block instead of the newest.
    pub fn block(mut self, hash: CryptoHash) -> Self {
        self.options.block = ForkBlock::Hash(hash);
        self
    }

    /// Begins at the final block of this height.
    pub fn height(mut self, height: BlockHeight) -> Self {
        self.options.block = ForkBlock::Height(height);
        self
    }

    /// Keeps what is read in this directory, for later forks of the same block. Default: nothing is kept.
    pub fn cache(mut self, dir: impl AsRef<Path>) -> Self {
        self.options.cache = Some(dir.as_ref().to_owned());
        self
    }

    /// Reads proofs of small contracts too, so that the gas of writes is exact there.
    pub fn exact_gas(mut self) -> Self {
        self.options.gas = ForkGas::Proof;
        self
    }

    /// Takes accounts for absent that the fork file does not have, or for which every endpoint names an error that no NEAR
    /// node is known to give. Without it, reading them is an error. They may exist on the network.
    pub fn assume_absent(mut self) -> Self {
        self.options.missing = ForkMissing::Absent;
        self
    }

    /// Reads the rows that a fork file does not have from this network.
    pub fn online(mut self, network: impl Into<String>) -> Self {
        self.network = Some(network.into());
        self.options.offline = false;
        self
    }

    /// Finds the block, and builds the sandbox.
    ///
    /// # Errors
    /// [`SandboxError::Fork`] if the network does not answer, the block is not final, the file is damaged, or the protocol
    /// is newer than this library.
    pub fn build(self) -> Result<Sandbox, Error> {
        let network = self.network.as_deref().map(Network::parse).transpose().map_err(failed)?;
        let fork = match (&self.file, &network) {
            (Some(file), network) => Fork::from_file(file, network.as_ref(), &self.options),
            (None, Some(network)) => Fork::of(network, &self.options),
            (None, None) => return Err(SandboxError::NoFork.into()),
        };
        let fork = fork.map_err(failed)?;
        let options = ChainOptions {
            signer: Some(producer(&default_validator())),
            ..ChainOptions::default()
        };
        let chain = Chain::fork(&fork.point(), fork.base(), options, shared_contracts())
            .map_err(|error| SandboxError::Fork(error.to_string()))?;
        Ok(Sandbox { core: Core::of_network(chain, fork) })
    }
}

fn failed(error: keyway_fork::ForkError) -> SandboxError {
    SandboxError::Fork(error.to_string())
}
