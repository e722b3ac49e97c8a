//! Doing what comes next, until nothing does.

use super::RotateError;
use super::journal::Journal;
use super::report::{Done, Report};
use crate::error::CliError;
use crate::tools::{Allowed, Context, Kept, Restricted, Sent, SigningPlace, Vault, VaultName};
use keyway::client::AccountKey;
use keyway::error::{PoolError, Unfit};
use keyway::keys::FileKeys;
use keyway::rotation::{AtHand, Proof, RotationStep};
use keyway::{
    Error, ExecuteOptions, Intent, IntoKeyService, KeyPair, KeyService, PublicKey, Signer,
    WaitUntil,
};
use std::sync::Arc;

/// Steps that are tried at most; there are five. Others may interfere.
const MAX_STEPS: u32 = 16;

/// A rotation that goes on.
#[derive(Debug)]
pub(super) struct Drive<'a> {
    context: &'a Context,
    journal: Journal,
    /// Where the new secret is.
    vault: Vault,
    /// Where the old one may be.
    files: FileKeys,
    /// What else signs.
    keys: Arc<dyn KeyService>,
    report: Report,
}

impl<'a> Drive<'a> {
    /// One that was interrupted.
    ///
    /// # Errors
    /// When the place where the new secret rests cannot be used.
    pub(super) async fn new(
        context: &'a Context,
        journal: Journal,
        keys: Arc<dyn KeyService>,
    ) -> Result<Self, CliError> {
        let vault = Vault::open(context, journal.kept).await?;
        let files = context.key_files().await?;
        let report = Report::new(&journal.rotation);
        Ok(Self { context, journal, vault, files, keys, report })
    }

    /// One whose new secret was just written.
    ///
    /// # Errors
    /// When the key files cannot be used.
    pub(super) async fn begun(
        context: &'a Context,
        journal: Journal,
        keys: Arc<dyn KeyService>,
        vault: Vault,
        kept: Kept,
    ) -> Result<Self, CliError> {
        let files = context.key_files().await?;
        let mut report = Report::new(&journal.rotation);
        report.add(Done::Kept(kept));
        Ok(Self { context, journal, vault, files, keys, report })
    }

    /// Goes on to the end.
    ///
    /// # Errors
    /// What stopped it; `--resume` goes on.
    pub(super) async fn run(mut self) -> Result<Report, CliError> {
        let mut step = self.next().await?;
        for _ in 0..MAX_STEPS {
            if step == RotationStep::TidyUp {
                return self.tidy_up().await;
            }
            let done = self.act(&step).await;
            let next = self.next().await;
            step = match (done, next) {
                (Ok(()), next) => next?,
                // What an earlier process sent, or another program, has done it meanwhile.
                (Err(_), Ok(next)) if next != step => next,
                (Err(error), _) => return Err(error),
            };
        }
        let (account_id, choices) = (self.journal.rotation.account_id.clone(), MAX_STEPS);
        let pool = PoolError::KeepsChanging { account_id, choices };
        Err(Error::from(pool).into())
    }

    /// Keeps the old key after all. Files point to it again before the new one goes. Where neither
    /// key is on the account, both secrets stay: this may be another chain.
    ///
    /// # Errors
    /// When the old key alone is gone, or what the chain or the disk says.
    pub(super) async fn take_back(mut self) -> Result<Report, CliError> {
        let rotation = self.journal.rotation.clone();
        let (account, old, new) = (&rotation.account_id, &rotation.old_key, &rotation.new_key);
        let on_chain = self.on_chain().await?;
        let back = rotation.take_back(&on_chain).map_err(RotateError::from)?;
        if rotation.both_gone(&on_chain) {
            self.journal.end()?;
            return Ok(self.report.without_keys());
        }
        // A main file that holds no key points to neither.
        if self.files.main_key(account).ok().flatten().as_ref() == Some(new)
            && !self.files.files_of(account, old).is_empty()
        {
            let file = self.files.make_main(account, old)?;
            self.report.add(Done::MainFile { file });
        }
        if let Some(intent) = back {
            let sent = self.send(intent, self.hands(None, new)).await?;
            self.report.add(Done::Deleted(sent));
        }
        if self.vault.remove(account, new)? {
            self.report.add(Done::Forgotten);
        }
        self.journal.end()?;
        Ok(self.report)
    }

    /// What comes next, as the chain and the disk are now.
    async fn next(&self) -> Result<RotationStep, CliError> {
        let on_chain = self.on_chain().await?;
        let at_hand = AtHand { secret: self.new_pair()?.is_some(), main: self.main_is_free()? };
        Ok(self.journal.rotation.next(&on_chain, at_hand).map_err(RotateError::from)?)
    }

    async fn on_chain(&self) -> Result<Vec<AccountKey>, CliError> {
        Ok(self.context.client.access_keys(&self.journal.rotation.account_id).await?)
    }

    /// The new key pair, read from where it rests, if it signs for the new key.
    fn new_pair(&self) -> Result<Option<KeyPair>, CliError> {
        let (account, new_key) = (&self.journal.rotation.account_id, &self.new_key());
        let pair = self.vault.find(account, new_key)?;
        Ok(pair.filter(|pair| {
            let question = near_primitives::hash::hash(account.as_bytes());
            let signature = pair.sign_hash(&question);
            signature.verify(question.as_ref(), new_key)
        }))
    }

