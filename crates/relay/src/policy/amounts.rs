//! Amounts as a policy writes them: with a unit, as text.

use super::shown;
use keyway::{Gas, NearToken, parse_near};
use serde::de::{Deserialize, Deserializer, Error};

/// Reads an amount such as "0.1 NEAR".
pub(super) fn near<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NearToken, D::Error> {
    parse_near(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Reads an amount of gas such as "30 Tgas".
pub(super) fn gas<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Gas, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.trim().parse().map_err(|_| {
        let text = shown(&text);
        D::Error::custom(format_args!("\"{text}\" is not an amount of gas; write \"30 Tgas\""))
    })
}
