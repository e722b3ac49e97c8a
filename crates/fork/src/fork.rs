//! A fork's link to its network: what was read stays, what was not is asked for.

use crate::cache::Cache;
use crate::counts::{Counters, Counts};
use crate::endpoint::Network;
use crate::entry::Entry;
use crate::error::ForkError;
use crate::file::{self, Rows};
use crate::find_pin::{ForkBlock, find_pin};
use crate::flights::Flights;
use crate::missing::{Assumed, ForkMissing};
use crate::pin::Pin;
use crate::progress::Progress;
use crate::provider::ProviderStatus;
use crate::reader::{Learned, Reader};
use crate::runtime::OwnRuntime;
use crate::source::{Behaviour, Link, Source};
use crate::store::Store;
use keyway_chain::ForkPoint;
use keyway_state::BaseState;
use near_crypto::PublicKey;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{BlockHeight, ProtocolVersion};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The state of a network at one final block, read row by row when somebody looks. Clones share it.
///
/// ```no_run
/// use keyway_fork::{Fork, ForkOptions, Network};
///
/// let fork = Fork::of(&Network::parse("mainnet")?, &ForkOptions::default())?;
/// assert_eq!(fork.status().chain_id, "mainnet");
/// fork.save("mainnet.fork".as_ref())?;
/// # Ok::<(), keyway_fork::ForkError>(())
/// ```
#[derive(Clone)]
pub struct Fork {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) pin: Pin,
    pub(crate) store: Store,
    pub(crate) flights: Flights<Result<Arc<Learned>, ForkError>>,
    pub(crate) counters: Arc<Counters>,
    /// None when the fork is offline.
    pub(crate) reader: Option<Arc<Reader>>,
    pub(crate) progress: Progress,
    pub(crate) gas: ForkGas,
    pub(crate) missing: ForkMissing,
    pub(crate) assumed: Assumed,
    pub(crate) file: Option<PathBuf>,
    /// The directory of the home that the fork is of.
    pub(crate) home: Option<PathBuf>,
    /// None when the fork is offline.
    pub(crate) network: Option<Network>,
    runtime: Option<OwnRuntime>,
}

/// How a fork is opened.
#[derive(Clone, Debug, Default)]
pub struct ForkOptions {
    /// Where it begins.
    pub block: ForkBlock,
    /// The directory of the cache; none for no cache. Several processes can share one. An offline fork
    /// uses none: it has what its file has.
    pub cache: Option<PathBuf>,
    /// Told of what takes long.
    pub progress: Progress,
    /// How exact the gas of writes is.
    pub gas: ForkGas,
    /// Never asks a network: rows that a fork file does not have are errors that name them.
    pub offline: bool,
    /// What to do about rows that the source has no answer for.
    pub missing: ForkMissing,
}

/// How exact the gas of contract calls is that write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForkGas {
    /// Writes pay for the part of the trie's path that the fork has. Nothing more is fetched.
    #[default]
    Local,
    /// Contracts with little data are read with a proof, which has the whole path.
    Proof,
}

/// What a fork is of, and how much it read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ForkStatus {
    /// The network's chain id.
    pub chain_id: String,
    /// The height of the block where the fork begins.
    pub block_height: BlockHeight,
    /// Its hash.
    pub block_hash: CryptoHash,
    /// The protocol version at the block.
    pub protocol_version: ProtocolVersion,
    /// How exact the gas of writes is.
    pub gas: ForkGas,
    /// What is done about rows that the source has no answer for.
    pub missing: ForkMissing,
    /// Accounts that count as absent because the source has no answer about them.
    pub assumed_absent: usize,
    /// Rows that are known, with those that are known to be absent.
    pub rows: usize,
    /// Memory that they take, about, bytes.
    pub row_bytes: usize,
    /// The endpoints; none when the fork is offline.
    pub endpoints: Vec<ProviderStatus>,
    /// How much was read.
    #[serde(flatten)]
    pub counts: Counts,
    /// The fork file that was loaded.
    pub file: Option<String>,
    /// The cache's file for this block.
    pub cache: Option<String>,
    /// Why there is no cache, if there should be one.
    pub cache_trouble: Option<String>,
}

