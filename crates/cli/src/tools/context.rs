//! What a command works with: a chain, the key files, and its output.

use super::answer::Answer;
use super::connections::Connections;
use super::duration::read_timeout;
use super::keyring::{Keyring, Warnings};
use super::network::Network;
use super::words::shell_word;
use crate::error::CliError;
use crate::notes::Notes;
use clap::Args;
use indicatif::ProgressBar;
use keyway::Client;
use keyway::client::TimeLimit;
use keyway::keys::{FileKeys, KeyFileError};
use keyway::transport::Endpoint;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::sleep;

/// The flags that every command about keys takes.
#[derive(Args, Clone, Debug)]
pub(crate) struct ChainArgs {
    /// The network: local, testnet, mainnet, a connection of near-cli-rs, or the URL of an RPC endpoint
    /// [default: the variable NEAR_ENV, or else local]
    #[arg(long, short, alias = "url", global = true, value_name = "NETWORK", help_heading = SHARED)]
    pub(crate) network: Option<Network>,
    /// Directory of key files [default: the variable NEAR_CREDENTIALS_DIR, or else
    /// ~/.near-credentials]
    #[arg(long, global = true, value_name = "DIR", help_heading = SHARED)]
    pub(crate) credentials: Option<PathBuf>,
    /// Print the answer and errors as JSON
    #[arg(long, global = true, help_heading = SHARED)]
    pub(crate) json: bool,
    /// Limit of the total waiting time, as in `10 s` [default: 30 s for each answer]
    #[arg(long, global = true, value_parser = read_timeout, value_name = "DURATION", help_heading = SHARED)]
    pub(crate) timeout: Option<Duration>,
}

impl ChainArgs {
    fn time_limit(&self) -> TimeLimit {
        match self.timeout {
            Some(timeout) => TimeLimit::Together(timeout),
            None => TimeLimit::Each(DEFAULT_TIMEOUT),
        }
    }
}

/// The heading of shared options in help.
pub(crate) const SHARED: &str = "Shared options";

impl ChainArgs {
    /// The chain of the flag, or else of the environment. An empty variable counts as unset.
    ///
    /// # Errors
    /// If the variable names no chain. Its value is not quoted, because it could be anything.
    #[expect(clippy::disallowed_methods, reason = "the command line reads the environment")]
    pub(crate) fn network(&self) -> Result<Network, CliError> {
        if let Some(network) = &self.network {
            return Ok(network.clone());
        }
        match std::env::var("NEAR_ENV") {
            Ok(name) if !name.trim().is_empty() => name
                .trim()
                .parse()
                .map_err(|why| CliError::Value { flag: "the variable NEAR_ENV", why }),
            Err(std::env::VarError::NotUnicode(_)) => Err(CliError::Value {
                flag: "the variable NEAR_ENV",
                why: "it is not text".to_owned(),
            }),
            _ => Ok(Network::Local),
        }
    }

    /// The directory of key files, if a flag or the environment sets it.
    #[expect(clippy::disallowed_methods, reason = "the command line reads the environment")]
    fn credentials(&self) -> Option<PathBuf> {
        let named = || std::env::var_os("NEAR_CREDENTIALS_DIR").filter(|dir| !dir.is_empty());
        self.credentials.clone().or_else(|| named().map(PathBuf::from))
    }
}

/// The same, ready to use.
#[derive(Debug)]
pub(crate) struct Context {
    /// The client of the chain.
    pub(crate) client: Client,
    /// The chain.
    pub(crate) network: Network,
    /// Writes the answer to stdout.
    pub(crate) answer: Answer,
    /// Writes everything else to stderr.
    pub(crate) notes: Notes,
    doing: Doing,
    timeout: Option<Duration>,
    /// The flags that select this chain and directory again, for commands to copy.
    flags: String,
    credentials: Option<PathBuf>,
    name: OnceCell<String>,
    warnings: Warnings,
}

impl Context {
    /// Queries and reads nothing yet.
    ///
    /// # Errors
    /// If the network's address cannot be used.
    pub(crate) fn new(args: &ChainArgs, notes: &Notes) -> Result<Self, CliError> {
        let network = args.network()?;
        if let Some(endpoint) = own_endpoint(&network)?.filter(Endpoint::is_in_the_clear) {
            notes.say(format!(
                "warning: {endpoint} is not encrypted: anyone on the network path can read and change its responses; use https://"
            ));
        }
        Ok(Self {
            client: network.client(args.time_limit())?,
            network,
            answer: Answer::on_stdout(args.json),
            notes: notes.clone(),
            doing: Doing::default(),
            timeout: args.timeout,
            flags: flags(args.network.as_ref()),
            credentials: args.credentials(),
            name: OnceCell::new(),
            warnings: Warnings::new(notes),
        })
    }

    /// A command of this program for the user to copy, on the same chain. Its words must be quoted
    /// for a shell already.
    pub(crate) fn command(&self, words: &str) -> String {
        format!("keyway {words}{}", self.flags)
    }

    /// Waits for `work`, and shows at the terminal what it is `doing`.
    pub(crate) async fn wait<T>(&self, doing: &'static str, work: impl Future<Output = T>) -> T {
        let spinner = match self.notes.is_quiet() {
            true => ProgressBar::hidden(),
            false => ProgressBar::new_spinner().with_message(doing),
        };
        spinner.enable_steady_tick(Duration::from_millis(100));
        self.doing.set(Some(doing));
        let done = work.await;
        spinner.finish_and_clear();
        self.doing.set(None);
        done
    }

