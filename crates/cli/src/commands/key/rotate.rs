//! `key rotate`: replaces keys, with a working key at every moment.

mod batch;
mod drive;
mod progress;
mod report;
mod start;

use super::compromised::{Compromised, places};
use super::generate::CurveName;
use super::grant::GrantArgs;
use crate::error::CliError;
use crate::tools::{Context, KeyName, LeakedKeys, SigningArgs, SigningPlace, VaultName};
use batch::Batch;
use clap::Args;
use drive::Drive;
use keyway::{AccountId, KeyService};
use progress::Progress;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// Arguments of `key rotate`.
#[derive(Args, Debug)]
#[command(after_help = "\
The new secret is saved and read back, the new key is added, and a transaction
signed with it proves that it works. Then ACCOUNT.json is replaced, and only
then is the old key deleted. A progress file without secrets is kept until the
end, so that --resume can continue after a crash.

Examples:
  keyway key rotate alice.near
      the one full-access key of alice.near here
  keyway key rotate alice.near ed25519:… --curve ml-dsa-65
      this key, by a post-quantum key
  keyway key rotate alice.near ed25519:… --contract game.near --functions play \\
      --allowance '1 NEAR'
      by a key with only this permission
  keyway key rotate alice.near --resume
      continue after a crash
  keyway key rotate alice.near --abandon
      undo it and keep the old key
  keyway key rotate --all
      every key in the key files, account by account
  keyway key rotate --compromised ~/old-laptop/.near-credentials
      every key that has a file there; those keys can sign, too
  keyway key rotate alice.near --compromised ed25519:…
      a public key alone does not name its account
  keyway key rotate --all --resume
      continue either of these")]
pub(crate) struct RotateArgs {
    /// The account
    #[arg(value_name = "ACCOUNT", required_unless_present_any = ["all", "compromised"])]
    account: Option<AccountId>,
    /// The key to replace; a long key can be named by its hash [default: the one full-access key
    /// here, or the only key]
    #[arg(value_name = "OLD_KEY")]
    old_key: Option<KeyName>,
    /// Rotate every key that has a key file here, of ACCOUNT or of all accounts
    #[arg(long, conflicts_with_all = ["old_key", "GrantArgs", "sign_with", "key_file", "key_env"])]
    all: bool,
    /// Rotate every key that is in these files or directories, of ACCOUNT or of all accounts;
    /// public keys are accepted, too
    #[arg(
        long,
        value_name = "FILE|DIR",
        num_args = 1..,
        conflicts_with_all = ["old_key", "GrantArgs", "sign_with", "key_file", "key_env", "all", "resume", "abandon"]
    )]
    compromised: Vec<String>,
    /// Type of the new key [default: that of the old key]
    #[arg(long, value_enum)]
    curve: Option<CurveName>,
    /// Where to save the new secret [default: where the signing key is; required with --key-file
    /// and --key-env]
    #[arg(long, value_enum, value_name = "PLACE")]
    to: Option<VaultName>,
    /// Replace the key in one transaction: the new key is not proven before the old one is deleted
    #[arg(long)]
    atomic: bool,
    /// Continue an interrupted rotation
    #[arg(long, conflicts_with_all = ["old_key", "curve", "to", "atomic", "GrantArgs"])]
    resume: bool,
    /// Undo an interrupted rotation while the old key exists: the new key is deleted. With --all,
    /// keys that are not rotated yet are kept
    #[arg(long, conflicts_with_all = ["old_key", "curve", "to", "atomic", "GrantArgs", "resume"])]
    abandon: bool,
    /// Remove the old secret at the end, instead of setting its file aside. A secret in a
    /// --key-file or a variable stays
    #[arg(long, conflicts_with = "abandon")]
    forget_old: bool,
    /// The permission of the new key, if it differs from the old one.
    #[command(flatten)]
    grant: GrantArgs,
    #[command(flatten)]
    signing: SigningArgs,
}

/// A key to replace.
struct Job<'a> {
    args: &'a RotateArgs,
    how: &'a How,
    account: &'a AccountId,
    old_key: Option<&'a KeyName>,
}

/// How each key is replaced. For a rotation of many keys this is saved, so that all are replaced
/// alike.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct How {
    curve: Option<CurveName>,
    to: Option<VaultName>,
    atomic: bool,
    forget_old: bool,
    /// Files and directories, besides the key files, whose secrets can sign.
    #[serde(default)]
    secrets_in: Vec<PathBuf>,
}

impl RotateArgs {
    /// Starts, resumes or abandons a rotation.
    ///
    /// # Errors
    /// [`NoRotation`](crate::error::NoRotation) if there is nothing to resume, or a rotation is in
    /// progress already; the chain's error; an error of the disk. The progress is kept, and
    /// `--resume` continues.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let Some(account) = self.account.as_ref().filter(|_| !self.of_many()) else {
            return self.run_batch(context).await;
        };
        let job = Job { args: self, how: &self.how(), account, old_key: self.old_key.as_ref() };
        let path = progress::path(context, account).await?;
        let drive = if self.resume || self.abandon {
            job.pick_up(context, Progress::read(path, account)?).await?
        } else {
            job.start(context, path).await?
        };
        let report = if self.abandon { drive.take_back().await? } else { drive.run().await? };
        context.answer.give(&report)
    }

    fn how(&self) -> How {
        let Self { curve, to, atomic, forget_old, .. } = *self;
        How { curve, to, atomic, forget_old, secrets_in: places(&self.compromised) }
    }

    fn of_many(&self) -> bool {
        self.all || !self.compromised.is_empty()
    }

    async fn run_batch(&self, context: &Context) -> Result<(), CliError> {
        if self.abandon {
            return Batch::read(context).await?.give_up(context, self).await;
        }
        if self.resume {
            let mut batch = Batch::read(context).await?;
            batch.forget_old_too(self.forget_old)?;
            return batch.run(context, self).await;
        }
        if self.all {
            let todo = self.every_key_file(context).await?;
            return Batch::begin(context, self, todo).await?.run(context, self).await;
        }
        let compromised = Compromised::read(context, &self.compromised)?;
        let todo = compromised.on_chain(context, self.account.as_ref()).await?;
        let done = match Batch::begin(context, self, todo).await {
            Ok(batch) => batch.run(context, self).await,
            Err(CliError::NotFound(why)) => {
                compromised.all_read().and(Err(CliError::NotFound(why)))
            }
            Err(error) => Err(error),
        };
        done.and(compromised.all_read())
    }

    /// Where the new secret goes: never to a less safe place than the old one unless the user chose
    /// it.
    fn vault_name(&self, to: Option<VaultName>) -> Result<VaultName, CliError> {
        match (to, self.signing.place()) {
            (Some(name), _) | (None, SigningPlace::Vault(name)) => Ok(name),
            (None, SigningPlace::File(_) | SigningPlace::Variable(_)) => Err(CliError::Invalid(
                "choose where to save the new secret: --to files, encrypted or keychain".to_owned(),
            )),
        }
    }
}

impl Job<'_> {
    /// The keys that can sign: those here, and those that are compromised.
    async fn keys(&self, context: &Context) -> Result<Arc<dyn KeyService>, CliError> {
        let more = LeakedKeys::secrets_in(&self.how.secrets_in);
        self.args.signing.keys_and(context, self.account, &more).await
    }

    async fn pick_up<'a>(
        &self,
        context: &'a Context,
        mut progress: Progress,
    ) -> Result<Drive<'a>, CliError> {
        progress.erase_old |= self.how.forget_old;
        let keys = self.keys(context).await?;
        Drive::resume(context, progress, keys).await
    }
}
