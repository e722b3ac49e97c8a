//! One instance of the relayer as a process.

use crate::http::Connection;
use keyway_bench::Problem;
use std::fs::File;
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
        command.arg("relay").arg("--config").arg(&self.config);
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

    /// The last lines of its log.
    pub(crate) fn end_of_log(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
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
