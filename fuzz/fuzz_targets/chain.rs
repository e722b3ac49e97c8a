//! A node under arbitrary requests, patches, transactions and jumps.
//!
//! After each: the chain still seals, no token appears or disappears, and no answer is malformed. At
//! the end: the same inputs on the same genesis give the same block and the same state root.

#![no_main]

use keyway_fuzz::story::Story;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, bytes)) = bytes.split_first() else { return };
    let mut story = Story::new(84 + u32::from(first) % 5);
    for step in keyway_fuzz::story::steps(bytes) {
        story.take(&step);
    }
    story.assert_replays();
});
