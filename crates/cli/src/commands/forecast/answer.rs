//! The forecast: lines for one key, a table for several.

use keyway::guard::{Forecast, Precision, wrapped};
use keyway::{AccountId, format_gas, format_near};
use near_crypto::PublicKeyHandle;
use serde::Serialize;
use std::fmt;

/// What an account's keys can still pay for.
#[derive(Serialize)]
pub(super) struct Answer {
    account: AccountId,
    pub(super) keys: Vec<Foreseen>,
    /// Keys that the chain lists only by their hash, so that nothing is known about them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unknown: Vec<PublicKeyHandle>,
    /// Whether it is for one named key.
    #[serde(skip)]
    in_detail: bool,
}

impl Answer {
    pub(super) fn new(account: &AccountId, in_detail: bool) -> Self {
        Self { account: account.clone(), keys: Vec::new(), unknown: Vec::new(), in_detail }
    }
}

/// One key's forecast.
#[derive(Serialize)]
pub(super) struct Foreseen {
    #[serde(flatten)]
    forecast: Forecast,
    #[serde(skip_serializing_if = "Option::is_none")]
    needed: Option<Needed>,
}

/// What a number of calls needs, in yoctoNEAR; `None` if it overflows.
#[derive(Serialize)]
struct Needed {
    calls: u64,
    /// If each call waits for the refund of the one before.
    in_turn: Option<String>,
    /// If no call waits.
    at_once: Option<String>,
    #[serde(skip)]
    words: String,
}

impl Foreseen {
    pub(super) fn new(forecast: Forecast, calls: Option<u64>) -> Self {
        let needed = calls.map(|calls| Needed::new(&forecast, calls));
        Self { forecast, needed }
    }

    /// Three lines: the key, its budget, the calls left.
    fn block(&self) -> String {
        let Forecast { public_key, source, funds, largest_gas, calls_left, .. } = &self.forecast;
        let least = match self.forecast.precision {
            Precision::Exact => "",
            Precision::AtLeast => "at least ",
        };
        let gas = match largest_gas {
            Some(gas) => format!("largest gas now {}", format_gas(*gas)),
            None => "the call is refused now".to_owned(),
        };
        let calls = calls_left.map_or("no limit".to_owned(), |calls| format!("{least}{calls}"));
        let then = if *calls_left == Some(0) { ": " } else { "; then " };
        let end = self.forecast.end().map_or(String::new(), |end| format!("{then}{end}"));
        let has = wrapped("  paid from:  ", &format!("{source}, {}; {gas}", format_near(*funds)));
        let calls = wrapped("  calls left: ", &format!("{calls}{end}"));
        format!("{public_key}\n{has}\n{calls}")
    }
}

impl Needed {
    fn new(forecast: &Forecast, calls: u64) -> Self {
        let (in_turn, at_once) = (forecast.needed_for(calls), forecast.needed_at_once(calls));
        let near =
            |amount: Option<_>| amount.map_or("more than any amount".to_owned(), format_near);
        let yocto = |amount: keyway::NearToken| amount.as_yoctonear().to_string();
        let words =
            format!("{calls} calls need {} in turn, {} at once", near(in_turn), near(at_once));
        Self { calls, in_turn: in_turn.map(yocto), at_once: at_once.map(yocto), words }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.in_detail {
            return self.keys.iter().try_for_each(|key| write!(f, "{key}"));
        }
        if self.keys.is_empty() && self.unknown.is_empty() {
            return writeln!(f, "{} has no keys: nobody can sign for it", self.account);
        }
        self.keys.iter().try_for_each(|key| writeln!(f, "{}", key.block()))?;
        for key in &self.unknown {
            writeln!(f, "{key}\n  known by its hash only: give the key in full")?;
        }
        let needed = self.keys.iter().filter_map(|key| Some((key, key.needed.as_ref()?)));
        for (key, needed) in needed {
            writeln!(f, "{}: {}", key.forecast.public_key, needed.words)?;
        }
        Ok(())
    }
}

impl fmt::Display for Foreseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.forecast)?;
        match &self.needed {
            Some(needed) => writeln!(f, "{}", needed.words),
            None => Ok(()),
        }
    }
}