impl Fork {
    /// Forks a network: asks for its newest final block, or finds the wanted one.
    ///
    /// # Errors
    /// When the block is not final, or no endpoint answers.
    pub fn of(network: &Network, options: &ForkOptions) -> Result<Self, ForkError> {
        Self::open(Some(network), None, options)
    }

    /// Opens a fork file. Rows that are not in it are fetched from `network`, or, without one, from
    /// the public network that the file is of.
    ///
    /// # Errors
    /// When the file is damaged, or of another block than the wanted one, or when it is not known
    /// whom to ask.
    pub fn from_file(
        path: &Path,
        network: Option<&Network>,
        options: &ForkOptions,
    ) -> Result<Self, ForkError> {
        Self::open(network, Some(path), options)
    }

    fn open(
        network: Option<&Network>,
        path: Option<&Path>,
        options: &ForkOptions,
    ) -> Result<Self, ForkError> {
        let counters = Arc::<Counters>::default();
        let progress = options.progress.clone();
        let loaded = path.map(file::load).transpose()?;
        let network = match (network, &loaded) {
            _ if options.offline => None,
            (Some(network), _) => Some(network.clone()),
            (None, Some(file)) => Some(Network::of_chain(&file.pin.genesis.chain_id)?),
            (None, None) => return Err(closed()),
        };
        let link = network.map(|network| Link::to(network, &counters, &progress)).transpose()?;
        let cached = match (&loaded, options.block) {
            (None, ForkBlock::Hash(hash)) => {
                options.cache.as_deref().and_then(|dir| cached(dir, &hash))
            }
            _ => None,
        };
        let (pin, link) = match (&loaded, cached, link) {
            (Some(file), _, link) => (file.pin.clone(), link),
            (None, Some(pin), link) => (pin, link),
            (None, None, Some(link)) => {
                let wanted = options.block;
                let (pin, link) = link.wait(move |upstream| async move {
                    Ok((find_pin(&upstream, wanted).await?, upstream))
                })?;
                (pin, Some(link))
            }
            (None, None, None) => return Err(closed()),
        };
        if let Some(path) = path {
            check_block(path, &pin, options.block)?;
        }
        let dir = options.cache.as_deref().filter(|_| !options.offline);
        let cache = dir.map(|dir| Cache::open(dir, &pin.hash()));
        let (cache, trouble) = match cache.transpose() {
            Ok(cache) => (cache, None),
            Err(error) => (None, Some(error.to_string())),
        };
        let store = Store::new(cache, trouble);
        if let Some(file) = loaded {
            let rows = file.entries.into_iter().filter(|entry| !matches!(entry, Entry::Point(_)));
            rows.for_each(|entry| store.learn_entry(entry));
        }
        store.keep_point(&pin);
        let file = path.map(Path::to_owned);
        let (gas, missing) = (options.gas, options.missing);
        let source = Source { file, home: None, link, counters };
        Ok(Self::made_of(pin, store, source, Behaviour { gas, missing, progress }))
    }

