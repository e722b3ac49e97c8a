//! Transactions that overtook others of their key.
//!
//! A client may send several transactions of one key at once, and they arrive in any order. nearcore
//! gathers them for a block and sorts them by nonce. Here a transaction runs when it arrives, and
//! the ones that it overtook would be refused. So one whose nonce leaves a gap waits a moment.

use keyway_chain::{Chain, Checked};
use keyway_node::{Node, run_blocking};
use keyway_state::read;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::Nonce;
use std::time::Duration;

/// Waits until the nonce of a transaction is its key's next one, for at most `patience`. What leaves no gap,
/// or would be refused in any case, does not wait.
pub(super) async fn wait_for_turn(node: &Node, checked: &Checked, patience: Duration) {
    let tx = checked.transaction();
    let mut news = node.subscribe();
    let now = node.snapshot();
    let may_wait = || leaves_gap(&now, tx) && now.admit_checked(checked).is_ok();
    if patience.is_zero() || !run_blocking(may_wait) {
        return;
    }
    let still_open = || run_blocking(|| leaves_gap(&node.snapshot(), tx));
    let closed = async { while still_open() && news.changed().await.is_ok() {} };
    // Either way it is the transaction's turn now: a gap may be meant.
    let _closed_or_out_of_patience = tokio::time::timeout(patience, closed).await;
}

fn leaves_gap(chain: &Chain, tx: &SignedTransaction) -> bool {
    let ahead = |last: Nonce| tx.transaction.nonce().nonce().saturating_sub(last);
    last_nonce(chain, tx).is_some_and(|last| (2..=MOST_OVERTAKEN).contains(&ahead(last)))
}

/// A gap of more nonces than this is meant: no client has as many transactions of a key under way, and
/// some take their nonces from the clock.
const MOST_OVERTAKEN: Nonce = 1_000;

/// The last nonce of the key, or of the gas key's row, that `tx` names.
fn last_nonce(chain: &Chain, tx: &SignedTransaction) -> Option<Nonce> {
    let (state, transaction) = (&chain.head().state, &tx.transaction);
    let (signer_id, public_key) = (transaction.signer_id(), transaction.public_key());
    match transaction.nonce().nonce_index() {
        Some(index) => read::gas_key_nonce(state, signer_id, public_key, index).ok()?,
        None => Some(read::access_key(state, signer_id, public_key).ok()??.nonce),
    }
}
