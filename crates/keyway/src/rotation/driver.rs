//! The driver: carries out a rotation, and resumes one that was interrupted.

use super::report::{RotationEvent, RotationReport};
use super::{LocalState, ProgressFile, Proof, RotateError, Rotation, RotationStep};
use crate::action::Intent;
use crate::client::{AccountKey, Client, WaitUntil};
use crate::error::{Error, PoolError};
use crate::outcome::Outcome;
use crate::signer::{CannotSign, ExecuteOptions, IntoKeyService, Signer};
use keyway_signer::{
    AllowedKeys, FileKeys, KeyPair, KeyService, KeyServiceError, MoreKeys, RestrictedKeys,
    SecretStore, blocking,
};
use near_crypto::PublicKey;
use near_primitives::hash::hash;
use serde::Serialize;
use std::sync::Arc;

/// The places of a rotation's secrets.
#[derive(Clone, Debug)]
pub struct RotationSecrets {
    /// The store for the new secret.
    pub new: Arc<dyn SecretStore>,
    /// The stores that may have the old secret.
    pub old: Vec<Arc<dyn SecretStore>>,
    /// Key files in which `ACCOUNT.json` should get the new key, if any; some tools read only that file.
    pub main_file: Option<FileKeys>,
}

/// A rotation that is being carried out.
///
/// Every decision is written to its [`ProgressFile`] before it acts on it. After a crash, read that file and
/// [`resume`](Self::resume).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use keyway::keys::FileKeys;
/// use keyway::rotation::{ProgressFile, Rotation, RotationDriver, RotationSecrets};
/// use keyway::{KeyPair, Sandbox};
/// use std::sync::Arc;
///
/// let sandbox = Sandbox::new();
/// let alice = sandbox.create_account("alice.near").create()?;
/// let (client, old) = (sandbox.client(), alice.key_pair().clone());
/// let home = tempfile::tempdir()?;
/// let files = FileKeys::new(home.path(), "localnet")?;
/// files.save(&"alice.near".parse()?, &old)?;
///
/// let new = KeyPair::random_ed25519();
/// let (from, to) = (old.public_key().clone(), new.public_key().clone());
/// let on_chain = client.access_keys("alice.near").await?;
/// let rotation = Rotation::new("alice.near".parse()?, from, to, &on_chain)?;
/// let keys = Arc::new(files.clone());
/// let secrets =
///     RotationSecrets { new: keys.clone(), old: vec![keys.clone()], main_file: Some(files) };
/// let progress = ProgressFile::new(home.path().join("rotation.json"), rotation, ());
///
/// let driver = RotationDriver::start(client.clone(), keys, secrets, &new, progress).await?;
/// let report = driver.run().await?;
/// assert_eq!(report.working_key.as_ref(), Some(new.public_key()));
/// assert_eq!(client.access_keys("alice.near").await?.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RotationDriver<N = ()> {
    client: Client,
    keys: Arc<dyn KeyService>,
    secrets: RotationSecrets,
    progress: ProgressFile<N>,
    events: Vec<RotationEvent>,
}

impl<N: Serialize> RotationDriver<N> {
    /// Writes the new secret and the progress file. Nothing is sent yet. Call [`Rotation::check`] before, to find out
    /// whether the rotation can be finished.
    ///
    /// # Errors
    /// [`RotateError::UnderWay`] if there is a progress file already; or if the secret or the file cannot be written. Then
    /// neither is left behind.
    pub async fn start(
        client: Client,
        keys: Arc<dyn KeyService>,
        secrets: RotationSecrets,
        new_key_pair: &KeyPair,
        progress: ProgressFile<N>,
    ) -> Result<Self, RotateError> {
        let account_id = progress.rotation().account_id.clone();
        let pair = new_key_pair.clone();
        let account = account_id.clone();
        let file = in_store(&secrets.new, move |store| store.write(&account, &pair)).await?;
        if let Err(error) = progress.create() {
            let key = new_key_pair.public_key().clone();
            in_store(&secrets.new, move |store| store.erase(&account_id, &key)).await?;
            return Err(error);
        }
        let events = vec![RotationEvent::SecretWritten { file }];
        Ok(Self { client, keys, secrets, progress, events })
    }

    /// Continues a rotation from its progress file. The new secret is in `secrets.new`.
    pub fn resume(
        client: Client,
        keys: Arc<dyn KeyService>,
        secrets: RotationSecrets,
        progress: ProgressFile<N>,
    ) -> Self {
        Self { client, keys, secrets, progress, events: Vec::new() }
    }

    /// Takes all steps until the old key is deleted and its secret set aside or erased, then removes the progress file.
    /// Before each step it looks at the chain and the files, so the last step may have been taken by another process.
    ///
    /// # Errors
    /// The error that stopped it. The progress file stays, and [`resume`](Self::resume) continues.
    pub async fn run(mut self) -> Result<RotationReport, RotateError> {
        self.advance(|step| *step == RotationStep::TidyUp).await?;
        self.put_old_secret_away().await?;
        self.progress.remove()?;
        let new_key = self.rotation().new_key.clone();
        Ok(self.report(Some(new_key)))
    }

