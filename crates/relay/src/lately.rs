//! What requests cost lately, by the key that signed them, and how far a key's money goes at that.

use keyway::NearToken;
use keyway::protocol::PublicKey;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What the requests of the last hour cost.
#[derive(Debug)]
pub(crate) struct Lately {
    began: Instant,
    keys: Mutex<BTreeMap<PublicKey, VecDeque<Minute>>>,
}

/// The requests of one minute.
#[derive(Debug)]
struct Minute {
    /// Since the beginning.
    nth: u64,
    requests: u64,
    burnt: NearToken,
    cost: NearToken,
}

/// What requests that ran cost lately: within the last hour, or since the instance began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spending {
    /// The key that signed them.
    pub public_key: PublicKey,
    /// How many there were.
    pub requests: u64,
    /// What was burnt for their gas, yoctoNEAR.
    pub burnt: NearToken,
    /// What they cost with deposits, yoctoNEAR.
    pub cost: NearToken,
    /// In how many seconds.
    pub seconds: u64,
}

impl Lately {
    pub(crate) fn new(now: Instant) -> Self {
        Lately { began: now, keys: Mutex::default() }
    }

    /// A request ran.
    pub(crate) fn note(
        &self,
        public_key: &PublicKey,
        burnt: NearToken,
        cost: NearToken,
        now: Instant,
    ) {
        let nth = self.minute(now);
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let minutes = keys.entry(public_key.clone()).or_default();
        match minutes.back_mut().filter(|last| last.nth >= nth) {
            Some(last) => {
                last.requests = last.requests.saturating_add(1);
                last.burnt = last.burnt.saturating_add(burnt);
                last.cost = last.cost.saturating_add(cost);
            }
            None => minutes.push_back(Minute { nth, requests: 1, burnt, cost }),
        }
        while minutes.front().is_some_and(|first| first.nth + MINUTES <= nth) {
            minutes.pop_front();
        }
    }

    /// What was spent with each key that signed lately.
    pub(crate) fn spending(&self, now: Instant) -> Vec<Spending> {
        let nth = self.minute(now);
        let first = (nth + 1).saturating_sub(MINUTES);
        let since = self.began + Duration::from_secs(first * 60);
        let seconds = now.saturating_duration_since(since).as_secs().max(1);
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|_, minutes| minutes.back().is_some_and(|last| last.nth >= first));
        let sum = |(public_key, minutes): (&PublicKey, &VecDeque<Minute>)| {
            let (public_key, zero) = (public_key.clone(), NearToken::ZERO);
            let none = Spending { public_key, requests: 0, burnt: zero, cost: zero, seconds };
            minutes.iter().filter(|minute| minute.nth >= first).fold(none, |sum, minute| Spending {
                requests: sum.requests.saturating_add(minute.requests),
                burnt: sum.burnt.saturating_add(minute.burnt),
                cost: sum.cost.saturating_add(minute.cost),
                ..sum
            })
        };
        keys.iter().map(sum).collect()
    }

    fn minute(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.began).as_secs() / 60
    }
}

/// How far money goes at what requests cost lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// What a request costs on average, yoctoNEAR.
    pub mean: NearToken,
    /// For how many more requests the money suffices.
    pub requests: u128,
    /// For how many seconds, at the rate of the last hour.
    pub seconds: u128,
}

/// How far `funds` go: those of the key itself, which pay for gas only, or the account's, which pay for everything. None if
/// nothing was spent lately.
#[must_use]
pub fn reach<'a>(
    spending: impl IntoIterator<Item = &'a Spending>,
    funds: NearToken,
    of_the_key: bool,
) -> Option<Reach> {
    let (mut requests, mut spent, mut per_second) = (0_u64, NearToken::ZERO, 0_u128);
    for it in spending {
        let amount = if of_the_key { it.burnt } else { it.cost };
        requests = requests.saturating_add(it.requests);
        spent = spent.saturating_add(amount);
        let rate = amount.as_yoctonear().checked_div(u128::from(it.seconds)).unwrap_or(0);
        per_second = per_second.saturating_add(rate);
    }
    let mean = spent.as_yoctonear().checked_div(u128::from(requests))?;
    let funds = funds.as_yoctonear();
    Some(Reach {
        mean: NearToken::from_yoctonear(mean),
        requests: funds.checked_div(mean)?,
        seconds: funds.checked_div(per_second)?,
    })
}

const MINUTES: u64 = 60;

#[cfg(test)]
mod tests {
    use super::*;
    use keyway::KeyPair;

    fn yocto(amount: u128) -> NearToken {
        NearToken::from_yoctonear(amount)
    }

    #[test]
    fn an_hour_is_kept_and_what_is_older_does_not_count() {
        let began = crate::clock::now();
        let at = |seconds: u64| began + Duration::from_secs(seconds);
        let (lately, key) = (Lately::new(began), KeyPair::random_ed25519());
        let key = key.public_key();
        assert_eq!(lately.spending(at(5)), []);
        lately.note(key, yocto(10), yocto(110), at(0));
        lately.note(key, yocto(30), yocto(130), at(1));
        let spending = lately.spending(at(10));
        let [it] = &spending[..] else { panic!("{spending:?}") };
        assert_eq!((it.requests, it.burnt, it.cost, it.seconds), (2, yocto(40), yocto(240), 10));
        lately.note(key, yocto(50), yocto(50), at(3_599));
        assert_eq!(lately.spending(at(3_599))[0].requests, 3);
        let later = lately.spending(at(3_600));
        assert_eq!((later[0].requests, later[0].burnt, later[0].seconds), (1, yocto(50), 3_540));
        assert_eq!(lately.spending(at(3_600 + 3_600)), []);
    }

    #[test]
    fn money_goes_as_far_as_the_mean_says() {
        let public_key = KeyPair::random_ed25519().public_key().clone();
        let it =
            Spending { public_key, requests: 4, burnt: yocto(40), cost: yocto(440), seconds: 2 };
        let of_key = reach([&it], yocto(1_000), true).unwrap();
        assert_eq!(of_key, Reach { mean: yocto(10), requests: 100, seconds: 50 });
        let of_account = reach([&it, &it], yocto(1_100), false).unwrap();
        assert_eq!(of_account, Reach { mean: yocto(110), requests: 10, seconds: 2 });
        assert_eq!(reach([], yocto(1_000), true), None);
        let free = Spending { burnt: yocto(0), ..it };
        assert_eq!(reach([&free], yocto(1_000), true), None);
    }
}
