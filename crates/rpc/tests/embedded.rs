//! A service inside another program: inputs without requests, a clock of its own, going back.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{service, service_with, transfer};
use keyway_chain::{Applied, Chain, HeadState, Input, Refused};
use keyway_node::{Clock, Journal, Node, WallClock, WriteError};
use keyway_rpc::{Service, Settings, final_outcome};
use near_primitives::errors::InvalidTxError;
use near_primitives::views::FinalExecutionStatus;
use std::io;

/// A clock that stands still.
#[derive(Debug)]
struct Stopped(u64);

impl Clock for Stopped {
    fn now_ns(&self, _chain: &Chain) -> u64 {
        self.0
    }
}

struct Kept;

impl Journal for Kept {
    fn append(&mut self, _now_ns: u64, _inputs: &[Input], _head: HeadState) -> io::Result<()> {
        Ok(())
    }
}

fn time(service: &Service) -> u64 {
    service.node().snapshot().head().header.raw_timestamp()
}

#[test]
fn the_clock_is_the_callers() {
    let chain = Chain::clone(&service().node().snapshot());
    let later = chain.head().header.raw_timestamp() + 7;
    let node = Node::in_memory(chain, Stopped(later));
    let service = Service::new(node, Settings::default());
    service.node().tick().unwrap();
    assert_eq!(time(&service), later);
    service.node().apply_by(&Stopped(later + 7), Input::Tick).unwrap();
    assert_eq!(time(&service), later + 7);
    assert!(WallClock.now_ns(&service.node().snapshot()) > 1_700_000_000_000_000_000);
}

#[test]
fn an_input_is_applied_and_its_outcome_shown() {
    let service = service();
    let transaction = transfer(&service, 1);
    let hash = transaction.get_hash();
    assert!(final_outcome(&service.node().snapshot(), &hash).unwrap().is_none());
    let applied = service.node().apply(Input::transaction(transaction)).unwrap();
    assert_eq!(applied, Applied::Included(hash));
    let shown = final_outcome(&service.node().snapshot(), &hash).unwrap().unwrap();
    assert!(matches!(shown.final_outcome.status, FinalExecutionStatus::SuccessValue(_)));
    assert_eq!(shown.receipts.len(), 2);
}

#[test]
fn a_refusal_is_typed() {
    let service = service();
    let error = service.node().apply(Input::transaction(transfer(&service, 0))).unwrap_err();
    let WriteError::Refused(Refused::Transaction(error)) = error else { panic!("{error}") };
    assert_eq!(*error, InvalidTxError::InvalidNonce { tx_nonce: 0, ak_nonce: 0 });
}

#[test]
fn a_chain_goes_back_unless_a_journal_keeps_its_inputs() {
    let forgetful = service();
    let before = forgetful.node().snapshot();
    forgetful.node().tick().unwrap();
    forgetful.node().restore(Chain::clone(&before)).unwrap();
    assert_eq!(forgetful.node().snapshot().head().hash(), before.head().hash());
    let keeping = service_with(Kept);
    let error = keeping.node().restore(Chain::clone(&before)).unwrap_err();
    assert!(matches!(error, WriteError::Journaled), "{error}");
}