    /// Reports once that an answer takes more than two seconds. Never returns.
    pub(crate) async fn tell_of_waiting(&self) -> Infallible {
        while self.client.waiting().is_none_or(|lasts| lasts < LONG) {
            sleep(LOOK).await;
        }
        self.notes.say(format!(
            "{}: no answer from {} yet ({}; change it with --timeout)",
            self.doing.now(),
            self.network.place(),
            self.patience()
        ));
        std::future::pending().await
    }

    fn patience(&self) -> String {
        match self.timeout {
            Some(timeout) => format!("will stop after {timeout:?}"),
            None => format!("will stop after {DEFAULT_TIMEOUT:?} of waiting for one answer"),
        }
    }

    /// The chain's name. Asks the node only if `--network` is an address.
    ///
    /// # Errors
    /// If the node does not answer.
    pub(crate) async fn network_name(&self) -> Result<&str, CliError> {
        let name = self.name.get_or_try_init(|| async {
            match self.network.known_name() {
                Some(name) => Ok::<_, CliError>(name.to_owned()),
                None => Ok(self.client.status().await?.chain_id),
            }
        });
        Ok(name.await?)
    }

    /// The directory with the key files of all networks.
    ///
    /// # Errors
    /// If none was given and there is no home directory.
    pub(crate) fn credentials_dir(&self) -> Result<PathBuf, CliError> {
        match &self.credentials {
            Some(dir) if dir.is_file() => Err(CliError::Value {
                flag: "--credentials or NEAR_CREDENTIALS_DIR",
                why: format!("{} is a file, not a directory", dir.display()),
            }),
            Some(dir) => Ok(dir.clone()),
            None => {
                let shared = Connections::of_user().ok().and_then(|shared| shared.credentials_dir);
                let usual = || std::env::home_dir().map(|home| home.join(".near-credentials"));
                shared.or_else(usual).ok_or(CliError::NoCredentialsDir)
            }
        }
    }

    /// The chain in words, for messages.
    pub(crate) async fn chain_words(&self) -> String {
        let name = self.network_name().await.unwrap_or("a chain that does not answer");
        self.network.words(name)
    }

    /// Warns about files that contain no usable key, once for each file.
    pub(crate) fn warn_of(&self, unusable: &[KeyFileError]) {
        self.warnings.of_files(unusable);
    }

    /// This network's key files.
    ///
    /// # Errors
    /// As [`Context::credentials_dir`] and [`Context::network_name`].
    pub(crate) async fn key_files(&self) -> Result<FileKeys, CliError> {
        let name = self.network_name().await?;
        let files = FileKeys::new(self.credentials_dir()?, name)
            .map_err(|_| CliError::NetworkName { name: name.to_owned() })?;
        let others = self.network.other_folders(name);
        Ok(others.iter().fold(files, |files, other| files.and(other)))
    }

    /// All keys on this machine: this network's key files and, on a development chain, the
    /// well-known keys of its accounts.
    ///
    /// # Errors
    /// As [`Context::key_files`].
    pub(crate) async fn keyring(&self) -> Result<Keyring, CliError> {
        let (files, warnings) = (self.key_files().await?, self.warnings.clone());
        Ok(Keyring { files, development: self.is_for_development().await?, warnings })
    }

    async fn is_for_development(&self) -> Result<bool, CliError> {
        let chain_id = match &self.network {
            // The directory of a connection's keys may have any name.
            Network::Connection(..) if self.network.is_here() => {
                self.client.status().await?.chain_id
            }
            _ => self.network_name().await?.to_owned(),
        };
        Ok(self.network.is_for_development(&chain_id))
    }
}

/// What the command is waiting for.
#[derive(Debug, Default)]
struct Doing(Mutex<Option<&'static str>>);

impl Doing {
    /// Records what it starts to wait for, or that it has finished.
    fn set(&self, doing: Option<&'static str>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = doing;
    }

    fn now(&self) -> &'static str {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or("waiting")
    }
}

/// An error about an endpoint also names the variable that it came from.
fn own_endpoint(network: &Network) -> Result<Option<Endpoint>, CliError> {
    network.own_endpoint().map_err(|error| match network.variable() {
        Some(flag) => CliError::Value { flag, why: CliError::from(error).words() },
        None => error.into(),
    })
}

fn flags(network: Option<&Network>) -> String {
    network
        .map(|named| format!(" --network {}", shell_word(named.flag_value())))
        .unwrap_or_default()
}

/// The default time limit for one query or transaction.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

const LONG: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    /// An `&` in an address sent half of the command to the background.
    #[test]
    fn a_command_to_copy_goes_to_the_same_chain() {
        let flags = |text: &str| flags(Some(&text.parse().unwrap()));
        assert_eq!(flags("testnet"), " --network testnet");
        assert_eq!(flags("localhost:4400"), " --network http://localhost:4400");
        let odd = "https://rpc.example.org/?a=1&b=$(x)";
        assert_eq!(flags(odd), format!(" --network '{odd}'"));
        assert_eq!(super::flags(None), "");
    }
}
