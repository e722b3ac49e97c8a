//! What a person at stderr is told while a command waits.

use super::context::Context;
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::sleep;

/// What a command is doing, in a word.
#[derive(Debug, Default)]
pub(super) struct Doing(Mutex<Option<&'static str>>);

impl Doing {
    /// It begins to do something, or has done it.
    pub(super) fn set(&self, doing: Option<&'static str>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = doing;
    }

    fn now(&self) -> &'static str {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or("waiting")
    }
}

impl Context {
    /// Says once that an answer takes more than two seconds. Never ends.
    pub(crate) async fn tell_of_waiting(&self) -> Infallible {
        while self.client.waiting().is_none_or(|lasts| lasts < LONG) {
            sleep(LOOK).await;
        }
        self.notes.say(format!(
            "{}: no answer from {} yet ({}; --timeout sets it)",
            self.doing.now(),
            self.network.place(),
            self.patience()
        ));
        std::future::pending().await
    }

    fn patience(&self) -> String {
        match self.timeout {
            Some(timeout) => format!("given up after {timeout:?} of waiting in all"),
            None => format!("given up after {DEFAULT_TIMEOUT:?} of waiting for one answer"),
        }
    }
}

/// How long one question or transaction is waited for where nobody says.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

const LONG: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(200);
