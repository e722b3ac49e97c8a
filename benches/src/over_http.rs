//! The binary as its users meet it.

use crate::http::{Connection, result};
use crate::memory::resident;
use crate::place::Place;
use crate::report::Report;
use crate::samples::Samples;
use crate::server::Setup;
use crate::{clock, note};
use keyway_bench::{Account, Problem, base64};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Measures `binary` with its chain in `place`.
///
/// # Errors
/// When the node does not start, or answers with an error.
pub(crate) fn measure(binary: &Path, place: Place, report: &mut Report) -> Result<(), Problem> {
    let name = place.name();
    let setup = Setup::new(binary, place)?;
    note(&format!("{name}: starting the node {STARTS} times"));
    let starts = Samples::take(STARTS, || Ok(setup.start()?.started_in))?;
    report.times(name, "start to first GET /status", &starts, Some(20.0));

    let server = setup.start()?;
    report.memory(name, "resident after start", resident(server.pid()), Some(30.0));
    let mut client = Client::new(Connection::open(server.addr)?, setup.account()?)?;
    client.queries(name, report)?;
    client.transfers(name, report)?;
    report.memory(name, "resident after transfers", resident(server.pid()), None);
    client.calls(name, report)?;
    report.memory(name, "resident after calls", resident(server.pid()), None);
    Ok(())
}

/// A connection and an account.
struct Client {
    connection: Connection,
    account: Account,
}

impl Client {
    fn new(mut connection: Connection, mut account: Account) -> Result<Self, Problem> {
        let key = connection.call("query", &view_access_key(&account))?;
        account.nonce = key["nonce"].as_u64().ok_or_else(|| format!("no nonce in {key}"))?;
        Ok(Self { connection, account })
    }

    fn queries(&mut self, name: &str, report: &mut Report) -> Result<(), Problem> {
        note(&format!("{name}: {QUERIES} queries"));
        let request = Connection::request("query", &view_access_key(&self.account));
        let samples = Samples::take(QUERIES, || self.time(&request))?;
        report.times(name, "view_access_key", &samples, Some(0.15));
        Ok(())
    }

    fn transfers(&mut self, name: &str, report: &mut Report) -> Result<(), Problem> {
        for wait_until in ["EXECUTED_OPTIMISTIC", "FINAL"] {
            note(&format!("{name}: {TRANSFERS} transfers until {wait_until}"));
            let base = self.base()?;
            let samples = Samples::take(TRANSFERS, || {
                let transaction = self.account.transfer(base);
                self.time(&send(&transaction, wait_until))
            })?;
            report.times(name, &format!("transfer until {wait_until}"), &samples, Some(2.0));
        }
        Ok(())
    }

    fn calls(&mut self, name: &str, report: &mut Report) -> Result<(), Problem> {
        note(&format!("{name}: {CALLS} function calls"));
        let base = self.base()?;
        let deploy = self.account.deploy(CONTRACT, base);
        self.time(&send(&deploy, "FINAL"))?;
        let mut call = || {
            let transaction = self.account.function_call("noop", base);
            self.time(&send(&transaction, "EXECUTED_OPTIMISTIC"))
        };
        let first = Samples::take(1, &mut call)?;
        report.times(name, "first function call", &first, None);
        let samples = Samples::take(CALLS, call)?;
        report.times(name, "function call until EXECUTED_OPTIMISTIC", &samples, None);
        Ok(())
    }

    /// How long the request takes, which must succeed.
    fn time(&mut self, request: &[u8]) -> Result<Duration, Problem> {
        let (took, answer) = clock::timed(|| self.connection.send(request));
        let found = result(&answer?)?;
        match found.get("error").or_else(|| found["status"].get("Failure")) {
            Some(error) => Err(error.to_string().into()),
            None => Ok(took),
        }
    }

    fn base(&mut self) -> Result<CryptoHash, Problem> {
        let block = self.connection.call("block", &json!({"finality": "final"}))?;
        block["header"]["hash"].as_str().unwrap_or_default().parse()
    }
}

fn view_access_key(account: &Account) -> Value {
    json!({
        "request_type": "view_access_key",
        "finality": "optimistic",
        "account_id": account.id,
        "public_key": account.public_key(),
    })
}

fn send(transaction: &SignedTransaction, wait_until: &str) -> Vec<u8> {
    let params = json!({"signed_tx_base64": base64(transaction), "wait_until": wait_until});
    Connection::request("send_tx", &params)
}

const STARTS: usize = 30;
const QUERIES: usize = 2_000;
const TRANSFERS: usize = 500;
const CALLS: usize = 200;

/// The conformance suite's contract.
const CONTRACT: &[u8] = include_bytes!("../../tests/conformance/data/driver.wasm");
