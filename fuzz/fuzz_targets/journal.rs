//! The journal's records: as bytes, and as bodies whose length and checksum are right.
//!
//! What decodes encodes again, and a chain takes or refuses it.

#![no_main]

use keyway_chain::Records;
use keyway_fuzz::{checksum, start};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, rest)) = bytes.split_first() else { return };
    if first.is_multiple_of(2) {
        for synced in [0, u64::from(first)] {
            Records::new(rest, 0).synced(synced).for_each(drop);
        }
        return;
    }
    let mut chain = start(88);
    for body in rest.chunks(1 + usize::from(first) * 64) {
        let framed = framed(body);
        let Some(Ok((record, end))) = Records::new(&framed[..], 0).next() else { continue };
        assert_eq!(end, framed.len() as u64);
        let again = record.encode().expect("what was read can be written");
        let (same, _) = Records::new(&again[..], 0).next().expect("one").expect("it is sound");
        assert_eq!(same, record);
        let head = chain.head().height();
        if chain.apply(record.input, record.now_ns).is_err() {
            assert_eq!(chain.head().height(), head, "a refused input seals nothing");
        }
    }
});

/// The body as a record: its length twice, the record format, and its checksum.
fn framed(body: &[u8]) -> Vec<u8> {
    let body = [&[3], body].concat();
    let length = u32::try_from(body.len()).expect("inputs are short");
    let (length, twice) = (length.to_le_bytes(), (!length).to_le_bytes());
    [&length[..], &twice, &body, &checksum(&body)].concat()
}
