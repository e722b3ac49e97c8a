//! The actions that a policy can allow, each with its limits.

use super::{AccountPattern, Among, Arguments, Broken, amounts};
use keyway::protocol::{AccessKeyPermission, Action, FunctionCallPermission};
use keyway::{Gas, NearToken};
use serde::Deserialize;
use std::fmt;

/// An action that a rule allows. What is not here (stake, delete an account, gas keys, delegate actions inside others)
/// cannot be allowed.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Allow {
    /// A function call.
    Call {
        /// The functions.
        methods: Among<String>,
        /// The most gas that may be attached.
        #[serde(deserialize_with = "amounts::gas")]
        max_gas: Gas,
        /// The most that may be attached. The relayer pays it, and it is refunded to the user.
        #[serde(deserialize_with = "amounts::near")]
        max_deposit: NearToken,
        /// What the arguments may be.
        arguments: Arguments,
    },
    /// A transfer, which the relayer pays.
    Transfer {
        /// The most NEAR.
        #[serde(deserialize_with = "amounts::near")]
        max_deposit: NearToken,
    },
    /// Creating the receiver.
    CreateAccount {},
    /// Adding a full-access key to the receiver.
    AddFullAccessKey {},
    /// Adding a function-call key to the receiver.
    AddFunctionCallKey {
        /// The contracts that the key may be for.
        receivers: Among<AccountPattern>,
        /// The functions that the key may call; a key for all functions needs `"any"`.
        methods: Among<String>,
        /// The largest allowance; a key without a limit is never allowed.
        #[serde(deserialize_with = "amounts::near")]
        max_allowance: NearToken,
    },
    /// Deleting a key of the receiver.
    DeleteKey {},
    /// Deploying a contract on the receiver.
    DeployContract {
        /// The most bytes of code.
        max_bytes: usize,
    },
}

impl Allow {
    /// The kind of action.
    #[must_use]
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::Call { .. } => ActionKind::Call,
            Self::Transfer { .. } => ActionKind::Transfer,
            Self::CreateAccount {} => ActionKind::CreateAccount,
            Self::AddFullAccessKey {} => ActionKind::AddFullAccessKey,
            Self::AddFunctionCallKey { .. } => ActionKind::AddFunctionCallKey,
            Self::DeleteKey {} => ActionKind::DeleteKey,
            Self::DeployContract { .. } => ActionKind::DeployContract,
        }
    }

    /// Checks an action of this kind.
    ///
    /// # Errors
    /// The first limit that it exceeds.
    pub(super) fn judge(&self, action: &Action) -> Result<(), Broken> {
        match (self, action) {
            (
                Self::Call { methods, max_gas, max_deposit, arguments },
                Action::FunctionCall(call),
            ) => {
                check_method(methods, &call.method_name)?;
                if call.gas > *max_gas {
                    return Err(Broken::Gas { got: call.gas, limit: *max_gas });
                }
                check_deposit(call.deposit, *max_deposit)?;
                arguments.judge(&call.args).map_err(Broken::Arguments)
            }
            (Self::Transfer { max_deposit }, Action::Transfer(transfer)) => {
                check_deposit(transfer.deposit, *max_deposit)
            }
            (Self::CreateAccount {}, Action::CreateAccount(_))
            | (Self::DeleteKey {}, Action::DeleteKey(_)) => Ok(()),
            (Self::AddFullAccessKey {}, Action::AddKey(add)) => match add.access_key.permission {
                AccessKeyPermission::FullAccess => Ok(()),
                _ => Err(self.other_kind(action)),
            },
            (
                Self::AddFunctionCallKey { receivers, methods, max_allowance },
                Action::AddKey(add),
            ) => match &add.access_key.permission {
                AccessKeyPermission::FunctionCall(permission) => {
                    check_key(permission, receivers, methods, *max_allowance)
                }
                _ => Err(self.other_kind(action)),
            },
            (Self::DeployContract { max_bytes }, Action::DeployContract(deploy)) => {
                let got = deploy.code.len();
                if got <= *max_bytes {
                    return Ok(());
                }
                Err(Broken::Code { got, limit: *max_bytes })
            }
            _ => Err(self.other_kind(action)),
        }
    }

    fn other_kind(&self, action: &Action) -> Broken {
        let got = ActionKind::of(action).map_or("another action", ActionKind::name);
        Broken::Kind { got, allowed: self.kind().name().to_owned() }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Self::Call { methods, max_gas, arguments, .. } => {
                check_names(methods)?;
                if *max_gas == Gas::ZERO {
                    return Err("`max_gas` is 0, with which no call can run".to_owned());
                }
                arguments.check()
            }
            Self::AddFunctionCallKey { methods, .. } => check_names(methods),
            Self::DeployContract { max_bytes: 0 } => {
                Err("`max_bytes` is 0, which allows nothing".to_owned())
            }
            _ => Ok(()),
        }
    }
}

