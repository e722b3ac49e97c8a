//! The work beside which reads are measured.

use super::crowd::Pages;
use super::{Course, contract};
use crate::http::{Connection, result};
use crate::server::Setup;
use clap::ValueEnum;
use keyway_bench::{Account, Problem, base64};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::scope;

/// A load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Load {
    /// Transfers over 32 connections
    Transfers,
    /// Deployments of contracts of 1.5 MB, one after another
    Deploys,
    /// Pages of an account's keys and data, one after another
    Pages,
    /// Light-client proofs of blocks over 64 connections
    Proofs,
}

impl Load {
    pub(super) const ALL: [Self; 4] = [Self::Transfers, Self::Deploys, Self::Pages, Self::Proofs];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Transfers => "transfers, 32 connections",
            Self::Deploys => "contracts of 1.5 MB",
            Self::Pages => "two pages of keys and data",
            Self::Proofs => "block proofs, 64 connections",
        }
    }

    /// Works until the course is over, and counts. Returns how much it did in a second if it knows that
    /// better.
    ///
    /// # Errors
    /// When the node answers with an error.
    pub(super) fn run(
        self,
        binary: &Path,
        setup: &Setup<'_>,
        addr: SocketAddr,
        course: &Course,
    ) -> Result<Option<f64>, Problem> {
        match self {
            Self::Transfers => transfers(binary, setup, addr, course).map(Some),
            Self::Deploys => deploys(setup.account()?, addr, course).map(|()| None),
            Self::Pages => pages(addr, course).map(|()| None),
            Self::Proofs => proofs(addr, course).map(|()| None),
        }
    }
}

/// Runs the binary's own load generator, second by second.
fn transfers(
    binary: &Path,
    setup: &Setup<'_>,
    addr: SocketAddr,
    course: &Course,
) -> Result<f64, Problem> {
    let (mut rates, mut runs) = (0.0, 0.0);
    while course.goes_on() {
        let mut command = match course.idle_generator {
            true => idle(binary),
            false => Command::new(binary),
        };
        command.args(["bench", "--json", "--connections", "32", "--transactions", TRANSFERS]);
        command.args(["--network", &format!("http://{addr}")]);
        if let Some(home) = setup.home() {
            command.arg("--key-file").arg(home.join("validator_key.json"));
        }
        let output = command.stderr(Stdio::inherit()).output()?;
        let report: Value = serde_json::from_slice(&output.stdout)?;
        rates += report["executed_per_second"].as_f64().ok_or("no rate in the report")?;
        runs += 1.0;
    }
    Ok(rates / runs)
}

/// A program that runs only when a processor has nothing else to do.
fn idle(program: &Path) -> Command {
    let mut command = Command::new("chrt");
    command.args(["--idle", "0"]).arg(program);
    command
}

fn deploys(mut account: Account, addr: SocketAddr, course: &Course) -> Result<(), Problem> {
    let mut connection = Connection::open(addr)?;
    let key = json!({ "request_type": "view_access_key", "finality": "final",
        "account_id": account.id, "public_key": account.public_key() });
    account.nonce = connection.call("query", &key)?["nonce"].as_u64().unwrap_or_default();
    let mut seed = 0;
    while course.goes_on() {
        seed += 1;
        let block = connection.call("block", &json!({ "finality": "final" }))?;
        let base = block["header"]["hash"].as_str().unwrap_or_default().parse()?;
        let signed = base64(&account.deploy(&contract::long(seed), base));
        let params = json!({ "signed_tx_base64": signed, "wait_until": "EXECUTED_OPTIMISTIC" });
        let sent = connection.call("send_tx", &params)?;
        if sent["status"].get("SuccessValue").is_none() {
            return Err(format!("a deployment ended with {}", sent["status"]).into());
        }
        course.count(1);
    }
    Ok(())
}

fn pages(addr: SocketAddr, course: &Course) -> Result<(), Problem> {
    let mut connection = Connection::open(addr)?;
    let mut pages = Pages::default();
    while course.goes_on() {
        pages.next(&mut connection)?;
        course.count(1);
    }
    Ok(())
}

/// Each thread sends a request on each of its connections, and then reads the answers.
fn proofs(addr: SocketAddr, course: &Course) -> Result<(), Problem> {
    let requests = proof_requests(addr)?;
    scope(|scope| {
        let ask = || {
            let connections = (0..PROVERS / THREADS).map(|_| Connection::open(addr));
            let mut connections = connections.collect::<Result<Vec<_>, _>>()?;
            let mut requests = requests.iter().cycle();
            while course.goes_on() {
                for (connection, request) in connections.iter_mut().zip(&mut requests) {
                    connection.ask(request)?;
                }
                for connection in &mut connections {
                    result(&connection.answer()?)?;
                }
                course.count(connections.len() as u64);
            }
            Ok::<(), Problem>(())
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a panic")?)
    })
}

/// Requests for the proofs of blocks all over the chain.
fn proof_requests(addr: SocketAddr) -> Result<Vec<Vec<u8>>, Problem> {
    let mut connection = Connection::open(addr)?;
    let head = connection.call("block", &json!({ "finality": "final" }))?["header"].take();
    let height = head["height"].as_u64().ok_or("a block without a height")?;
    let genesis = connection.call("genesis_config", &Value::Null)?["genesis_height"].as_u64();
    let genesis = genesis.ok_or("a genesis without a height")?;
    let step = (height - genesis) / PROVEN;
    let request = |number| {
        let block = connection.call("block", &json!({ "block_id": genesis + number * step }))?;
        let params =
            json!({ "block_hash": block["header"]["hash"], "light_client_head": head["hash"] });
        Ok(Connection::request("EXPERIMENTAL_light_client_block_proof", &params))
    };
    (0..PROVEN).map(request).collect()
}

/// How many transfers one run of the generator sends.
const TRANSFERS: &str = "20000";
/// Connections that ask for proofs, and the threads that serve them.
const PROVERS: usize = 64;
const THREADS: usize = 2;
/// How many blocks are proven.
const PROVEN: u64 = 512;
