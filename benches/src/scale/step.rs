//! One chain, measured.

use super::genesis::{self, CROWD, CROWDED};
use crate::http::{Connection, result};
use crate::memory::{peak, resident};
use crate::place::Place;
use crate::samples::Samples;
use crate::server::Setup;
use crate::{clock, note};
use keyway_bench::{Account, Problem, base64};
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::types::AccountId;
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// What was measured of a chain.
#[derive(Debug)]
pub(super) struct Step {
    /// How many accounts it has.
    pub(super) accounts: u64,
    import: Duration,
    /// Bytes.
    import_peak: u64,
    open: Duration,
    /// Bytes, after opening and after all the work.
    resident: [u64; 2],
    alone: Samples,
    per_second: f64,
    pages: Samples,
}

/// A number of a step, as it is shown.
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) value: fn(&Step) -> f64,
    /// Digits behind the point.
    digits: usize,
}

impl Figure {
    pub(super) fn text(&self, step: &Step) -> String {
        format!("{:.*}", self.digits, (self.value)(step))
    }
}

/// What the table and the picture show.
pub(super) const FIGURES: [Figure; 9] = [
    figure("first start (import), s", 2, |step| step.import.as_secs_f64()),
    figure("its peak memory, MB", 0, |step| step.import_peak as f64 / 1e6),
    figure("every other start, ms", 0, |step| step.open.as_secs_f64() * 1e3),
    figure("memory after it, MB", 0, |step| step.resident[0] as f64 / 1e6),
    figure("memory after the work below, MB", 0, |step| step.resident[1] as f64 / 1e6),
    figure("a transfer alone, ms (median)", 2, |step| step.alone.median().as_secs_f64() * 1e3),
    figure("transfers a second", 0, |step| step.per_second),
    figure("100 of 10,000 keys, ms (median)", 2, |step| step.pages.median().as_secs_f64() * 1e3),
    figure("100 of 10,000 keys, ms (slowest)", 2, |step| step.pages.at(100).as_secs_f64() * 1e3),
];

const fn figure(name: &'static str, digits: usize, value: fn(&Step) -> f64) -> Figure {
    Figure { name, value, digits }
}

impl Step {
    /// Makes a chain of so many accounts, and measures the node of `binary` with it.
    ///
    /// # Errors
    /// When the node does not start, or answers with an error.
    pub(super) fn measure(binary: &Path, accounts: u64) -> Result<Self, Problem> {
        let setup = Setup::new(binary, Place::Home)?;
        let home = setup.home().ok_or("a chain without a home")?;
        note("  writing the genesis");
        genesis::write(home, accounts)?;
        note("  importing");
        let server = setup.start()?;
        let (import, import_peak) = (server.started_in, peak(server.pid()));
        drop(server);
        note("  opening");
        let server = setup.start()?;
        let open = (server.started_in, resident(server.pid()));
        let mut work = Work { addr: server.addr, accounts, senders: genesis::senders(accounts)? };
        note("  listing keys, sending transfers");
        let (pages, alone) = (work.pages()?, work.alone()?);
        let per_second = work.together()?;
        Ok(Self {
            accounts,
            import,
            import_peak: import_peak.unwrap_or_default(),
            open: open.0,
            resident: [open.1, resident(server.pid())].map(Option::unwrap_or_default),
            alone,
            per_second,
            pages,
        })
    }
}

/// What a node is given to do.
struct Work {
    addr: SocketAddr,
    accounts: u64,
    senders: Vec<Account>,
}

