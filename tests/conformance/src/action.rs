//! The bytes of actions. In a scenario an action is `"CreateAccount"` or `{"Kind": {fields}}`
//! with the protocol's names; keys are labels, bytes base64, amounts yoctoNEAR in decimal.

use serde_json::Value;

use crate::fields::{Malformed, bytes, list, number, number64, text, variant};
use crate::key::key;
use crate::wire;

/// Gas of a function call whose scenario names none: 30 Tgas.
const CALL_GAS: u64 = 30_000_000_000_000;

/// What a delegate action needs from the chain before it can be signed.
pub(crate) trait SignDelegate {
    /// The signed delegate of this description, in wire form.
    fn sign(&mut self, kind: &str, delegate: &Value) -> Result<Vec<u8>, Malformed>;
}

pub(crate) fn actions(
    described: &[Value],
    delegates: &mut dyn SignDelegate,
) -> Result<Vec<u8>, Malformed> {
    let encoded: Result<Vec<_>, _> = described.iter().map(|a| action(a, delegates)).collect();
    Ok(wire::list(&encoded?))
}

fn action(described: &Value, delegates: &mut dyn SignDelegate) -> Result<Vec<u8>, Malformed> {
    let (kind, f) = variant(described)?;
    let (tag, fields) = match kind {
        "CreateAccount" => (0, Vec::new()),
        "DeployContract" => (1, wire::blob(&bytes(f, "code")?)),
        "FunctionCall" => (2, function_call(f)?),
        "Transfer" => (3, amount(f, "deposit")?),
        "Stake" => (4, [amount(f, "stake")?, public_key(f)?].concat()),
        "AddKey" => (5, add_key(f)?),
        "DeleteKey" => (6, public_key(f)?),
        "DeleteAccount" => (7, wire::text(text(f, "beneficiary_id")?)),
        "Delegate" => (8, delegates.sign(kind, f)?),
        "DeployGlobalContract" => (9, deploy_global(f)?),
        "UseGlobalContract" => (10, contract_identifier(&f["contract_identifier"])?),
        "TransferToGasKey" => (12, [public_key(f)?, amount(f, "deposit")?].concat()),
        "WithdrawFromGasKey" => (13, [public_key(f)?, amount(f, "amount")?].concat()),
        "DelegateV2" => (14, delegates.sign(kind, f)?),
        other => return Err(Malformed(format!("unknown action {other}"))),
    };
    Ok(wire::tagged(tag, &fields))
}

fn function_call(f: &Value) -> Result<Vec<u8>, Malformed> {
    Ok([
        wire::text(text(f, "method_name")?),
        wire::blob(&bytes(f, "args")?),
        number64(f, "gas", CALL_GAS)?.to_le_bytes().to_vec(),
        amount(f, "deposit")?,
    ]
    .concat())
}

fn add_key(f: &Value) -> Result<Vec<u8>, Malformed> {
    let nonce = number64(f, "nonce", 0)?.to_le_bytes().to_vec();
    Ok([public_key(f)?, nonce, permission(&f["permission"])?].concat())
}

fn deploy_global(f: &Value) -> Result<Vec<u8>, Malformed> {
    let mode = u8::from(text(f, "deploy_mode")? != "CodeHash");
    Ok([wire::blob(&bytes(f, "code")?), vec![mode]].concat())
}

fn contract_identifier(described: &Value) -> Result<Vec<u8>, Malformed> {
    let (kind, body) = variant(described)?;
    let value = body.as_str().unwrap_or_default();
    if kind != "CodeHash" {
        return Ok(wire::tagged(1, &wire::text(value)));
    }
    let hash = bs58::decode(value).into_vec().map_err(|e| Malformed(format!("{value}: {e}")))?;
    Ok(wire::tagged(0, &hash))
}

fn permission(described: &Value) -> Result<Vec<u8>, Malformed> {
    let (kind, f) = variant(described)?;
    match kind {
        "FunctionCall" => Ok(wire::tagged(0, &call_permission(f)?)),
        "FullAccess" => Ok(vec![1]),
        "GasKeyFunctionCall" => {
            let rest = [gas_key(f)?, call_permission(&f["permission"])?].concat();
            Ok(wire::tagged(2, &rest))
        }
        "GasKeyFullAccess" => Ok(wire::tagged(3, &gas_key(f)?)),
        other => Err(Malformed(format!("unknown permission {other}"))),
    }
}

fn call_permission(f: &Value) -> Result<Vec<u8>, Malformed> {
    let allowance = match f["allowance"] {
        Value::Null => None,
        _ => Some(amount(f, "allowance")?),
    };
    let none = Vec::new();
    let names: Vec<_> = f["method_names"]
        .as_array()
        .unwrap_or(&none)
        .iter()
        .map(|name| wire::text(name.as_str().unwrap_or_default()))
        .collect();
    Ok([wire::option(allowance), wire::text(text(f, "receiver_id")?), wire::list(&names)].concat())
}

fn gas_key(f: &Value) -> Result<Vec<u8>, Malformed> {
    let nonces = u16::try_from(number64(f, "num_nonces", 0)?)
        .map_err(|_| Malformed(format!("num_nonces above 65535 in {f}")))?;
    Ok([amount(f, "balance")?, nonces.to_le_bytes().to_vec()].concat())
}

fn public_key(f: &Value) -> Result<Vec<u8>, Malformed> {
    Ok(key(text(f, "public_key")?)?.encode())
}

fn amount(f: &Value, field: &str) -> Result<Vec<u8>, Malformed> {
    Ok(number(f, field, 0)?.to_le_bytes().to_vec())
}

/// The actions of a step.
pub(crate) fn described(step: &Value) -> Result<&[Value], Malformed> {
    list(step, "actions")
}
