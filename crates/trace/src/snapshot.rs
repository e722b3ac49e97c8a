//! Gas snapshots: the gas and cost of named calls, kept in a file and compared in CI.

use near_primitives::types::{Balance, Gas};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The gas of named calls. As JSON it is a file to be committed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshots {
    /// By name.
    pub calls: BTreeMap<String, CallGas>,
}

/// What a call cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallGas {
    /// Gas burnt by the transaction and all its receipts.
    pub gas_burnt: Gas,
    /// yoctoNEAR burnt.
    pub tokens_burnt: Balance,
}

/// What differs from an earlier snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotDiff {
    /// Calls that burn more gas than before, beyond the tolerance.
    pub grown: Vec<Grown>,
    /// Calls that burn less gas than before.
    pub shrunk: Vec<Grown>,
    /// Calls that only the new snapshot has.
    pub added: Vec<String>,
    /// Calls that only the earlier one has.
    pub removed: Vec<String>,
}

/// A call whose gas changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grown {
    /// The call's name.
    pub name: String,
    /// Gas before.
    pub before: Gas,
    /// Gas now.
    pub after: Gas,
}

impl Grown {
    /// By how much it changed, in tenths of a percent, rounded towards zero.
    #[must_use]
    pub fn permille(&self) -> i64 {
        let (before, after) = (i128::from(self.before.as_gas()), i128::from(self.after.as_gas()));
        let change = (after - before).saturating_mul(1_000).checked_div(before);
        change.and_then(|change| i64::try_from(change).ok()).unwrap_or(i64::MAX)
    }
}

impl Snapshots {
    /// What differs from `earlier` to this. A call counts as grown if its gas rose by more than
    /// `tolerance` percent.
    #[must_use]
    pub fn compare(&self, earlier: &Self, tolerance: u32) -> SnapshotDiff {
        let mut diff = SnapshotDiff::default();
        for (name, now) in &self.calls {
            let Some(was) = earlier.calls.get(name) else {
                diff.added.push(name.clone());
                continue;
            };
            let (before, after) = (was.gas_burnt, now.gas_burnt);
            let change = Grown { name: name.clone(), before, after };
            if after < before {
                diff.shrunk.push(change);
            } else if exceeds(before, after, tolerance) {
                diff.grown.push(change);
            }
        }
        let gone = earlier.calls.keys().filter(|name| !self.calls.contains_key(*name));
        diff.removed.extend(gone.cloned());
        diff
    }
}

fn exceeds(before: Gas, after: Gas, tolerance: u32) -> bool {
    let (before, after) = (u128::from(before.as_gas()), u128::from(after.as_gas()));
    let allowed = before.saturating_mul(u128::from(tolerance).saturating_add(100));
    after.saturating_mul(100) > allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshots(calls: &[(&str, u64)]) -> Snapshots {
        let of = |&(name, gas): &(&str, u64)| {
            let gas_burnt = Gas::from_gas(gas);
            (name.to_owned(), CallGas { gas_burnt, tokens_burnt: Balance::ZERO })
        };
        Snapshots { calls: calls.iter().map(of).collect() }
    }

    #[test]
    fn growth_beyond_the_tolerance_is_told_from_other_changes() {
        let before = snapshots(&[("a", 100), ("b", 100), ("c", 100), ("d", 100)]);
        let now = snapshots(&[("a", 105), ("b", 106), ("c", 90), ("e", 1)]);
        let diff = now.compare(&before, 5);
        let names = |list: &[Grown]| list.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
        assert_eq!((names(&diff.grown), names(&diff.shrunk)), (vec!["b".into()], vec!["c".into()]));
        assert_eq!((diff.added, diff.removed), (vec!["e".to_owned()], vec!["d".to_owned()]));
        assert_eq!(diff.grown[0].permille(), 60);
        assert!(now.compare(&now, 0).grown.is_empty());
    }

    #[test]
    fn gas_that_came_from_nothing_has_grown() {
        let (before, now) = (snapshots(&[("a", 0)]), snapshots(&[("a", 1)]));
        let diff = now.compare(&before, 1_000);
        assert_eq!(diff.grown[0].permille(), i64::MAX);
    }
}
