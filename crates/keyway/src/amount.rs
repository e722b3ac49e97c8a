//! Amounts of NEAR and gas: literals and parsing.

use crate::error::{ArgumentError, ArgumentProblem, ArgumentSite};
use crate::format::{format_gas, format_near};
use keyway_signer::without_secrets;
use near_primitives::types::Balance as NearToken;
use near_primitives::types::Gas;

/// Amounts of NEAR from whole numbers: `10.near()`. There are no floats.
///
/// A literal is a `u32`, which never overflows, so the result is an amount. A `u64` or `u128` may overflow, so the result
/// is a `Result`. Every argument that is an amount accepts that, too ([`IntoNearToken`]), and the error is reported when
/// it is used; `?` reports it at once.
///
/// ```
/// use keyway::{NearLiteral, NearToken, transfer};
/// assert_eq!(250.millinear(), NearToken::from_yoctonear(250 * 10_u128.pow(21)));
/// assert_eq!(1000.millinear(), 1.near());
///
/// let price: u64 = 3;
/// assert_eq!(price.near()?, 3.near());
/// assert_eq!(transfer(price.near()), transfer(3.near()));
/// let error = transfer(u64::MAX.near()).into_action().unwrap_err();
/// assert_eq!(error.kind(), "Argument.Amount.Overflow");
/// # Ok::<(), keyway::ArgumentError>(())
/// ```
pub trait NearLiteral {
    /// [`NearToken`], or a `Result` of it for numbers that may be too large.
    type Amount;
    /// This many NEAR, 10^24 yoctoNEAR each.
    fn near(self) -> Self::Amount;
    /// This many thousandths of a NEAR, 10^21 yoctoNEAR each.
    fn millinear(self) -> Self::Amount;
    /// This many yoctoNEAR, the smallest amount there is.
    fn yoctonear(self) -> Self::Amount;
}

impl NearLiteral for u32 {
    type Amount = NearToken;

    fn near(self) -> NearToken {
        NearToken::from_near(self.into())
    }

    fn millinear(self) -> NearToken {
        NearToken::from_millinear(self.into())
    }

    fn yoctonear(self) -> NearToken {
        NearToken::from_yoctonear(self.into())
    }
}

// For a reference, so that a literal stays a `u32`: the compiler tries `u64` itself first.
impl NearLiteral for &u64 {
    type Amount = Result<NearToken, ArgumentError>;

    fn near(self) -> Self::Amount {
        u128::from(*self).near()
    }

    fn millinear(self) -> Self::Amount {
        u128::from(*self).millinear()
    }

    fn yoctonear(self) -> Self::Amount {
        u128::from(*self).yoctonear()
    }
}

impl NearLiteral for &u128 {
    type Amount = Result<NearToken, ArgumentError>;

    fn near(self) -> Self::Amount {
        checked_near(*self, 24, "NEAR")
    }

    fn millinear(self) -> Self::Amount {
        checked_near(*self, 21, "milliNEAR")
    }

    fn yoctonear(self) -> Self::Amount {
        Ok(NearToken::from_yoctonear(*self))
    }
}

fn checked_near(number: u128, decimals: u32, unit: &str) -> Result<NearToken, ArgumentError> {
    let yocto = number.checked_mul(10_u128.pow(decimals));
    yocto
        .map(NearToken::from_yoctonear)
        .ok_or_else(|| overflow("amount", format!("{number} {unit}"), format_near(MOST_NEAR)))
}

/// Gas from whole numbers: `30.tgas()`. A literal is a `u16`, which never overflows; a `u32` or `u64` may, as with
/// [`NearLiteral`].
///
/// ```
/// use keyway::{Gas, GasLiteral, call};
/// assert_eq!(30.tgas(), Gas::from_gas(30_000_000_000_000));
/// assert_eq!(1000.ggas(), 1.tgas());
/// assert_eq!(70_000_u64.tgas()?, Gas::from_teragas(70_000));
/// assert!(u64::MAX.tgas().is_err());
/// # Ok::<(), keyway::ArgumentError>(())
/// ```
pub trait GasLiteral {
    /// [`Gas`], or a `Result` of it for numbers that may be too large.
    type Amount;
    /// This many Tgas, 10^12 gas each.
    fn tgas(self) -> Self::Amount;
    /// This many Ggas, 10^9 gas each.
    fn ggas(self) -> Self::Amount;
}

impl GasLiteral for u16 {
    type Amount = Gas;

    fn tgas(self) -> Gas {
        Gas::from_teragas(self.into())
    }

    fn ggas(self) -> Gas {
        Gas::from_gigagas(self.into())
    }
}

impl GasLiteral for &u32 {
    type Amount = Result<Gas, ArgumentError>;

    fn tgas(self) -> Self::Amount {
        u64::from(*self).tgas()
    }

