//! Finds the block where a fork begins, and what a chain needs to know about it.

use crate::envelope::{Question, plain};
use crate::error::ForkError;
use crate::pin::{Pin, Validator};
use crate::upstream::{OfBlock, Upstream};
use near_chain_configs::GenesisConfig;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{BlockHeight, EpochHeight, ProtocolVersion};
use near_primitives::views::BlockView;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::fmt;
use std::str::FromStr;

/// Which block a fork begins at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForkBlock {
    /// The newest final block.
    #[default]
    Final,
    /// The final block with this hash.
    Hash(CryptoHash),
    /// The final block at this height.
    Height(BlockHeight),
}

impl FromStr for ForkBlock {
    type Err = String;

    /// Reads `final`, a height, or a hash in base58.
    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.parse(), text.parse()) {
            ("final", _, _) => Ok(Self::Final),
            (_, Ok(height), _) => Ok(Self::Height(height)),
            (_, _, Ok(hash)) => Ok(Self::Hash(hash)),
            _ => Err("neither a height nor a block hash".to_owned()),
        }
    }
}

impl fmt::Display for ForkBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Final => f.write_str("final"),
            Self::Hash(hash) => hash.fmt(f),
            Self::Height(height) => height.fmt(f),
        }
    }
}

/// Asks the network for everything about the block.
///
/// # Errors
/// When the block is not final, or the network does not answer.
pub(crate) async fn find_pin(upstream: &Upstream, wanted: ForkBlock) -> Result<Pin, ForkError> {
    let block = find_block(upstream, wanted).await?;
    let hash = block.header.hash;
    let protocol = question(
        "EXPERIMENTAL_protocol_config",
        json!({"block_id": hash.to_string()}),
        "the protocol's settings",
    );
    let genesis = question("EXPERIMENTAL_genesis_config", json!([]), "the genesis settings");
    let status = question("status", json!([]), "the network's status");
    let (protocol, genesis, status, epoch) = tokio::join!(
        ask::<Map<String, Value>>(upstream, &protocol),
        ask::<Map<String, Value>>(upstream, &genesis),
        ask::<Status>(upstream, &status),
        epoch(upstream, &block),
    );
    let (protocol, epoch) = (protocol?, epoch?);
    let protocol_version = protocol.get("protocol_version").and_then(Value::as_u64);
    let protocol_version =
        protocol_version.and_then(|version| ProtocolVersion::try_from(version).ok());
    let unusable = |what: &str, why: String| ForkError::CannotAnswer {
        what: what.to_owned(),
        trouble: plain(&why),
        unclear: false,
    };
    let genesis = current(genesis?, &protocol);
    let genesis: GenesisConfig = serde_json::from_value(Value::Object(genesis))
        .map_err(|error| unusable("the genesis settings", error.to_string()))?;
    let status = status?;
    // Of these answers only one names the block. An endpoint of another network would show here.
    let chain_ids = [protocol.get("chain_id").and_then(Value::as_str), Some(&status.chain_id)];
    if let Some(other) = chain_ids.into_iter().flatten().find(|id| *id != genesis.chain_id) {
        let (one, other) = (plain(&genesis.chain_id), plain(other));
        return Err(ForkError::TwoChains { one, other });
    }
    Ok(Pin {
        genesis,
        genesis_hash: status.genesis_hash,
        protocol_version: protocol_version.ok_or_else(|| {
            unusable("the protocol's settings", "no protocol version in them".to_owned())
        })?,
        epoch_height: epoch.epoch_height,
        epoch_start_height: epoch.epoch_start_height,
        validators: epoch.current_validators,
        next_validators: epoch.next_validators,
        block,
    })
}

async fn find_block(upstream: &Upstream, wanted: ForkBlock) -> Result<BlockView, ForkError> {
    let newest = question("block", json!({"finality": "final"}), "the newest final block");
    let newest: BlockView = ask(upstream, &newest).await?;
    let at_height = |height: BlockHeight| async move {
        let what = format!("the block at height {height}");
        let question = question("block", json!({"block_id": height}), &what);
        let of_height = |block: &Plain<BlockView>| match block.0.header.height {
            found if found == height => Ok(()),
            found => Err(format!("block {found} instead of block {height}")),
        };
        ask_checked(upstream, &question, of_height).await
    };
    let (newest_height, not_final) = (newest.header.height, |block: &dyn fmt::Display| {
        ForkError::NotFinal { block: block.to_string(), newest: newest.header.height }
    });
    match wanted {
        ForkBlock::Final => Ok(newest),
        ForkBlock::Height(height) if height > newest_height => Err(not_final(&height)),
        ForkBlock::Height(height) => at_height(height).await,
        ForkBlock::Hash(hash) if hash == newest.header.hash => Ok(newest),
        ForkBlock::Hash(hash) => {
            let what = format!("block {hash}");
            let question = question("block", json!({"block_id": hash.to_string()}), &what);
            let same = |block: &Plain<BlockView>| match block.0.header.hash == hash {
                true => Ok(()),
                false => Err(format!("block {} instead of block {hash}", block.0.header.hash)),
            };
            let block = ask_checked(upstream, &question, same).await?;
            let height = block.header.height;
            // A block that was never final can still be known by its hash.
            let is_final = height <= newest_height && at_height(height).await?.header.hash == hash;
            if is_final { Ok(block) } else { Err(not_final(&hash)) }
        }
    }
}

