//! The fork of a home: what a home keeps of its network, so that its chain goes on after a restart.
//!
//! Three files of the home are this crate's: fork.json says which network it is and how to reach it,
//! start.fork is a fork file with the block where the fork began and what was known then, and
//! data/fork has what was read since, in the form of a cache. docs/format.md describes them.

use crate::cache::Cache;
use crate::counts::Counters;
use crate::endpoint::Network;
use crate::error::ForkError;
use crate::file;
use crate::fork::{Fork, ForkGas};
use crate::missing::ForkMissing;
use crate::private;
use crate::progress::Progress;
use crate::same_network::check_endpoints;
use crate::source::{Behaviour, Link, Source};
use crate::store::Store;
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// How the fork of a home is opened. By default as it was made.
#[derive(Clone, Debug, Default)]
pub struct HomeForkOptions {
    /// Other endpoints of the same network, for as long as the fork is open.
    pub network: Option<Network>,
    /// Asks no endpoint: rows that were not read before are errors that name them.
    pub offline: bool,
    /// What to do about rows that the source has no answer for; none: as the home was made.
    pub missing: Option<ForkMissing>,
    /// Told of what takes long.
    pub progress: Progress,
}

/// fork.json.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    version: u64,
    chain_id: String,
    block_height: BlockHeight,
    block_hash: CryptoHash,
    /// As [`Network::parse`] reads it, perhaps with API keys; none when the fork asks nobody.
    network: Option<String>,
    gas: ForkGas,
    missing: ForkMissing,
}

impl Fork {
    /// Makes the directory `dir` that of a fork: writes where this fork began and what it knows, and how
    /// to reach its network, unless it is offline. Then the home itself can be made there, by
    /// `Home::create` of the crate `keyway-node`.
    ///
    /// # Errors
    /// [`ForkError::GasInHome`], and when a file cannot be written.
    pub fn begin_home(&self, dir: &Path) -> Result<(), ForkError> {
        let status = self.status();
        if status.gas != ForkGas::Local {
            return Err(ForkError::GasInHome);
        }
        let settings = Settings {
            version: VERSION,
            chain_id: status.chain_id,
            block_height: status.block_height,
            block_hash: status.block_hash,
            network: self.network().map(Network::exposed),
            gas: status.gas,
            missing: status.missing,
        };
        fs::create_dir_all(dir).map_err(|error| ForkError::file(dir, &error))?;
        self.save(&dir.join(START))?;
        let path = dir.join(SETTINGS);
        settings.write(&path).map_err(|error| ForkError::file(path, &error))
    }

    /// The fork of the home at `dir`, which [`Fork::begin_home`] made. It needs no network for what was
    /// read before; an endpoint that answers must be of the network that the home is a fork of.
    ///
    /// # Errors
    /// When a file of the home cannot be used, or [`ForkError::OtherNetwork`].
    pub fn of_home(dir: &Path, options: HomeForkOptions) -> Result<Self, ForkError> {
        let HomeForkOptions { network, offline, missing, progress } = options;
        let (path, start) = (dir.join(SETTINGS), dir.join(START));
        let settings = Settings::read(&path)?;
        let loaded = file::load(&start)?;
        let (found, wanted) = (loaded.pin.hash(), settings.block_hash);
        if found != wanted {
            return Err(ForkError::OtherStart { start, found, wanted });
        }
        let network = match network {
            _ if offline => None,
            None => settings.network.as_deref().map(Network::parse).transpose().map_err(|_| {
                // The text may hold an API key.
                let why = "\"network\" names no network".to_owned();
                ForkError::BadSettings { path: path.clone(), why }
            })?,
            given => given,
        };
        let counters = Arc::<Counters>::default();
        let link = network.map(|network| Link::to(network, &counters, &progress)).transpose()?;
        let check = |link: Link| {
            let (pin, heard) = (loaded.pin.clone(), progress.clone());
            link.wait(move |upstream| async move {
                check_endpoints(&upstream, &pin, &path, &heard).await?;
                Ok(((), upstream))
            })
        };
        let link = link.map(check).transpose()?.map(|((), link)| link);
        let rows = dir.join(ROWS);
        let unreadable = |error| ForkError::file(&rows, &error);
        let mut cache = Cache::of_home(&rows, &wanted).map_err(unreadable)?;
        let since = cache.news().map_err(unreadable)?;
        let store = Store::new(Some(cache), None);
        let known = loaded.entries.into_iter().chain(since);
        known.for_each(|entry| store.learn_entry(entry));
        let missing = missing.unwrap_or(settings.missing);
        let source = Source { file: Some(start), home: Some(dir.to_owned()), link, counters };
        let how = Behaviour { gas: settings.gas, missing, progress };
        Ok(Self::made_of(loaded.pin, store, source, how))
    }
}

impl Settings {
    fn read(path: &Path) -> Result<Self, ForkError> {
        let bad = |why: String| ForkError::BadSettings { path: path.to_owned(), why };
        let text = fs::read(path).map_err(|error| ForkError::file(path, &error))?;
        // An error of the parser can show a part of the text, so only its place is told.
        let at = |error: serde_json::Error| {
            bad(format!(
                "it is not as it should be at line {}, column {}",
                error.line(),
                error.column()
            ))
        };
        let value: Value = serde_json::from_slice(&text).map_err(at)?;
        match value.get("version").and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(other) => {
                let why =
                    format!("it has version {other}, and this Keyway reads version {VERSION}");
                return Err(bad(why));
            }
            None => return Err(bad("it has no \"version\"".to_owned())),
        }
        let settings: Self = serde_json::from_slice(&text).map_err(at)?;
        match settings.gas {
            ForkGas::Local => Ok(settings),
            ForkGas::Proof => Err(ForkError::GasInHome),
        }
    }

    /// Writes the file for its owner alone, whole or not at all.
    fn write(&self, path: &Path) -> io::Result<()> {
        let part = path.with_extension("json.new");
        let mut file = private::open(&part)?;
        file.set_len(0)?;
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&part, path)
    }
}

/// The file that says which network it is.
pub(crate) const SETTINGS: &str = "fork.json";

/// The fork file that the chain starts from.
const START: &str = "start.fork";

/// The directory of what was read since.
const ROWS: &str = "data/fork";

/// The version of [`SETTINGS`].
const VERSION: u64 = 1;
