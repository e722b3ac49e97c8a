//! Sandboxes that go on from another chain.

use crate::action::read_hash;
use crate::problem::Problem;
use keyway::Sandbox;
use serde::Deserialize;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Where a sandbox comes from that does not begin with a genesis of its own.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Source {
    /// A dump.
    Load {
        /// Its file.
        path: PathBuf,
    },
    /// A network.
    Fork(Fork),
    /// A fork file.
    ForkFile {
        /// The file.
        path: PathBuf,
        /// Where to read what the file does not have; nowhere if it is left out.
        online: Option<String>,
    },
}

/// A network, and how it is forked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fork {
    network: String,
    /// The hash of a final block; the newest is forked if neither hash nor height is given.
    block: Option<String>,
    height: Option<u64>,
    /// A directory for what is read.
    cache: Option<PathBuf>,
    /// Whether proofs are read, so that the gas of writes is exact.
    #[serde(default)]
    exact_gas: bool,
}

impl Source {
    /// Reads the file, or finds the network's block.
    ///
    /// # Errors
    /// What the library returns, as a [`Problem`].
    pub(crate) fn open(self) -> Result<Sandbox, Problem> {
        match self {
            Self::Load { path } => load(&path),
            Self::Fork(fork) => fork.open(),
            Self::ForkFile { path, online } => {
                let mut builder = Sandbox::fork_file(path);
                if let Some(network) = online {
                    builder = builder.online(network);
                }
                Ok(builder.build()?)
            }
        }
    }
}

impl Fork {
    fn open(self) -> Result<Sandbox, Problem> {
        let mut builder = Sandbox::fork(self.network);
        builder = match (self.block, self.height) {
            (Some(_), Some(_)) => {
                let message = "block and height are two names of one block; give one of them";
                return Err(Problem::argument("Argument.NotUsable", message));
            }
            (Some(hash), None) => builder.block(read_hash(&hash)?),
            (None, Some(height)) => builder.height(height),
            (None, None) => builder,
        };
        if let Some(directory) = self.cache {
            builder = builder.cache(directory);
        }
        if self.exact_gas {
            builder = builder.exact_gas();
        }
        Ok(builder.build()?)
    }
}

fn load(path: &Path) -> Result<Sandbox, Problem> {
    let file = File::open(path).map_err(|error| {
        let message = format!("the dump was not loaded: {}: {error}", path.display());
        Problem::sandbox("Sandbox.Dump.NotLoaded", message)
    })?;
    Ok(Sandbox::load(file)?)
}