/// The epoch of a block, with its validators: the head's, or, for an older block, by its id.
async fn epoch(upstream: &Upstream, block: &BlockView) -> Result<Epoch, ForkError> {
    let what = format!("the validators at block {}", block.header.hash);
    let newest = question("validators", json!([null]), &what);
    let of_head: Epoch = ask(upstream, &newest).await?;
    if of_head.epoch_start_height <= block.header.height {
        return Ok(of_head);
    }
    let epoch_id = block.header.epoch_id.to_string();
    let older = question("validators", json!({"epoch_id": epoch_id}), &what);
    // The first epoch has the genesis block's id, and begins with the block after it.
    let is_genesis = block.header.prev_hash == CryptoHash::default();
    let mut epoch = ask_checked(upstream, &older, |epoch: &Plain<Epoch>| {
        match epoch.0.epoch_start_height <= block.header.height || is_genesis {
            true => Ok(()),
            false => Err("the validators of another epoch".to_owned()),
        }
    })
    .await?;
    epoch.epoch_start_height = epoch.epoch_start_height.min(block.header.height);
    Ok(epoch)
}

/// The genesis settings with the numbers that hold at the block: some were changed since.
fn current(mut genesis: Map<String, Value>, protocol: &Map<String, Value>) -> Map<String, Value> {
    for name in CHANGEABLE {
        if let (Some(old), Some(new)) = (genesis.get_mut(name), protocol.get(name)) {
            *old = new.clone();
        }
    }
    genesis
}

/// Settings that the protocol's versions changed, with the same names and forms in both answers.
const CHANGEABLE: [&str; 17] = [
    "block_producer_kickout_threshold",
    "chunk_producer_kickout_threshold",
    "epoch_length",
    "fishermen_threshold",
    "gas_limit",
    "gas_price_adjustment_rate",
    "max_gas_price",
    "max_inflation_rate",
    "min_gas_price",
    "minimum_stake_divisor",
    "minimum_stake_ratio",
    "num_block_producer_seats",
    "num_blocks_per_year",
    "online_max_threshold",
    "online_min_threshold",
    "protocol_reward_rate",
    "transaction_validity_period",
];

fn question(method: &'static str, params: Value, what: &str) -> Question {
    Question { method, params, what: what.to_owned() }
}

async fn ask<R: DeserializeOwned>(
    upstream: &Upstream,
    question: &Question,
) -> Result<R, ForkError> {
    ask_checked(upstream, question, |_| Ok(())).await
}

async fn ask_checked<R: DeserializeOwned>(
    upstream: &Upstream,
    question: &Question,
    check: impl Fn(&Plain<R>) -> Result<(), String>,
) -> Result<R, ForkError> {
    let answer = upstream.ask::<Plain<R>>(question, None, check).await?;
    answer.result.map(|Plain(result)| result).ok_or_else(|| ForkError::CannotAnswer {
        what: question.what.clone(),
        trouble: "it says that there is none".to_owned(),
        unclear: false,
    })
}

/// An answer that belongs to no state.
#[derive(Deserialize)]
#[serde(transparent)]
#[serde(bound = "R: DeserializeOwned")]
struct Plain<R>(R);

impl<R> OfBlock for Plain<R> {
    fn block_hash(&self) -> Option<&str> {
        None
    }
}

#[derive(Deserialize)]
struct Status {
    chain_id: String,
    genesis_hash: CryptoHash,
}

/// `validators`.
#[derive(Deserialize)]
struct Epoch {
    epoch_height: EpochHeight,
    epoch_start_height: BlockHeight,
    current_validators: Vec<Validator>,
    next_validators: Vec<Validator>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_named_by_height_or_hash() {
        assert_eq!("final".parse(), Ok(ForkBlock::Final));
        assert_eq!("12".parse(), Ok(ForkBlock::Height(12)));
        let hash = CryptoHash([9; 32]);
        assert_eq!(hash.to_string().parse(), Ok(ForkBlock::Hash(hash)));
        assert!("yesterday".parse::<ForkBlock>().is_err());
        for block in [ForkBlock::Final, ForkBlock::Height(3), ForkBlock::Hash(hash)] {
            assert_eq!(block.to_string().parse(), Ok(block));
        }
    }

    #[test]
    fn settings_are_those_of_the_block() {
        let map = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap();
        let genesis = map(r#"{"epoch_length":500,"protocol_version":29,"only_here":1}"#);
        let protocol = map(r#"{"epoch_length":600,"protocol_version":86,"only_there":1}"#);
        let now = current(genesis, &protocol);
        assert_eq!(now, map(r#"{"epoch_length":600,"protocol_version":29,"only_here":1}"#));
    }
}
