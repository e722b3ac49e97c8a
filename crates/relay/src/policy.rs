//! What the relayer pays for, and how much: one file, judged from values.
//!
//! Nothing is allowed by default. A list that is empty is an error, and only the word `any` means everything. A request is
//! accepted if one rule of its app allows all of it and no budget would be exceeded; otherwise the refusal names the rule
//! and both figures.

mod among;
pub(crate) mod amounts;
mod arguments;
mod broken;
pub mod cases;
mod examine;
mod json;
mod kinds;
mod needs;
mod pattern;
mod problem;
mod request;
mod rule;
mod words;

pub use among::Among;
pub use arguments::{Arguments, Check, Demand};
pub use broken::{Broken, PolicyRefusal};
pub use examine::{Examined, RuleVerdict};
pub use kinds::{ActionKind, Allow};
pub use needs::Needs;
pub use pattern::AccountPattern;
pub use problem::ArgumentsProblem;
pub use request::{Request, Way, WayName};
pub use rule::Rule;

use crate::AppName;
use keyway::NearToken;
use keyway::keys::printable;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a relayer pays for: its budgets, and for each app the rules.
///
/// ```
/// use keyway_relay::policy::Policy;
///
/// let policy = Policy::read(
///     r#"
///     [budget]
///     per_day = "50 NEAR"
///     total = "1000 NEAR"
///
///     [apps.chess]
///     per_call = "0.02 NEAR"
///     per_user_per_day = "0.2 NEAR"
///     per_day = "10 NEAR"
///
///     [[apps.chess.rules]]
///     name = "moves"
///     ways = ["delegate"]
///     users = ["*.players.near"]
///     keys = "any"
///     receivers = ["game.near"]
///     max_actions = 1
///     max_lifetime_blocks = 200
///
///     [[apps.chess.rules.allow]]
///     action = "call"
///     methods = ["play"]
///     max_gas = "30 Tgas"
///     max_deposit = "0 NEAR"
///     arguments = { fields = ["bet"], checks = [{ path = "$.bet", at_most = 10 }] }
///     "#,
/// )?;
/// assert!(policy.in_words().contains("moves"));
/// # Ok::<(), keyway_relay::policy::PolicyFileError>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The budget of the whole relayer.
    pub budget: Budget,
    /// The apps, by name.
    pub apps: BTreeMap<AppName, App>,
}

/// The budget of the whole relayer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Refuse everything; for an emergency.
    #[serde(default)]
    pub stopped: bool,
    /// The most to spend in one day (UTC).
    #[serde(deserialize_with = "amounts::near")]
    pub per_day: NearToken,
    /// The most to spend at all. When it is spent, the relayer stops until this number is raised.
    #[serde(deserialize_with = "amounts::near")]
    pub total: NearToken,
}

/// What is paid for one app.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// The most that one request may cost.
    #[serde(deserialize_with = "amounts::near")]
    pub per_call: NearToken,
    /// The most to spend for one user in one day (UTC).
    #[serde(deserialize_with = "amounts::near")]
    pub per_user_per_day: NearToken,
    /// The most to spend for the app in one day (UTC).
    #[serde(deserialize_with = "amounts::near")]
    pub per_day: NearToken,
    /// One of them must allow a request.
    pub rules: Vec<Rule>,
}

/// What was spent already, and what is reserved for requests that have not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// For this app's user, today.
    pub user_today: NearToken,
    /// For this app, today.
    pub app_today: NearToken,
    /// For all apps, today.
    pub today: NearToken,
    /// For all apps, ever.
    pub total: NearToken,
}

