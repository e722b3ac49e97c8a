//! Why a request is refused.

use super::{ArgumentsProblem, WayName};
use crate::AppName;
use keyway::protocol::{BlockHeightDelta, PublicKey};
use keyway::{AccountId, Gas, NearToken, format_gas, format_near};
use std::fmt;

/// A request that the policy refuses. It costs nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRefusal {
    /// The app that asked.
    pub app: AppName,
    /// The rule that came nearest to allowing it; none if the refusal is not of a rule.
    pub rule: Option<String>,
    /// How many other rules the app has, which do not allow it either.
    pub other_rules: usize,
    /// What was broken.
    pub broken: Box<Broken>,
}

impl PolicyRefusal {
    /// A name that does not change, for programs.
    #[must_use]
    pub fn kind(&self) -> String {
        format!("Policy.{}", self.broken.kind())
    }
}

impl fmt::Display for PolicyRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused by the policy: {}", self.broken)?;
        let app = &self.app;
        match (&self.rule, self.other_rules) {
            (None, _) => write!(f, " (app `{app}`)"),
            (Some(rule), 0) => write!(f, " (rule `{rule}` of app `{app}`)"),
            (Some(rule), 1) => {
                write!(
                    f,
                    " (rule `{rule}` of app `{app}`; its other rule does not allow it either)"
                )
            }
            (Some(rule), n) => {
                write!(
                    f,
                    " (rule `{rule}` of app `{app}`; its {n} other rules do not allow it either)"
                )
            }
        }
    }
}

impl std::error::Error for PolicyRefusal {}

/// What a request breaks: what it has, and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Broken {
    /// The whole relayer is stopped.
    #[error("the relayer is stopped: its policy has `stopped = true`")]
    Stopped,
    /// The policy has no such app.
    #[error("the policy has no such app")]
    UnknownApp,
    /// There is nothing to do.
    #[error("there are no actions")]
    NoActions,
    /// The user would be the relayer itself.
    #[error("the relayer's own account {relayer} is not a user")]
    RelayerAsUser {
        /// The relayer's account.
        relayer: AccountId,
    },
    /// An intent for the relayer's own account.
    #[error("the receiver of an intent cannot be the relayer's own account {relayer}")]
    RelayerAsReceiver {
        /// The relayer's account.
        relayer: AccountId,
    },
    /// An intent changes keys or code of an account that it does not create.
    #[error(
        "action {nth} of an intent changes keys or code of an account, so the first action must create that account"
    )]
    ChangesAnAccount {
        /// The number of the action, from 1.
        nth: usize,
    },
    /// The rule is for requests that come another way.
    #[error("the request came as {got}, and only these are allowed: {allowed}")]
    Way {
        /// How it came.
        got: WayName,
        /// How it may come.
        allowed: String,
    },
    /// An intent without a user, where the rule or the budget needs one.
    #[error("the intent names no user; name the account for which it is")]
    NoUser,
    /// Another user.
    #[error("user {got} is not among {allowed}")]
    User {
        /// The user.
        got: AccountId,
        /// The users that are allowed.
        allowed: String,
    },
    /// Another key.
    #[error("key {got} is not among the keys that may sign")]
    Key {
        /// The key of the delegate action.
        got: PublicKey,
    },
    /// The delegate action is valid for too long.
    #[error("the delegate action is valid for {got} more blocks, and {limit} is the most")]
    Lifetime {
        /// For how many more blocks.
        got: BlockHeightDelta,
        /// The most.
        limit: BlockHeightDelta,
    },
    /// Another receiver.
    #[error("receiver {got} is not among {allowed}")]
    Receiver {
        /// The receiver.
        got: AccountId,
        /// The receivers that are allowed.
        allowed: String,
    },
    /// Too many actions.
    #[error("there are {got} actions, and {limit} is the most")]
    TooManyActions {
        /// How many.
        got: usize,
        /// The most.
        limit: usize,
    },
    /// Something about one action.
    #[error("action {nth}: {why}")]
    Action {
        /// The number of the action, from 1.
        nth: usize,
        /// What.
        why: Box<Broken>,
    },
    /// Another kind of action.
    #[error("{got} is not allowed, only {allowed}")]
    Kind {
        /// The kind.
        got: &'static str,
        /// The kinds that are allowed.
        allowed: String,
    },
    /// Another function.
    #[error("function {got} is not among {allowed}")]
    Method {
        /// The function's name.
        got: String,
        /// The functions that are allowed.
        allowed: String,
    },
    /// Too much gas.
    #[error("{} attached, and {} is the most", format_gas(*got), format_gas(*limit))]
    Gas {
        /// The gas attached.
        got: Gas,
        /// The most.
        limit: Gas,
    },
    /// Too large a deposit.
    #[error("a deposit of {}, and {} is the most", format_near(*got), format_near(*limit))]
    Deposit {
        /// The deposit.
        got: NearToken,
        /// The most.
        limit: NearToken,
    },
    /// Something about the arguments.
    #[error("arguments: {0}")]
    Arguments(ArgumentsProblem),
    /// A key for another contract.
    #[error("the new key is for {got}, which is not among {allowed}")]
    KeyReceiver {
        /// The contract.
        got: String,
        /// The contracts that are allowed.
        allowed: String,
    },
    /// A key for all functions.
    #[error("the new key is for all functions, and only {allowed} are allowed")]
    KeyForAllMethods {
        /// The functions that are allowed.
        allowed: String,
    },
    /// A key without a limit.
    #[error("the new key has no limit for gas, and {} is the most", format_near(*limit))]
    KeyWithoutLimit {
        /// The largest allowance.
        limit: NearToken,
    },
    /// Too large an allowance.
    #[error("the new key has an allowance of {}, and {} is the most", format_near(*got), format_near(*limit))]
    Allowance {
        /// The allowance.
        got: NearToken,
        /// The most.
        limit: NearToken,
    },
    /// Too much code.
    #[error("the code has {got} bytes, and {limit} is the most")]
    Code {
        /// Bytes.
        got: usize,
        /// The most.
        limit: usize,
    },
    /// It can cost more than one request may.
    #[error("it can cost {}, and {} is the most for one request", format_near(*cost), format_near(*limit))]
    PerCall {
        /// The most it can cost.
        cost: NearToken,
        /// The most for one request.
        limit: NearToken,
    },
    /// A budget would be exceeded.
    #[error("it can cost {}, and {} of {} {} are spent or reserved", format_near(*cost), format_near(*spent), format_near(*limit), whose.in_words())]
    Budget {
        /// Which one.
        whose: Whose,
        /// What is spent or reserved.
        spent: NearToken,
        /// The most that the request can cost.
        cost: NearToken,
        /// The budget.
        limit: NearToken,
    },
}

