//! Parses values written by people.

use super::key_name::KeyName;
use keyway::{Gas, NearToken, format_gas};
use near_crypto::PublicKeyHandle;

/// An amount with its unit: `0.25 NEAR`, `250 milliNEAR`, `1 yoctoNEAR`.
///
/// # Errors
/// For any other text.
pub(crate) fn parse_near(text: &str) -> Result<NearToken, String> {
    if text.contains(['"', '\'']) {
        return Err("it contains quotes: leave them out".to_owned());
    }
    keyway::parse_near(text).map_err(|error| error.sentence())
}

/// Gas with its unit: `30 Tgas`, `30Tgas`, `500 Ggas`, `7 gas`. A number alone is refused, because
/// it could mean Tgas or gas units.
///
/// # Errors
/// For any other text, or more than 2^64 - 1 units.
pub(crate) fn read_gas(text: &str) -> Result<Gas, String> {
    let text = text.trim();
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number = number.trim();
    let decimals = match unit.to_ascii_lowercase().as_str() {
        "tgas" | "teragas" => 12,
        "ggas" | "gigagas" => 9,
        "gas" => 0,
        "" => return Err(no_unit(number)),
        _ => return Err(format!("`{unit}` is not a unit of gas; write it as in `30 Tgas`")),
    };
    exact(number, decimals).map(Gas::from_gas).ok_or_else(|| {
        "it is not an amount of gas; write it as in `30 Tgas` or `0.5 Tgas`".to_owned()
    })
}

/// The suggestion for a number without a unit.
fn no_unit(number: &str) -> String {
    match exact(number, 0) {
        Some(gas) if gas > MOST_TGAS => {
            let gas = Gas::from_gas(gas);
            format!("`{number}` has no unit; if you mean `{}`, write that", format_gas(gas))
        }
        _ if exact(number, 12).is_some() => {
            format!("`{number}` has no unit; if you mean `{number} Tgas`, write that")
        }
        _ => "it is not an amount of gas; write it as in `30 Tgas`".to_owned(),
    }
}

/// The maximum Tgas of a transaction: a larger number must be gas units.
const MOST_TGAS: u64 = 1_000;

/// A decimal number times `10^decimals`, if that is an integer and does not overflow.
fn exact(number: &str, decimals: usize) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > decimals {
        return None;
    }
    format!("{whole}{fraction}{}", "0".repeat(decimals - fraction.len())).parse().ok()
}

/// A public key: in full, or the hash of a long key as the chain lists it.
///
/// # Errors
/// If it is not a public key. The text is not quoted: it might be a secret key.
pub(crate) fn read_handle(text: &str) -> Result<PublicKeyHandle, String> {
    text.parse().map(|key: KeyName| key.handle())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `--gas 30` bought 30 units of gas, and the call failed.
    #[test]
    fn gas_without_a_unit_is_refused_with_what_is_meant() {
        for (text, meant) in [
            ("30", "`30 Tgas`"),
            (" 300 ", "`300 Tgas`"),
            ("0.5", "`0.5 Tgas`"),
            ("30000000000000", "`30 Tgas`"),
            ("2500000000000", "`2.5 Tgas`"),
        ] {
            let error = read_gas(text).unwrap_err();
            assert!(error.contains(meant) && error.contains(text.trim()), "{error}");
        }
        for text in ["", "-1", "1e13", "30_000", "0x1e"] {
            let error = read_gas(text).unwrap_err();
            assert!(error.ends_with(AS_IN), "{text}: {error}");
        }
    }

    const AS_IN: &str = "write it as in `30 Tgas`";

    #[test]
    fn gas_is_exact() {
        for (text, gas) in [
            ("30 Tgas", 30_000_000_000_000),
            ("30Tgas", 30_000_000_000_000),
            ("0.5 tgas", 500_000_000_000),
            ("1.000000000001 Tgas", 1_000_000_000_001),
            ("500 Ggas", 500_000_000_000),
            ("7 gas", 7),
            ("30000000000000 gas", 30_000_000_000_000),
        ] {
            assert_eq!(read_gas(text), Ok(Gas::from_gas(gas)), "{text}");
        }
        let bad = [
            "",
            "Tgas",
            "-1 Tgas",
            "1.0000000000001 Tgas",
            "1e3",
            "30 NEAR",
            "99999999999 Tgas",
            ".5 Tgas",
        ];
        for text in bad {
            let error = read_gas(text).unwrap_err();
            assert!(error.contains(AS_IN), "{text}: {error}");
        }
    }
}
