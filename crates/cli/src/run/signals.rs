//! Ctrl-C and SIGTERM: the first one stops the node cleanly, the second at once.

use crate::error::CliError;
use std::{io, thread};
use tokio::runtime::Builder;
use tokio::sync::watch;

/// Reports when the node should stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    told: watch::Receiver<bool>,
}

impl Stop {
    /// Handles the process's signals from now on, on a separate thread, so that they work however
    /// busy the node is.
    ///
    /// # Errors
    /// If the operating system does not allow it.
    pub(crate) fn on_signals() -> Result<Self, CliError> {
        Self::listen().map_err(|source| CliError::System { source })
    }

    fn listen() -> io::Result<Self> {
        let (tell, told) = watch::channel(false);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let mut signals = {
            let _inside = runtime.enter();
            Signals::listen()?
        };
        let hear = async move {
            signals.next().await;
            let _ended_already = tell.send(true);
            signals.next().await;
            std::process::exit(FORCED);
        };
        let thread = thread::Builder::new().name("signals".to_owned());
        thread.spawn(move || runtime.block_on(hear))?;
        Ok(Self { told })
    }

    /// Returns after the first signal, immediately if it came already.
    pub(crate) fn requested(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut told = self.told.clone();
        async move {
            let _listener_gone = told.wait_for(|told| *told).await;
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _cannot_listen = tokio::signal::ctrl_c().await;
    }
}

/// The exit code after a second signal: the one that shells show for a process ended by Ctrl-C.
const FORCED: i32 = 130;