/// A budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Of one user of the app, for a day.
    UserToday,
    /// Of the app, for a day.
    AppToday,
    /// Of the relayer, for a day.
    Today,
    /// Of the relayer, for all time.
    Total,
}

impl Whose {
    fn in_words(self) -> &'static str {
        match self {
            Self::UserToday => "for this user today",
            Self::AppToday => "for the app today",
            Self::Today => "for all apps today",
            Self::Total => "in all",
        }
    }
}

impl Broken {
    /// A name that does not change, for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Stopped => "Stopped",
            Self::UnknownApp => "UnknownApp",
            Self::NoActions => "NoActions",
            Self::RelayerAsUser { .. } => "RelayerAsUser",
            Self::RelayerAsReceiver { .. } => "RelayerAsReceiver",
            Self::ChangesAnAccount { .. } => "ChangesAnAccount",
            Self::Way { .. } => "Way",
            Self::NoUser => "NoUser",
            Self::User { .. } => "User",
            Self::Key { .. } => "Key",
            Self::Lifetime { .. } => "Lifetime",
            Self::Receiver { .. } => "Receiver",
            Self::TooManyActions { .. } => "TooManyActions",
            Self::Action { why, .. } => why.kind(),
            Self::Kind { .. } => "Kind",
            Self::Method { .. } => "Method",
            Self::Gas { .. } => "Gas",
            Self::Deposit { .. } => "Deposit",
            Self::Arguments(_) => "Arguments",
            Self::KeyReceiver { .. } => "KeyReceiver",
            Self::KeyForAllMethods { .. } => "KeyForAllMethods",
            Self::KeyWithoutLimit { .. } => "KeyWithoutLimit",
            Self::Allowance { .. } => "Allowance",
            Self::Code { .. } => "Code",
            Self::PerCall { .. } => "PerCall",
            Self::Budget { whose: Whose::UserToday, .. } => "Budget.UserToday",
            Self::Budget { whose: Whose::AppToday, .. } => "Budget.AppToday",
            Self::Budget { whose: Whose::Today, .. } => "Budget.Today",
            Self::Budget { whose: Whose::Total, .. } => "Budget.Total",
        }
    }

    /// How far a rule was checked before this was found: larger is nearer to being allowed.
    pub(super) fn reach(&self) -> (usize, usize, usize) {
        let at = |stage| (stage, 0, 0);
        match self {
            Self::Stopped
            | Self::UnknownApp
            | Self::NoActions
            | Self::RelayerAsUser { .. }
            | Self::RelayerAsReceiver { .. }
            | Self::ChangesAnAccount { .. } => at(0),
            Self::Way { .. } => at(1),
            Self::NoUser | Self::User { .. } => at(2),
            Self::Key { .. } => at(3),
            Self::Lifetime { .. } => at(4),
            Self::Receiver { .. } => at(5),
            Self::TooManyActions { .. } => at(6),
            Self::Action { nth, why } => (7, *nth, why.reach().0),
            Self::Kind { .. } => at(1),
            Self::Method { .. } | Self::KeyReceiver { .. } | Self::Code { .. } => at(2),
            Self::Gas { .. } | Self::KeyForAllMethods { .. } => at(3),
            Self::Deposit { .. } | Self::KeyWithoutLimit { .. } | Self::Allowance { .. } => at(4),
            Self::Arguments(_) => at(5),
            Self::PerCall { .. } | Self::Budget { .. } => at(8),
        }
    }
}
