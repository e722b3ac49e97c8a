//! Signers whose lanes have just read their nonce from the chain.

use crate::node::Node;
use keyway::{NearLiteral, transfer};
use keyway_rpc::Settings;
use std::time::Duration;

/// The node waits for transactions whose nonces are in a small gap. The gap that a new signer leaves
/// was such a one if the key had been used a few milliseconds before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_signers_first_transaction_does_not_wait_for_the_nonces_it_leaves_free() {
    let gap_wait = Duration::from_secs(3_600);
    let node = Node::with(Settings { gap_wait, ..Settings::default() });
    for _ in 0..20 {
        let alice = node.signer("alice.near");
        let sent = alice.execute(transfer(1.near()).to("bob.near"));
        tokio::time::timeout(Duration::from_secs(60), sent).await.unwrap().unwrap();
    }
}
