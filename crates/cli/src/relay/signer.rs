//! `relay signer`: serves a signing service until a signal ends it.

use super::{environment, log, read_policy};
use crate::error::CliError;
use crate::notes::Notes;
use crate::run::Stop;
use crate::tools::write_stdout;
use clap::Args;
use keyway_relay::StartError;
use keyway_relay::signer_service::{ServiceConfig, SigningService, serve};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Arguments of `relay signer`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway relay key new relayer
      a token for the relayer, and its hash for signer.toml
  keyway relay signer --config signer.toml
      sign what the policy allows, until Ctrl-C

The relayer's account.signer is { http = { url, token } } then. stdout gets one
line, the address; stderr gets the log, one JSON object a line.")]
pub(crate) struct SignerArgs {
    /// The service's configuration; docs/remote-signer.md describes it
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Address to listen on; port 0 picks a free port [default: the configuration's]
    #[arg(long, value_name = "IP:PORT")]
    listen: Option<SocketAddr>,
}

impl SignerArgs {
    /// Serves.
    ///
    /// # Errors
    /// If the service cannot start or serve.
    pub(crate) fn run(&self, notes: &Notes) -> Result<(), CliError> {
        log::begin(notes);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|source| CliError::System { source })?;
        let served = runtime.block_on(self.serve());
        runtime.shutdown_background();
        served
    }

    async fn serve(&self) -> Result<(), CliError> {
        let stop = Stop::on_signals()?;
        let config = ServiceConfig::load(&self.config).map_err(StartError::from)?;
        let policy = read_policy(&config.policy)?;
        let addr = self.listen.unwrap_or(config.listen);
        let listener =
            keyway_rpc::bind(addr).map_err(|source| StartError::Listen { addr, source })?;
        let addr = listener.local_addr().map_err(|source| CliError::Serve { source })?;
        let service = SigningService::open(&config, policy, &environment).await?;
        write_stdout(&format!("http://{addr}\n"))?;
        let served = serve(service, listener, stop.requested()).await;
        served.map_err(|source| CliError::Serve { source })
    }
}
