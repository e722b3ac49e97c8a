//! One instance of the relayer as a process, and the files that it reads.

use crate::http::Connection;
use keyway::KeyPair;
use keyway::keys::FileKeys;
use keyway_bench::Problem;
use keyway_relay::config::KeyHash;
use keyway_test_kit::relayer::Budgets;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// An instance that runs or was killed.
#[derive(Debug)]
pub(crate) struct Instance {
    binary: PathBuf,
    config: PathBuf,
    log: PathBuf,
    /// The same after each start.
    pub(crate) addr: SocketAddr,
    process: Option<Child>,
}

impl Instance {
    /// An instance that does not run yet.
    pub(crate) fn new(binary: &Path, config: &Path, log: PathBuf, addr: SocketAddr) -> Self {
        let (binary, config) = (binary.to_owned(), config.to_owned());
        Self { binary, config, log, addr, process: None }
    }

    /// Starts the process. It may take a while until it answers, and it may end again if it finds no database.
    ///
    /// # Errors
    /// If the system does not let us.
    pub(crate) fn start(&mut self) -> Result<(), Problem> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut command = Command::new(&self.binary);
        command.arg("relay").arg("--config").arg(&self.config).arg("--quiet");
        command.args(["--listen", &self.addr.to_string()]);
        self.process = Some(command.stdout(Stdio::null()).stderr(log).spawn()?);
        Ok(())
    }

    /// Starts the process again if it has ended by itself; true if it had.
    ///
    /// # Errors
    /// As [`Instance::start`].
    pub(crate) fn keep_running(&mut self) -> Result<bool, Problem> {
        let runs = match &mut self.process {
            Some(process) => process.try_wait()?.is_none(),
            None => false,
        };
        if !runs {
            self.start()?;
        }
        Ok(!runs)
    }

    /// Waits until the instance can accept requests.
    ///
    /// # Errors
    /// If it cannot within a minute; with the end of its log.
    pub(crate) fn wait_until_ready(&mut self) -> Result<(), Problem> {
        for _ in 0..600 {
            self.keep_running()?;
            let ready = Connection::open(self.addr).and_then(|mut it| it.get("/ready"));
            if ready.is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            sleep(Duration::from_millis(100));
        }
        Err(format!("an instance is not ready: {}", self.end_of_log()).into())
    }

    /// The id of the process that runs.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// The last lines of its log.
    fn end_of_log(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(8).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// Kills the process as it is.
    ///
    /// # Errors
    /// If the system does not let us.
    pub(crate) fn kill(&mut self) -> Result<(), Problem> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.kill()?;
        process.wait()?;
        Ok(())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ended_meanwhile = self.kill();
    }
}

/// What all instances of a relayer have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Common<'a> {
    /// A file, or the address of a database.
    pub(crate) store: &'a str,
    pub(crate) node: SocketAddr,
    /// The account that signs and pays.
    pub(crate) account: &'a str,
    pub(crate) keys: &'a [KeyPair],
    /// How many lanes each instance leases.
    pub(crate) lanes: usize,
    /// How long a lease lasts, milliseconds.
    pub(crate) lease_ms: u64,
    /// What it may spend, as a policy writes it.
    pub(crate) total: &'a str,
}

impl Common<'_> {
    /// Writes configuration, policy and keys. Returns the path of the configuration.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(crate) fn write(&self, directory: &Path) -> Result<PathBuf, Problem> {
        let Self { store, node, account, keys, lanes, lease_ms, total } = self;
        let files = FileKeys::new(directory.join("keys"), "localnet")?;
        for key in *keys {
            files.save(&account.parse()?, key)?;
        }
        let plenty = "1000000 NEAR";
        let budgets = Budgets { total, per_day: plenty, per_app: plenty, per_user: plenty };
        fs::write(directory.join("policy.toml"), budgets.for_transfers(&["game"]))?;
        let digest = KeyHash::of(API_KEY);
        let config = directory.join("relay.toml");
        let text = format!(
            r#"
listen = "127.0.0.1:0"
store = "{store}"
policy = "policy.toml"

[chain]
endpoints = ["http://{node}"]

[account]
id = "{account}"
signer = {{ key_files = {{ directory = "keys", network = "localnet" }} }}
lanes = {lanes}
lease_ms = {lease_ms}

[apps.game]
key_hashes = ["{digest}"]
requests_per_second = 100000
"#
        );
        fs::write(&config, text)?;
        Ok(config)
    }
}

/// The bytes of a POST of the app; `named` is its idempotency key.
pub(crate) fn post(path: &str, body: &str, named: Option<&str>) -> String {
    let length = body.len();
    let named = named.map(|key| format!("Idempotency-Key: {key}\r\n")).unwrap_or_default();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {API_KEY}\r\n{named}\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// The bytes of a GET of the app.
pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {API_KEY}\r\n\r\n")
}

/// The app's secret.
const API_KEY: &str = "an-api-key-of-a-game-that-nobody-else-plays";