fn check_names(methods: &Among<String>) -> Result<(), String> {
    let Among::Only(names) = methods else { return Ok(()) };
    for name in names {
        if name.is_empty() || name.len() > MAX_METHOD_BYTES {
            let bytes = name.len();
            return Err(format!(
                "a function's name has {bytes} bytes, and it must have 1 to {MAX_METHOD_BYTES}"
            ));
        }
        if name == "any" || name.contains('*') {
            return Err(format!(
                "`{}` in `methods` would be the name of one function; write methods = \"any\" to allow all",
                super::shown(name)
            ));
        }
    }
    Ok(())
}

fn check_method(methods: &Among<String>, got: &str) -> Result<(), Broken> {
    if methods.allows(|method| method == got) {
        return Ok(());
    }
    let allowed = super::shown(&methods.in_words());
    Err(Broken::Method { got: super::shown(got), allowed })
}

fn check_deposit(got: NearToken, limit: NearToken) -> Result<(), Broken> {
    if got <= limit { Ok(()) } else { Err(Broken::Deposit { got, limit }) }
}

fn check_key(
    permission: &FunctionCallPermission,
    receivers: &Among<AccountPattern>,
    methods: &Among<String>,
    limit: NearToken,
) -> Result<(), Broken> {
    let FunctionCallPermission { allowance, receiver_id, method_names } = permission;
    let receiver = receiver_id.parse().ok();
    if !receiver.is_some_and(|receiver| receivers.allows(|pattern| pattern.fits(&receiver))) {
        let (got, allowed) = (super::shown(receiver_id), receivers.in_words());
        return Err(Broken::KeyReceiver { got, allowed });
    }
    // In a key, no names mean all functions.
    if method_names.is_empty() && *methods != Among::Any {
        return Err(Broken::KeyForAllMethods { allowed: super::shown(&methods.in_words()) });
    }
    method_names.iter().try_for_each(|got| check_method(methods, got))?;
    match *allowance {
        None => Err(Broken::KeyWithoutLimit { limit }),
        Some(got) if got > limit => Err(Broken::Allowance { got, limit }),
        Some(_) => Ok(()),
    }
}

/// The kinds of actions that a policy can allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// A function call.
    Call,
    /// A transfer.
    Transfer,
    /// Creating the receiver.
    CreateAccount,
    /// Adding a full-access key.
    AddFullAccessKey,
    /// Adding a function-call key.
    AddFunctionCallKey,
    /// Deleting a key.
    DeleteKey,
    /// Deploying a contract.
    DeployContract,
}

impl ActionKind {
    /// The kind of `action`; none if no policy can allow it.
    #[must_use]
    pub fn of(action: &Action) -> Option<Self> {
        Some(match action {
            Action::FunctionCall(_) => Self::Call,
            Action::Transfer(_) => Self::Transfer,
            Action::CreateAccount(_) => Self::CreateAccount,
            Action::AddKey(add) => match add.access_key.permission {
                AccessKeyPermission::FullAccess => Self::AddFullAccessKey,
                AccessKeyPermission::FunctionCall(_) => Self::AddFunctionCallKey,
                AccessKeyPermission::GasKeyFunctionCall(..)
                | AccessKeyPermission::GasKeyFullAccess(_) => return None,
            },
            Action::DeleteKey(_) => Self::DeleteKey,
            Action::DeployContract(_) => Self::DeployContract,
            Action::Stake(_)
            | Action::DeleteAccount(_)
            | Action::Delegate(_)
            | Action::DeployGlobalContract(_)
            | Action::UseGlobalContract(_)
            | Action::DeterministicStateInit(_)
            | Action::TransferToGasKey(_)
            | Action::WithdrawFromGasKey(_)
            | Action::DelegateV2(_)
            | Action::UniversalStateInit(_) => return None,
        })
    }

    /// Its name in a policy.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Transfer => "transfer",
            Self::CreateAccount => "create_account",
            Self::AddFullAccessKey => "add_full_access_key",
            Self::AddFunctionCallKey => "add_function_call_key",
            Self::DeleteKey => "delete_key",
            Self::DeployContract => "deploy_contract",
        }
    }

    /// Whether it changes an account's keys or code. For its own account the relayer never does that on request.
    pub(super) fn changes_the_account(self) -> bool {
        match self {
            Self::Call | Self::Transfer | Self::CreateAccount => false,
            Self::AddFullAccessKey
            | Self::AddFunctionCallKey
            | Self::DeleteKey
            | Self::DeployContract => true,
        }
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The protocol's limit for a name.
const MAX_METHOD_BYTES: usize = 256;
