//! `relay`: serves a relayer until a signal ends it, creates API keys, and looks after the relayer's own keys.

mod log;
mod own;
mod policy;
mod rotate;
mod signer;

pub(crate) use own::{AuditArgs, TopUpArgs};
pub(crate) use policy::PolicyArgs;
pub(crate) use rotate::RotateArgs;
pub(crate) use signer::SignerArgs;

use crate::args::{NewRelayKeyArgs, RelayArgs, RelayCommand, RelayKeyCommand};
use crate::error::CliError;
use crate::notes::Notes;
use crate::run::Stop;
use crate::tools::{Answer, write_stdout};
use keyway::keys::Zeroizing;
use keyway_relay::config::{Config, KeyHash};
use keyway_relay::policy::Policy;
use keyway_relay::{Relay, StartError, api, store};
use serde_json::json;
use std::io;
use std::path::Path;

impl RelayArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// If the relayer cannot start or serve.
    pub(crate) fn run(&self, json: bool, notes: &Notes) -> Result<(), CliError> {
        match (&self.command, &self.config) {
            (Some(RelayCommand::Key(args)), _) => match &args.command {
                RelayKeyCommand::New(args) => args.run(json, notes),
            },
            (Some(RelayCommand::Policy(args)), _) => args.run(Answer::on_stdout(json)),
            (Some(RelayCommand::Audit(args)), _) => args.run(Answer::on_stdout(json)),
            (Some(RelayCommand::TopUp(args)), _) => args.run(Answer::on_stdout(json), notes),
            (Some(RelayCommand::Rotate(args)), _) => args.run(Answer::on_stdout(json), notes),
            (Some(RelayCommand::Signer(args)), _) => args.run(notes),
            (None, Some(config)) => self.serve(config, notes),
            (None, None) => unreachable!("clap requires --config without a subcommand"),
        }
    }

    fn serve(&self, path: &Path, notes: &Notes) -> Result<(), CliError> {
        log::begin(notes);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|source| CliError::System { source })?;
        let served = runtime.block_on(self.serve_on(path));
        runtime.shutdown_background();
        served
    }

    async fn serve_on(&self, path: &Path) -> Result<(), CliError> {
        let stop = Stop::on_signals()?;
        let config = Config::load(path).map_err(StartError::from)?;
        let policy = read_policy(&config.policy)?;
        let addr = self.listen.unwrap_or(config.listen);
        let listener =
            keyway_rpc::bind(addr).map_err(|source| StartError::Listen { addr, source })?;
        let addr = listener.local_addr().map_err(|source| CliError::Serve { source })?;
        let store = store::open(&config.store, &environment).await?;
        let relay = Relay::start(config, policy, store, &environment).await?;
        write_stdout(&format!("http://{addr}\n"))?;
        let served = api::serve(relay.clone(), listener, stop.requested()).await;
        relay.stop().await;
        served.map_err(|source| CliError::Serve { source })
    }
}

fn read_policy(path: &Path) -> Result<Policy, CliError> {
    let text = std::fs::read_to_string(path).map_err(|source| {
        let path = path.to_owned();
        StartError::from(keyway_relay::config::ConfigError::File { path, source })
    })?;
    Ok(Policy::read(&text).map_err(StartError::from)?)
}

/// A variable of the environment.
#[expect(clippy::disallowed_methods, reason = "the command line reads the environment")]
fn environment(name: &str) -> Option<Zeroizing<String>> {
    // Rust panics on other names.
    let sound = !name.is_empty() && !name.contains(['=', '\0']);
    sound.then(|| std::env::var(name).ok()).flatten().map(Zeroizing::new)
}

impl NewRelayKeyArgs {
    fn run(&self, json: bool, notes: &Notes) -> Result<(), CliError> {
        let mut random = Zeroizing::new([0; 32]);
        getrandom::fill(random.as_mut_slice())
            .map_err(|error| CliError::System { source: io::Error::other(error) })?;
        let mut key = Zeroizing::new("keyway_".to_owned());
        for byte in random.iter() {
            for digit in [byte >> 4, byte & 15] {
                key.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
            }
        }
        let (app, hash) = (&self.app, KeyHash::of(&key));
        if json {
            let answer = json!({"app": app, "key": *key, "key_hash": hash.to_string()});
            return write_stdout(&format!("{answer}\n"));
        }
        notes.say(format!(
            "This key is not stored anywhere: give it to the app now. In relay.toml, under [apps.{app}]:\n  key_hashes = [\"{hash}\"]"
        ));
        write_stdout(&format!("{}\n", *key))
    }
}
