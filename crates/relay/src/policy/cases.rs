//! A policy's tests: requests, and what should become of them.

mod action;

pub use action::{ActionForm, FormError};

use super::{Examined, Grant, Policy, PolicyRefusal, Request, Spent, Way, WayName, shown};
use crate::AppName;
use keyway::protocol::{Action, BlockHeightDelta, PublicKey};
use keyway::{AccountId, NearToken};
use serde::Deserialize;

/// Cases of one file.
#[derive(Clone, Debug)]
pub struct Cases {
    relayer: AccountId,
    cases: Vec<Case>,
}

/// A request, and what should become of it.
#[derive(Clone, Debug)]
pub struct Case {
    name: String,
    expect: Expect,
    by: Option<String>,
    app: AppName,
    way: WayName,
    user: Option<AccountId>,
    key: Option<PublicKey>,
    lifetime_blocks: BlockHeightDelta,
    receiver: AccountId,
    actions: Vec<Action>,
    cost: NearToken,
    spent: Spent,
}

/// What should become of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    /// The policy allows it.
    Allow,
    /// The policy refuses it.
    Refuse,
}

/// What became of one case.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The case's name.
    pub name: String,
    /// What should become of it.
    pub expect: Expect,
    /// The rule that should allow it, or the kind of refusal that should come.
    pub by: Option<String>,
    /// What became of it.
    pub verdict: Result<Grant, PolicyRefusal>,
}

impl Ran {
    /// Whether it became of the case what was expected.
    #[must_use]
    pub fn is_right(&self) -> bool {
        let by = |got: &str| self.by.as_deref().is_none_or(|by| by == got);
        match (&self.verdict, self.expect) {
            (Ok(grant), Expect::Allow) => by(&grant.rule),
            (Err(refusal), Expect::Refuse) => by(&refusal.kind()),
            _ => false,
        }
    }
}

impl Cases {
    /// Reads a file of cases.
    ///
    /// # Errors
    /// If it is not JSON of the form in docs/relay-policy.md, or has no case.
    pub fn read(text: &str) -> Result<Self, CasesError> {
        let form: CasesForm = serde_json::from_str(text)
            .map_err(|error| CasesError::NotRead { why: shown(&error.to_string()) })?;
        if form.cases.is_empty() {
            return Err(CasesError::Empty);
        }
        let relayer = form.relayer;
        let cases = form.cases.into_iter().map(CaseForm::read).collect::<Result<_, _>>()?;
        Ok(Self { relayer, cases })
    }

    /// Judges all cases.
    #[must_use]
    pub fn run(&self, policy: &Policy) -> Vec<Ran> {
        let run = |case: &Case| Ran {
            name: case.name.clone(),
            expect: case.expect,
            by: case.by.clone(),
            verdict: policy.judge(&case.request(&self.relayer), &case.spent),
        };
        self.cases.iter().map(run).collect()
    }

    /// Looks at the case named `name`, rule by rule.
    ///
    /// # Errors
    /// If there is no such case.
    pub fn examine<'p>(&self, name: &str, policy: &'p Policy) -> Result<Examined<'p>, CasesError> {
        let case = self.cases.iter().find(|case| case.name == name);
        let case = case.ok_or_else(|| {
            let names: Vec<_> = self.cases.iter().map(|case| shown(&case.name)).collect();
            CasesError::NoCase { name: shown(name), names: super::among::listed(&names) }
        })?;
        Ok(policy.examine(&case.request(&self.relayer), &case.spent))
    }
}

impl Case {
    fn request<'a>(&'a self, relayer: &'a AccountId) -> Request<'a> {
        let way = match (self.way, &self.user, &self.key) {
            (WayName::Delegate, Some(sender), Some(key)) => {
                Way::Delegate { sender, key, lifetime_blocks: self.lifetime_blocks }
            }
            (_, user, _) => Way::Intent { user: user.as_ref() },
        };
        let Self { app, receiver, actions, cost, .. } = self;
        Request { app, way, relayer, receiver, actions, cost: *cost }
    }
}

/// What is wrong with a file of cases.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CasesError {
    /// It is not JSON of this form.
    #[error("the cases cannot be read: {why}")]
    NotRead {
        /// What is wrong.
        why: String,
    },
    /// There is no case in it.
    #[error("the file has no case, so it tests nothing")]
    Empty,
    /// A case is not complete, or has an action that cannot be read.
    #[error("case \"{name}\": {why}")]
    Case {
        /// Its name.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// There is no case of this name.
    #[error("the file has no case \"{name}\"; it has {names}")]
    NoCase {
        /// The name.
        name: String,
        /// The names in the file.
        names: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CasesForm {
    relayer: AccountId,
    cases: Vec<CaseForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseForm {
    name: String,
    expect: Expect,
    by: Option<String>,
    app: AppName,
    way: WayName,
    user: Option<AccountId>,
    key: Option<PublicKey>,
    lifetime_blocks: Option<BlockHeightDelta>,
    receiver: AccountId,
    actions: Vec<ActionForm>,
    #[serde(default, deserialize_with = "super::amounts::near")]
    cost: NearToken,
    #[serde(default)]
    spent: SpentForm,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpentForm {
    #[serde(default, deserialize_with = "super::amounts::near")]
    user_today: NearToken,
    #[serde(default, deserialize_with = "super::amounts::near")]
    app_today: NearToken,
    #[serde(default, deserialize_with = "super::amounts::near")]
    today: NearToken,
    #[serde(default, deserialize_with = "super::amounts::near")]
    total: NearToken,
}

impl CaseForm {
    fn read(self) -> Result<Case, CasesError> {
        let wrong = |why: String| CasesError::Case { name: shown(&self.name), why };
        let delegate = self.way == WayName::Delegate;
        let complete = self.user.is_some() && self.key.is_some() && self.lifetime_blocks.is_some();
        if delegate && !complete {
            return Err(wrong("a delegate action has user, key and lifetime_blocks".to_owned()));
        }
        if !delegate && (self.key.is_some() || self.lifetime_blocks.is_some()) {
            return Err(wrong("an intent has neither key nor lifetime_blocks".to_owned()));
        }
        let actions = self.actions.iter().map(ActionForm::action).collect::<Result<_, _>>();
        let SpentForm { user_today, app_today, today, total } = self.spent;
        Ok(Case {
            actions: actions.map_err(|error| wrong(error.to_string()))?,
            name: self.name,
            expect: self.expect,
            by: self.by,
            app: self.app,
            way: self.way,
            user: self.user,
            key: self.key,
            lifetime_blocks: self.lifetime_blocks.unwrap_or_default(),
            receiver: self.receiver,
            cost: self.cost,
            spent: Spent { user_today, app_today, today, total },
        })
    }
}
