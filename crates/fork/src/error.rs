//! Errors of forks.

use crate::home::SETTINGS;
use keyway_state::StateError;
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a fork could not be opened, or a row of the network's state not be read.
///
/// Nothing was invented instead: a read that fails changes nothing, and can be tried again.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForkError {
    /// The text does not name a network.
    #[error(
        "not a network: {why}; write mainnet, testnet, or addresses such as https://rpc.example.org with commas between them"
    )]
    Address {
        /// What is wrong with it.
        why: String,
    },
    /// More endpoints than a fork uses.
    #[error("{given} endpoints are given, and a fork uses at most {most}; leave some out")]
    TooManyEndpoints {
        /// How many were given.
        given: usize,
        /// How many are possible.
        most: usize,
    },
    /// The machine cannot open connections.
    #[error("no HTTP client could be made: {why}")]
    NoClient {
        /// The reason.
        why: String,
    },
    /// No endpoint gave an answer that could be used.
    #[error("no usable answer to {what} after {attempts} attempts in {}: {trouble}", seconds(.waited))]
    Unreachable {
        /// What was asked for.
        what: String,
        /// How often it was asked for.
        attempts: u32,
        /// How long it took.
        waited: Duration,
        /// The last trouble, with its endpoint.
        trouble: String,
    },
    /// The endpoints allow too few requests.
    #[error(
        "{endpoint} allows too few requests: {what} would have to wait longer than the {} that a read may take; try again later, or add an endpoint with --fork URL,URL",
        seconds(.most)
    )]
    RateLimited {
        /// What was asked for.
        what: String,
        /// The endpoint.
        endpoint: String,
        /// The longest time a read may take.
        most: Duration,
    },
    /// No endpoint has the fork's block.
    #[error(
        "no endpoint could read {what} at block {block} in {}: {trouble}; nodes forget blocks after about two days: fork a newer block, or add an archival endpoint",
        seconds(.waited)
    )]
    NoBlock {
        /// What was to be read.
        what: String,
        /// The block, by hash or height.
        block: String,
        /// How long it was waited for.
        waited: Duration,
        /// What the last endpoint said, with its address.
        trouble: String,
    },
    /// Every endpoint refuses to answer what the fork has to ask.
    #[error("no endpoint can answer {what}: {trouble}; add an endpoint that can")]
    CannotAnswer {
        /// What was asked for.
        what: String,
        /// What the last endpoint said, with its address.
        trouble: String,
        /// Whether every endpoint named an error of its own, that no NEAR node is known to give.
        unclear: bool,
    },
    /// The block that was asked for is not final.
    #[error(
        "block {block} is not a final block of the network, whose newest final block has height {newest}; fork a final block"
    )]
    NotFinal {
        /// The block, by hash or height.
        block: String,
        /// The height of the newest final block.
        newest: BlockHeight,
    },
    /// It is not known which network to ask for what a file does not have.
    #[error(
        "the fork file is of the chain {chain_id}, which is no public network: add --fork URL for what the file does not have, or --offline"
    )]
    NoNetwork {
        /// The file's chain id.
        chain_id: String,
    },
    /// The endpoints serve different chains.
    #[error("the endpoints serve different chains, {one} and {other}; give those of one network")]
    TwoChains {
        /// A chain id.
        one: String,
        /// Another one.
        other: String,
    },
    /// A fork file does not have the row, and there is no network to ask.
    #[error(
        "{file} does not have {row}, and the fork is offline; run once without --offline and freeze the fork again"
    )]
    NotInFile {
        /// The file.
        file: String,
        /// The row.
        row: String,
    },
    /// A home did not read the row before, and there is no network to ask.
    #[error(
        "the home {} has not read {row} of its network, and the fork is offline; run it once without --offline, or with --fork URL",
        .home.display()
    )]
    NotInHome {
        /// The home's directory.
        home: PathBuf,
        /// The row.
        row: String,
    },
    /// What was read cannot be kept in the home, so it is not used.
    #[error("{} cannot keep what is read of the network: {why}; see that the disk has room", .path.display())]
    NotKept {
        /// The file.
        path: PathBuf,
        /// The reason.
        why: String,
    },
    /// A home with exact gas.
    #[error(
        "a home counts the gas of writes with --fork-gas local alone: proofs are not kept, and without them its inputs would burn other gas when they are replayed; leave out --fork-gas proof"
    )]
    GasInHome,
    /// An endpoint serves another chain than the one that the home is a fork of.
    #[error("{endpoint} serves {found}, and the home is a fork of {wanted}; give an endpoint of that network with --fork URL, or correct {}", .settings.display())]
    OtherNetwork {
        /// The endpoint, without what may be an API key.
        endpoint: String,
        /// What it serves.
        found: String,
        /// What the home is a fork of.
        wanted: String,
        /// The file that names the endpoints.
        settings: PathBuf,
    },
    /// The files of a home are of different blocks.
    #[error("{} says that the fork began at block {found}, and {} beside it says {wanted}: put back the file that was changed", .start.display(), SETTINGS)]
    OtherStart {
        /// The fork file that the home began with.
        start: PathBuf,
        /// Its block.
        found: CryptoHash,
        /// The block of the settings.
        wanted: CryptoHash,
    },
    /// A home's settings cannot be used.
    #[error("{} cannot be used: {why}", .path.display())]
    BadSettings {
        /// The file.
        path: PathBuf,
        /// What is wrong; no address is in it.
        why: String,
    },
    /// Whatever belongs to no single account cannot be listed.
    #[error("a fork cannot list {what}: the network gives it in no answer")]
    Unlistable {
        /// What was to be listed.
        what: String,
    },
    /// An account has more keys or rows than a fork lists.
    #[error("{what} has more than {most} entries, which a fork does not fetch at once")]
    TooMany {
        /// What was to be listed.
        what: String,
        /// The most that is fetched.
        most: usize,
    },
    /// A fork file is damaged, or none.
    #[error("{} is not a fork file that can be used: {why}", .path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A file could not be read or written.
    #[error("{}: {why}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        why: String,
    },
    /// A fork file is of another block than the one that was asked for.
    #[error("{} is a fork of block {found}, not of {wanted}; leave out --fork-block", .path.display())]
    OtherBlock {
        /// The file.
        path: PathBuf,
        /// Its block.
        found: String,
        /// The block that was asked for.
        wanted: String,
    },
}

impl ForkError {
    pub(crate) fn file(path: impl Into<PathBuf>, error: &io::Error) -> Self {
        Self::File { path: path.into(), why: error.to_string() }
    }
}

impl From<ForkError> for StateError {
    fn from(error: ForkError) -> Self {
        Self::Unreadable { reason: error.to_string() }
    }
}

/// A duration for people.
fn seconds(duration: &Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
