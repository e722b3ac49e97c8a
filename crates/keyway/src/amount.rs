//! Amounts and gas, written as people say them.

use crate::error::{ArgumentError, ArgumentProblem, Place};
use keyway_signer::without_secrets;
use near_primitives::types::Balance as NearToken;
use near_primitives::types::Gas;

/// Amounts of NEAR as literals: `10.near()`. No value overflows, and none is a float.
///
/// ```
/// use keyway::{NearLiteral, NearToken};
/// assert_eq!(250.millinear(), NearToken::from_yoctonear(250 * 10_u128.pow(21)));
/// assert_eq!(1000.millinear(), 1.near());
/// ```
pub trait NearLiteral {
    /// So many NEAR, 10^24 yoctoNEAR each.
    fn near(self) -> NearToken;
    /// So many thousandths of a NEAR, 10^21 yoctoNEAR each.
    fn millinear(self) -> NearToken;
    /// So many yoctoNEAR, the smallest amount there is.
    fn yoctonear(self) -> NearToken;
}

impl NearLiteral for u32 {
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

/// Gas as literals: `30.tgas()`. No value overflows.
///
/// ```
/// use keyway::{Gas, GasLiteral};
/// assert_eq!(30.tgas(), Gas::from_gas(30_000_000_000_000));
/// assert_eq!(1000.ggas(), 1.tgas());
/// ```
pub trait GasLiteral {
    /// So many Tgas, 10^12 gas each.
    fn tgas(self) -> Gas;
    /// So many Ggas, 10^9 gas each.
    fn ggas(self) -> Gas;
}

impl GasLiteral for u16 {
    fn tgas(self) -> Gas {
        Gas::from_teragas(self.into())
    }

    fn ggas(self) -> Gas {
        Gas::from_gigagas(self.into())
    }
}

/// Reads an amount with its unit, to the last yoctoNEAR: `"0.25 NEAR"`, `"1 yoctoNEAR"`.
///
/// Never panics. (`str::parse` for [`NearToken`] may, on spaces before a unit.)
///
/// ```
/// use keyway::{NearLiteral, read_near};
/// assert_eq!(read_near("0.25 NEAR")?, 250.millinear());
/// assert!(read_near("a quarter").is_err());
/// # Ok::<(), keyway::ArgumentError>(())
/// ```
///
/// # Errors
/// Text that is not a number with one of the units NEAR, milliNEAR, microNEAR and yoctoNEAR, has
/// more decimals than a yoctoNEAR, or is more than 2^128 - 1 yoctoNEAR.
pub fn read_near(text: &str) -> Result<NearToken, ArgumentError> {
    let text = text.trim();
    text.parse().map_err(|_| {
        let (got, why) = (shortened(text), why_no_amount(text));
        ArgumentError::new(Place::Amount, "amount", ArgumentProblem::NotAnAmount { got, why })
    })
}

/// The first thing that is wrong with text that is no amount.
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

/// Whether this letter stands for an exponent: between digits, or before a sign.
fn is_exponent(text: &str, letter: char) -> bool {
    let Some((before, after)) = text.split_once(letter).filter(|_| matches!(letter, 'e' | 'E'))
    else {
        return false;
    };
    before.ends_with(|c: char| c.is_ascii_digit())
        && after.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'))
}

/// A unit and how many decimals it has.
fn unit_of(text: &str) -> Option<(&'static str, usize)> {
    Some(match text.to_ascii_uppercase().as_str() {
        "N" | "NEAR" => ("NEAR", 24),
        "MILLINEAR" => ("milliNEAR", 21),
        "MICRONEAR" => ("microNEAR", 18),
        "YN" | "YNEAR" | "YOCTONEAR" => ("yoctoNEAR", 0),
        _ => return None,
    })
}

/// An amount to the last yoctoNEAR, where `NearToken` itself prints a rounded one.
///
/// ```
/// use keyway::{NearLiteral, exact_near};
/// assert_eq!(exact_near(250.millinear()), "0.25 NEAR");
/// assert_eq!(exact_near(7.yoctonear()), "7 yoctoNEAR");
/// ```
#[must_use]
pub fn exact_near(amount: NearToken) -> String {
    let yocto = amount.as_yoctonear();
    if yocto != 0 && yocto < YOCTO_BELOW_THIS {
        return format!("{yocto} yoctoNEAR");
    }
    let one = NearToken::from_near(1).as_yoctonear();
    format!("{} NEAR", decimal(yocto / one, yocto % one, 24))
}

/// Gas to the last unit, where `Gas` itself prints a rounded figure.
///
/// ```
/// use keyway::{Gas, GasLiteral, exact_gas};
/// assert_eq!(exact_gas(30.tgas()), "30 Tgas");
/// assert_eq!(exact_gas(Gas::from_gas(12)), "12 gas");
/// ```
#[must_use]
pub fn exact_gas(gas: Gas) -> String {
    let gas = gas.as_gas();
    if gas != 0 && gas < GAS_BELOW_THIS {
        return format!("{gas} gas");
    }
    let tera = 10_u64.pow(12);
    format!("{} Tgas", decimal((gas / tera).into(), (gas % tera).into(), 12))
}

/// Text of a user's, short enough to be shown in a message, and without the secret that half of it
/// would be.
pub(crate) fn shortened(text: &str) -> String {
    const SHOWN: usize = 80;
    let text = &*without_secrets(text);
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
    }
}

fn decimal(whole: u128, fraction: u128, digits: usize) -> String {
    let fraction = format!("{fraction:0digits$}");
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") }
}

/// Smaller amounts are easier to read in yoctoNEAR.
const YOCTO_BELOW_THIS: u128 = 10_u128.pow(15);
const GAS_BELOW_THIS: u64 = 10_u64.pow(6);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_largest_literals_do_not_overflow() {
        assert_eq!(u32::MAX.near().as_near(), u128::from(u32::MAX));
        assert_eq!(u16::MAX.tgas().as_teragas(), u64::from(u16::MAX));
    }

    #[track_caller]
    fn is_no_amount(text: &str, why: &str) {
        let error = read_near(text).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
        assert!(!error.contains("read_near"), "{error}");
    }

    /// All of these were told to have neither a number nor a unit.
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
        let most = read_near("340282366920938.463463374607431768211455 NEAR").unwrap();
        assert_eq!(most.as_yoctonear(), u128::MAX);
    }

    #[test]
    fn spaces_before_a_unit_are_no_panic() {
        let error = read_near("   N").unwrap_err();
        assert_eq!(error.field(), "amount");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(yocto: u128) {
            let amount = NearToken::from_yoctonear(yocto);
            prop_assert_eq!(read_near(&exact_near(amount)).unwrap(), amount);
        }

        #[test]
        fn any_text_is_an_amount_or_an_error(text in ".{0,200}") {
            if let Err(error) = read_near(&text) {
                prop_assert_eq!(error.field(), "amount");
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
