//! Gas from text.

use crate::amount::shortened;
use crate::error::{ArgumentError, ArgumentProblem, ArgumentSite};
use crate::format::format_gas;
use near_primitives::types::Gas;

/// Reads gas with its unit exactly: `"30 Tgas"`, `"500 Ggas"`, `"7 gas"`. A number alone is an error,
/// because it could mean Tgas or units of gas.
///
/// ```
/// use keyway::{GasLiteral, parse_gas};
/// assert_eq!(parse_gas("30 Tgas")?, 30.tgas());
/// let error = parse_gas("30").unwrap_err().to_string();
/// assert!(error.contains("if you mean `30 Tgas`, write that"), "{error}");
/// # Ok::<(), keyway::ArgumentError>(())
/// ```
///
/// # Errors
/// For any other text, or more than 2^64 - 1 units.
pub fn parse_gas(text: &str) -> Result<Gas, ArgumentError> {
    units(text.trim()).map(Gas::from_gas).map_err(|why| {
        let problem = ArgumentProblem::NotUsable { got: shortened(text), why };
        ArgumentError::new(ArgumentSite::Amount, "gas", problem)
    })
}

fn units(text: &str) -> Result<u64, String> {
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
    exact(number, decimals).ok_or_else(|| {
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

/// A decimal number times `10^decimals`, if that is an integer and does not overflow.
fn exact(number: &str, decimals: usize) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > decimals {
        return None;
    }
    format!("{whole}{fraction}{}", "0".repeat(decimals - fraction.len())).parse().ok()
}

/// The maximum Tgas of a transaction: a larger number must be gas units.
const MOST_TGAS: u64 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str) -> String {
        match parse_gas(text).unwrap_err().problem() {
            ArgumentProblem::NotUsable { why, .. } => why.clone(),
            other => panic!("{text}: {other:?}"),
        }
    }

    /// A call with `--gas 30` got 30 units of gas, and failed.
    #[test]
    fn gas_without_a_unit_is_refused_with_what_is_meant() {
        for (text, meant) in [
            ("30", "`30 Tgas`"),
            (" 300 ", "`300 Tgas`"),
            ("0.5", "`0.5 Tgas`"),
            ("30000000000000", "`30 Tgas`"),
            ("2500000000000", "`2.5 Tgas`"),
        ] {
            let error = why(text);
            assert!(error.contains(meant) && error.contains(text.trim()), "{error}");
        }
        for text in ["", "-1", "1e13", "30_000", "0x1e"] {
            let error = why(text);
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
            assert_eq!(parse_gas(text), Ok(Gas::from_gas(gas)), "{text}");
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
            let error = why(text);
            assert!(error.contains(AS_IN), "{text}: {error}");
        }
    }
}
