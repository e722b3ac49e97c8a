//! What is foreseen: lines for one key, a table for several.

use crate::tools::table;
use keyway::guard::Forecast;
use keyway::{AccountId, exact_gas, exact_near};
use near_crypto::PublicKeyHandle;
use serde::Serialize;
use std::fmt;

/// What an account's keys can still do.
#[derive(Serialize)]
pub(super) struct Answer {
    account: AccountId,
    pub(super) keys: Vec<Foreseen>,
    /// Known to the chain by their hash alone, so that nothing can be said of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unknown: Vec<PublicKeyHandle>,
    /// Whether it is about one key that was asked for.
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

/// What a number of calls needs. Amounts in yoctoNEAR; none where they are beyond all numbers.
#[derive(Serialize)]
struct Needed {
    calls: u64,
    /// When each waits for the refund of the one before.
    in_turn: Option<String>,
    /// When none waits.
    at_once: Option<String>,
    #[serde(skip)]
    words: String,
}

impl Foreseen {
    pub(super) fn new(forecast: Forecast, calls: Option<u64>) -> Self {
        let needed = calls.map(|calls| Needed::new(&forecast, calls));
        Self { forecast, needed }
    }

    fn row(&self) -> [String; 6] {
        let Forecast { public_key, source, funds, largest_gas, calls_left, ended_by, .. } =
            &self.forecast;
        let calls = calls_left.map_or("no end".to_owned(), |calls| calls.to_string());
        [
            public_key.to_string(),
            source.to_string(),
            exact_near(*funds),
            largest_gas.map_or("none".to_owned(), exact_gas),
            calls,
            ended_by.map_or("", |rule| rule.name()).to_owned(),
        ]
    }
}

impl Needed {
    fn new(forecast: &Forecast, calls: u64) -> Self {
        let (in_turn, at_once) = (forecast.needed_for(calls), forecast.needed_at_once(calls));
        let near = |amount: Option<_>| amount.map_or("beyond all numbers".to_owned(), exact_near);
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
        let head = ["public key", "paid from", "has", "largest gas", "calls left", "then breaks"];
        let mut table = table(head);
        for key in &self.keys {
            table.add_row(key.row());
        }
        writeln!(f, "{}", table.trim_fmt())?;
        for key in &self.unknown {
            writeln!(f, "{key}: known by its hash, give the key in full")?;
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
