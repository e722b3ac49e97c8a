//! Certain failures, in words.

use super::Failure;
use crate::quoted;
use near_primitives::action::Action;
use near_primitives::errors::{
    ActionErrorKind, CompilationError, FunctionCallError, InvalidAccessKeyError, MethodResolveError,
};
use near_primitives::types::AccountId;
use std::fmt;

impl Failure {
    pub(super) fn new(
        account_id: &AccountId,
        index: usize,
        action: &Action,
        error: ActionErrorKind,
    ) -> Self {
        let reason = Words { account_id, action, error: &error }.to_string();
        let delegated = action.is_delegate();
        Self { account_id: account_id.clone(), index, delegated, error, reason }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// An error, and the action that it is about.
struct Words<'a> {
    account_id: &'a AccountId,
    action: &'a Action,
    error: &'a ActionErrorKind,
}

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account_id: account, action, error } = self;
        match error {
            ActionErrorKind::AccountDoesNotExist { account_id } => {
                write!(f, "there is no account {account_id}")
            }
            ActionErrorKind::AccountAlreadyExists { account_id } => {
                write!(f, "{account_id} already exists")
            }
            ActionErrorKind::AccountNotInitialized { account_id } => {
                write!(f, "{account_id} is not initialized yet")
            }
            ActionErrorKind::OnlyImplicitAccountCreationAllowed { account_id } => {
                write!(f, "{account_id} is an implicit account, which only a transfer creates")
            }
            ActionErrorKind::CreateAccountOnlyByRegistrar {
                account_id,
                registrar_account_id,
                ..
            } => {
                write!(
                    f,
                    "{account_id} is a top-level account, which only {registrar_account_id} can create"
                )
            }
            ActionErrorKind::CreateAccountNotAllowed { account_id, .. } => {
                match account_id.get_parent_account_id() {
                    Some(parent) => write!(f, "only {parent} can create {account_id}"),
                    None => write!(f, "nobody can create {account_id}"),
                }
            }
            ActionErrorKind::ActorNoPermission { account_id, actor_id } => {
                write!(f, "{actor_id} cannot do this to {account_id}: only the account itself can")
            }
            ActionErrorKind::DeleteAccountStaking { account_id } => {
                write!(
                    f,
                    "{account_id} has a stake, and cannot be deleted before that is withdrawn"
                )
            }
            ActionErrorKind::AddKeyAlreadyExists { account_id, public_key } => {
                write!(f, "{account_id} already has the key {public_key}")
            }
            ActionErrorKind::DeleteKeyDoesNotExist { account_id, public_key } => {
                write!(f, "{account_id} has no key {public_key}")
            }
            ActionErrorKind::FunctionCallError(FunctionCallError::CompilationError(
                CompilationError::CodeDoesNotExist { .. },
            )) => write!(f, "{account} has no contract"),
            ActionErrorKind::FunctionCallError(FunctionCallError::MethodResolveError(
                MethodResolveError::MethodNotFound,
            )) => match action {
                Action::FunctionCall(call) => {
                    write!(f, "{account} has no function {}", quoted(&call.method_name))
                }
                _ => write!(f, "{account} has no such function"),
            },
            error => delegate(f, error),
        }
    }
}

/// Errors of a delegate action itself.
fn delegate(f: &mut fmt::Formatter<'_>, error: &ActionErrorKind) -> fmt::Result {
    match error {
        ActionErrorKind::DelegateActionInvalidSignature => {
            f.write_str("its signature does not match its key")
        }
        ActionErrorKind::DelegateActionExpired => f.write_str("it has expired"),
        ActionErrorKind::DelegateActionSenderDoesNotMatchTxReceiver { sender_id, receiver_id } => {
            write!(
                f,
                "it was signed by {sender_id}, but the transaction goes to {receiver_id}; send it to {sender_id}"
            )
        }
        ActionErrorKind::DelegateActionInvalidNonce { delegate_nonce, ak_nonce } => {
            write!(f, "its nonce {delegate_nonce} is used up: the key's last is {ak_nonce}")
        }
        ActionErrorKind::DelegateActionNonceTooLarge { delegate_nonce, upper_bound } => {
            write!(f, "its nonce {delegate_nonce} must be below {upper_bound} now")
        }
        ActionErrorKind::DelegateActionInvalidNonceIndex { nonce_index, num_nonces } => {
            write!(f, "its nonce index {nonce_index} must be below {num_nonces}")
        }
        ActionErrorKind::DelegateActionAccessKeyError(error) => key(f, error),
        other => write!(f, "{other}"),
    }
}

/// Why the key cannot sign the delegate action.
fn key(f: &mut fmt::Formatter<'_>, error: &InvalidAccessKeyError) -> fmt::Result {
    match error {
        InvalidAccessKeyError::AccessKeyNotFound { account_id, public_key } => {
            write!(f, "{account_id} has no key {public_key}, which signed it")
        }
        InvalidAccessKeyError::RequiresFullAccess => {
            f.write_str("its key may sign one function call and nothing else")
        }
        InvalidAccessKeyError::DepositWithFunctionCall => {
            f.write_str("its key cannot attach a deposit")
        }
        InvalidAccessKeyError::ReceiverMismatch { tx_receiver, ak_receiver } => {
            write!(f, "it calls {tx_receiver}, and its key may call {}", quoted(ak_receiver))
        }
        InvalidAccessKeyError::MethodNameMismatch { method_name } => {
            write!(f, "it calls {}, which its key does not list", quoted(method_name))
        }
        InvalidAccessKeyError::DelegateActionRequiresGasKey => {
            f.write_str("it has a nonce index, and its key is not a gas key")
        }
        InvalidAccessKeyError::DelegateActionRequiresNonGasKey => {
            f.write_str("its key is a gas key, and it has no nonce index")
        }
        other => write!(f, "{other}"),
    }
}
