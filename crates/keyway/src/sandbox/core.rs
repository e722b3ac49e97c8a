//! What a sandbox and its handles share: the node, its service, and the clock.

use super::clock::SandboxClock;
use super::history::NewestBlocks;
use crate::client::Client;
use crate::error::{Error, SandboxError};
use crate::outcome::Outcome;
use crate::transport::InProcess;
use keyway_chain::{Applied, Chain, Checked, Input, Refused, TimeError};
use keyway_node::{Clock, NoJournal, Node, Persistence, WriteError};
use keyway_rpc::{Service, Settings, final_outcome};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

/// The node with its clock. Clones share both.
#[derive(Clone, Debug)]
pub(super) struct Core {
    service: Service,
    /// Kept, because it caches the protocol.
    client: Client,
    clock: SandboxClock,
    /// None: all blocks.
    keep_blocks: Option<u64>,
    /// With the network that the chain is a fork of, if it is one.
    settings: Settings,
    /// Locked from reading a nonce until the outcome of its transaction is read, so that handles in several threads do not
    /// use a nonce twice, and no revert removes the outcome.
    handles: Arc<Mutex<()>>,
}

impl Core {
    /// A core around `chain`, with a clock that stands still. At least the newest `keep_blocks` blocks stay in memory, or
    /// all if none is given.
    pub(super) fn new(chain: Chain, keep_blocks: Option<u64>) -> Self {
        Self::with(chain, keep_blocks, Settings::default())
    }

    /// A core around a chain that begins with the state of a network.
    #[cfg(feature = "fork")]
    pub(super) fn of_network(chain: Chain, fork: keyway_fork::Fork) -> Self {
        Self::with(chain, None, Settings { fork: Some(fork), ..Settings::default() })
    }

    fn with(chain: Chain, keep_blocks: Option<u64>, settings: Settings) -> Self {
        let clock = SandboxClock::default();
        let persistence = Persistence::new(NoJournal);
        let persistence = match keep_blocks {
            Some(blocks) => persistence.with_checkpoints(NewestBlocks::new(blocks)),
            None => persistence,
        };
        let node = Node::with_persistence(chain, persistence, clock.clone());
        // Requests of this process come in order, so transactions in a gap between nonces are never on their way.
        let in_order = Settings { gap_wait: Duration::ZERO, ..settings.clone() };
        let client = Client::with_transport(InProcess::new(Service::new(node.clone(), in_order)));
        let service = Service::new(node, settings.clone());
        Self { service, client, clock, keep_blocks, settings, handles: Arc::default() }
    }

    /// A fork of the chain as it is now.
    pub(super) fn fork(&self) -> Self {
        Self::with(Chain::clone(&self.chain()), self.keep_blocks, self.settings.clone())
    }

    pub(super) fn chain(&self) -> Arc<Chain> {
        self.service.node().snapshot()
    }

    pub(super) fn service(&self) -> &Service {
        &self.service
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn clock(&self) -> &SandboxClock {
        &self.clock
    }

    /// The network that the chain is a fork of, if it is one.
    #[cfg(feature = "fork")]
    pub(super) fn network(&self) -> Option<&keyway_fork::Fork> {
        self.settings.fork.as_ref()
    }

    pub(super) fn lock_handles(&self) -> MutexGuard<'_, ()> {
        // It guards no data that a panic could leave half changed.
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies an input at the clock's time.
    pub(super) fn apply(&self, input: Input) -> Result<Applied, Error> {
        self.service.node().apply(input).map_err(error)
    }

    /// Applies an input at the time of another clock.
    pub(super) fn apply_by(&self, clock: &dyn Clock, input: Input) -> Result<Applied, Error> {
        self.service.node().apply_by(clock, input).map_err(error)
    }

    /// Applies an input that includes a transaction, and returns its outcome.
    pub(super) fn include(&self, input: Input) -> Result<Outcome, Error> {
        self.outcome_of(self.apply(input)?)
    }

    /// Includes a transaction that this library has just signed, and returns its outcome.
    pub(super) fn include_signed(&self, signed: SignedTransaction) -> Result<Outcome, Error> {
        // Verifying costs more than all that the chain does.
        let checked = Checked::assume_signed(signed);
        self.outcome_of(self.service.node().include(checked).map_err(error)?)
    }

    /// As [`Core::include_signed`] if that is short; none, and nothing is done, otherwise.
    pub(super) fn include_signed_if_short(
        &self,
        signed: SignedTransaction,
    ) -> Option<Result<Outcome, Error>> {
        let applied = self.service.node().include_if_short(Checked::assume_signed(signed))?;
        Some(applied.map_err(error).and_then(|applied| self.outcome_of(applied)))
    }

    /// The lock of [`Core::lock_handles`]; none while another thread has it.
    pub(super) fn try_lock_handles(&self) -> Option<MutexGuard<'_, ()>> {
        match self.handles.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn outcome_of(&self, applied: Applied) -> Result<Outcome, Error> {
        let hash = match applied {
            Applied::Included(hash) | Applied::Known(hash) => hash,
            Applied::Sealed | Applied::Done => return Err(SandboxError::NoTransaction.into()),
        };
        self.outcome(&hash).ok_or(SandboxError::NoTransaction)?.into_result()
    }

    pub(super) fn outcome(&self, hash: &CryptoHash) -> Option<Outcome> {
        // A chain in memory can always be read.
        let chain = self.chain();
        let outcome = final_outcome(&chain, hash).ok().flatten().map(Outcome::from)?;
        if chain.forked_from().is_none() {
            return Some(outcome);
        }
        Some(outcome.with_ceilings(|id| chain.gas_band(id).ok().flatten().map(|band| band.high)))
    }

    /// Replaces the chain by an earlier one.
    pub(super) fn restore(&self, chain: &Chain) -> Result<(), Error> {
        self.service.node().restore(chain.clone()).map_err(error)?;
        self.client.forget_protocol();
        Ok(())
    }
}

fn error(error: WriteError) -> Error {
    match error {
        WriteError::Refused(Refused::Transaction(refusal)) => Error::from(*refusal),
        WriteError::Refused(Refused::Patch(error)) => SandboxError::Patch(error).into(),
        WriteError::Refused(Refused::FastForward(error)) => SandboxError::FastForward(error).into(),
        WriteError::Refused(Refused::Time(TimeError::NotAfterHead { asked_ns, head_ns })) => {
            SandboxError::TimeRunsBack { asked_ns, now_ns: head_ns }.into()
        }
        WriteError::Refused(Refused::Time(error)) => SandboxError::Time(error).into(),
        WriteError::Refused(Refused::Mine(error)) => SandboxError::Mine(error).into(),
        WriteError::Refused(Refused::Snapshot(error)) => SandboxError::Snapshot(error).into(),
        other => SandboxError::Chain(other.to_string()).into(),
    }
}
