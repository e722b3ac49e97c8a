//! An action as JSON, in the words of a policy.

use crate::policy::{Among, amounts};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use keyway::protocol::{AccessKey, AccessKeyPermission, Action, FunctionCallPermission, PublicKey};
use keyway::{AccountId, Gas, NearToken};
use near_primitives::action::{
    AddKeyAction, CreateAccountAction, DeleteKeyAction, DeployContractAction, FunctionCallAction,
    TransferAction,
};
use serde::Deserialize;
use serde_json::Value;

/// An action as JSON.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum ActionForm {
    /// A function call. At most one of the three forms of arguments; none means no bytes.
    Call {
        /// The function.
        method: String,
        /// The arguments as JSON.
        args: Option<Value>,
        /// The arguments as text, byte by byte.
        args_text: Option<String>,
        /// The arguments as base64.
        args_base64: Option<String>,
        /// The gas to attach.
        #[serde(deserialize_with = "amounts::gas")]
        gas: Gas,
        /// The deposit.
        #[serde(default, deserialize_with = "amounts::near")]
        deposit: NearToken,
    },
    /// A transfer.
    Transfer {
        /// How much.
        #[serde(deserialize_with = "amounts::near")]
        deposit: NearToken,
    },
    /// Creating the receiver.
    CreateAccount {},
    /// Adding a full-access key.
    AddFullAccessKey {
        /// The key.
        public_key: PublicKey,
    },
    /// Adding a function-call key.
    AddFunctionCallKey {
        /// The key.
        public_key: PublicKey,
        /// The contract.
        receiver: AccountId,
        /// The functions; all of them must be written as `"any"`.
        methods: Among<String>,
        /// How much gas it may pay for; none means without a limit.
        #[serde(default, deserialize_with = "limit")]
        allowance: Option<NearToken>,
    },
    /// Deleting a key.
    DeleteKey {
        /// The key.
        public_key: PublicKey,
    },
    /// Deploying a contract.
    DeployContract {
        /// The code as base64.
        code_base64: String,
    },
}

/// What is wrong with an action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// Arguments in two forms.
    #[error("the call has arguments in two forms; give one of args, args_text and args_base64")]
    TwoForms,
    /// Not base64.
    #[error("{field} is not base64")]
    NotBase64 {
        /// The field.
        field: &'static str,
    },
}

impl ActionForm {
    /// The action. The protocol's limits are not checked.
    ///
    /// # Errors
    /// If the arguments are in two forms, or something is not base64.
    pub fn action(&self) -> Result<Action, FormError> {
        Ok(match self {
            Self::Call { method, args, args_text, args_base64, gas, deposit } => {
                let args = match (args, args_text, args_base64) {
                    (None, None, None) => Vec::new(),
                    (Some(value), None, None) => value.to_string().into_bytes(),
                    (None, Some(text), None) => text.clone().into_bytes(),
                    (None, None, Some(text)) => decoded("args_base64", text)?,
                    _ => return Err(FormError::TwoForms),
                };
                let (method_name, gas, deposit) = (method.clone(), *gas, *deposit);
                let call = FunctionCallAction { method_name, args, gas, deposit };
                Action::FunctionCall(Box::new(call))
            }
            Self::Transfer { deposit } => Action::Transfer(TransferAction { deposit: *deposit }),
            Self::CreateAccount {} => Action::CreateAccount(CreateAccountAction {}),
            Self::AddFullAccessKey { public_key } => {
                add_key(public_key, AccessKeyPermission::FullAccess)
            }
            Self::AddFunctionCallKey { public_key, receiver, methods, allowance } => {
                let method_names = match methods {
                    Among::Any => Vec::new(),
                    Among::Only(names) => names.clone(),
                };
                let permission = FunctionCallPermission {
                    allowance: *allowance,
                    receiver_id: receiver.to_string(),
                    method_names,
                };
                add_key(public_key, AccessKeyPermission::FunctionCall(permission))
            }
            Self::DeleteKey { public_key } => {
                let public_key = public_key.clone();
                Action::DeleteKey(Box::new(DeleteKeyAction { public_key }))
            }
            Self::DeployContract { code_base64 } => {
                let code = decoded("code_base64", code_base64)?;
                Action::DeployContract(DeployContractAction { code })
            }
        })
    }
}

fn add_key(public_key: &PublicKey, permission: AccessKeyPermission) -> Action {
    let access_key = AccessKey { nonce: 0, permission };
    Action::AddKey(Box::new(AddKeyAction { public_key: public_key.clone(), access_key }))
}

fn limit<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<NearToken>, D::Error> {
    amounts::near(deserializer).map(Some)
}

fn decoded(field: &'static str, text: &str) -> Result<Vec<u8>, FormError> {
    BASE64_STANDARD.decode(text.trim()).map_err(|_| FormError::NotBase64 { field })
}
