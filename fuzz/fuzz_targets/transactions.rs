//! Signed transactions and receipts: bytes to values, the rules, and a block that runs what the
//! rules take.
//!
//! What decodes encodes to the same bytes; a block neither panics nor loses a token.

#![no_main]

use borsh::BorshDeserialize;
use keyway_engine::check_state;
use keyway_fuzz::bench;
use keyway_property_tests::{Bench, money};
use keyway_rules::{Verdict, check_form_unsigned};
use libfuzzer_sys::fuzz_target;
use near_primitives::receipt::Receipt;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::Balance;

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, bytes)) = bytes.split_first() else { return };
    let version = 84 + u32::from(first >> 1) % 5;
    if first.is_multiple_of(2) {
        transaction(version, bytes);
    } else if let Ok(receipt) = Receipt::try_from_slice(bytes) {
        // Only the chain itself makes receipts, so they are decoded and no more.
        assert_eq!(borsh::to_vec(&receipt).expect("memory takes all writes"), bytes);
    }
});

fn transaction(version: u32, bytes: &[u8]) {
    let Ok(tx) = SignedTransaction::try_from_slice(bytes) else { return };
    assert_eq!(borsh::to_vec(&tx).expect("memory takes all writes"), bytes);
    let mut bench = bench(version);
    if check_form_unsigned(&bench.protocol, &tx).is_err() {
        return;
    }
    let price = Balance::from_yoctonear(bench.gas_price);
    let verdict = check_state(&bench.state, &bench.protocol, price, Some(bench.height), &tx);
    let taken = !matches!(verdict.expect("the state is sound"), Verdict::Refused(_));
    let mut held = total(&bench);
    let mut transactions = vec![tx];
    while !transactions.is_empty() || bench.is_busy() {
        let output = bench.seal(std::mem::take(&mut transactions));
        let now = total(&bench);
        assert_eq!(held - now, output.balance_burnt.as_yoctonear(), "tokens are lost or made");
        assert!(taken || output.changes.is_empty(), "a refused transaction changes nothing");
        held = now;
    }
}

fn total(bench: &Bench) -> u128 {
    money::total(&bench.protocol, &bench.state, &bench.under_way)
}
