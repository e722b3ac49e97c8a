//! Numbers and bytes as JavaScript and Python write them.

use crate::problem::Problem;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyway::{Gas, NearLiteral, NearToken, parse_near};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

/// An amount of NEAR: `"0.25 NEAR"`, or an [`Integer`] of yoctoNEAR. The error is reported when it is used.
#[derive(Clone, Debug)]
pub struct Amount(Result<NearToken, Problem>);

impl Amount {
    /// The amount.
    ///
    /// # Errors
    /// If it is not an amount.
    pub fn get(&self) -> Result<NearToken, Problem> {
        self.0.clone()
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if let Value::String(text) = &value {
            return Ok(Self(parse_near(text).map_err(Problem::from)));
        }
        let integer = whole(&value).map(|yocto| yocto.yoctonear().unwrap_or(NearToken::ZERO));
        Ok(Self(integer.ok_or_else(|| {
            let kind = "Argument.Amount.Invalid";
            let how = "write text with a unit, as in \"0.25 NEAR\", or an integer of yoctoNEAR";
            Problem::argument(kind, format!("{value} is not an amount of NEAR: {how}"))
        })))
    }
}

/// An amount of gas: `"30 Tgas"`, or an [`Integer`] of gas units. The error is reported when it is used.
#[derive(Clone, Debug)]
pub struct GasAmount(Result<Gas, Problem>);

impl GasAmount {
    /// The gas.
    ///
    /// # Errors
    /// If it is not an amount of gas.
    pub fn get(&self) -> Result<Gas, Problem> {
        self.0.clone()
    }
}

impl<'de> Deserialize<'de> for GasAmount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let gas = match &value {
            Value::String(text) => gas_of(text),
            other => whole(other).and_then(|gas| u64::try_from(gas).ok()),
        };
        Ok(Self(gas.map(Gas::from_gas).ok_or_else(|| {
            let how = "write text with a unit, as in \"30 Tgas\", or an integer of gas units";
            let message = format!("{value} is not an amount of gas: {how}");
            Problem::argument("Argument.Gas.Invalid", message)
        })))
    }
}

/// Gas units in `30 Tgas`, `500 Ggas` or `7 gas`; none for anything else, and if they overflow.
fn gas_of(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
    let decimals: usize = match unit.to_ascii_lowercase().as_str() {
        "tgas" => 12,
        "ggas" => 9,
        "gas" => 0,
        _ => return None,
    };
    let number = number.trim();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let zeros = "0".repeat(decimals.checked_sub(fraction.len())?);
    format!("{whole}{fraction}{zeros}").parse().ok()
}

/// A whole number of any size: `{"integer": "…"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integer(pub u128);

impl Integer {
    /// The number of what `name` counts.
    ///
    /// # Errors
    /// If it is above 2^64 - 1.
    pub fn as_u64(self, name: &str) -> Result<u64, Problem> {
        u64::try_from(self.0).map_err(|_| {
            let message = format!("{name} is {}, above the limit of {}", self.0, u64::MAX);
            Problem::argument("Argument.OutOfRange", message)
        })
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let number = whole(&value).or_else(|| value.as_u64().map(u128::from));
        number.map(Self).ok_or_else(|| {
            D::Error::custom(format!("{value} is not a whole number from 0 to {}", u128::MAX))
        })
    }
}

impl Serialize for Integer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(INTEGER, &self.0.to_string())?;
        map.end()
    }
}

impl From<NearToken> for Integer {
    fn from(amount: NearToken) -> Self {
        Self(amount.as_yoctonear())
    }
}

impl From<Gas> for Integer {
    fn from(gas: Gas) -> Self {
        Self(gas.as_gas().into())
    }
}

fn whole(value: &Value) -> Option<u128> {
    let digits = value.as_object().filter(|object| object.len() == 1)?.get(INTEGER)?.as_str()?;
    digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Bytes as base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// Bytes as the text that they are read from.
    #[must_use]
    pub fn text(bytes: &[u8]) -> String {
        STANDARD.encode(bytes)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text);
        bytes.map(Self).map_err(|error| D::Error::custom(format!("not base64: {error}")))
    }
}

