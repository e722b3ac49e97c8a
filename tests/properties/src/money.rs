//! All tokens of a chain: on accounts, in gas keys, and under way in receipts.

use borsh::BorshDeserialize;
use keyway_rules::{Protocol, transaction_cost};
use keyway_state::{Trie, records};
use near_crypto::{KeyType, PublicKey};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{Receipt, VersionedReceiptEnum};
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::{Transaction, TransactionV0};
use near_primitives::trie_key::col;
use near_primitives::types::Balance;
use std::ops::ControlFlow;

/// Tokens in `state` and in receipts `under_way` to the next block, yoctoNEAR.
pub fn total(protocol: &Protocol, state: &Trie, under_way: &[Receipt]) -> u128 {
    let waiting: u128 = yielded(state).iter().map(|receipt| carried(protocol, receipt)).sum();
    let resting: u128 =
        records(state).map(|record| tokens(protocol, &record.expect("the state decodes"))).sum();
    let moving: u128 = under_way.iter().map(|receipt| carried(protocol, receipt)).sum();
    resting + waiting + moving
}

fn tokens(protocol: &Protocol, record: &StateRecord) -> u128 {
    match record {
        StateRecord::Account { account, .. } => {
            account.amount().as_yoctonear() + account.locked().as_yoctonear()
        }
        StateRecord::AccessKey { access_key, .. } => {
            access_key.gas_key_info().map_or(0, |info| info.balance.as_yoctonear())
        }
        StateRecord::PostponedReceipt(receipt) => carried(protocol, receipt),
        StateRecord::DelayedReceipt(delayed) => carried(protocol, &delayed.receipt),
        _ => 0,
    }
}

/// Receipts that wait to be resumed: they are no records.
fn yielded(state: &Trie) -> Vec<Receipt> {
    let mut receipts = Vec::new();
    state
        .scan(&[col::PROMISE_YIELD_RECEIPT], None, &mut |_, value| {
            receipts.push(Receipt::try_from_slice(value).expect("a yielded receipt decodes"));
            ControlFlow::Continue(())
        })
        .expect("the state can be read");
    receipts
}

/// What a receipt carries: deposits, and the gas that was bought for it at its price.
fn carried(protocol: &Protocol, receipt: &Receipt) -> u128 {
    let (VersionedReceiptEnum::Action(action) | VersionedReceiptEnum::PromiseYield(action)) =
        receipt.versioned_receipt()
    else {
        return 0;
    };
    // The gas that a transaction with these actions would buy for its receipt.
    let transaction = Transaction::V0(TransactionV0 {
        signer_id: receipt.predecessor_id().clone(),
        public_key: PublicKey::empty(KeyType::ED25519),
        nonce: 0,
        receiver_id: receipt.receiver_id().clone(),
        block_hash: CryptoHash::default(),
        actions: action.actions().to_vec(),
    });
    let cost = transaction_cost(&protocol.config, &transaction, Balance::ZERO)
        .expect("the receipt was paid for");
    let gas = u128::from(cost.gas_bought.as_gas());
    cost.deposit.as_yoctonear() + gas * action.gas_price().as_yoctonear()
}
