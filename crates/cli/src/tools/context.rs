//! What a command works with: a chain, the key files, and the way it answers.

use super::answer::Answer;
use super::keyring::Keyring;
use super::network::Network;
use crate::error::CliError;
use crate::notes::Notes;
use clap::Args;
use indicatif::ProgressBar;
use keyway::Client;
use keyway::keys::FileKeys;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::OnceCell;

/// What every command about keys takes.
#[derive(Args, Clone, Debug)]
pub(crate) struct ChainArgs {
    /// local, testnet, mainnet, or the URL of an RPC endpoint
    #[arg(long, global = true, env = "NEAR_ENV", default_value = "local", value_name = "NETWORK")]
    pub(crate) network: Network,
    /// Where key files are [default: ~/.near-credentials]
    #[arg(long, global = true, env = "NEAR_CREDENTIALS_DIR", value_name = "DIR")]
    pub(crate) credentials: Option<PathBuf>,
    /// Answer in JSON, errors too
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// The same, put to use.
#[derive(Debug)]
pub(crate) struct Context {
    /// The chain.
    pub(crate) client: Client,
    /// Which chain it is.
    pub(crate) network: Network,
    /// Where the answer goes: stdout.
    pub(crate) answer: Answer,
    /// Where everything else goes: stderr.
    pub(crate) notes: Notes,
    credentials: Option<PathBuf>,
    name: OnceCell<String>,
}

impl Context {
    /// Nothing is asked and nothing is read yet.
    ///
    /// # Errors
    /// When the network's address cannot be used.
    pub(crate) fn new(args: &ChainArgs, notes: &Notes) -> Result<Self, CliError> {
        Ok(Self {
            client: args.network.client()?,
            network: args.network.clone(),
            answer: Answer::on_stdout(args.json),
            notes: notes.clone(),
            credentials: args.credentials.clone(),
            name: OnceCell::new(),
        })
    }

    /// Waits for `work`, and shows a person at the terminal that something is `doing`.
    pub(crate) async fn wait<T>(&self, doing: &'static str, work: impl Future<Output = T>) -> T {
        let spinner = ProgressBar::new_spinner().with_message(doing);
        spinner.enable_steady_tick(Duration::from_millis(100));
        let done = work.await;
        spinner.finish_and_clear();
        done
    }

    /// The chain's name. A node is asked only where `--network` gave its address.
    ///
    /// # Errors
    /// When the node does not answer.
    pub(crate) async fn network_name(&self) -> Result<&str, CliError> {
        let name = self.name.get_or_try_init(|| async {
            match self.network.known_name() {
                Some(name) => Ok::<_, CliError>(name.to_owned()),
                None => Ok(Network::name_of(self.client.status().await?)),
            }
        });
        Ok(name.await?)
    }

    /// The directory that holds the key files of every network.
    ///
    /// # Errors
    /// When none was named and there is no home directory.
    pub(crate) fn credentials_dir(&self) -> Result<PathBuf, CliError> {
        match &self.credentials {
            Some(dir) => Ok(dir.clone()),
            None => match std::env::home_dir() {
                Some(home) => Ok(home.join(".near-credentials")),
                None => Err(CliError::NoCredentialsDir),
            },
        }
    }

    /// This network's key files.
    ///
    /// # Errors
    /// As [`Context::credentials_dir`] and [`Context::network_name`].
    pub(crate) async fn key_files(&self) -> Result<FileKeys, CliError> {
        let name = self.network_name().await?;
        FileKeys::new(self.credentials_dir()?, name)
            .map_err(|_| CliError::NetworkName { name: name.to_owned() })
    }

    /// Every key that is at hand: this network's key files and, on a chain for development, the
    /// keys of its accounts that everybody knows.
    ///
    /// # Errors
    /// As [`Context::key_files`].
    pub(crate) async fn keyring(&self) -> Result<Keyring, CliError> {
        let development = self.network.is_for_development(self.network_name().await?);
        Ok(Keyring { files: self.key_files().await?, development })
    }
}
