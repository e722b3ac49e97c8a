//! How many delegate actions a relayer sends in a second, beside a naive one of a few lines.
//!
//! Node, relayer and generator share the machine. Users sign before the clock starts.

mod naive;
mod service;

use crate::clock;
use crate::http::Connection;
use crate::place::Place;
use crate::server::Setup;
use keyway_bench::{Account, Problem};
use near_crypto::{InMemorySigner, KeyType, SecretKey, Signer};
use near_primitives::action::delegate::{DelegateAction, NonDelegateAction, SignedDelegateAction};
use near_primitives::action::{Action, TransferAction};
use near_primitives::types::Balance;
use serde_json::json;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What to measure.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Options {
    /// How many delegate actions
    #[arg(long, default_value_t = 8_000)]
    requests: usize,
    /// Users who sign them; those of one user run one after another
    #[arg(long, default_value_t = 400)]
    users: u16,
    /// Connections that ask and wait for outcomes
    #[arg(long, default_value_t = 128)]
    connections: usize,
    /// Nonce rows of the relayer's gas key
    #[arg(long, default_value_t = 256)]
    rows: u16,
    /// Requests a second; without it, as many as the relayer takes
    #[arg(long)]
    rate: Option<u32>,
    /// Over PostgreSQL, with several instances
    #[arg(long)]
    postgres: bool,
    /// How many instances share the database and, in turn, the requests
    #[arg(long, default_value_t = 3, requires = "postgres", value_parser = clap::value_parser!(u8).range(1..=64))]
    instances: u8,
    /// Measure the naive relayer instead
    #[arg(long, conflicts_with = "postgres")]
    naive: bool,
}

/// What one measurement found.
#[derive(Debug, Default)]
struct Found {
    succeeded: usize,
    failed: usize,
    latencies: Vec<Duration>,
    /// The first thing that went wrong.
    example: Option<String>,
}

/// Measures the relayer of `binary`.
///
/// # Errors
/// When something does not start, or the measurement itself fails.
pub(crate) fn run(binary: &Path, options: Options) -> Result<String, Problem> {
    let setup = Setup::new(binary, Place::Memory)?;
    let accounts = (options.users + FIRST).to_string();
    let server = setup.start_with(&["--accounts", &accounts])?;
    let mut connection = Connection::open(server.addr)?;
    let height =
        connection.call("block", &json!({"finality": "final"}))?["header"]["height"].as_u64();
    let height = height.ok_or("a block without a height")?;
    let work = signed_by_users(options, height)?;
    if options.naive {
        let (found, took) = naive::measure(server.addr, options, work)?;
        return Ok(report(options, found, took));
    }
    let service = service::Service::start(binary, server.addr, options)?;
    let parts = service.parts(&server);
    let (found, took) = measure(&service, options, work)?;
    let shares = parts.shares();
    Ok(format!("{}{shares}\n", report(options, found, took)))
}

/// The delegate actions, those of one user far apart.
fn signed_by_users(
    options: Options,
    height: u64,
) -> Result<VecDeque<SignedDelegateAction>, Problem> {
    let mut users = Vec::new();
    for number in FIRST + 1..=FIRST + options.users {
        let name = format!("account-{number}.near");
        let key = SecretKey::from_seed(KeyType::ED25519, &name);
        users.push((InMemorySigner::from_secret_key(name.parse()?, key), 0));
    }
    let mut work = VecDeque::new();
    let transfer = Action::Transfer(TransferAction { deposit: Balance::from_yoctonear(1) });
    for number in 0..options.requests {
        let at = number % users.len();
        let (signer, nonce) = &mut users[at];
        *nonce += 1;
        let Signer::InMemory(known) = &*signer else { return Err("a key in memory".into()) };
        let delegate_action = DelegateAction {
            sender_id: known.account_id.clone(),
            receiver_id: "bob.near".parse()?,
            actions: vec![NonDelegateAction::try_from(transfer.clone()).map_err(|_| "a transfer")?],
            nonce: *nonce,
            max_block_height: height + 1_000_000,
            public_key: signer.public_key(),
        };
        let signature = signer.sign(delegate_action.get_nep461_hash().as_bytes());
        work.push_back(SignedDelegateAction { delegate_action, signature });
    }
    Ok(work)
}

