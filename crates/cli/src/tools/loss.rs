//! What an account loses for good when its keys are deleted, and the confirmation of that.

use super::consent::Consent;
use super::context::Context;
use super::words::some_of;
use crate::error::CliError;
use clap::Args;
use keyway::client::AccountKey;
use keyway::client::PublicKeyHandle;
use keyway::protocol::{AccessKey, Action, PublicKey};
use keyway::{AccountId, NearToken, format_near};
use keyway_guard::{KeyLoss, full_access_out_of_reach, key_loss};

/// The flags that confirm it in scripts.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct LossArgs {
    /// Delete the last full-access key, or the last one with a secret here, without asking; the
    /// account may never be fully usable again
    #[arg(long)]
    yes_lock: bool,
    /// Burn the balance of deleted gas keys without asking
    #[arg(long)]
    pub(crate) yes_burn: bool,
}

impl LossArgs {
    /// Asks before irreversible effects of `actions` that `account`, with these keys, sends to
    /// itself.
    ///
    /// # Errors
    /// [`CliError::NotConfirmed`]; as [`agree_to_burn`].
    pub(crate) fn agree(
        self,
        context: &Context,
        account: &AccountId,
        keys: &[AccountKey],
        actions: &[Action],
    ) -> Result<(), CliError> {
        let loss = key_loss(listed(keys), actions);
        let goes = |key: &PublicKeyHandle| {
            actions.iter().any(|action| match action {
                Action::DeleteKey(delete) => PublicKeyHandle::from(&delete.public_key) == *key,
                _ => false,
            })
        };
        let funded: Vec<_> = funded(keys).into_iter().filter(goes).collect();
        agree_to_burn(context, account, &loss.burns, &funded, self.yes_burn)?;
        if !loss.locks {
            return Ok(());
        }
        let danger = format!(
            "No full-access key of {account} will be left: from then on only its contract can act for it."
        );
        let (word, given) = (account.as_str(), self.yes_lock);
        Consent { danger: &danger, word, flag: "--yes-lock", given }.ask()
    }

    /// Asks before `actions` delete the last full-access key in `at_hand` while other ones stay: an
    /// owner without the other secrets loses the account.
    ///
    /// # Errors
    /// [`CliError::NotConfirmed`].
    pub(crate) fn agree_to_lose_hold(
        self,
        account: &AccountId,
        keys: &[AccountKey],
        actions: &[Action],
        at_hand: &[PublicKey],
    ) -> Result<(), CliError> {
        let stay = full_access_out_of_reach(listed(keys), actions, at_hand);
        if stay.is_empty() {
            return Ok(());
        }
        let stay: Vec<_> = stay.iter().map(ToString::to_string).collect();
        let danger = format!(
            "No full-access key of {account} will be left on this machine: the secret of what stays ({}) is not in the key files here. Without another copy of it, the account is lost.",
            some_of(&stay)
        );
        let (word, given) = (account.as_str(), self.yes_lock);
        Consent { danger: &danger, word, flag: "--yes-lock", given }.ask()
    }
}

fn listed(keys: &[AccountKey]) -> impl Iterator<Item = (&PublicKeyHandle, &AccessKey)> {
    keys.iter().map(|key| (&key.public_key, &key.access_key))
}

/// Asks before the balances of gas keys are burnt. Each of `burns` is burnt at once: with one key,
/// or with all keys of a deleted account. `funded` are the gas keys with a balance.
///
/// # Errors
/// [`CliError::Invalid`] if the chain does not burn such an amount; [`CliError::NotConfirmed`].
pub(crate) fn agree_to_burn(
    context: &Context,
    account: &AccountId,
    burns: &[NearToken],
    funded: &[PublicKeyHandle],
    given: bool,
) -> Result<(), CliError> {
    let loss = KeyLoss::of_gas_keys(burns);
    let withdraw = |key| context.command(&format!("key withdraw {account} {key}"));
    let rescue = match funded {
        [] => "a withdrawal saves it".to_owned(),
        [one] => format!("`{}` saves it", withdraw(one)),
        [one, more @ ..] => {
            let more: Vec<_> = more.iter().map(ToString::to_string).collect();
            format!("`{}` saves it, and the same with {}", withdraw(one), some_of(&more))
        }
    };
    if let Some((most, limit)) = loss.above_limit() {
        let (most, limit) = (format_near(most), format_near(limit));
        return Err(CliError::Invalid(format!(
            "the deleted gas keys have {most}, and the chain burns at most {limit}: {rescue}"
        )));
    }
    if loss.burnt().is_zero() {
        return Ok(());
    }
    let sum = format_near(loss.burnt());
    let danger = format!("The deleted gas keys have {sum}, which will be burnt: {rescue}.");
    Consent { danger: &danger, word: account.as_str(), flag: "--yes-burn", given }.ask()
}

/// The gas keys with a balance.
pub(crate) fn funded(keys: &[AccountKey]) -> Vec<PublicKeyHandle> {
    let funded = keys.iter().filter(|key| !on_gas_key(&key.access_key).is_zero());
    funded.map(|key| key.public_key.clone()).collect()
}

/// The balance of a gas key; zero for other keys.
pub(crate) fn on_gas_key(key: &AccessKey) -> NearToken {
    key.gas_key_info().map_or(NearToken::ZERO, |info| info.balance)
}

/// The maximum number of actions in a transaction.
pub(crate) const KEYS_AT_ONCE: usize = 100;
