//! A chain as one value: it admits transactions, seals blocks, executes receipts to the end, keeps
//! the history and answers queries.
//!
//! [`Chain`] is synchronous and deterministic. It owns no socket, file, timer or clock: the time is
//! an argument of every input, and the same [`Input`]s at the same times on the same genesis give
//! the same block hashes. A clone of a chain is a cheap snapshot: both share their memory, and
//! changes of one do not affect the other.
//!
//! The rules about keys, money and contracts are `keyway-engine`'s; what is here is what NEAR puts
//! around them: headers, epochs, gas price, finality, history.

mod blocks;
mod chain;
mod checksum;
mod dump;
mod epochs;
mod genesis;
mod history;
mod inputs;
mod key_history;
mod query;
mod rerun;
mod spec;

pub use blocks::block::{Receipts, SealedBlock};
pub use blocks::timing::{Timing, rfc3339};
pub use chain::Chain;
pub use dump::{DumpReader, DumpedEntries, LoadError};
pub use genesis::builder::GenesisBuilder;
pub use genesis::error::GenesisError;
pub use genesis::eth_wallet::{EthWallet, WrongWallet};
pub use genesis::fork::{ForkError, ForkOrigin, ForkPoint};
pub use genesis::local::{LocalAccount, LocalChain, default_validator, local_genesis, seeded_key};
pub use history::archive::{Archive, CachedArchive};
pub use history::checkpoint::{Checkpoint, Pruned};
pub use history::collect::RowCollector;
pub use history::evict::Archived;
pub use history::gas_band::GasBand;
pub use history::index::{OutcomeEntry, TransactionEntry};
pub use history::lineage::Position;
pub use history::prune::BlockPruner;
pub use history::resume::ResumeError;
pub use history::snapshots::SnapshotInfo;
pub use history::work::Work;
pub use inputs::applied::{Applied, Refused};
pub use inputs::batch::Included;
pub use inputs::checked::Checked;
pub use inputs::codec::{DecodeError, EncodeError, HeadState, ReadError, Record, Records};
pub use inputs::edit::{Deletion, Edit};
pub use inputs::fast_forward::FastForwardError;
pub use inputs::in_block::{Fate, InBlock};
pub use inputs::input::{Batch, Impersonation, Input};
pub use inputs::mine::MineError;
pub use inputs::patch::PatchError;
pub use inputs::replay::ReplayError;
pub use inputs::snapshots::SnapshotError;
pub use inputs::time::{TimeChange, TimeError};
pub use rerun::change::Change;
pub use rerun::error::TraceError;
pub use spec::ChainOptions;

#[cfg(test)]
mod tests {
    pub(crate) mod chain;
}
