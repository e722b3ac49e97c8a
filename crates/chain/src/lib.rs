//! The chain as one value: it admits transactions, seals blocks, runs receipts to their end,
//! remembers what happened, and answers questions about it.
//!
//! [`Chain`] is synchronous and deterministic. It owns no socket, no file, no timer and no clock:
//! the time is an argument of everything that changes it, and the same [`Input`]s with the same
//! times on the same genesis give the same blocks, hash for hash. Cloning a chain is a cheap
//! snapshot: the clone shares what both have and goes its own way.
//!
//! The rules about keys, money and contracts are `keyway-engine`'s; what is here is what NEAR puts
//! around them: headers, epochs, gas price, finality, history.

mod archive;
mod block;
mod chain;
mod checked;
mod checkpoint;
mod epoch;
mod founding;
mod genesis;
mod header;
mod history;
mod impersonate;
mod input;
mod journal;
mod light_client;
mod local;
mod names;
mod patch;
mod place;
mod prune;
mod query;
mod refusals;
mod rewards;
mod rules;
mod schedule;
mod seal;
mod seats;
mod sign;
mod stake_update;
mod stored;
mod submit;
mod together;
mod travel;
mod validators;
mod wallet;

pub use archive::{Archive, Shelf};
pub use block::{Receipts, SealedBlock};
pub use chain::{Applied, Chain, Refused};
pub use checked::Checked;
pub use checkpoint::{Checkpoint, ResumeError, Shelved};
pub use founding::Founding;
pub use genesis::GenesisError;
pub use history::{OutcomeEntry, TransactionEntry};
pub use input::{Impersonation, Input};
pub use journal::{DecodeError, EncodeError, ReadError, Record, Records};
pub use local::{LocalAccount, LocalChain, default_validator, local_genesis, seeded_key};
pub use patch::PatchError;
pub use prune::Pruned;
pub use rules::ChainOptions;
pub use together::Together;
pub use travel::FastForwardError;
pub use wallet::{EthWallet, WrongWallet};

#[cfg(test)]
mod tests {
    pub(crate) mod chain;
}
