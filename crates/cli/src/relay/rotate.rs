//! `relay rotate`: replaces a lane's key while instances run.

use super::{environment, own::on_a_runtime};
use crate::error::CliError;
use crate::notes::Notes;
use crate::tools::{Answer, Sent};
use clap::Args;
use keyway::AccountId;
use keyway::keys::KeyFile;
use keyway::protocol::PublicKey;
use keyway::rotation::{RotationEvent, RotationReport};
use keyway_relay::StartError;
use keyway_relay::config::Config;
use keyway_relay::rotate::{LaneRotation, RotateLaneError, RotateOptions, ask, progress_file};
use near_crypto::PublicKeyHandle;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// Arguments of `relay rotate`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway relay rotate ed25519:… --config relay.toml
      replace this key, signed with a lane that has full access
  keyway relay rotate ed25519:… --config relay.toml --key-file owner.json
      the same, signed with a key that is no lane
  keyway relay rotate --resume --config relay.toml
      continue after a crash, or when an instance was missing
  keyway relay rotate --abandon --config relay.toml
      undo it while the old secret is in its place

Instances must run. The new key gets the permission, nonce rows and balance of
the old one. It is added and proved, the instances take it up, the old secret
is set aside, what is under way with it is proved, and then it is deleted.")]
pub(crate) struct RotateArgs {
    /// The key to replace; `keyway relay audit` lists the keys of the lanes
    #[arg(value_name = "OLD_KEY", required_unless_present_any = ["resume", "abandon"])]
    old_key: Option<PublicKey>,
    /// The relayer's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// A key of the account that may add and delete keys [default: a lane's key that may]
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Address of a running instance; repeat it for each [default: `listen` of the configuration]
    #[arg(long, value_name = "URL")]
    instance: Vec<String>,
    /// Erase the old secret instead of setting it aside
    #[arg(long, conflicts_with = "abandon")]
    forget_old: bool,
    /// Continue a rotation that was interrupted
    #[arg(long, conflicts_with = "old_key")]
    resume: bool,
    /// Undo a rotation that was interrupted: the new key is deleted
    #[arg(long, conflicts_with_all = ["old_key", "resume"])]
    abandon: bool,
}

impl RotateArgs {
    /// Starts, continues or undoes a rotation.
    ///
    /// # Errors
    /// If it cannot be started, or what stopped it; then `--resume` continues.
    pub(crate) fn run(&self, answer: Answer, notes: &Notes) -> Result<(), CliError> {
        let config = Config::load(&self.config).map_err(StartError::from)?;
        let admin = self.key_file.as_deref().map(KeyFile::read).transpose()?;
        let options = RotateOptions {
            config: &config,
            environment: &environment,
            progress: progress_file(&self.config, &config.account.id),
            admin: admin.map(|file| file.key_pair),
            erase_old: self.forget_old,
        };
        let instances = match self.instance.as_slice() {
            [] => vec![format!("http://{}", config.listen)],
            named => named.to_vec(),
        };
        let report = on_a_runtime(self.rotate(options, &instances, notes))??;
        answer.give(&Report::new(report))
    }

    async fn rotate(
        &self,
        options: RotateOptions<'_>,
        instances: &[String],
        notes: &Notes,
    ) -> Result<RotationReport, RotateLaneError> {
        let look = async || {
            let mut views = Vec::with_capacity(instances.len());
            for url in instances {
                views.push(ask(url).await?);
            }
            Ok(views)
        };
        let rotation = match &self.old_key {
            Some(old_key) => {
                // Without an instance there is no hurry, and nobody to wait for.
                look().await?;
                LaneRotation::start(options, old_key.clone()).await?
            }
            None => LaneRotation::resume(options).await?,
        };
        if self.abandon {
            return rotation.take_back().await;
        }
        notes.say("rotating: this waits for the instances, up to some minutes".to_owned());
        rotation.run(look).await
    }
}

/// What this process did.
#[derive(Serialize)]
struct Report {
    account: AccountId,
    old_key: PublicKey,
    new_key: PublicKey,
    /// Which of the two keys stays, if one does.
    working_key: Option<PublicKey>,
    /// The file of the new secret, if this process wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<PathBuf>,
    /// The files of the old secret, which no tool reads.
    set_aside: Vec<PathBuf>,
    transactions: Vec<Sent>,
}

impl Report {
    fn new(report: RotationReport) -> Self {
        let RotationReport { account_id, old_key, new_key, working_key, events, .. } = report;
        let (mut secret, mut set_aside, mut transactions) = (None, Vec::new(), Vec::new());
        for event in &events {
            match event {
                RotationEvent::SecretWritten { file } => secret = file.clone(),
                RotationEvent::SetAside { files } => set_aside.extend(files.iter().cloned()),
                RotationEvent::Added(outcome)
                | RotationEvent::ProvenByTransaction(outcome)
                | RotationEvent::Deleted(outcome) => transactions.push(Sent::from(outcome)),
                _ => {}
            }
        }
        let account = account_id;
        Self { account, old_key, new_key, working_key, secret, set_aside, transactions }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, working_key, secret, set_aside, transactions, .. } = self;
        let (old, new) =
            (PublicKeyHandle::from(&self.old_key), PublicKeyHandle::from(&self.new_key));
        match working_key {
            Some(key) if *key == self.new_key => {
                writeln!(f, "{new} replaces {old} in the lanes of {account}")?;
            }
            Some(_) => writeln!(f, "{old} stays a key of {account}; {new} is discarded")?,
            None => writeln!(f, "neither {old} nor {new} is a key of {account}")?,
        }
        if let Some(secret) = secret {
            writeln!(f, "the new secret is in {}", secret.display())?;
        }
        for file in set_aside {
            writeln!(f, "the old secret is set aside in {}", file.display())?;
        }
        transactions.iter().try_for_each(|sent| writeln!(f, "{sent}"))
    }
}
