//! How much memory a transaction keeps until a checkpoint has stored it.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

use keyway_chain::{Chain, Checked, Input, LocalAccount, LocalChain, local_genesis, seeded_key};
use near_crypto::{InMemorySigner, Signer};
use near_primitives::action::{Action, TransferAction};
use near_primitives::transaction::{SignedTransaction, Transaction, TransactionV0};
use near_primitives::types::{AccountId, Balance};
use near_primitives::version::PROTOCOL_VERSION;
use near_vm_runner::NoContractRuntimeCache;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Whole blocks took 13 kB for each transfer, so checkpoints came several times a second.
#[test]
fn a_transfer_keeps_little_until_it_is_stored() {
    let mut load = Load::new();
    load.batches(WARM_UP);
    let region = Region::new(ALLOCATOR);
    load.batches(BATCHES);
    let stats = region.change();
    let kept = stats.bytes_allocated - stats.bytes_deallocated;
    let each = kept / (BATCHES * SHARING);
    let estimate = load.chain.bytes_in_memory() / ((WARM_UP + BATCHES) * SHARING);
    println!("{each} bytes for each transfer; by the chain's estimate {estimate}");
    assert!(each <= MOST, "{each} bytes for each transfer");
    // Checkpoints are due by the estimate.
    assert!(estimate >= each, "{estimate} bytes by the estimate, {each} in truth");
}

/// Transfers among [`ACCOUNTS`] accounts.
struct Load {
    chain: Chain,
    signers: Vec<(AccountId, Signer)>,
    sent: u64,
}

impl Load {
    fn new() -> Self {
        let signer = |number: usize| {
            let id: AccountId = format!("account-{number}.near").parse().unwrap();
            let key = seeded_key(id.as_str());
            (id.clone(), InMemorySigner::from_secret_key(id, key))
        };
        let signers: Vec<_> = (0..ACCOUNTS).map(signer).collect();
        let account = |(id, signer): &(AccountId, Signer)| LocalAccount {
            account_id: id.clone(),
            public_key: signer.public_key(),
            amount: Balance::from_near(1_000),
            locked: Balance::ZERO,
        };
        let accounts: Vec<_> = signers.iter().map(account).collect();
        let chain = LocalChain { fast: false, ..LocalChain::in_memory(PROTOCOL_VERSION) };
        let genesis = local_genesis(&chain, &accounts);
        let mut chain = Chain::new(&genesis, Arc::new(NoContractRuntimeCache)).unwrap();
        chain.apply(Input::Tick, NOW).unwrap();
        Self { chain, signers, sent: 0 }
    }

    fn batches(&mut self, count: usize) {
        for _ in 0..count {
            let batch = (0..SHARING).map(|_| Checked::new(self.transfer())).collect();
            let included = self.chain.include_batch(batch, NOW);
            for result in included.results {
                result.unwrap();
            }
        }
    }

    fn transfer(&mut self) -> SignedTransaction {
        let number = self.sent as usize;
        let (from, signer) = &self.signers[number % ACCOUNTS];
        let (to, _) = &self.signers[(number + 7) % ACCOUNTS];
        self.sent += 1;
        let deposit = Balance::from_yoctonear(1);
        let tx = Transaction::V0(TransactionV0 {
            signer_id: from.clone(),
            public_key: signer.public_key(),
            nonce: self.sent,
            receiver_id: to.clone(),
            block_hash: *self.chain.head().hash(),
            actions: vec![Action::Transfer(TransferAction { deposit })],
        });
        let signature = signer.sign(tx.get_hash_and_size().0.as_ref());
        SignedTransaction::new(signature, tx)
    }
}

const ACCOUNTS: usize = 128;

/// How many transfers share a block, as with 64 connections.
const SHARING: usize = 64;

/// Batches before memory is counted: the newest blocks stay as they are.
const WARM_UP: usize = 100;

const BATCHES: usize = 200;

/// Bytes.
const MOST: usize = 2_500;

const NOW: u64 = 1_900_000_000_000_000_000;
