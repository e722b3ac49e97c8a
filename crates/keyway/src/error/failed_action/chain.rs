//! Converts the protocol's errors for failed actions.

use super::FailedAction;
use near_primitives::errors::ActionErrorKind;

impl From<ActionErrorKind> for FailedAction {
    fn from(error: ActionErrorKind) -> Self {
        use ActionErrorKind as Chain;
        match error {
            Chain::AccountAlreadyExists { account_id } => Self::AccountAlreadyExists { account_id },
            Chain::AccountDoesNotExist { account_id } => Self::AccountNotFound { account_id },
            Chain::CreateAccountOnlyByRegistrar {
                account_id,
                registrar_account_id,
                predecessor_id,
            } => Self::TopLevelAccount {
                account_id,
                registrar_id: registrar_account_id,
                creator_id: predecessor_id,
            },
            Chain::CreateAccountNotAllowed { account_id, predecessor_id: creator_id } => {
                Self::ForeignNamespace { account_id, creator_id }
            }
            Chain::ActorNoPermission { account_id, actor_id } => {
                Self::Forbidden { account_id, actor_id }
            }
            Chain::DeleteKeyDoesNotExist { account_id, public_key } => {
                Self::KeyNotFound { account_id, public_key }
            }
            Chain::AddKeyAlreadyExists { account_id, public_key } => {
                Self::KeyAlreadyExists { account_id, public_key }
            }
            Chain::DeleteAccountStaking { account_id } => Self::DeleteWhileStaking { account_id },
            Chain::LackBalanceForState { account_id, amount: missing } => {
                Self::StorageNotCovered { account_id, missing }
            }
            Chain::TriesToUnstake { account_id } => Self::StakeAlreadyZero { account_id },
            Chain::TriesToStake { account_id, stake, locked, balance } => {
                Self::StakeNotCovered { account_id, stake, locked, balance }
            }
            Chain::InsufficientStake { account_id, stake, minimum_stake: minimum } => {
                Self::StakeTooSmall { account_id, stake, minimum }
            }
            Chain::FunctionCallError(error) => Self::Contract(error.into()),
            Chain::NewReceiptValidationError(error) => Self::Receipt(error.into()),
            Chain::OnlyImplicitAccountCreationAllowed { account_id } => {
                Self::ImplicitAccount { account_id }
            }
            Chain::DeleteAccountWithLargeState { account_id } => {
                Self::DeleteWithLargeState { account_id }
            }
            Chain::DelegateActionInvalidSignature => Self::DelegateSignatureInvalid,
            Chain::DelegateActionSenderDoesNotMatchTxReceiver { sender_id, receiver_id } => {
                Self::DelegateReceiverMismatch { sender_id, receiver_id }
            }
            Chain::DelegateActionExpired => Self::DelegateExpired,
            Chain::DelegateActionAccessKeyError(error) => Self::DelegateAccessKey(error.into()),
            Chain::DelegateActionInvalidNonce { delegate_nonce: nonce, ak_nonce: key_nonce } => {
                Self::DelegateNonceInvalid { nonce, key_nonce }
            }
            Chain::DelegateActionNonceTooLarge { delegate_nonce: nonce, upper_bound } => {
                Self::DelegateNonceTooLarge { nonce, upper_bound }
            }
            Chain::GlobalContractDoesNotExist { identifier } => {
                Self::GlobalContractNotFound { identifier }
            }
            Chain::GasKeyDoesNotExist { account_id, public_key } => {
                Self::GasKeyNotFound { account_id, public_key }
            }
            Chain::InsufficientGasKeyBalance { account_id, public_key, balance, required } => {
                Self::GasKeyBalanceNotEnough { account_id, public_key, balance, required }
            }
            Chain::GasKeyBalanceTooHigh { account_id, public_key, balance } => {
                Self::GasKeyBalanceTooHigh { account_id, public_key, balance }
            }
            Chain::DelegateActionInvalidNonceIndex { nonce_index: index, num_nonces: count } => {
                Self::DelegateNonceIndexInvalid { index, count }
            }
            Chain::TotalPromiseInputSizeExceeded { size, limit } => {
                Self::PromiseInputTooLong { size, limit }
            }
            Chain::ReceiptStorageProofSizeExceeded { limit } => Self::StorageProofTooLong { limit },
            Chain::MalformedUniversalStateInit => Self::UniversalMalformed,
            Chain::AccountNotInitialized { account_id } => {
                Self::AccountNotInitialized { account_id }
            }
        }
    }
}