/// Posts everything, and waits for each outcome.
fn measure(
    service: &service::Service,
    options: Options,
    work: VecDeque<SignedDelegateAction>,
) -> Result<(Found, Duration), Problem> {
    let requests =
        work.iter().map(|signed| service.request(signed)).collect::<Result<VecDeque<_>, _>>()?;
    let (requests, found) = (Mutex::new(requests), Mutex::new(Found::default()));
    let begun = clock::now();
    let taken = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..options.connections {
            scope.spawn(|| {
                let open = |addr: &SocketAddr| Connection::open(*addr).ok();
                let mut connections: Vec<_> = service.addresses.iter().map(open).collect();
                while let Some(request) = next(&requests) {
                    let nth = taken.fetch_add(1, Ordering::Relaxed);
                    if let Some(rate) = options.rate {
                        let due = Duration::from_secs(1) * nth / rate;
                        thread::sleep(due.saturating_sub(begun.elapsed()));
                    }
                    let sent = clock::now();
                    // One instance after another, as a load balancer does.
                    let at = nth as usize % connections.len();
                    let answer = connections[at].as_mut().map(|it| it.send(&request));
                    let latency = sent.elapsed();
                    let mut found = locked(&found);
                    match answer {
                        Some(Ok(answer)) if is_success(&answer.body) => {
                            found.succeeded += 1;
                            found.latencies.push(latency);
                        }
                        other => {
                            found.failed += 1;
                            let text = match other {
                                Some(Ok(answer)) => {
                                    String::from_utf8_lossy(&answer.body).into_owned()
                                }
                                Some(Err(problem)) => problem.to_string(),
                                None => "no connection".to_owned(),
                            };
                            found.example.get_or_insert(text);
                        }
                    }
                }
            });
        }
    });
    let took = begun.elapsed();
    Ok((found.into_inner().unwrap_or_else(PoisonError::into_inner), took))
}

fn is_success(body: &[u8]) -> bool {
    let state = serde_json::from_slice::<serde_json::Value>(body).ok();
    state.is_some_and(|answer| answer["state"] == "succeeded")
}

fn report(options: Options, mut found: Found, took: Duration) -> String {
    found.latencies.sort();
    let at = |share: usize| {
        let index =
            (found.latencies.len() * share / 100).min(found.latencies.len().saturating_sub(1));
        found.latencies.get(index).map_or(0, Duration::as_millis)
    };
    let per_second = found.succeeded as f64 / took.as_secs_f64();
    let what = match options {
        Options { naive: true, .. } => "naive relayer".to_owned(),
        Options { postgres: true, instances, .. } => {
            format!("relayer of {instances} instances over PostgreSQL")
        }
        _ => "relayer".to_owned(),
    };
    let mut text = format!(
        "{what}: {} of {} delegate actions succeeded in {:.1} s: {per_second:.0} a second; \
         median {} ms, p99 {} ms\n",
        found.succeeded,
        options.requests,
        took.as_secs_f64(),
        at(50),
        at(99),
    );
    if let Some(example) = &found.example {
        text.push_str(&format!("{} failed; the first: {example}\n", found.failed));
    }
    text
}

/// The account that relays, and its first key.
fn relayer() -> Result<Account, Problem> {
    Account::seeded(RELAYER, RELAYER)
}

/// The next piece of work. The lock is not held while it is done.
fn next<T>(work: &Mutex<VecDeque<T>>) -> Option<T> {
    locked(work).pop_front()
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const RELAYER: &str = "alice.near";
/// The accounts of a chain in memory that have names of their own.
const FIRST: u16 = 10;