impl Work {
    /// All keys of the crowded account, page by page.
    fn pages(&self) -> Result<Samples, Problem> {
        let mut connection = Connection::open(self.addr)?;
        let (mut after, mut seen) = (None::<String>, 0);
        let pages = usize::try_from(CROWD / PAGE)?;
        let samples = Samples::take(pages, || {
            let mut query = json!({ "request_type": "view_access_key_list", "finality": "final",
                "account_id": CROWDED, "limit": PAGE });
            if let Some(after) = &after {
                query["after_key"] = after.as_str().into();
            }
            let request = Connection::request("query", &query);
            let (took, answer) = clock::timed(|| connection.send(&request));
            let page = result(&answer?)?;
            seen += page["keys"].as_array().map_or(0, Vec::len);
            after = page["last_key"].as_str().map(str::to_owned);
            Ok(took)
        })?;
        if seen as u64 == CROWD { Ok(samples) } else { Err(format!("{seen} keys").into()) }
    }

    /// Transfers one after the other, from and to accounts all over the chain.
    fn alone(&mut self) -> Result<Samples, Problem> {
        let mut connection = Connection::open(self.addr)?;
        let base = base(&mut connection)?;
        let mut number = 0;
        Samples::take(ALONE, || {
            number += 1;
            let sender = number * 7 % self.senders.len();
            let request = signed(&mut self.senders[sender], number, self.accounts, base)?;
            let (took, answer) = clock::timed(|| connection.send(&request));
            ran(&result(&answer?)?)?;
            Ok(took)
        })
    }

    /// Transfers on many connections; returns how many ran in a second.
    fn together(&mut self) -> Result<f64, Problem> {
        let base = base(&mut Connection::open(self.addr)?)?;
        let (accounts, addr) = (self.accounts, self.addr);
        let share = self.senders.len().div_ceil(CONNECTIONS);
        let mut queues = Vec::new();
        for (queue, senders) in self.senders.chunks_mut(share).enumerate() {
            let requests = (0..TOGETHER / CONNECTIONS).map(|number| {
                let sender = number % senders.len();
                signed(&mut senders[sender], queue * TOGETHER + number, accounts, base)
            });
            queues.push(requests.collect::<Result<Vec<_>, _>>()?);
        }
        let sent: usize = queues.iter().map(Vec::len).sum();
        let (took, done) = clock::timed(|| {
            thread::scope(|scope| {
                let threads: Vec<_> =
                    queues.iter().map(|queue| scope.spawn(|| send_all(addr, queue))).collect();
                let joined = threads.into_iter().map(|one| one.join().map_err(|_| "a panic")?);
                joined.collect::<Result<(), Problem>>()
            })
        });
        done?;
        Ok(sent as f64 / took.as_secs_f64())
    }
}

fn send_all(addr: SocketAddr, requests: &[Vec<u8>]) -> Result<(), Problem> {
    let mut connection = Connection::open(addr)?;
    requests.iter().try_for_each(|request| ran(&result(&connection.send(request)?)?))
}

/// A transfer to an account that `number` decides.
fn signed(
    sender: &mut Account,
    number: usize,
    accounts: u64,
    base: CryptoHash,
) -> Result<Vec<u8>, Problem> {
    let chance = hash(&number.to_le_bytes()).0;
    let chance = chance.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let receiver: AccountId = genesis::id(chance % accounts).parse()?;
    let transaction = base64(&sender.transfer_to(receiver, base));
    let params = json!({ "signed_tx_base64": transaction, "wait_until": "EXECUTED_OPTIMISTIC" });
    Ok(Connection::request("send_tx", &params))
}

fn ran(outcome: &serde_json::Value) -> Result<(), Problem> {
    match outcome["status"].get("SuccessValue") {
        Some(_) => Ok(()),
        None => Err(format!("a transfer ended with {}", outcome["status"]).into()),
    }
}

fn base(connection: &mut Connection) -> Result<CryptoHash, Problem> {
    let block = connection.call("block", &json!({ "finality": "final" }))?;
    block["header"]["hash"].as_str().unwrap_or_default().parse()
}

/// Keys that are listed at once.
const PAGE: u64 = 100;
/// Transfers that are sent one by one.
const ALONE: usize = 500;
/// Transfers that are sent at once, over so many connections.
const TOGETHER: usize = 16_000;
const CONNECTIONS: usize = 32;
