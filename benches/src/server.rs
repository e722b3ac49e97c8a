//! A node as a process: made a home for, started, asked for its first answer, ended.

use crate::clock;
use crate::http::Connection;
use crate::place::Place;
use keyway_bench::{Account, Problem};
use serde_json::Value;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use tempfile::TempDir;

/// How to start a node.
#[derive(Debug)]
pub(crate) struct Setup<'a> {
    binary: &'a Path,
    home: Option<TempDir>,
}

/// A node that runs; it ends with this value.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    pub(crate) addr: SocketAddr,
    /// From the start of the process to the first answer.
    pub(crate) started_in: Duration,
}

/// What the binary says of itself.
///
/// # Errors
/// When it cannot be run.
pub(crate) fn version(binary: &Path) -> Result<String, Problem> {
    let output = Command::new(binary).arg("--version").output().map_err(|error| {
        format!("{}: {error}; build it: cargo build --release -p keyway-cli", binary.display())
    })?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

impl<'a> Setup<'a> {
    /// Makes a home where `place` needs one.
    ///
    /// # Errors
    /// When the binary's `init` fails.
    pub(crate) fn new(binary: &'a Path, place: Place) -> Result<Self, Problem> {
        let home = match place {
            Place::Home => Some(tempfile::Builder::new().prefix("keyway-bench-").tempdir()?),
            Place::Memory | Place::InProcess | Place::Sandbox => None,
        };
        let setup = Self { binary, home };
        if setup.home.is_some() {
            let output = setup.command().args(["init", "--fast"]).output()?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
            }
        }
        Ok(setup)
    }

    /// An account with a full-access key and enough NEAR.
    ///
    /// # Errors
    /// When the home does not have the file that says so.
    pub(crate) fn account(&self) -> Result<Account, Problem> {
        let Some(home) = &self.home else { return Ok(Account::development()) };
        let key: Value =
            serde_json::from_slice(&fs::read(home.path().join("validator_key.json"))?)?;
        let field = |name: &str| key[name].as_str().unwrap_or_default();
        Account::new(field("account_id"), field("secret_key"))
    }

    /// Starts a node and waits for its first answer to `GET /status`.
    ///
    /// # Errors
    /// When it ends, or does not answer in [`START_WITHIN`].
    pub(crate) fn start(&self) -> Result<Server, Problem> {
        self.start_with(&[])
    }

    /// The same with more arguments.
    ///
    /// # Errors
    /// As [`Setup::start`].
    pub(crate) fn start_with(&self, arguments: &[&str]) -> Result<Server, Problem> {
        let (addr, network) = (free_address()?, free_address()?);
        let mut command = self.command();
        command.args(["run", "--rpc-addr", &addr.to_string()]);
        command.args(["--network-addr", &network.to_string()]).args(arguments);
        let begun = clock::now();
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let mut server = Server { process, addr, started_in: Duration::ZERO };
        while !answers(addr) {
            if let Some(status) = server.process.try_wait()? {
                return Err(format!("the node ended with {status}").into());
            }
            if begun.elapsed() > START_WITHIN {
                return Err(format!("no answer from the node in {START_WITHIN:?}").into());
            }
            sleep(BETWEEN_TRIES);
        }
        server.started_in = begun.elapsed();
        Ok(server)
    }

    /// The home, where there is one.
    pub(crate) fn home(&self) -> Option<&Path> {
        self.home.as_ref().map(TempDir::path)
    }

    /// Leaves the home nothing but its journal to start from.
    ///
    /// # Errors
    /// When there is a store that cannot be removed.
    pub(crate) fn remove_store(&self) -> Result<(), Problem> {
        let store = self.home.as_ref().map(|home| home.path().join("data/store"));
        Ok(store.map_or(Ok(()), fs::remove_file)?)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.binary);
        if let Some(home) = &self.home {
            command.arg("--home").arg(home.path());
        }
        command
    }
}

impl Server {
    /// The process's id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Kills the process as it is.
    ///
    /// # Errors
    /// When the system does not let us.
    pub(crate) fn kill(&mut self) -> Result<(), Problem> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Asks the process to end, so that it tidies up after itself; true when it did.
    fn end(&mut self) -> bool {
        if !matches!(self.process.try_wait(), Ok(None)) {
            return true;
        }
        let asked = Command::new("kill").arg(self.pid().to_string()).status();
        let deadline = clock::now() + END_WITHIN;
        while asked.is_ok() && clock::now() < deadline {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return true;
            }
            sleep(BETWEEN_TRIES);
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.end() {
            let _ended_meanwhile = self.process.kill();
            let _nothing_to_do = self.process.wait();
        }
    }
}

fn answers(addr: SocketAddr) -> bool {
    let answer = Connection::open(addr).and_then(|mut connection| connection.get("/status"));
    answer.is_ok_and(|answer| answer.status == 200)
}

/// An address of this machine that nobody uses.
///
/// # Errors
/// When there is no free port.
pub(crate) fn free_address() -> Result<SocketAddr, Problem> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

const START_WITHIN: Duration = Duration::from_secs(300);
const END_WITHIN: Duration = Duration::from_secs(5);
/// Short against what is measured, long enough to leave the processor to the node.
const BETWEEN_TRIES: Duration = Duration::from_micros(200);
