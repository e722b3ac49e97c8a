//! `keyway_mine`: blocks by hand.

use super::Control;
use crate::error::{INVALID_PARAMETER, refused};
use crate::methods::reply::Reply;
use crate::params;
use keyway_chain::Input;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    /// How many.
    #[serde(default = "one")]
    blocks: u64,
}

fn one() -> u64 {
    1
}

/// Seals blocks: `{blocks}`.
pub(in crate::methods) fn mine(control: &Control<'_>, params: Value) -> Reply {
    let Params { blocks } = params::parse(params)?;
    if blocks > MOST {
        let reason = format!("cannot mine {blocks} blocks: at most {MOST} at a time");
        return Err(refused(INVALID_PARAMETER, reason));
    }
    for _ in 0..blocks {
        control.apply(Input::Tick)?;
    }
    control.head()
}

/// How many blocks one request may seal.
const MOST: u64 = 1_000;
