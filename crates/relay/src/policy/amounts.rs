//! Amounts as a policy writes them: with a unit, as text.

use keyway::{Gas, NearToken, parse_gas, parse_near};
use serde::de::{Deserialize, Deserializer, Error};

/// Reads an amount such as "0.1 NEAR".
pub(crate) fn near<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NearToken, D::Error> {
    parse_near(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Reads an amount of gas such as "30 Tgas".
pub(crate) fn gas<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Gas, D::Error> {
    parse_gas(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}
