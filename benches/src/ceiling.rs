//! How near a node is to what its HTTP server could do at most.
//!
//! Beside the node stands a server that shares its HTTP with it and does only what no node can do
//! without: it reads each transfer, checks its signature, and answers with bytes that it has. Both are
//! measured in turns, with the same generator on the same processors.

mod front;

use crate::place::Place;
use crate::server::Setup;
use crate::{clock, note, processor};
use front::Front;
use keyway_bench::{Account, Problem};
use near_primitives::hash::CryptoHash;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What to measure.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Options {
    /// Transfers in each run
    #[arg(long, default_value_t = 20_000)]
    transactions: u32,
    /// Connections that send them
    #[arg(long, default_value_t = 64)]
    connections: u16,
    /// Runs of each; the medians are reported
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

/// Measures the nodes of `binary`, in memory and with a home, and the server that only checks
/// signatures.
///
/// # Errors
/// When something does not start, or a transfer fails.
pub(crate) fn run(binary: &Path, options: Options) -> Result<String, Problem> {
    let (mut memory, mut home, mut ceiling) = (Vec::new(), Vec::new(), Vec::new());
    for run in 1..=options.runs {
        note(&format!("run {run} of {}", options.runs));
        memory.push(of_node(binary, Place::Memory, options)?);
        home.push(of_node(binary, Place::Home, options)?);
        let node = Setup::new(binary, Place::Memory)?.start()?;
        let front = Front::start(node.addr)?;
        let rate = transfers(binary, front.addr(), &Setup::new(binary, Place::Memory)?, options)?;
        ceiling.push(Run { rate, processor: None });
    }
    let check = signature_check()?;
    let ceiling = median(ceiling.iter().map(|run| run.rate));
    let mut text = format!(
        "{} transfers over {} connections, medians of {} runs; one signature check takes {:.1} µs\n\n\
         | | a second | of the most possible | node's processor time | share of the check |\n\
         | --- | --- | --- | --- | --- |\n",
        options.transactions,
        options.connections,
        options.runs,
        micros(check),
    );
    for (name, runs) in [("in memory", memory), ("durable", home)] {
        let rate = median(runs.iter().map(|run| run.rate));
        let spent: Vec<_> = runs.iter().filter_map(|run| run.processor).map(micros).collect();
        let of_processor = match spent.is_empty() {
            true => " | ".to_owned(),
            false => {
                let spent = median(spent.into_iter());
                format!("{spent:.0} µs | {:.2}", micros(check) / spent)
            }
        };
        text.push_str(&format!(
            "| {name} | {rate:.0} | {:.2} | {of_processor} |\n",
            rate / ceiling
        ));
    }
    text.push_str(&format!("| only signature checks | {ceiling:.0} | 1 | | |\n"));
    Ok(text)
}

/// What one run found.
struct Run {
    /// Transfers a second.
    rate: f64,
    /// The node's processor time for each; none on systems without `/proc`.
    processor: Option<Duration>,
}

fn of_node(binary: &Path, place: Place, options: Options) -> Result<Run, Problem> {
    let setup = Setup::new(binary, place)?;
    let node = setup.start()?;
    let before = processor::time_of(node.pid());
    let rate = transfers(binary, node.addr, &setup, options)?;
    let spent = processor::time_of(node.pid()).saturating_sub(before);
    Ok(Run { rate, processor: Some(spent / options.transactions).filter(|spent| !spent.is_zero()) })
}

/// How many transfers a second `keyway bench` counts at `addr`.
fn transfers(
    binary: &Path,
    addr: SocketAddr,
    setup: &Setup<'_>,
    options: Options,
) -> Result<f64, Problem> {
    let accounts = options.connections.saturating_mul(2);
    let mut command = Command::new(binary);
    command.args(["bench", "--network", &format!("http://{addr}"), "--json"]);
    command.args(["--connections", &options.connections.to_string()]);
    command.args(["--accounts", &accounts.to_string()]);
    command.args(["--transactions", &options.transactions.to_string()]);
    if let Some(home) = setup.home() {
        command.arg("--key-file").arg(home.join("validator_key.json"));
    }
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let report: Value = serde_json::from_slice(&output.stdout)?;
    if report["executed"] != options.transactions {
        return Err(format!("not all transfers ran: {report}").into());
    }
    report["executed_per_second"].as_f64().ok_or_else(|| format!("no rate in {report}").into())
}

/// The median time of one ed25519 check on this machine.
fn signature_check() -> Result<Duration, Problem> {
    let transfer = Account::development().transfer_to("alice.near".parse()?, CryptoHash::default());
    let (hash, key) = (transfer.get_hash(), transfer.transaction.public_key().clone());
    let mut times: Vec<_> = (0..CHECKS)
        .map(|_| clock::timed(|| transfer.signature.verify(hash.as_ref(), &key)))
        .map(|(took, right)| if right { Ok(took) } else { Err("a signature is wrong") })
        .collect::<Result<_, _>>()?;
    times.sort();
    Ok(times[times.len() / 2])
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

const CHECKS: usize = 2_001;
