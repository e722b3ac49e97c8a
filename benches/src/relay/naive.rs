//! The relayer that everybody writes first: one key, the nonce in memory, no store.

use super::{Found, Options, locked, next, relayer};
use crate::clock;
use crate::http::Connection;
use keyway_bench::{Problem, base64};
use near_primitives::action::Action;
use near_primitives::action::delegate::SignedDelegateAction;
use near_primitives::hash::CryptoHash;
use serde_json::json;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Sends everything through one key.
pub(super) fn measure(
    node: SocketAddr,
    options: Options,
    work: VecDeque<SignedDelegateAction>,
) -> Result<(Found, Duration), Problem> {
    let mut connection = Connection::open(node)?;
    let block = connection.call("block", &json!({"finality": "final"}))?;
    let base: CryptoHash = serde_json::from_value(block["header"]["hash"].clone())?;
    let account = Mutex::new(relayer()?);
    let (work, found) = (Mutex::new(work), Mutex::new(Found::default()));
    let begun = clock::now();
    thread::scope(|scope| {
        for _ in 0..options.connections {
            scope.spawn(|| {
                let Ok(mut connection) = Connection::open(node) else { return };
                while let Some(signed) = next(&work) {
                    let sent = clock::now();
                    let sender = signed.delegate_action.sender_id.clone();
                    let action = Action::from(signed);
                    let transaction = locked(&account).sign(sender, base, action);
                    let params =
                        json!({"signed_tx_base64": base64(&transaction), "wait_until": "EXECUTED"});
                    let outcome = connection.call("send_tx", &params);
                    let mut found = locked(&found);
                    match outcome {
                        Ok(outcome) if outcome["status"]["Failure"].is_null() => {
                            found.succeeded += 1;
                            found.latencies.push(sent.elapsed());
                        }
                        other => {
                            found.failed += 1;
                            found
                                .example
                                .get_or_insert(format!("{other:?}").chars().take(300).collect());
                        }
                    }
                }
            });
        }
    });
    let took = begun.elapsed();
    Ok((found.into_inner().unwrap_or_else(PoisonError::into_inner), took))
}