    fn ggas(self) -> Self::Amount {
        u64::from(*self).ggas()
    }
}

impl GasLiteral for &u64 {
    type Amount = Result<Gas, ArgumentError>;

    fn tgas(self) -> Self::Amount {
        checked_gas(*self, 12, "Tgas")
    }

    fn ggas(self) -> Self::Amount {
        checked_gas(*self, 9, "Ggas")
    }
}

fn checked_gas(number: u64, decimals: u32, unit: &str) -> Result<Gas, ArgumentError> {
    let gas = number.checked_mul(10_u64.pow(decimals));
    gas.map(Gas::from_gas)
        .ok_or_else(|| overflow("gas", format!("{number} {unit}"), format_gas(Gas::MAX)))
}

fn overflow(field: &'static str, got: String, most: String) -> ArgumentError {
    ArgumentError::new(ArgumentSite::Amount, field, ArgumentProblem::Overflow { got, most })
}

const MOST_NEAR: NearToken = NearToken::from_yoctonear(u128::MAX);

/// An amount of NEAR, or the error of one that overflows; see [`NearLiteral`].
pub trait IntoNearToken {
    /// The amount.
    ///
    /// # Errors
    /// If it overflows.
    fn into_near_token(self) -> Result<NearToken, ArgumentError>;
}

impl IntoNearToken for NearToken {
    fn into_near_token(self) -> Result<NearToken, ArgumentError> {
        Ok(self)
    }
}

impl IntoNearToken for Result<NearToken, ArgumentError> {
    fn into_near_token(self) -> Result<NearToken, ArgumentError> {
        self
    }
}

/// An amount of gas, or the error of one that overflows; see [`GasLiteral`].
pub trait IntoGas {
    /// The gas.
    ///
    /// # Errors
    /// If it overflows.
    fn into_gas(self) -> Result<Gas, ArgumentError>;
}

impl IntoGas for Gas {
    fn into_gas(self) -> Result<Gas, ArgumentError> {
        Ok(self)
    }
}

impl IntoGas for Result<Gas, ArgumentError> {
    fn into_gas(self) -> Result<Gas, ArgumentError> {
        self
    }
}

/// Reads an amount with its unit exactly: `"0.25 NEAR"`, `"1 yoctoNEAR"`.
///
/// Never panics. (`str::parse` for [`NearToken`] may, on spaces before a unit.)
///
/// ```
/// use keyway::{NearLiteral, parse_near};
/// assert_eq!(parse_near("0.25 NEAR")?, 250.millinear());
/// assert!(parse_near("a quarter").is_err());
/// # Ok::<(), keyway::ArgumentError>(())
/// ```
///
/// # Errors
/// If the text is not a number with one of the units NEAR, milliNEAR, microNEAR and yoctoNEAR, has more decimals than a
/// yoctoNEAR, or is more than 2^128 - 1 yoctoNEAR.
pub fn parse_near(text: &str) -> Result<NearToken, ArgumentError> {
    let text = text.trim();
    text.parse().map_err(|_| {
        let (got, why) = (shortened(text), why_no_amount(text));
        ArgumentError::new(
            ArgumentSite::Amount,
            "amount",
            ArgumentProblem::NotAnAmount { got, why },
        )
    })
}

/// Why a text is not an amount.
fn why_no_amount(text: &str) -> String {
    const HOW: &str = "write a number and a unit, as in \"0.25 NEAR\" or \"1 yoctoNEAR\"";
    let end = text.find(|c: char| c.is_alphabetic() && !is_exponent(text, c));
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let number = number.trim();
    if text.is_empty() {
        return format!("it is empty; {HOW}");
    }
    if number.is_empty() {
        return format!("it has no number; {HOW}");
    }
    if number.starts_with('-') {
        return "it is negative; amounts are not".to_owned();
    }
    if number.contains(['e', 'E']) {
        return "it has an exponent; write all digits, as in \"1000 NEAR\"".to_owned();
    }
    if number.contains([',', '_', '\'', ' ']) {
        return "it has a separator; write digits and a decimal point alone, as in \"1234.5 NEAR\""
            .to_owned();
    }
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return format!("{number:?} is not a number; {HOW}", number = shortened(number));
    }
    if unit.is_empty() {
        return format!("it has no unit; write \"{number} NEAR\" or \"{number} yoctoNEAR\"");
    }
    let Some((unit, decimals)) = unit_of(unit) else {
        return "its unit is none of NEAR, milliNEAR, microNEAR and yoctoNEAR".to_owned();
    };
    let had = fraction.trim_end_matches('0').len();
    if had > decimals {
        return format!(
            "it has {had} decimals, and {unit} has {decimals} at most: 1 yoctoNEAR is the smallest amount"
        );
    }
    if fraction.len() > decimals && number.contains('.') {
        return format!(
            "it has {} decimals, and {unit} has {decimals} at most; leave zeros out",
            fraction.len()
        );
    }
    "it is more than there can be; the most is 340282366920938.463463374607431768211455 NEAR"
        .to_owned()
}