    /// The fork of what is known.
    pub(crate) fn made_of(pin: Pin, store: Store, source: Source, how: Behaviour) -> Self {
        let Source { file, home, link, counters } = source;
        let Behaviour { gas, missing, progress } = how;
        let (network, reader, runtime) = match link {
            None => (None, None, None),
            Some(Link { network, upstream, runtime }) => {
                let reader = Reader::new(upstream, pin.hash(), progress.clone());
                (Some(network), Some(Arc::new(reader)), Some(runtime))
            }
        };
        // What a home assumed holds nowhere else.
        let assumed = home.as_ref().map_or_else(Vec::new, |_| store.assumed());
        let assumed = Assumed::of(assumed);
        let flights = Flights::default();
        let inner = Inner {
            pin,
            store,
            flights,
            counters,
            reader,
            progress,
            gas,
            missing,
            assumed,
            file,
            home,
            network,
            runtime,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Where the chain begins.
    #[must_use]
    pub fn point(&self) -> ForkPoint {
        self.inner.pin.point()
    }

    /// The state that the chain begins with.
    #[must_use]
    pub fn base(&self) -> Arc<dyn BaseState> {
        self.inner.clone()
    }

    /// What the fork is of, and how much it read.
    #[must_use]
    pub fn status(&self) -> ForkStatus {
        let Inner { pin, store, counters, reader, file, .. } = &*self.inner;
        let (cache, cache_trouble) = store.disk();
        let (rows, row_bytes) = {
            let known = store.known();
            (known.len(), known.bytes())
        };
        ForkStatus {
            chain_id: pin.genesis.chain_id.clone(),
            block_height: pin.block.header.height,
            block_hash: pin.hash(),
            protocol_version: pin.protocol_version,
            gas: self.inner.gas,
            missing: self.inner.missing,
            assumed_absent: self.inner.assumed.len(),
            rows,
            row_bytes,
            endpoints: reader.as_ref().map(|reader| reader.upstream().status()).unwrap_or_default(),
            counts: counters.now(),
            file: file.as_ref().map(|path| path.display().to_string()),
            cache,
            cache_trouble,
        }
    }

    /// The endpoints that are asked; none when the fork is offline.
    pub(crate) fn network(&self) -> Option<&Network> {
        self.inner.network.as_ref()
    }

    /// Tells the fork of a public key that a transaction or a request names. Of a post-quantum key the
    /// network's state has only the hash, and nodes look up nonces by the key itself.
    pub fn learn_key(&self, key: &PublicKey) {
        if let Some(reader) = &self.inner.reader {
            reader.learn_key(key);
        }
    }

    /// What is known, as records of a fork file: a part that begins after the row `after`, and the
    /// row to go on from. The first part also has the block and the ranges.
    #[must_use]
    pub fn rows(&self, after: Option<&[u8]>) -> Rows {
        file::rows(&self.inner.pin, &self.inner.store.known(), after)
    }

    /// Writes what is known into a fork file, from which the fork can be opened without a network.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), ForkError> {
        let mut file = file::NewForkFile::create(path)?;
        let mut after = None;
        loop {
            let rows = self.rows(after.as_deref());
            file.append(&rows.records)?;
            match rows.next {
                Some(next) => after = Some(next),
                None => return file.finish(),
            }
        }
    }
}

impl fmt::Debug for Fork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (chain_id, block) = (&self.pin.genesis.chain_id, self.pin.hash());
        f.debug_struct("Fork")
            .field("chain_id", chain_id)
            .field("block", &block)
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// Waits for requests.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, ForkError>> + Send + 'static,
    ) -> Result<T, ForkError> {
        self.runtime.as_ref().ok_or_else(closed)?.wait(work)
    }
}

/// The block that an earlier fork with this cache found.
fn cached(dir: &Path, block: &CryptoHash) -> Option<Pin> {
    let entries = Cache::open(dir, block).ok()?.news().ok()?;
    let point = entries.into_iter().find_map(|entry| match entry {
        Entry::Point(point) => Some(point),
        _ => None,
    })?;
    let pin: Pin = serde_json::from_slice(&point).ok()?;
    (pin.hash() == *block).then_some(pin)
}

fn check_block(path: &Path, pin: &Pin, wanted: ForkBlock) -> Result<(), ForkError> {
    let header = &pin.block.header;
    let same = match wanted {
        ForkBlock::Final => true,
        ForkBlock::Hash(hash) => header.hash == hash,
        ForkBlock::Height(height) => header.height == height,
    };
    if same {
        return Ok(());
    }
    Err(ForkError::OtherBlock {
        path: path.to_owned(),
        found: format!("{} at height {}", header.hash, header.height),
        wanted: wanted.to_string(),
    })
}

fn closed() -> ForkError {
    ForkError::NoClient { why: "a fork needs a network or a file".to_owned() }
}