    /// Whether `ACCOUNT.json` is not the old key's.
    fn main_is_free(&self) -> Result<bool, CliError> {
        if self.journal.kept != VaultName::Files {
            return Ok(true);
        }
        let account = &self.journal.rotation.account_id;
        if !self.files.can_have_main(account) {
            return Ok(true);
        }
        // A file that holds no key is left as it is: nobody signs with it.
        let Ok(main) = self.files.main_key(account) else { return Ok(true) };
        Ok(main.is_some_and(|key| key != self.journal.rotation.old_key))
    }

    async fn act(&mut self, step: &RotationStep) -> Result<(), CliError> {
        let done = match step {
            RotationStep::Add(intent) => {
                // A key that somebody deleted, and that is added again, has not proven itself.
                self.journal.rotation.proven = false;
                self.journal.update()?;
                Done::Added(self.send(intent.clone(), self.keys.clone()).await?)
            }
            RotationStep::Swap(intent) => {
                Done::Swapped(self.send(intent.clone(), self.keys.clone()).await?)
            }
            RotationStep::Prove(proof) => self.prove(proof).await?,
            RotationStep::MakeMain => {
                let (account, new_key) = (&self.journal.rotation.account_id, self.new_key());
                Done::MainFile { file: self.files.make_main(account, &new_key)? }
            }
            RotationStep::Delete(intent) => {
                let old_key = self.journal.rotation.old_key.clone();
                let hands = self.hands(self.new_pair()?, &old_key);
                Done::Deleted(self.send(intent.clone(), hands).await?)
            }
            _ => return Ok(()),
        };
        self.report.add(done);
        Ok(())
    }

    async fn prove(&mut self, proof: &Proof) -> Result<Done, CliError> {
        let done = match (proof, self.new_pair()?) {
            (Proof::Transaction(intent), Some(pair)) => match self.send(intent.clone(), pair).await
            {
                Ok(sent) => Done::ProvenByTransaction(sent),
                // It was taken: that proves the key.
                Err(CliError::Library(Error::Failed(failure))) => {
                    Done::ProvenByTransaction(Sent::from(failure.outcome()))
                }
                // The key cannot pay for the smallest transaction, as its like could not before.
                Err(CliError::Library(Error::Pool(error))) if is_about_money(&error) => {
                    Done::ProvenBySignature
                }
                Err(other) => return Err(other),
            },
            // The step came because the secret signs for the key, and the chain lists it as asked.
            _ => Done::ProvenBySignature,
        };
        self.journal.rotation.proven = true;
        self.journal.update()?;
        Ok(done)
    }

    /// Waits until no other chain of blocks can take it back.
    async fn send(&self, intent: Intent, keys: impl IntoKeyService) -> Result<Sent, CliError> {
        let client = self.context.client.clone();
        let signer = Signer::new(client, &self.journal.rotation.account_id, keys)?;
        let options = ExecuteOptions::default().wait(WaitUntil::Executed);
        let outcome = self.context.wait("rotating", signer.execute_with(intent, options)).await?;
        Ok(Sent::from(&outcome))
    }

    /// The keys at hand and one more, but not this one.
    fn hands(&self, and: Option<KeyPair>, but: &PublicKey) -> Arc<dyn KeyService> {
        let allowed = Allowed::AllBut(but.clone());
        Arc::new(Restricted { keys: self.keys.clone(), and, allowed })
    }

    fn new_key(&self) -> PublicKey {
        self.journal.rotation.new_key.clone()
    }

    /// The old secret goes out of the way, and then the journal.
    async fn tidy_up(mut self) -> Result<Report, CliError> {
        for vault in self.old_vaults().await? {
            self.put_away(&vault)?;
        }
        match &self.journal.old {
            SigningPlace::Vault(_) => {}
            SigningPlace::File(path) => {
                self.report.add(Done::Stays { place: path.display().to_string() });
            }
            SigningPlace::Variable(name) => {
                self.report.add(Done::Stays { place: format!("the variable {name}") });
            }
        }
        self.journal.end()?;
        Ok(self.report.rotated())
    }

    /// The places of keys where the old secret may be.
    async fn old_vaults(&self) -> Result<Vec<Vault>, CliError> {
        let mut names = vec![VaultName::Files];
        let others = match &self.journal.old {
            SigningPlace::Vault(name) => [self.journal.kept, *name],
            _ => [self.journal.kept; 2],
        };
        for name in others {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let mut vaults = Vec::new();
        for name in names {
            vaults.push(Vault::open(self.context, name).await?);
        }
        Ok(vaults)
    }

    fn put_away(&mut self, vault: &Vault) -> Result<(), CliError> {
        let rotation = &self.journal.rotation;
        let (account, old_key) = (&rotation.account_id, &rotation.old_key);
        if self.journal.forget_old {
            if vault.remove(account, old_key)? {
                self.report.add(Done::Forgotten);
            }
            return Ok(());
        }
        let files = vault.retire(account, old_key)?;
        if !files.is_empty() {
            self.report.add(Done::SetAside { files });
        } else if vault.public_keys(account)?.contains(old_key) {
            self.report.add(Done::Stays { place: "the keychain".to_owned() });
        }
        Ok(())
    }
}

/// Whether the one key may do it and cannot pay for it.
fn is_about_money(error: &PoolError) -> bool {
    let PoolError::NoFitKey { unfit, .. } = error else { return false };
    let poor = |why: &Unfit| matches!(why, Unfit::Allowance { .. } | Unfit::GasKeyBalance { .. });
    unfit.iter().all(|key| poor(&key.why))
}