/// Whether this letter is an exponent: between digits, or before a sign.
fn is_exponent(text: &str, letter: char) -> bool {
    let Some((before, after)) = text.split_once(letter).filter(|_| matches!(letter, 'e' | 'E'))
    else {
        return false;
    };
    before.ends_with(|c: char| c.is_ascii_digit())
        && after.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'))
}

/// A unit and its number of decimals.
fn unit_of(text: &str) -> Option<(&'static str, usize)> {
    Some(match text.to_ascii_uppercase().as_str() {
        "N" | "NEAR" => ("NEAR", 24),
        "MILLINEAR" => ("milliNEAR", 21),
        "MICRONEAR" => ("microNEAR", 18),
        "YN" | "YNEAR" | "YOCTONEAR" => ("yoctoNEAR", 0),
        _ => return None,
    })
}

/// A user's text, shortened for a message, so that a long secret is not shown as a whole.
pub(crate) fn shortened(text: &str) -> String {
    const SHOWN: usize = 80;
    let text = &*without_secrets(text);
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_largest_literals_do_not_overflow() {
        assert_eq!(u32::MAX.near().as_near(), u128::from(u32::MAX));
        assert_eq!(u16::MAX.tgas().as_teragas(), u64::from(u16::MAX));
    }

    #[test]
    fn numbers_that_are_too_large_are_errors() {
        assert_eq!(340_282_366_920_938_u128.near().unwrap().as_near(), 340_282_366_920_938);
        let error = 340_282_366_920_939_u128.near().unwrap_err().to_string();
        assert_eq!(
            error,
            "340282366920939 NEAR overflows: the most is 340282366920938.463463374607431768211455 NEAR"
        );
        assert!(u64::MAX.yoctonear().is_ok() && u64::MAX.near().is_err());
        assert_eq!(u128::MAX.yoctonear().unwrap(), MOST_NEAR);
        assert_eq!(18_446_744_u64.tgas().unwrap().as_teragas(), 18_446_744);
        let error = 18_446_745_u32.tgas().unwrap_err().to_string();
        assert_eq!(error, "18446745 Tgas overflows: the most is 18446744.073709551615 Tgas");
    }

    #[track_caller]
    fn is_no_amount(text: &str, why: &str) {
        let error = parse_near(text).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
        assert!(!error.contains("parse_near"), "{error}");
    }

    /// A bug: the errors for these were that there was neither a number nor a unit.
    #[test]
    fn what_is_no_amount_is_told_why() {
        for text in ["1e3 NEAR", "1E3NEAR", "1e+3 NEAR", "1.5e-3 NEAR"] {
            is_no_amount(text, "it has an exponent");
        }
        for text in ["1,5 NEAR", "1_000 NEAR", "1 000 NEAR", "1'000 NEAR", "1,000.5 NEAR"] {
            is_no_amount(text, "it has a separator");
        }
        is_no_amount(
            "1.0000000000000000000000001 NEAR",
            "it has 25 decimals, and NEAR has 24 at most",
        );
        is_no_amount("0.5 yoctoNEAR", "it has 1 decimals, and yoctoNEAR has 0 at most");
        for text in ["1000000000000000000000000000000 NEAR", "340282366920939 NEAR"] {
            is_no_amount(text, "it is more than there can be; the most is 340282366920938.46");
        }
        for text in ["5", "0.25", "0"] {
            is_no_amount(text, &format!("write \"{text} NEAR\""));
        }
        is_no_amount("5 BTC", "its unit is none of NEAR");
        is_no_amount("5 tokens", "its unit is none of NEAR");
        is_no_amount("-5 NEAR", "it is negative");
        is_no_amount("", "it is empty");
        is_no_amount("NEAR", "it has no number");
        is_no_amount("1.5.5 NEAR", "\"1.5.5\" is not a number");
        is_no_amount("+5 NEAR", "\"+5\" is not a number");
    }

    #[test]
    fn the_most_that_there_can_be_is_an_amount() {
        let most = parse_near("340282366920938.463463374607431768211455 NEAR").unwrap();
        assert_eq!(most.as_yoctonear(), u128::MAX);
    }

    #[test]
    fn spaces_before_a_unit_are_no_panic() {
        let error = parse_near("   N").unwrap_err();
        assert_eq!(error.field(), "amount");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(yocto: u128) {
            let amount = NearToken::from_yoctonear(yocto);
            prop_assert_eq!(parse_near(&format_near(amount)).unwrap(), amount);
        }

        #[test]
        fn any_text_is_an_amount_or_an_error(text in ".{0,200}") {
            if let Err(error) = parse_near(&text) {
                prop_assert_eq!(error.field(), "amount");
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
