//! Checks whether a rotation can be carried out, before anything is written or sent.

use super::{LocalState, RotateError, Rotation, RotationError, RotationStep};
use crate::action::Intent;
use crate::client::{AccountKey, Client};
use crate::error::Error;
use crate::signer::Signer;
use keyway_signer::{AllowedKeys, KeyService, RestrictedKeys};
use near_primitives::account::{AccessKey, AccessKeyPermission};
use std::sync::Arc;

impl Rotation {
    /// Checks, before anything is written or sent, whether the rotation can be carried out with `keys`: whether the chain
    /// would accept its first transaction, and whether a key will be available that can delete the old one.
    ///
    /// # Errors
    /// [`RotateError::NobodyDeletes`] if there is no such key; [`RotateError::Chain`] if the first transaction would be
    /// refused or the chain does not answer; [`RotateError::Stopped`].
    pub async fn check(
        &self,
        client: &Client,
        keys: Arc<dyn KeyService>,
        on_chain: &[AccountKey],
    ) -> Result<(), RotateError> {
        let first = self.next(on_chain, LocalState { secret: true, main: false })?;
        if let RotationStep::Add(intent) | RotationStep::Swap(intent) = first {
            let signer = Signer::new(client.clone(), &self.account_id, keys.clone())?;
            if let Some(refusal) = signer.check(intent).await?.refusal {
                return Err(Error::from(refusal).into());
            }
        }
        match self.last_delete(on_chain)? {
            Some(delete) => self.check_delete(client, keys, delete).await,
            None => Ok(()),
        }
    }

    async fn check_delete(
        &self,
        client: &Client,
        keys: Arc<dyn KeyService>,
        delete: Intent,
    ) -> Result<(), RotateError> {
        let allowed = AllowedKeys::AllBut(self.old_key.clone());
        let others = Arc::new(RestrictedKeys::new(keys, allowed));
        let signer = Signer::new(client.clone(), &self.account_id, others)?;
        match signer.check(delete).await {
            Ok(check) if check.refusal.is_none() => Ok(()),
            Ok(_) | Err(Error::Pool(_) | Error::Key(_)) => Err(RotateError::NobodyDeletes {
                account_id: self.account_id.clone(),
                old_key: Box::new(self.old_key.clone()),
            }),
            Err(other) => Err(other.into()),
        }
    }

    /// The deletion of the old key, if another key than the new one must sign it, as the account will be then; none if the
    /// new key can sign it, or both change at once.
    fn last_delete(&self, keys: &[AccountKey]) -> Result<Option<Intent>, RotationError> {
        if self.atomic || self.new_key_can_delete() {
            return Ok(None);
        }
        let proven = Self { proven: true, ..self.clone() };
        let access_key = AccessKey { nonce: 0, permission: self.permission.clone() };
        let new = AccountKey { public_key: (&self.new_key).into(), access_key };
        let last =
            proven.next(&[keys, &[new]].concat(), LocalState { secret: true, main: true })?;
        Ok(match last {
            RotationStep::Delete(delete) => Some(delete),
            _ => None,
        })
    }

    /// Whether the new key can delete the old one, and can pay for it.
    fn new_key_can_delete(&self) -> bool {
        match self.permission {
            AccessKeyPermission::FullAccess => true,
            AccessKeyPermission::GasKeyFullAccess(_) => !self.fund.is_zero(),
            AccessKeyPermission::FunctionCall(_) | AccessKeyPermission::GasKeyFunctionCall(..) => {
                false
            }
        }
    }
}
