//! `console`: serves pages that show the chain of a node.

use crate::error::CliError;
use crate::run::{Stop, listen};
use crate::tools::{ChainArgs, Context};
use clap::Args;
use keyway::client::TimeLimit;
use keyway_console::{Console, HOME};
use keyway_rpc::{Pages, ServerOptions, serve_pages};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// Arguments of `console`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway console --network testnet
      pages about testnet, at http://127.0.0.1:3080/console
  keyway console --network http://127.0.0.1:3030 --port 0

The console shows, and changes nothing. `keyway run` serves one that also acts,
on its own chain.")]
pub(crate) struct ConsoleArgs {
    /// Serve at this port of 127.0.0.1; 0 picks a free port
    #[arg(long, value_name = "PORT", default_value_t = PORT)]
    port: u16,
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
}

impl ConsoleArgs {
    /// Serves until Ctrl-C or SIGTERM.
    ///
    /// # Errors
    /// If the port cannot be used, or the server fails.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let stop = Stop::on_signals()?;
        let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)))?;
        let addr = listener.local_addr().map_err(|source| CliError::Serve { source })?;
        // The limit is for each answer: the console itself has no end.
        let limit = TimeLimit::Each(self.chain.timeout.unwrap_or(ANSWER_WITHIN));
        let client = context.network.client(limit)?;
        let console = Console::looking_at(client, context.network.place());
        let pages = Pages { routes: console.routes(), home: HOME };
        context.notes.say(format!(
            "console of {} at http://{addr}{HOME}: it shows, and changes nothing\nCtrl-C stops it.",
            context.network.place()
        ));
        let served = serve_pages(listener, pages, ServerOptions::default(), stop.requested()).await;
        served.map_err(|source| CliError::Serve { source })
    }
}

/// The port where it is looked for, beside a node's.
const PORT: u16 = 3080;

/// How long a node may take for one answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
