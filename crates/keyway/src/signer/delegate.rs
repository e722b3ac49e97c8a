//! Meta transactions (NEP-366): one account signs, another one sends and pays for the gas.

use super::Signer;
use super::choose::{Job, Purpose};
use super::execute::ExecuteOptions;
use crate::action::Intent;
use crate::error::{ArgumentError, ArgumentProblem, ArgumentSite, Error};
use crate::outcome::Outcome;
use near_primitives::action::Action;
use near_primitives::action::delegate::{DelegateAction, NonDelegateAction, SignedDelegateAction};
use near_primitives::types::BlockHeightDelta;

impl Signer {
    /// Signs `intent` as a delegate action, for a relayer to send and pay for. It expires after `blocks` blocks.
    ///
    /// An ordinary key signs, and its allowance does not matter. Its nonce is used up: send nothing else with the same key
    /// before the relayer is done, or the delegate action becomes invalid.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, Signer, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let account = sandbox.create_account("alice.near").create()?;
    /// let alice = Signer::new(sandbox.client(), "alice.near", account.key_pair().clone())?;
    ///
    /// let signed = alice.delegate(transfer(1.near()).to("bob.near"), 100).await?;
    /// assert_eq!(signed.delegate_action.sender_id, "alice.near");
    /// assert!(signed.verify());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If no ordinary key can sign this, or the chain cannot be queried.
    pub async fn delegate(
        &self,
        intent: impl Into<Intent>,
        blocks: BlockHeightDelta,
    ) -> Result<SignedDelegateAction, Error> {
        let (receiver_id, actions) = intent.into().resolve(self.account_id())?;
        let plain = actions.iter().cloned().map(plain).collect::<Result<_, _>>()?;
        let job = Job { receiver_id: &receiver_id, actions: &actions, purpose: Purpose::Delegate };
        let lease = self.lease(&job).await?;
        let latest = self.client().block().await?;
        let mut nonces = lease.slot.lane.lock().await;
        let nonce = self.next_nonce(&mut nonces, &lease, latest.height).await?;
        let delegate_action = DelegateAction {
            sender_id: self.account_id().clone(),
            receiver_id: receiver_id.clone(),
            actions: plain,
            nonce,
            max_block_height: latest.height.saturating_add(blocks),
            public_key: lease.public_key.clone(),
        };
        let hash = delegate_action.get_nep461_hash();
        let signature = self.sign_hash(&lease.public_key, hash).await?;
        Ok(SignedDelegateAction { delegate_action, signature })
    }

    /// Sends a delegate action of another account, and pays for it: its gas, and also its deposits. Refunds of deposits go to
    /// the account that signed it, so check it before relaying.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, Signer, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let signer = |name: &str| {
    ///     let account = sandbox.create_account(name).balance(10.near()).create()?;
    ///     let key_pair = account.key_pair().clone();
    ///     Signer::new(sandbox.client(), name, key_pair).map_err(keyway::Error::from)
    /// };
    /// let (alice, relayer) = (signer("alice.near")?, signer("relayer.near")?);
    ///
    /// let signed = alice.delegate(transfer(1.near()).to("near"), 100).await?;
    /// relayer.relay(signed).await?;
    /// assert_eq!(sandbox.balance("alice.near")?, 10.near());
    /// assert!(sandbox.balance("relayer.near")? < 9.near(), "it paid for the gas and for the transfer");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Signer::execute`]; [`Error::Failed`] also if the actions of the other account failed.
    pub async fn relay(&self, signed: SignedDelegateAction) -> Result<Outcome, Error> {
        let sender_id = signed.delegate_action.sender_id.clone();
        let actions = vec![Action::from(signed)];
        let options = ExecuteOptions::default();
        let outcome = self.begin(sender_id.clone(), actions, options.wait).await?.await?;
        match outcome.delegated_failure(&sender_id).cloned() {
            Some(failure) => Err(Error::from_execution(failure, outcome)),
            None => Ok(outcome),
        }
    }
}

/// Delegate actions do not nest.
fn plain(action: Action) -> Result<NonDelegateAction, ArgumentError> {
    NonDelegateAction::try_from(action).map_err(|_| {
        let got = "a delegate action".to_owned();
        let why = "delegate actions do not nest; relay it alone".to_owned();
        ArgumentError::new(ArgumentSite::Intent, "actions", ArgumentProblem::NotUsable { got, why })
    })
}
