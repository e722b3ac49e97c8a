//! What the relayer's keys must be able to sign so that everything is possible which a policy allows.

use super::{Allow, Among, Policy, Rule, WayName};
use keyway::NearToken;

/// What a policy needs of the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Full access, because of this app's rule: delegate actions, deposits, and all actions but calls need it.
    FullAccess {
        /// The app.
        app: String,
        /// The rule.
        rule: String,
    },
    /// Single calls without deposit: function-call keys suffice, one for each contract.
    Calls,
}

impl Policy {
    /// What the keys must be able to sign.
    #[must_use]
    pub fn needs(&self) -> Needs {
        let rules =
            self.apps.iter().flat_map(|(app, it)| it.rules.iter().map(move |rule| (app, rule)));
        match rules.into_iter().find(|(_, rule)| rule.needs_full_access()) {
            Some((app, rule)) => {
                Needs::FullAccess { app: app.to_string(), rule: rule.name.clone() }
            }
            None => Needs::Calls,
        }
    }

    /// Whether a key for calls of this contract can be of use.
    #[must_use]
    pub fn calls(&self, contract: &str) -> bool {
        let contract = contract.parse().ok();
        let fits = |rule: &Rule| match &rule.receivers {
            Among::Any => true,
            Among::Only(list) => {
                contract.as_ref().is_some_and(|contract| list.iter().any(|it| it.fits(contract)))
            }
        };
        self.apps.values().flat_map(|app| &app.rules).any(fits)
    }
}

impl Rule {
    fn needs_full_access(&self) -> bool {
        let only_calls = self.allow.iter().all(|allow| match allow {
            Allow::Call { max_deposit, .. } => *max_deposit == NearToken::ZERO,
            _ => false,
        });
        self.ways.contains(&WayName::Delegate) || self.max_actions > 1 || !only_calls
    }
}