/// `value` with each amount and each amount of gas as an [`Integer`]. Protocol types write them as decimal text, which
/// could also be a name, so they are found by the names of their fields.
#[must_use]
pub fn integers(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(fields.into_iter().map(field).collect()),
        Value::Array(items) => items.into_iter().map(integers).collect(),
        other => other,
    }
}

fn field((name, value): (String, Value)) -> (String, Value) {
    let value = match &value {
        Value::String(text) if NUMBERS.contains(&name.as_str()) => {
            text.parse().map_or_else(|_| value.clone(), |number| json!(Integer(number)))
        }
        Value::Number(number) if NUMBERS.contains(&name.as_str()) => {
            number.as_u64().map_or_else(|| value.clone(), |number| json!(Integer(number.into())))
        }
        _ => integers(value),
    };
    (name, value)
}

/// An object of these fields.
pub(crate) fn object<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

const INTEGER: &str = "integer";

/// The fields that are amounts of yoctoNEAR, amounts of gas, nonces or nanoseconds.
const NUMBERS: [&str; 31] = [
    "allowance",
    "amount",
    "asked_ns",
    "balance",
    "bought",
    "burnt",
    "cost",
    "deposit",
    "funds",
    "gas",
    "gas_bought",
    "gas_budget",
    "gas_burnt",
    "had",
    "key_nonce",
    "largest_gas",
    "left",
    "limit",
    "locked",
    "minimum",
    "missing",
    "needed",
    "nonce",
    "now_ns",
    "refund",
    "required",
    "spent_per_call",
    "stake",
    "tokens_burnt",
    "total",
    "upper_bound",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(value: Value) -> Result<u128, String> {
        let amount: Amount = serde_json::from_value(value).unwrap();
        amount.get().map(|amount| amount.as_yoctonear()).map_err(|problem| problem.message)
    }

    fn gas(value: Value) -> Result<u64, String> {
        let gas: GasAmount = serde_json::from_value(value).unwrap();
        gas.get().map(|gas| gas.as_gas()).map_err(|problem| problem.message)
    }

    #[test]
    fn amounts_are_text_with_a_unit_or_integers() {
        assert_eq!(amount(json!("0.25 NEAR")), Ok(250 * 10_u128.pow(21)));
        assert_eq!(amount(json!({"integer": u128::MAX.to_string()})), Ok(u128::MAX));
        for wrong in
            [json!(5), json!(0.5), json!(null), json!({"integer": "-1"}), json!({"integer": "+1"})]
        {
            let message = amount(wrong.clone()).unwrap_err();
            assert!(
                message.contains("\"0.25 NEAR\"") && message.starts_with(&wrong.to_string()),
                "{message}"
            );
        }
        assert!(amount(json!("5")).unwrap_err().contains("it has no unit"));
    }

    #[test]
    fn gas_is_text_with_a_unit_or_an_integer() {
        assert_eq!(gas(json!("30 Tgas")), Ok(30_000_000_000_000));
        assert_eq!(gas(json!("0.5Tgas")), Ok(500_000_000_000));
        assert_eq!(gas(json!({"integer": "7"})), Ok(7));
        for wrong in
            ["30", "Tgas", "1.5 gas", "-1 Tgas", "1e3 Tgas", "18446745 Tgas", "5 NEAR", "é"]
        {
            assert!(gas(json!(wrong)).unwrap_err().contains("\"30 Tgas\""), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_marked_by_name_and_names_of_digits_are_not() {
        let value = json!({"signer_id": "12", "balance": "12", "in": [{"gas": 3}], "nonce": "x"});
        let marked = json!({
            "signer_id": "12",
            "balance": {"integer": "12"},
            "in": [{"gas": {"integer": "3"}}],
            "nonce": "x",
        });
        assert_eq!(integers(value), marked);
    }
}
