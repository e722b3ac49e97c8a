//! Requests, from bytes to values.

use crate::{Account, Hand, Problem, World, base64};
use borsh::BorshDeserialize;
use keyway_node::{Node, WallClock};
use keyway_rpc::{Service, Settings};
use near_jsonrpc_primitives::message::Request;
use near_jsonrpc_primitives::types::transactions::RpcSendTransactionRequest;
use near_primitives::serialize::from_base64;
use near_primitives::transaction::SignedTransaction;
use serde_json::{Value, json};

pub(super) fn take(hand: &mut impl Hand, world: &World) -> Result<(), Problem> {
    let encoded = base64(&world.transfer()?);
    hand.take("decode/a signed transfer from base64", || {
        Ok(SignedTransaction::try_from_slice(&from_base64(&encoded)?)?)
    })?;
    let body = body("send_tx", &json!({"signed_tx_base64": encoded, "wait_until": "FINAL"}));
    hand.take("decode/a JSON-RPC request with that transfer", || {
        let Request { params, .. } = serde_json::from_slice(&body)?;
        Ok(serde_json::from_value::<RpcSendTransactionRequest>(params)?)
    })?;
    answer(hand, world)
}

/// A whole request that needs no block: decoded, looked up, encoded.
fn answer(hand: &mut impl Hand, world: &World) -> Result<(), Problem> {
    let account = Account::development();
    let query = json!({
        "request_type": "view_access_key",
        "finality": "final",
        "account_id": account.id,
        "public_key": account.public_key(),
    });
    let body = body("query", &query);
    let service =
        Service::new(Node::in_memory(world.chain.clone(), WallClock), Settings::default());
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    hand.take("decode/answer view_access_key, without HTTP", || {
        let answer = runtime.block_on(service.answer(&body));
        let good = answer.body.starts_with(RESULT);
        good.then_some(answer).ok_or_else(|| "the query was refused".into())
    })
}

fn body(method: &str, params: &Value) -> Vec<u8> {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string().into()
}

const RESULT: &[u8] = br#"{"jsonrpc":"2.0","result":"#;
