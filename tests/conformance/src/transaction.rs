//! The bytes of transactions and of delegate actions, signed.

use near_primitives::hash::CryptoHash;
use serde_json::Value;

use crate::action::{SignDelegate, actions, described};
use crate::fields::{Malformed, bytes, number64, text};
use crate::key::key;
use crate::wire;

/// Tags that keep the signature of a delegate action apart from that of a transaction.
const DELEGATE_TAG: u32 = (1 << 30) + 366;
const DELEGATE_V2_TAG: u32 = (1 << 30) + 611;

/// A signed transaction in wire form, with its hash.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) bytes: Vec<u8>,
    pub(crate) hash: CryptoHash,
}

/// Signs what a `tx` step describes.
pub(crate) fn signed_transaction(
    step: &Value,
    nonce: u64,
    block_hash: &CryptoHash,
    delegates: &mut dyn SignDelegate,
) -> Result<Signed, Malformed> {
    let signer = [wire::text(text(step, "signer_id")?), public_key(step)?].concat();
    let receiver = wire::text(text(step, "receiver_id")?);
    let actions = actions(described(step)?, delegates)?;
    let block = block_hash.0.to_vec();
    let body = if number64(step, "version", 0)? == 0 {
        [signer, nonce.to_le_bytes().to_vec(), receiver, block, actions].concat()
    } else {
        let nonce = wire_nonce(step, nonce)?;
        [vec![1], signer, nonce, receiver, block, actions, vec![nonce_mode(step)?]].concat()
    };
    let hash = CryptoHash::hash_bytes(&body);
    Ok(Signed {
        bytes: [body, signature(step, &hash)?, bytes(step, "trailing_bytes")?].concat(),
        hash,
    })
}

/// Signs a `Delegate` or, with `kind` `DelegateV2`, the form whose nonce may have an index.
/// It is valid up to block `height`.
pub(crate) fn signed_delegate(
    kind: &str,
    delegate: &Value,
    nonce: u64,
    height: u64,
    inner: &mut dyn SignDelegate,
) -> Result<Vec<u8>, Malformed> {
    let (tag, version, nonce) = match kind {
        "Delegate" => (DELEGATE_TAG, Vec::new(), nonce.to_le_bytes().to_vec()),
        _ => (DELEGATE_V2_TAG, vec![0], wire_nonce(delegate, nonce)?),
    };
    let body = [
        version,
        wire::text(text(delegate, "sender_id")?),
        wire::text(text(delegate, "receiver_id")?),
        actions(described(delegate)?, inner)?,
        nonce,
        height.to_le_bytes().to_vec(),
        public_key(delegate)?,
    ]
    .concat();
    let digest = CryptoHash::hash_bytes(&[&tag.to_le_bytes(), &body[..]].concat());
    Ok([body, signature(delegate, &digest)?].concat())
}

fn wire_nonce(step: &Value, nonce: u64) -> Result<Vec<u8>, Malformed> {
    let nonce = nonce.to_le_bytes();
    if step["nonce_index"].is_null() {
        return Ok(wire::tagged(0, &nonce));
    }
    let index = u16::try_from(number64(step, "nonce_index", 0)?)
        .map_err(|_| Malformed(format!("nonce_index above 65535 in {step}")))?;
    Ok(wire::tagged(1, &[&nonce[..], &index.to_le_bytes()].concat()))
}

fn nonce_mode(step: &Value) -> Result<u8, Malformed> {
    match step["nonce_mode"].as_str() {
        None | Some("monotonic") => Ok(0),
        Some("strict") => Ok(1),
        Some(other) => Err(Malformed(format!("unknown nonce mode {other}"))),
    }
}

/// The signature, by `sign_with` where it is given, spoilt where the step asks for that.
fn signature(step: &Value, digest: &CryptoHash) -> Result<Vec<u8>, Malformed> {
    let label = step["sign_with"].as_str().map_or_else(|| text(step, "public_key"), Ok)?;
    let mut signature = key(label)?.sign(digest);
    if step["corrupt_signature"].as_bool().unwrap_or(false) {
        signature[10] ^= 1;
    }
    Ok(signature)
}

fn public_key(step: &Value) -> Result<Vec<u8>, Malformed> {
    Ok(key(text(step, "public_key")?)?.encode())
}

#[cfg(test)]
mod tests {
    use near_primitives::hash::CryptoHash;
    use serde_json::{Value, json};

    use super::{signed_delegate, signed_transaction};
    use crate::action::SignDelegate;
    use crate::fields::Malformed;

    struct Fixed;

    impl SignDelegate for Fixed {
        fn sign(&mut self, kind: &str, delegate: &Value) -> Result<Vec<u8>, Malformed> {
            signed_delegate(kind, delegate, 12, 34, self)
        }
    }

    /// Every action once, against the bytes of an independent encoder.
    #[test]
    fn all_actions_have_the_protocols_bytes() {
        let delegate = json!({"sender_id": "s", "receiver_id": "r", "public_key": "s/k",
            "actions": [{"Transfer": {"deposit": 1}}]});
        let mut delegate_v2 = delegate.clone();
        delegate_v2["nonce_index"] = json!(2);
        let step = json!({
            "signer_id": "root", "public_key": "root/full", "receiver_id": "x.root", "version": 1,
            "nonce_index": 3, "nonce_mode": "strict", "trailing_bytes": "AAE=",
            "actions": [
                "CreateAccount",
                {"Transfer": {"deposit": "5"}},
                {"AddKey": {"public_key": "ml-dsa-65:a/b", "permission": {"GasKeyFunctionCall": {
                    "num_nonces": 3, "permission": {"receiver_id": "x", "method_names": ["a", "b"],
                    "allowance": "77"}}}}},
                {"AddKey": {"public_key": "secp256k1:a/b", "nonce": 7, "permission":
                    {"GasKeyFullAccess": {"balance": "9", "num_nonces": 3}}}},
                {"DeployGlobalContract": {"code": "AAAA", "deploy_mode": "AccountId"}},
                {"UseGlobalContract": {"contract_identifier":
                    {"CodeHash": "11111111111111111111111111111111"}}},
                {"UseGlobalContract": {"contract_identifier": {"AccountId": "q"}}},
                {"TransferToGasKey": {"public_key": "x", "deposit": "4"}},
                {"WithdrawFromGasKey": {"public_key": "x", "amount": "4"}},
                {"Stake": {"stake": "1", "public_key": "y"}},
                {"DeleteKey": {"public_key": "z"}},
                {"DeleteAccount": {"beneficiary_id": "bb"}},
                {"DeployContract": {"code": "AQI="}},
                {"FunctionCall": {"method_name": "m"}},
                {"Delegate": delegate},
                {"DelegateV2": delegate_v2},
            ],
        });
        let signed = signed_transaction(&step, 99, &CryptoHash([7; 32]), &mut Fixed).unwrap();
        assert_eq!(signed.hash.to_string(), "3k4U3n18SUFQVx1iN5aYsKfkKHRSEM59LMwuVL3MZP33");
        assert_eq!(signed.bytes.len(), 2873);
        let digest = CryptoHash::hash_bytes(&signed.bytes).0;
        assert_eq!(&digest[..4], &[0x3e, 0x6d, 0x0a, 0xc9]);
    }
}
