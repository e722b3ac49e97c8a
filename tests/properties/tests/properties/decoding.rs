//! Bytes from outside never panic: what decodes as a transaction is judged, and encodes back.

use borsh::BorshDeserialize;
use keyway_engine::check_state;
use keyway_property_tests::strategy::{accounts, transaction};
use keyway_property_tests::{Bench, cases, protocol};
use keyway_rules::check_form;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::Balance;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn any_bytes(mut bytes in vec(any::<u8>(), 0..600), version in 84_u32..=88, id in 2_u8..20) {
        judge(&bytes, version)?;
        // Bytes that get past the signer's id.
        let mut start = u32::from(id).to_le_bytes().to_vec();
        start.extend(std::iter::repeat_n(b'a', usize::from(id)));
        bytes.splice(0..0, start);
        judge(&bytes, version)?;
    }
}

proptest! {
    #![proptest_config(cases(2500))]

    #[test]
    fn damaged_transactions(
        plans in accounts(),
        plan in transaction(),
        version in 84_u32..=88,
        damage in vec((any::<Index>(), any::<u8>()), 0..4),
        cut in prop::option::weighted(0.2, any::<Index>()),
    ) {
        let bench = Bench::new(&plans, version);
        let mut bytes = borsh::to_vec(&bench.transaction(&plan)).unwrap();
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        judge(&bytes, version)?;
        if let Ok(tx) = SignedTransaction::try_from_slice(&bytes) {
            let price = Balance::from_yoctonear(100_000_000);
            let verdict = check_state(&bench.state, &bench.protocol, price, Some(bench.height), &tx);
            prop_assert!(verdict.is_ok(), "the state was found corrupt: {:?}", verdict);
        }
    }
}

fn judge(bytes: &[u8], version: u32) -> Result<(), TestCaseError> {
    let Ok(tx) = SignedTransaction::try_from_slice(bytes) else { return Ok(()) };
    let _ = check_form(&protocol(version), &tx);
    prop_assert_eq!(borsh::to_vec(&tx).unwrap(), bytes);
    Ok(())
}