    /// Takes all steps up to the deletion of the old key, and not that one: both keys are on the account then, and the new
    /// one works. For programs that must see to it first that nothing is signed with the old key any more.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn prepare(&mut self) -> Result<(), RotateError> {
        self.advance(|step| matches!(step, RotationStep::Delete(_) | RotationStep::TidyUp)).await
    }

    /// Sets the old secret aside or erases it, so that programs which share its place sign with it no more. Only after
    /// [`prepare`](Self::prepare).
    ///
    /// # Errors
    /// If the place cannot be written to.
    pub async fn retire_old_secret(&mut self) -> Result<(), RotateError> {
        self.put_old_secret_away().await
    }

    /// The plan.
    pub fn rotation(&self) -> &Rotation {
        self.progress.rotation()
    }

    /// Takes steps until the next one `is_far_enough`.
    async fn advance(
        &mut self,
        is_far_enough: impl Fn(&RotationStep) -> bool,
    ) -> Result<(), RotateError> {
        let mut step = self.next_step().await?;
        for _ in 0..MAX_STEPS {
            if is_far_enough(&step) {
                return Ok(());
            }
            let taken = self.take(&step).await;
            let next = self.next_step().await;
            step = match (taken, next) {
                (Ok(()), next) => next?,
                // An earlier process or another program has taken the step meanwhile.
                (Err(_), Ok(next)) if next != step => next,
                (Err(error), _) => return Err(error),
            };
        }
        let account_id = self.rotation().account_id.clone();
        let pool = PoolError::KeepsChanging { account_id, choices: MAX_STEPS };
        Err(Error::from(pool).into())
    }

    /// Undoes the rotation: `ACCOUNT.json` gets the old key again, the new key is deleted and its secret erased. If neither
    /// key is on the account, both secrets stay, because this may be another chain.
    ///
    /// # Errors
    /// [`RotationError::TooLate`](super::RotationError::TooLate) if the old key is deleted and the new one is there;
    /// otherwise an error of the chain or the disk.
    pub async fn take_back(mut self) -> Result<RotationReport, RotateError> {
        let rotation = self.rotation().clone();
        let (account, old, new) = (&rotation.account_id, &rotation.old_key, &rotation.new_key);
        let on_chain = self.on_chain().await?;
        let delete = rotation.take_back(&on_chain)?;
        if rotation.both_gone(&on_chain) {
            self.progress.remove()?;
            return Ok(self.report(None));
        }
        if let Some(files) = &self.secrets.main_file
            // A main file without a key points to neither.
            && files.main_key(account).ok().flatten().as_ref() == Some(new)
            && !files.files_of(account, old).is_empty()
        {
            let file = files.make_main(account, old).map_err(KeyServiceError::from)?;
            self.events.push(RotationEvent::MainFile { file });
        }
        if let Some(intent) = delete {
            let outcome = self.execute(intent, self.all_keys_but(new, None)).await?;
            self.events.push(RotationEvent::Deleted(outcome));
        }
        let (account, key) = (account.clone(), new.clone());
        if in_store(&self.secrets.new, move |store| store.erase(&account, &key)).await? {
            self.events.push(RotationEvent::Erased);
        }
        self.progress.remove()?;
        Ok(self.report(Some(rotation.old_key)))
    }

    /// The next step, given the present state of chain and files.
    async fn next_step(&self) -> Result<RotationStep, RotateError> {
        let on_chain = self.on_chain().await?;
        let secret = self.new_key_pair().await?.is_some();
        let local = LocalState { secret, main: self.main_file_is_free() };
        Ok(self.rotation().next(&on_chain, local)?)
    }

    async fn on_chain(&self) -> Result<Vec<AccountKey>, Error> {
        self.client.access_keys(&self.rotation().account_id).await
    }

    /// The new key pair, read from its store, if it signs for the new key.
    async fn new_key_pair(&self) -> Result<Option<KeyPair>, RotateError> {
        let Rotation { account_id, new_key, .. } = self.rotation().clone();
        in_store(&self.secrets.new, move |store| {
            let pair = store.read(&account_id, &new_key)?;
            Ok(pair.filter(|pair| {
                let challenge = hash(account_id.as_bytes());
                pair.sign_hash(&challenge).verify(challenge.as_ref(), &new_key)
            }))
        })
        .await
    }

    /// Whether `ACCOUNT.json` does not have the old key. A file without a key is ignored, because no tool signs with it.
    fn main_file_is_free(&self) -> bool {
        let Rotation { account_id, old_key, .. } = self.rotation();
        let Some(files) = &self.secrets.main_file else { return true };
        if !files.can_have_main(account_id) {
            return true;
        }
        let Ok(main) = files.main_key(account_id) else { return true };
        main.is_some_and(|key| key != *old_key)
    }

    async fn take(&mut self, step: &RotationStep) -> Result<(), RotateError> {
        let event = match step {
            RotationStep::Add(intent) => {
                // If the key was deleted and is added again, it must be proven again. This is on disk before the key is
                // on the chain, so that a crash in between does not skip the proof.
                self.progress.set_proven(false)?;
                RotationEvent::Added(self.execute(intent.clone(), self.keys.clone()).await?)
            }
            RotationStep::Swap(intent) => {
                RotationEvent::Swapped(self.execute(intent.clone(), self.keys.clone()).await?)
            }
            RotationStep::Prove(proof) => self.prove(proof).await?,
            RotationStep::MakeMain => {
                let Some(files) = &self.secrets.main_file else { return Ok(()) };
                let Rotation { account_id, new_key, .. } = self.rotation();
                let file = files.make_main(account_id, new_key).map_err(KeyServiceError::from)?;
                RotationEvent::MainFile { file }
            }
            RotationStep::Delete(intent) => {
                let old_key = self.rotation().old_key.clone();
                let keys = self.all_keys_but(&old_key, self.new_key_pair().await?);
                RotationEvent::Deleted(self.execute(intent.clone(), keys).await?)
            }
            RotationStep::TidyUp => return Ok(()),
        };
        self.events.push(event);
        Ok(())
    }

    async fn prove(&mut self, proof: &Proof) -> Result<RotationEvent, RotateError> {
        let event = match (proof, self.new_key_pair().await?) {
            (Proof::Transaction(intent), Some(pair)) => {
                match self.execute(intent.clone(), pair).await {
                    Ok(outcome) => RotationEvent::ProvenByTransaction(outcome),
                    // It was accepted into a block, which proves the key.
                    Err(Error::Failed(failure)) => {
                        RotationEvent::ProvenByTransaction(failure.outcome().clone())
                    }
                    // The key cannot pay for the smallest transaction, and neither could the old one.
                    Err(Error::Pool(error)) if is_about_money(&error) => {
                        RotationEvent::ProvenBySignature
                    }
                    Err(other) => return Err(other.into()),
                }
            }
            // The plan asks for a proof only if the secret signs for the key and the chain lists it as asked for.
            _ => RotationEvent::ProvenBySignature,
        };
        self.progress.set_proven(true)?;
        Ok(event)
    }

    /// Waits until the outcome is final.
    async fn execute(&self, intent: Intent, keys: impl IntoKeyService) -> Result<Outcome, Error> {
        let signer = Signer::new(self.client.clone(), &self.rotation().account_id, keys)?;
        let options = ExecuteOptions::default().wait(WaitUntil::Executed);
        signer.execute_with(intent, options).await
    }

    fn all_keys_but(&self, but: &PublicKey, and: Option<KeyPair>) -> Arc<dyn KeyService> {
        let allowed = AllowedKeys::AllBut(but.clone());
        let keys = MoreKeys::new(self.keys.clone(), and);
        Arc::new(RestrictedKeys::new(Arc::new(keys), allowed))
    }

    async fn put_old_secret_away(&mut self) -> Result<(), RotateError> {
        let erase = self.progress.erase_old;
        for store in &self.secrets.old {
            let Rotation { account_id, old_key, .. } = self.rotation().clone();
            let event = in_store(store, move |store| {
                if erase {
                    let erased = store.erase(&account_id, &old_key)?;
                    return Ok(erased.then_some(RotationEvent::Erased));
                }
                let files = store.set_aside(&account_id, &old_key)?;
                if !files.is_empty() {
                    return Ok(Some(RotationEvent::SetAside { files }));
                }
                let stays = store.list(&account_id)?.contains(&old_key);
                Ok(stays.then(|| RotationEvent::Stays { place: store.place() }))
            });
            self.events.extend(event.await?);
        }
        Ok(())
    }

    fn report(self, working_key: Option<PublicKey>) -> RotationReport {
        let Rotation { account_id, old_key, new_key, .. } = self.progress.rotation().clone();
        RotationReport { account_id, old_key, new_key, working_key, events: self.events }
    }
}

/// Runs `work` on the store on a thread that may block.
async fn in_store<T: Send + 'static>(
    store: &Arc<dyn SecretStore>,
    work: impl FnOnce(&dyn SecretStore) -> Result<T, KeyServiceError> + Send + 'static,
) -> Result<T, RotateError> {
    let store = store.clone();
    Ok(blocking(move || work(&*store)).await?)
}

/// Whether keys have the permission, but none can pay.
fn is_about_money(error: &PoolError) -> bool {
    let PoolError::NoUsableKey { unusable, .. } = error else { return false };
    let poor = |why: &CannotSign| {
        matches!(why, CannotSign::Allowance { .. } | CannotSign::GasKeyBalance { .. })
    };
    unusable.iter().all(|key| poor(&key.why))
}

/// The most steps; a rotation has five, but other programs may interfere.
const MAX_STEPS: u32 = 16;
