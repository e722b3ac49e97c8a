//! Converts the protocol's errors for refused actions.

use super::ActionsRefusal;
use near_primitives::errors::ActionsValidationError;

impl From<ActionsValidationError> for ActionsRefusal {
    fn from(error: ActionsValidationError) -> Self {
        use ActionsValidationError as Chain;
        match error {
            Chain::DeleteActionMustBeFinal => Self::DeleteNotLast,
            Chain::TotalPrepaidGasExceeded { total_prepaid_gas: gas, limit } => {
                Self::TooMuchGas { gas, limit }
            }
            Chain::TotalNumberOfActionsExceeded { total_number_of_actions: count, limit } => {
                Self::TooMany { count, limit }
            }
            Chain::AddKeyMethodNamesNumberOfBytesExceeded {
                total_number_of_bytes: bytes,
                limit,
            } => Self::FunctionNamesTooLong { bytes, limit },
            Chain::AddKeyMethodNameLengthExceeded { length, limit } => {
                Self::KeyFunctionNameTooLong { length, limit }
            }
            Chain::IntegerOverflow => Self::GasOverflow,
            Chain::InvalidAccountId { account_id } => Self::AccountIdInvalid { account_id },
            Chain::ContractSizeExceeded { size, limit } => Self::ContractTooLong { size, limit },
            Chain::FunctionCallMethodNameLengthExceeded { length, limit } => {
                Self::FunctionNameTooLong { length, limit }
            }
            Chain::FunctionCallArgumentsLengthExceeded { length, limit } => {
                Self::ArgsTooLong { length, limit }
            }
            Chain::UnsuitableStakingKey { public_key } => Self::ValidatorKeyInvalid { public_key },
            Chain::FunctionCallZeroAttachedGas => Self::ZeroGas,
            Chain::DelegateActionMustBeOnlyOne => Self::TwoDelegates,
            Chain::UnsupportedProtocolFeature { protocol_feature: feature, version } => {
                Self::NotYetSupported { feature, version }
            }
            Chain::InvalidDeterministicStateInitReceiver { receiver_id, derived_id } => {
                Self::DeterministicReceiver { receiver_id, derived_id }
            }
            Chain::DeterministicStateInitKeyLengthExceeded { length, limit } => {
                Self::DeterministicKeyTooLong { length, limit }
            }
            Chain::DeterministicStateInitValueLengthExceeded { length, limit } => {
                Self::DeterministicValueTooLong { length, limit }
            }
            Chain::GasKeyInvalidNumNonces { requested_nonces: got, limit } => {
                Self::NonceCountInvalid { got, limit }
            }
            Chain::AddGasKeyWithNonZeroBalance { balance } => Self::GasKeyWithBalance { balance },
            Chain::GasKeyFunctionCallAllowanceNotAllowed => Self::GasKeyWithAllowance,
            Chain::TotalNumberOfDeployActionsExceeded {
                number_of_deploy_actions: count,
                limit,
            } => Self::TooManyDeploys { count, limit },
            Chain::FunctionCallEmptyMethodName => Self::FunctionNameEmpty,
            Chain::InvalidUniversalStateInitReceiver { receiver_id, derived_id } => {
                Self::UniversalReceiver { receiver_id, derived_id }
            }
            Chain::UniversalStateInitKeyLengthExceeded { length, limit } => {
                Self::UniversalKeyTooLong { length, limit }
            }
            Chain::UniversalStateInitValueLengthExceeded { length, limit } => {
                Self::UniversalValueTooLong { length, limit }
            }
            Chain::MalformedUniversalStateInit => Self::UniversalMalformed,
            Chain::RemovedProtocolFeature { protocol_feature: feature, version } => {
                Self::NoLongerSupported { feature, version }
            }
            Chain::WithdrawFromGasKeyNotAllowedInDelegate => Self::WithdrawInDelegate,
            Chain::TotalNumberOfStateInitKeysExceeded { number_of_keys: count, limit } => {
                Self::StateInitTooManyKeys { count, limit }
            }
            Chain::TotalNumberOfStateInitEntriesExceeded { number_of_entries: count, limit } => {
                Self::StateInitTooManyEntries { count, limit }
            }
            Chain::TransferToUniversalAccountNotAllowed { account_id } => {
                Self::TransferToUniversal { account_id }
            }
        }
    }
}
