//! Actions on whole accounts.

use super::{IntoPublicKey, Step, read};
use crate::amount::IntoNearToken;
use crate::error::{ArgumentError, ArgumentProblem, ArgumentSite};
use near_crypto::{KeyType, PublicKey};
use near_primitives::action::{
    Action, CreateAccountAction, DeleteAccountAction, StakeAction, TransferAction,
};

/// Creates the account that receives the transaction.
///
/// Add a key in the same transaction, or nobody can ever sign for the account.
///
/// ```
/// use keyway::{NearLiteral, add_full_access_key, create_account, transfer};
/// # let key = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";
/// let intent = create_account().to("new.alice.near").then(add_full_access_key(key));
/// assert!(intent.resolve(&"alice.near".parse()?).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn create_account() -> Step {
    Step::for_receiver(Ok(Action::CreateAccount(CreateAccountAction {})))
}

/// Transfers NEAR to the receiver of the transaction.
///
/// ```
/// use keyway::{NearLiteral, transfer};
/// assert!(transfer(1.near()).to("bob.near").resolve(&"alice.near".parse()?).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn transfer(amount: impl IntoNearToken) -> Step {
    let amount = amount.into_near_token();
    Step::for_receiver(amount.map(|deposit| Action::Transfer(TransferAction { deposit })))
}

/// Sets the stake of the signer's account to `amount`, with `validator_key` as its validator's key.
///
/// The key must be ed25519. An amount of 0 ends staking.
///
/// ```
/// use keyway::{KeyPair, NearLiteral, Sandbox, stake};
///
/// let sandbox = Sandbox::new();
/// let validator_key = KeyPair::random_ed25519();
/// let outcome = sandbox.root().execute(stake(100_000.near(), validator_key.public_key()))?;
/// assert!(outcome.is_success());
/// let wrong = stake(1.near(), KeyPair::random_secp256k1().public_key());
/// assert_eq!(wrong.into_action().unwrap_err().field(), "validator_key");
/// # Ok::<(), keyway::Error>(())
/// ```
#[must_use]
pub fn stake(amount: impl IntoNearToken, validator_key: impl IntoPublicKey) -> Step {
    let stake = |public_key| {
        let stake = amount.into_near_token()?;
        Ok(Action::Stake(Box::new(StakeAction { stake, public_key })))
    };
    Step::on_signer(validator(validator_key).and_then(stake))
}

/// Deletes the signer's account with its keys, contract and data, and transfers its balance to `beneficiary`. If the
/// beneficiary does not exist, the balance is burnt.
///
/// ```
/// use keyway::{Intent, delete_account};
/// let intent = Intent::from(delete_account("Alice"));
/// let error = intent.resolve(&"old.alice.near".parse()?).unwrap_err();
/// assert_eq!(error.field(), "beneficiary");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn delete_account(beneficiary: impl AsRef<str>) -> Step {
    let beneficiary =
        read::account_id(ArgumentSite::DeleteAccount, "beneficiary", beneficiary.as_ref());
    Step::on_signer(
        beneficiary
            .map(|beneficiary_id| Action::DeleteAccount(DeleteAccountAction { beneficiary_id })),
    )
}

fn validator(key: impl IntoPublicKey) -> Result<PublicKey, ArgumentError> {
    let wrong = |problem| ArgumentError::new(ArgumentSite::Stake, "validator_key", problem);
    let public_key = key.into_public_key().map_err(wrong)?;
    match public_key.key_type() {
        KeyType::ED25519 => Ok(public_key),
        other => Err(wrong(ArgumentProblem::WrongKeyType { got: other.to_string() })),
    }
}
