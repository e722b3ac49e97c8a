//! `run`: serves a node, in memory or on a home directory, until a signal ends it.

mod banner;
mod fork;
mod node;
mod signals;

use crate::args::RunArgs;
use crate::dev_accounts::unsafe_key_pair;
use crate::error::CliError;
use crate::notes::Notes;
use banner::At;
use keyway_console::{Console, HOME, Own, Token};
use keyway_fork::Fork;
use keyway_node::{DEFAULT_RPC_PORT, EMPTY_BLOCK_INTERVAL, Home, Node, Sealing};
use keyway_rpc::{Pages, ServerOptions, Service};
use node::{Kind, settings};
pub(crate) use signals::Stop;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;
use tokio::net::TcpListener;

/// Runs a node until Ctrl-C or SIGTERM.
///
/// # Errors
/// If the home cannot be used, the address cannot be bound, or the server fails.
pub(crate) fn run(home: Option<&Path>, args: &RunArgs, notes: &Notes) -> Result<(), CliError> {
    notes.take_logs();
    let home = home.map(Home::read).transpose()?;
    match &home {
        Some(home) => check_flags(home, args)?,
        None => crate::fork::check(&args.fork, args.new.given())?,
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads(args))
        .enable_all()
        .build()
        .map_err(|source| CliError::System { source })?;
    let result = runtime.block_on(serve(home.map(Arc::new), args, notes));
    // Requests that wait for a transaction must not delay the shutdown.
    runtime.shutdown_background();
    result
}

/// Checks that no flag would make another chain of a home's.
fn check_flags(home: &Home, args: &RunArgs) -> Result<(), CliError> {
    let goes_on = |flag: &&str| home.is_fork() && FOR_EVERY_RUN.contains(flag);
    let of_forks = args.fork.given().chain(args.fork.offline.then_some("--offline"));
    let given = args.new.given().chain(of_forks.filter(|flag| !goes_on(flag)));
    match given.chain(args.load.as_ref().map(|_| "--load")).next() {
        Some(flag) => Err(CliError::ForNewChains { flag, home: home.dir.clone() }),
        None => Ok(()),
    }
}

async fn serve(home: Option<Arc<Home>>, args: &RunArgs, notes: &Notes) -> Result<(), CliError> {
    let mut stop = Stop::on_signals()?;
    let mut options = options(home.as_deref());
    // Bind the address first: a node that cannot serve must not change its home.
    let listener = listen(address(home.as_deref(), args))?;
    let addr = listener.local_addr().map_err(|source| CliError::Serve { source })?;
    let (mut settings, mut kind) =
        (settings(home.as_deref(), args, addr), Kind::of(home.as_deref()));
    let tick = tick(home.as_deref(), args);
    let Some((node, fork)) = open(home.clone(), args, notes, &mut stop).await? else {
        return Ok(());
    };
    if let Some(fork) = &fork {
        kind = Kind::Fork(Box::new(fork.status()), home.as_ref().map(|home| home.dir.clone()));
    }
    settings.fork = fork;
    let token = (!args.console.no_console).then(Token::random);
    node.resume_sealing()?;
    tell(&node, &kind, &At { addr, token: token.as_ref() }, notes);
    let _ticker = tick.map(|period| node.tick_every(period));
    let service = Service::new(node.clone(), settings);
    options.pages = token.map(|token| pages(&node, service.clone(), token, !args.no_cheats));
    let served = keyway_rpc::serve(listener, service, options, stop.requested()).await;
    if let Err(error) = node.close() {
        notes.say(format!("note: {error}"));
    }
    served.map_err(|source| CliError::Serve { source })
}

/// The console of this node.
fn pages(node: &Node, service: Service, token: Token, control: bool) -> Pages {
    let accounts = banner::development_accounts(&node.snapshot());
    let own = Own::new(token).control(control).accounts(accounts).keys(unsafe_key_pair);
    Pages { routes: Console::own(service, own).routes(), home: HOME }
}

fn tell(node: &Node, kind: &Kind, at: &At<'_>, notes: &Notes) {
    if let (torn @ 1.., Kind::Home { journal, .. }) = (node.torn_bytes(), kind) {
        notes.say(format!("cut {torn} bytes of a torn record off {}", journal.display()));
    }
    notes.say_with_secrets(banner::text(&node.snapshot(), kind, at, notes.columns()));
    if let Some(note) = sealing_note(node.sealing()) {
        notes.say(note);
    }
}

