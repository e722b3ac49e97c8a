//! Nodes at different heights behind one client.

use crate::node::{Node, key_pair};
use keyway::transport::{Exchange, InProcess, Reply, Request, Transport, TransportError, Trouble};
use keyway::{Client, NearLiteral, Signer, transfer};
use keyway_chain::Input;
use keyway_rpc::Service;
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_behind_cannot_say_that_a_transaction_never_ran() {
    let (node, behind) = (Node::start(), Node::start());
    let pair = Pair {
        ahead: InProcess::new(node.service.clone()),
        behind: InProcess::new(behind.service.clone()),
        chain: node.service.clone(),
        sent: AtomicU32::new(0),
        asked: AtomicU32::new(0),
        looked_up: AtomicU32::new(0),
    };
    let alice =
        Signer::new(Client::with_transport(pair), "alice.near", key_pair("alice.near")).unwrap();
    alice.execute(transfer(1.near()).to("bob.near")).await.unwrap();
    assert_eq!(node.balance("bob.near").await, 1_000_001.near().as_yoctonear());
}

/// The first answer is lost. The next one is that the nonce is used, and the first two look-ups reach the node that is
/// behind.
#[derive(Debug)]
struct Pair {
    ahead: InProcess,
    behind: InProcess,
    chain: Service,
    sent: AtomicU32,
    asked: AtomicU32,
    looked_up: AtomicU32,
}

impl Transport for Pair {
    fn send<'a>(&'a self, request: &'a Request) -> Exchange<'a> {
        Box::pin(self.exchange(String::from_utf8_lossy(&request.body).into_owned(), request))
    }
}

impl Pair {
    async fn exchange(&self, text: String, request: &Request) -> Result<Reply, TransportError> {
        let before = |counter: &AtomicU32| counter.fetch_add(1, Ordering::Relaxed);
        if text.contains("\"send_tx\"") && before(&self.sent) == 0 {
            self.ahead.send(request).await?;
            let blocks = Input::FastForward { delta_height: 5, block_delay_ns: 600_000_000 };
            self.chain.node().apply(blocks).unwrap();
            return Err(lost());
        }
        if !text.contains("EXPERIMENTAL_tx_status") {
            return self.ahead.send(request).await;
        }
        if text.contains("signed_tx_base64") {
            return match before(&self.asked) {
                0 => Ok(used_nonce()),
                _ => self.ahead.send(request).await,
            };
        }
        match before(&self.looked_up) {
            0 | 1 => Ok(Reply { endpoint: 1, ..self.behind.send(request).await? }),
            _ => self.ahead.send(request).await,
        }
    }
}

fn lost() -> TransportError {
    let (endpoint, trouble) = ("ahead".to_owned(), Trouble::Broken("cut".to_owned()));
    TransportError { endpoint, attempts: 1, trouble, may_have_arrived: true }
}

fn used_nonce() -> Reply {
    let invalid = json!({"InvalidNonce": {"tx_nonce": 1, "ak_nonce": 1}});
    let answer = json!({"jsonrpc": "2.0", "id": "keyway", "error": {
        "name": "HANDLER_ERROR", "cause": {"name": "INVALID_TRANSACTION", "info": {}},
        "message": "Server error", "data": {"TxExecutionError": {"InvalidTxError": invalid}}}});
    Reply { body: answer.to_string().into_bytes(), repeated: false, endpoint: 0 }
}
