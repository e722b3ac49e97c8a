//! Budgets: what was spent, and what is reserved for requests that have not ended.
//!
//! Each budget has a counter in the store. The most that a request can cost is reserved in all its counters at once, or in
//! none; when its fate is proved, the reservation is replaced by what it really cost.

use crate::AppName;
use keyway::{AccountId, NearToken};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a counter counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetKey {
    /// All apps, ever.
    Total,
    /// All apps on one day.
    Day(Day),
    /// One app, ever.
    App(AppName),
    /// One app on one day.
    AppDay(AppName, Day),
    /// One user of an app on one day.
    UserDay(AppName, AccountId, Day),
}

/// A day, in UTC, as days since 1970-01-01. It is the day of the chain's time, which all instances share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Day(pub u32);

impl Day {
    /// The day of a block's timestamp, nanoseconds since the Unix epoch.
    #[must_use]
    pub fn of_timestamp(nanos: u64) -> Self {
        Day(u32::try_from(nanos / NANOS_PER_DAY).unwrap_or(u32::MAX))
    }
}

const NANOS_PER_DAY: u64 = 86_400_000_000_000;

/// As stores write it: `day/20123`, `user/chess/20123/alice.near`. Days have five digits, so that they sort.
impl fmt::Display for BudgetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BudgetKey::Total => f.write_str("total"),
            BudgetKey::Day(Day(day)) => write!(f, "day/{day:05}"),
            BudgetKey::App(app) => write!(f, "app/{app}"),
            BudgetKey::AppDay(app, Day(day)) => write!(f, "app-day/{day:05}/{app}"),
            BudgetKey::UserDay(app, user, Day(day)) => {
                write!(f, "user-day/{day:05}/{app}/{user}")
            }
        }
    }
}

impl BudgetKey {
    /// The budget in words, for refusals.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            BudgetKey::Total => "the relayer's budget".to_owned(),
            BudgetKey::Day(_) => "the relayer's budget of today".to_owned(),
            BudgetKey::App(app) => format!("the budget of app {app}"),
            BudgetKey::AppDay(app, _) => format!("today's budget of app {app}"),
            BudgetKey::UserDay(app, user, _) => format!("today's budget of {user} in app {app}"),
        }
    }
}

/// One counter that a request is charged to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The counter.
    pub key: BudgetKey,
    /// The most that may be spent and reserved together, yoctoNEAR; none for a counter that only counts.
    pub limit: Option<NearToken>,
}

/// A counter's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// What ended requests really cost, yoctoNEAR.
    pub spent: NearToken,
    /// What requests that have not ended can cost at most, yoctoNEAR.
    pub reserved: NearToken,
}

impl Tally {
    /// Reserves `most` under `limit`.
    ///
    /// # Errors
    /// If more than the limit would be spent and reserved; nothing changes.
    pub fn reserve(self, most: NearToken, limit: Option<NearToken>) -> Result<Self, Exceeded> {
        let Tally { spent, reserved } = self;
        let sum = || reserved.checked_add(most).and_then(|held| held.checked_add(spent));
        let fits = sum().is_some_and(|sum| limit.is_none_or(|limit| sum <= limit));
        match reserved.checked_add(most).filter(|_| fits) {
            Some(reserved) => Ok(Tally { spent, reserved }),
            None => {
                let limit = limit.unwrap_or(NearToken::MAX);
                Err(Exceeded { spent, reserved, needed: most, limit })
            }
        }
    }

    /// Replaces a reservation of `most` by the `cost`. The cost was paid, so it is counted even if it is more.
    #[must_use]
    pub fn replace(self, most: NearToken, cost: NearToken) -> Self {
        Tally {
            reserved: self.reserved.checked_sub(most).unwrap_or(NearToken::ZERO),
            spent: self.spent.saturating_add(cost),
        }
    }
}

/// A budget that does not pay for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// What was spent, yoctoNEAR.
    pub spent: NearToken,
    /// What is reserved for others, yoctoNEAR.
    pub reserved: NearToken,
    /// What the request can cost at most, yoctoNEAR.
    pub needed: NearToken,
    /// The budget, yoctoNEAR.
    pub limit: NearToken,
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn yocto(amount: u128) -> NearToken {
        NearToken::from_yoctonear(amount)
    }

    #[test]
    fn the_last_yoctonear_can_be_reserved_and_not_one_more() {
        let tally = Tally { spent: yocto(5), reserved: yocto(3) };
        let full = tally.reserve(yocto(2), Some(yocto(10))).unwrap();
        assert_eq!(full, Tally { spent: yocto(5), reserved: yocto(5) });
        let refused = full.reserve(yocto(1), Some(yocto(10))).unwrap_err();
        assert_eq!((refused.needed, refused.limit), (yocto(1), yocto(10)));
        assert!(matches!(tally.reserve(NearToken::MAX, None), Err(Exceeded { .. })), "overflows");
    }

    #[test]
    fn a_cost_replaces_its_reservation() {
        let tally = Tally { spent: yocto(5), reserved: yocto(3) };
        assert_eq!(
            tally.replace(yocto(3), yocto(1)),
            Tally { spent: yocto(6), reserved: yocto(0) }
        );
        assert_eq!(tally.replace(yocto(3), NearToken::ZERO).spent, yocto(5), "it never ran");
    }

    #[test]
    fn a_day_begins_at_midnight() {
        assert_eq!(Day::of_timestamp(0), Day(0));
        assert_eq!(Day::of_timestamp(NANOS_PER_DAY - 1), Day(0));
        assert_eq!(Day::of_timestamp(20_000 * NANOS_PER_DAY), Day(20_000));
        let key = BudgetKey::UserDay("chess".parse().unwrap(), "a.near".parse().unwrap(), Day(7));
        assert_eq!(key.to_string(), "user-day/00007/chess/a.near");
    }
}
