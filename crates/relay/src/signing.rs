//! The relayer's key service: asked within a time, and its signatures verified before they are used.

use crate::clock;
use keyway::AccountId;
use keyway::keys::{KeyService, KeyServiceError};
use keyway::protocol::{CryptoHash, PublicKey, SignedTransaction};
use near_primitives::transaction::Transaction;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Signs for the relayer's account.
#[derive(Debug)]
pub(crate) struct Signing {
    account_id: AccountId,
    service: Arc<dyn KeyService>,
    /// The keys of the service that may be used; without it, all.
    only: Option<Vec<PublicKey>>,
    /// Why the keys could not be listed when that was last asked.
    not_listed: Mutex<Option<String>>,
    /// Why the last transaction could not be signed, and when.
    not_signed: Mutex<Option<(String, Instant)>>,
}

impl Signing {
    pub(crate) fn new(
        account_id: AccountId,
        service: Arc<dyn KeyService>,
        only: Option<Vec<PublicKey>>,
    ) -> Self {
        let (not_listed, not_signed) = (Mutex::default(), Mutex::default());
        Signing { account_id, service, only, not_listed, not_signed }
    }

    /// The keys that may sign now.
    pub(crate) async fn public_keys(&self) -> Result<Vec<PublicKey>, KeyServiceError> {
        let listed = in_time(self.service.public_keys(&self.account_id)).await;
        *locked(&self.not_listed) = listed.as_ref().err().map(ToString::to_string);
        let mut keys = listed?;
        if let Some(only) = &self.only {
            keys.retain(|key| only.contains(key));
        }
        Ok(keys)
    }

    /// Signs a transaction with the key in it.
    pub(crate) async fn sign(
        &self,
        transaction: Transaction,
    ) -> Result<SignedTransaction, KeyServiceError> {
        let bytes =
            borsh::to_vec(&transaction).expect("invariant: a transaction is written to memory");
        let public_key = transaction.public_key();
        let signed = in_time(async {
            let signature =
                self.service.sign_transaction(&self.account_id, public_key, &bytes).await?;
            match signature.verify(CryptoHash::hash_bytes(&bytes).as_ref(), public_key) {
                true => Ok(signature),
                false => {
                    let public_key = Box::new(public_key.clone());
                    Err(KeyServiceError::WrongSignature { public_key })
                }
            }
        })
        .await;
        *locked(&self.not_signed) = match &signed {
            // These are about one key or one transaction.
            Ok(_) | Err(KeyServiceError::NoKey { .. } | KeyServiceError::Refused { .. }) => None,
            Err(error) => Some((error.to_string(), clock::now())),
        };
        let signature = signed?;
        Ok(SignedTransaction::new(signature, transaction))
    }

    /// Where the keys are.
    pub(crate) fn place(&self) -> String {
        self.service.place()
    }

    /// Why the service cannot be used: its keys could not be listed, or a moment ago it did not sign.
    pub(crate) fn trouble(&self) -> Option<String> {
        let not_signed = locked(&self.not_signed).clone();
        // A trouble is not recent any more if nothing was to be signed since: then the next one finds out.
        let recent = not_signed.filter(|(_, at)| at.elapsed() < RECENT).map(|(why, _)| why);
        recent.or_else(|| locked(&self.not_listed).clone())
    }
}

async fn in_time<T>(
    call: impl Future<Output = Result<T, KeyServiceError>>,
) -> Result<T, KeyServiceError> {
    timeout(LIMIT, call).await.unwrap_or_else(|_| {
        let why = format!("it did not answer within {} s", LIMIT.as_secs());
        Err(KeyServiceError::Unavailable { why })
    })
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The time for one signature. Services that are asked over a network give up earlier.
const LIMIT: Duration = Duration::from_secs(15);
/// For how long an instance is not ready after something was not signed. What waits is tried again sooner.
const RECENT: Duration = Duration::from_secs(10);
