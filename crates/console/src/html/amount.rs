//! Amounts and gas: short to read, exact on request.

use keyway::trace::Yocto;
use keyway::{Gas, NearToken, format_gas, format_near};
use maud::{Markup, html};

/// An amount in NEAR to a few digits, with all of them in its title.
pub(crate) fn near(amount: NearToken) -> Markup {
    let exact = format!("{} yoctoNEAR", amount.as_yoctonear());
    html! { span.amount title=(exact) { (brief(amount)) } }
}

/// An amount with its sign.
pub(crate) fn signed_near(amount: Yocto) -> Markup {
    let size = NearToken::from_yoctonear(amount.0.unsigned_abs());
    let (sign, class) = match amount.0 {
        0 => ("", "amount"),
        ..0 => ("−", "amount less"),
        _ => ("+", "amount more"),
    };
    let exact = format!("{} yoctoNEAR", amount.0);
    html! { span class=(class) title=(exact) { (sign) (brief(size)) } }
}

/// Gas in Tgas to a thousandth, with all units in its title.
pub(crate) fn gas(gas: Gas) -> Markup {
    const STEP: u64 = 1_000_000_000;
    let rounded = Gas::from_gas(gas.as_gas() - gas.as_gas() % STEP);
    let text = match rounded == Gas::ZERO && gas != Gas::ZERO {
        true => "< 0.001 Tgas".to_owned(),
        false => format_gas(rounded),
    };
    html! { span.amount title={ (gas.as_gas()) " gas" } { (text) } }
}

/// NEAR, cut after five decimals or three digits where there are more; small amounts exactly.
fn brief(amount: NearToken) -> String {
    let yocto = amount.as_yoctonear();
    let digits = yocto.checked_ilog10().unwrap_or(0);
    // One hundred-thousandth of a NEAR, or the third digit if that is smaller.
    let unit = 10_u128.pow(digits.saturating_sub(2).min(19));
    if yocto.is_multiple_of(unit) || format_near(amount).ends_with("yoctoNEAR") {
        return grouped(&format_near(amount));
    }
    let cut = grouped(&format_near(NearToken::from_yoctonear(yocto - yocto % unit)));
    cut.replace(" NEAR", "… NEAR")
}

/// Thin spaces between groups of three digits before the point.
fn grouped(text: &str) -> String {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let mut shown = String::with_capacity(text.len() + 12);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len() > 4 && (digits.len() - at).is_multiple_of(3) {
            shown.push('\u{2009}');
        }
        shown.push(digit);
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short_and_never_rounded_up() {
        let shown = |yocto: u128| brief(NearToken::from_yoctonear(yocto));
        assert_eq!(shown(0), "0 NEAR");
        assert_eq!(shown(7), "7 yoctoNEAR");
        assert_eq!(shown(25 * 10_u128.pow(22)), "0.25 NEAR");
        assert_eq!(shown(10_u128.pow(24) - 1), "0.99999… NEAR");
        assert_eq!(shown(119_646_843_754 * 10_u128.pow(9)), "0.000119… NEAR");
        assert_eq!(shown(10_000 * 10_u128.pow(24) - 1), "9999.99999… NEAR");
        assert_eq!(shown(1_234_567 * 10_u128.pow(24)), "1\u{2009}234\u{2009}567 NEAR");
    }

    #[test]
    fn signs_have_words_for_programs_and_colours() {
        let shown = |yocto: i128| signed_near(Yocto(yocto)).into_string();
        assert!(shown(-1).contains("less") && shown(-1).contains("−1 yoctoNEAR"));
        assert!(shown(1).contains("+1 yoctoNEAR") && shown(i128::MIN).contains("−"));
        assert!(!shown(0).contains('+'));
    }

    #[test]
    fn gas_is_cut_to_a_thousandth() {
        assert!(gas(Gas::from_gas(2_427_999_999_999)).into_string().contains(">2.427 Tgas<"));
        assert!(gas(Gas::from_gas(1)).into_string().contains("&lt; 0.001 Tgas"));
    }
}
