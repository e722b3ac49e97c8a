//! The first broken rule of an explanation is the chain's refusal, and the chain accepts what an explanation accepts.

use crate::cases::case;
use crate::dice::Dice;
use crate::world::World;
use keyway_chain::Refused;
use keyway_guard::{Explanation, RuleVerdict, explain, explain_signed};
use keyway_rules::Rule;
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::SignedTransaction;
use std::collections::BTreeMap;

/// Cases at each protocol version; 100,000 in all.
const PLAN: [(u32, u32); 3] = [(84, 10_000), (86, 60_000), (88, 30_000)];

/// Rules that must be broken at least this often in each version.
const OFTEN: u64 = 200;

#[derive(Default)]
struct Seen {
    accepted: u64,
    /// How often each rule was broken, and how often it was the first.
    broken: BTreeMap<Rule, (u64, u64)>,
    several: u64,
}

#[test]
fn it_agrees_with_the_chain() {
    let seen = PLAN.map(|(version, usual)| {
        std::thread::spawn(move || run(version, keyway_test_kit::cases(usual)))
    });
    let mut all = Seen::default();
    for seen in seen {
        all.add(seen.join().unwrap());
    }
    if keyway_test_kit::quick() {
        return;
    }
    assert!(all.accepted > 10_000, "{} accepted", all.accepted);
    assert!(all.several > 10_000, "{} with several reasons", all.several);
    for rule in Rule::ALL {
        let (broken, first) = all.broken.get(&rule).copied().unwrap_or_default();
        // Large transactions take long to make.
        let often = if rule == Rule::Size { 10 } else { OFTEN };
        assert!(broken >= often && first >= often, "{}: {broken}, first {first}", rule.name());
    }
}

fn run(version: u32, cases: u32) -> Seen {
    let mut dice = Dice(version.into());
    let mut seen = Seen::default();
    let world = World::new(version, &mut dice);
    for _ in 0..cases {
        let case = case(&world, &mut dice);
        let account = case.signer.map(|number| &world.facts[number]);
        let signed = case.signed();
        // Half of them before they are signed.
        let explanation = match case.forged || dice.once_in(2) {
            true => explain_signed(&world.now, account, &signed),
            false => explain(&world.now, account, &case.transaction),
        };
        let chains = admit(&world, &signed);
        assert_eq!(explanation.refusal, chains, "{explanation}");
        seen.count(&explanation);
    }
    seen
}

fn admit(world: &World, signed: &SignedTransaction) -> Option<InvalidTxError> {
    match world.chain.admit(signed) {
        Ok(()) => None,
        Err(Refused::Transaction(error)) => Some(*error),
        Err(other) => panic!("{other}"),
    }
}

impl Seen {
    fn count(&mut self, explanation: &Explanation) {
        let broken: Vec<Rule> = explanation.broken().collect();
        self.accepted += u64::from(broken.is_empty());
        self.several += u64::from(broken.len() > 1);
        for (position, &rule) in broken.iter().enumerate() {
            let (any, first) = self.broken.entry(rule).or_default();
            *any += 1;
            *first += u64::from(position == 0);
        }
        let unjudged = explanation.rules.iter().any(|judged| {
            matches!(judged.verdict, RuleVerdict::NotJudged { until } if !broken.contains(&until))
        });
        assert!(!unjudged, "what stands in the way is broken: {explanation}");
    }

    fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.several += other.several;
        for (rule, (any, first)) in other.broken {
            let sum = self.broken.entry(rule).or_default();
            *sum = (sum.0 + any, sum.1 + first);
        }
    }
}