/// An accepted request: which rule allows it, and the limits under which its cost is reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The name of the rule.
    pub rule: String,
    /// The most that the request can cost: what is to be reserved.
    pub cost: NearToken,
    /// What the sums of spent and reserved amounts may be at most, after the reservation. Whoever reserves checks them
    /// again, at the moment of writing, because other requests were accepted meanwhile.
    pub limits: Spent,
}

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// If it is not TOML, has an unknown field, lacks one, or an amount, account or path in it is not valid; if a list is
    /// empty or names something twice.
    pub fn read(text: &str) -> Result<Self, PolicyFileError> {
        if text.len() > MAX_FILE_BYTES {
            return Err(PolicyFileError::TooLong { bytes: text.len(), limit: MAX_FILE_BYTES });
        }
        let policy: Self = toml::from_str(text).map_err(|error| {
            let message = error.message();
            PolicyFileError::NotRead { at: position(text, error.span()), why: shown(message) }
        })?;
        policy.check()?;
        Ok(policy)
    }

    /// Judges a request. Of the same values it always says the same.
    ///
    /// # Errors
    /// The refusal, with the rule that came nearest to allowing the request and what it lacked.
    pub fn judge(&self, request: &Request<'_>, spent: &Spent) -> Result<Grant, PolicyRefusal> {
        let Examined { app, rules, verdict } = self.examine(request, spent);
        drop((app, rules));
        verdict
    }

    /// The limits of the sums that a request of `app` adds to.
    #[must_use]
    pub fn limits(&self, app: &App) -> Spent {
        Spent {
            user_today: app.per_user_per_day,
            app_today: app.per_day,
            today: self.budget.per_day,
            total: self.budget.total,
        }
    }

    fn check(&self) -> Result<(), PolicyFileError> {
        if self.apps.is_empty() {
            return Err(PolicyFileError::NoApps);
        }
        for (name, app) in &self.apps {
            app.check(name)?;
        }
        Ok(())
    }
}

impl App {
    fn check(&self, app: &AppName) -> Result<(), PolicyFileError> {
        if self.rules.is_empty() {
            return Err(PolicyFileError::NoRules { app: app.clone() });
        }
        for (nth, rule) in self.rules.iter().enumerate() {
            if !is_name(&rule.name) {
                return Err(PolicyFileError::RuleName {
                    app: app.clone(),
                    name: shown(&rule.name),
                });
            }
            if self.rules[..nth].iter().any(|earlier| earlier.name == rule.name) {
                let (app, rule) = (app.clone(), rule.name.clone());
                return Err(PolicyFileError::RuleTwice { app, rule });
            }
            rule.check().map_err(|why| {
                let (app, rule) = (app.clone(), rule.name.clone());
                PolicyFileError::Rule { app, rule, why }
            })?;
        }
        Ok(())
    }
}

/// What is wrong with a policy file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyFileError {
    /// The file is too long.
    #[error("the policy has {bytes} bytes, and {limit} is the most; use patterns for accounts")]
    TooLong {
        /// Its length, bytes.
        bytes: usize,
        /// The most there may be.
        limit: usize,
    },
    /// It is not TOML, or does not have the fields of a policy.
    #[error("the policy cannot be read{at}: {why}")]
    NotRead {
        /// Line and column, with a space before.
        at: String,
        /// What is wrong.
        why: String,
    },
    /// No app is in it.
    #[error("the policy has no app, so it would refuse everything; write a table [apps.NAME]")]
    NoApps,
    /// An app has no rule.
    #[error(
        "app `{app}` has no rule, so all its requests would be refused; write [[apps.{app}.rules]]"
    )]
    NoRules {
        /// The app.
        app: AppName,
    },
    /// A rule's name is not usable.
    #[error(
        "app `{app}`: \"{name}\" is not a name for a rule; write 1 to 64 of a-z, A-Z, 0-9, space, - and _"
    )]
    RuleName {
        /// The app.
        app: AppName,
        /// The name.
        name: String,
    },
    /// Two rules of an app have one name.
    #[error("app `{app}` has two rules named `{rule}`; give each its own name")]
    RuleTwice {
        /// The app.
        app: AppName,
        /// The name.
        rule: String,
    },
    /// A rule says something that cannot be meant.
    #[error("rule `{rule}` of app `{app}`: {why}")]
    Rule {
        /// The app.
        app: AppName,
        /// The rule.
        rule: String,
        /// What is wrong.
        why: String,
    },
}

/// A name that can be shown anywhere as it is.
pub(crate) fn is_name(text: &str) -> bool {
    let fits = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b' ' | b'-' | b'_');
    !text.trim().is_empty() && text.len() <= MAX_NAME_BYTES && text.bytes().all(fits)
}

fn position(text: &str, span: Option<std::ops::Range<usize>>) -> String {
    let Some(before) = span.and_then(|span| text.get(..span.start)) else { return String::new() };
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!(" at line {line}, column {column}")
}

/// Text of a file or a request in a form that a terminal can show, and not too much of it.
pub(crate) fn shown(text: &str) -> String {
    let text = printable(text.trim_end());
    match text.char_indices().nth(SHOWN) {
        None => text.into_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// A policy of this length names about 10,000 accounts.
const MAX_FILE_BYTES: usize = 1 << 20;
const MAX_NAME_BYTES: usize = 64;
const SHOWN: usize = 200;