/// What a home kept of an earlier run, which surprises whoever sends a transaction.
fn sealing_note(sealing: Sealing) -> Option<String> {
    let (what, then) = match sealing {
        Sealing::AtOnce => return None,
        Sealing::ByHand => ("off".to_owned(), "transactions wait for `keyway chain mine`"),
        Sealing::Every(period) => {
            (format!("every {} ms", period.as_millis()), "transactions wait for the next block")
        }
    };
    Some(format!("note: sealing is still {what}: {then}; `keyway chain sealing on` ends that"))
}

/// Opens the node on another thread, so that signals are handled while a long journal is replayed or
/// a network does not answer.
/// `None` if a signal came in the meantime.
async fn open(
    home: Option<Arc<Home>>,
    args: &RunArgs,
    notes: &Notes,
    stop: &mut Stop,
) -> Result<Option<(Node, Option<Fork>)>, CliError> {
    let (args, notes) = (args.clone(), notes.clone());
    let is_fork = home.as_ref().map_or(args.fork.is_fork(), |home| home.is_fork());
    let opening = tokio::task::spawn_blocking(move || match is_fork {
        true => fork::open(home.as_deref(), &args, &notes).map(|(node, fork)| (node, Some(fork))),
        false => node::open(home.as_deref(), &args).map(|node| (node, None)),
    });
    tokio::select! {
        opened = opening => match opened {
            Ok(opened) => opened.map(Some),
            Err(panicked) => Err(CliError::System { source: io::Error::other(panicked) }),
        },
        () = stop.requested() => Ok(None),
    }
}

fn address(home: Option<&Home>, args: &RunArgs) -> SocketAddr {
    let usual = match home {
        Some(home) => home.config.rpc().addr,
        None => SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_RPC_PORT)),
    };
    let port = args.port.unwrap_or(usual.port());
    args.rpc_addr.unwrap_or(SocketAddr::new(usual.ip(), port))
}

fn options(home: Option<&Home>) -> ServerOptions {
    let mut options = ServerOptions::default();
    if let Some(home) = home {
        let rpc = home.config.rpc();
        options.body_limit = rpc.limits_config.json_payload_max_size;
        options.origins = rpc.cors_allowed_origins;
        options.hosts = rpc.allowed_hosts;
    }
    options
}

/// The interval between empty blocks; the command line overrides the configuration.
fn tick(home: Option<&Home>, args: &RunArgs) -> Option<Duration> {
    let consensus = home.map(|home| home.config.consensus.clone());
    let usual = consensus.as_ref().map_or(EMPTY_BLOCK_INTERVAL, |set| set.empty_block_interval());
    let configured = consensus.is_none_or(|set| set.produce_empty_blocks);
    if args.no_ticks || !args.produce_empty_blocks.unwrap_or(configured) {
        return None;
    }
    Some(args.block_interval_ms.map_or(usual, Duration::from_millis))
}

/// Listens on an address.
///
/// # Errors
/// If it is taken or not ours.
pub(crate) fn listen(addr: SocketAddr) -> Result<TcpListener, CliError> {
    keyway_rpc::bind(addr).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => CliError::AddressInUse { addr },
        _ => CliError::Listen { addr, source },
    })
}

/// Threads that serve requests: at least two, so that one can wait for the disk.
fn threads(args: &RunArgs) -> usize {
    let cores = || available_parallelism().map_or(2, NonZeroUsize::get).max(2);
    args.threads.map_or_else(cores, usize::from)
}

/// The flags of forks that a home's fork takes at any time; they hold until the node ends.
const FOR_EVERY_RUN: [&str; 3] = ["--fork", "--fork-missing", "--offline"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_decides_about_the_address() {
        let args = |text: &str| RunArgs {
            rpc_addr: text.parse().ok(),
            port: text.parse().ok(),
            ..RunArgs::default()
        };
        let of = |text| address(None, &args(text)).to_string();
        assert_eq!(of(""), "127.0.0.1:3030");
        assert_eq!(of("4000"), "127.0.0.1:4000");
        assert_eq!(of("0.0.0.0:1"), "0.0.0.0:1");
    }

    #[test]
    fn the_command_line_decides_about_empty_blocks() {
        let args = RunArgs::default();
        assert_eq!(tick(None, &args), Some(Duration::from_millis(500)));
        let faster = RunArgs { block_interval_ms: Some(20), ..RunArgs::default() };
        assert_eq!(tick(None, &faster), Some(Duration::from_millis(20)));
        let none = RunArgs { no_ticks: true, ..RunArgs::default() };
        assert_eq!(tick(None, &none), None);
        let as_neard = RunArgs { produce_empty_blocks: Some(false), ..RunArgs::default() };
        assert_eq!(tick(None, &as_neard), None);
    }
}
