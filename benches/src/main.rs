//! Measures how fast a node answers and how much memory it takes: the built binary over HTTP as
//! its users meet it, and in this process the library's sandbox. `cargo xtask bench` builds and runs
//! it. What the parts cost one by one, `cargo bench` says.
//!
//! Figures are for people to compare on one machine; no test asserts a time.

mod ceiling;
mod clock;
mod crash;
mod crash_relay;
mod http;
mod in_process;
mod instance;
mod memory;
mod over_http;
mod place;
mod processor;
mod reads;
mod relay;
mod report;
mod samples;
mod sandbox;
mod scale;
mod server;
mod snapshots;

use clap::Parser;
use keyway_bench::Problem;
use place::Place;
use report::Report;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Measures a node.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench")]
struct Args {
    /// The node's binary. One that is not Keyway is measured on a home directory only.
    #[arg(long, value_name = "PATH", default_value = "target/release/keyway")]
    binary: PathBuf,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Measure only there.
    #[arg(long, value_name = "PLACE", value_enum)]
    only: Option<Place>,
    /// What to do instead.
    #[command(subcommand)]
    instead: Option<Instead>,
}

/// What is not a measurement.
#[derive(Debug, clap::Subcommand)]
enum Instead {
    /// Compare a node with a server that only checks signatures
    Ceiling(ceiling::Options),
    /// Kill the node under load, and look for what it had acknowledged
    Crash {
        /// How often
        #[arg(long, default_value_t = 5)]
        kills: u32,
        /// Decides about the instants
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Instead, kill instances of the relayer, its database and its node
        #[arg(long, conflicts_with = "kills")]
        relay: bool,
        /// How many transactions to relay
        #[arg(long, default_value_t = 300, requires = "relay")]
        transactions: u32,
        /// Disturb nothing, to see how fast it is
        #[arg(long, requires = "relay")]
        calm: bool,
    },
    /// Measure how long a read takes beside transfers, deployments, pages and proofs
    Reads(reads::Options),
    /// Let a relayer send delegate actions, and measure how many a second
    Relay(relay::Options),
    /// Save snapshots and go back to them, on a chain with many accounts and many snapshots
    Snapshots(snapshots::Options),
    /// Give chains more and more accounts with three keys each, and see what grows
    Scale {
        /// How many accounts; several, separated by commas
        #[arg(long, value_delimiter = ',', default_values_t = scale::SIZES)]
        accounts: Vec<u64>,
        /// Where to draw the growth
        #[arg(long, value_name = "FILE")]
        picture: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let args = Args::parse();
    let text = match args.instead {
        Some(Instead::Ceiling(options)) => ceiling::run(&args.binary, options),
        Some(Instead::Crash { relay: true, transactions, seed, calm, .. }) => {
            crash_relay::run(&args.binary, crash_relay::Plan { transactions, seed, calm })
        }
        Some(Instead::Crash { kills, seed, .. }) => crash::run(&args.binary, kills, seed),
        Some(Instead::Reads(options)) => reads::run(&args.binary, options),
        Some(Instead::Relay(options)) => relay::run(&args.binary, options),
        Some(Instead::Snapshots(options)) => snapshots::run(options),
        Some(Instead::Scale { accounts, picture }) => {
            scale::run(&args.binary, &accounts, picture.as_deref())
        }
        None => measure(&args).map(|report| if args.json { report.json() } else { report.table() }),
    };
    match text {
        Ok(text) => print(&text),
        Err(problem) => {
            note(&format!("failed: {problem}"));
            ExitCode::FAILURE
        }
    }
}

fn measure(args: &Args) -> Result<Report, Problem> {
    let version = server::version(&args.binary)?;
    let places: &[Place] = if version.starts_with("keyway") { &Place::ALL } else { &[Place::Home] };
    let mut report = Report::new(version);
    for place in places.iter().filter(|place| args.only.is_none_or(|only| only == **place)) {
        match place {
            Place::InProcess => in_process::measure(&mut report)?,
            Place::Sandbox => sandbox::measure(&mut report)?,
            Place::Memory | Place::Home => over_http::measure(&args.binary, *place, &mut report)?,
        }
    }
    Ok(report)
}

fn print(text: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// A line on stderr about what goes on.
fn note(line: &str) {
    let _closed = writeln!(std::io::stderr(), "{line}");
}
