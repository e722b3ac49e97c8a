//! Accounts that take turns to send.

use super::account::Account;
use super::{Wait, Workload};
use hyper::body::Bytes;
use keyway::protocol::CryptoHash;
use near_primitives::serialize::to_base64;
use near_primitives::transaction::SignedTransaction;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How a request is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub(super) workload: Workload,
    pub(super) wait: Wait,
}

/// An account, with the transactions that it has signed but not sent.
#[derive(Debug)]
pub(super) struct Sender {
    account: Account,
    ready: VecDeque<Bytes>,
}

impl Sender {
    pub(super) fn new(account: Account) -> Self {
        Self { account, ready: VecDeque::new() }
    }

    /// Signs its next transaction, and returns the request that sends it.
    pub(super) fn sign(&mut self, form: Form, base: CryptoHash) -> Bytes {
        body(&self.account.sign(form.workload, base), form.wait)
    }

    /// Signs the next `count` transactions ahead.
    pub(super) fn prepare(&mut self, count: u64, form: Form, base: CryptoHash) {
        self.ready = (0..count).map(|_| self.sign(form, base)).collect();
    }

    /// The next transaction that was signed ahead.
    pub(super) fn prepared(&mut self) -> Option<Bytes> {
        self.ready.pop_front()
    }
}

/// The accounts. One connection at a time uses an account, so that its nonces arrive in order. No
/// connection owns accounts, so that all of them are busy until the end.
#[derive(Debug)]
pub(super) struct Turns(Mutex<State>);

#[derive(Debug)]
struct State {
    waiting: VecDeque<Sender>,
    done: Vec<Sender>,
}

impl Turns {
    pub(super) fn new(senders: Vec<Sender>) -> Self {
        Self(Mutex::new(State { waiting: senders.into(), done: Vec::new() }))
    }

    /// The account that has waited longest, with the request from `next`; an account without a
    /// request is done. `None` if no account waits.
    pub(super) fn next(
        &self,
        mut next: impl FnMut(&mut Sender) -> Option<Bytes>,
    ) -> Option<(Sender, Bytes)> {
        loop {
            let mut sender = self.state().waiting.pop_front()?;
            match next(&mut sender) {
                Some(request) => return Some((sender, request)),
                None => self.state().done.push(sender),
            }
        }
    }

    /// Returns an account to the queue.
    pub(super) fn back(&self, sender: Sender) {
        self.state().waiting.push_back(sender);
    }

    /// All accounts that are done.
    pub(super) fn done(&self) -> Vec<Sender> {
        std::mem::take(&mut self.state().done)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn body(signed: &SignedTransaction, wait: Wait) -> Bytes {
    let wait_until = match wait {
        Wait::Included => "INCLUDED",
        Wait::Executed => "EXECUTED_OPTIMISTIC",
        Wait::Final => "FINAL",
    };
    let bytes = borsh::to_vec(signed).expect("the invariant that writing to memory succeeds");
    let transaction = to_base64(&bytes);
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"send_tx","params":{{"signed_tx_base64":"{transaction}","wait_until":"{wait_until}"}}}}"#
    )
    .into()
}
