//! Lines for people on stderr, written without ever blocking the node.
//!
//! Some test harnesses give the node a pipe for its stderr and never read it. A plain write would
//! block once the pipe is full, and so would every thread that logs. Therefore a separate thread
//! writes, and lines that it cannot take in time are dropped.

mod log;
mod wrap;

pub(crate) use wrap::wrapped_help;

use crate::shown;
use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};
use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::Write;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

/// A handle for lines on stderr.
#[derive(Clone, Debug)]
pub(crate) struct Notes {
    queue: SyncSender<Entry>,
    quiet: bool,
}

enum Entry {
    Text(String),
    Flush(SyncSender<()>),
}

impl Notes {
    /// Notes on the process's stderr.
    pub(crate) fn on_stderr() -> Self {
        // Checked for each line, because the first line may come before --color is parsed.
        let styled = || AutoStream::choice(&std::io::stderr()) != ColorChoice::Never;
        Self::on(std::io::stderr(), styled)
    }

    pub(crate) fn on(
        target: impl Write + Send + 'static,
        styled: impl Fn() -> bool + Send + 'static,
    ) -> Self {
        let (queue, entries) = sync_channel(WAITING);
        thread::spawn(move || write_all(target, styled, &entries));
        Self { queue, quiet: false }
    }

    /// From now on writes only errors and warnings.
    pub(crate) fn set_quiet(&mut self, quiet: bool) {
        self.quiet = quiet;
    }

    /// Whether only errors and warnings are written.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Queues one or more lines; drops them if [`WAITING`] entries are queued already. Secrets are
    /// removed, and control characters are escaped.
    pub(crate) fn say(&self, text: impl Into<String>) {
        if !self.quiet {
            self.fail(text);
        }
    }

    /// The same for errors and warnings, which `--quiet` does not suppress.
    pub(crate) fn fail(&self, text: impl Into<String>) {
        self.hand_over(shown::for_people(&text.into()));
    }

    /// As [`Notes::say`], but keeps secrets that are public knowledge.
    pub(crate) fn say_with_secrets(&self, text: impl Into<String>) {
        if !self.quiet {
            self.hand_over(shown::harmless(&text.into()));
        }
    }

    /// Reports a panic's message and location, without the secrets that the message may quote.
    pub(crate) fn take_panics(&self) {
        let notes = self.clone();
        std::panic::set_hook(Box::new(move |panic| {
            notes.fail(format!("error: a bug in keyway, please report it: {panic}"));
            let trace = Backtrace::capture();
            if trace.status() == BacktraceStatus::Captured {
                notes.fail(trace.to_string());
            }
            notes.finish();
        }));
    }

    fn hand_over(&self, text: String) {
        let mut text = match self.columns() {
            Some(columns) => wrap::wrapped(&text, usize::from(columns)),
            None => text,
        };
        text.push('\n');
        let _full = self.queue.try_send(Entry::Text(text));
    }

    /// The width of the terminal on stderr; `None` if stderr is not a terminal.
    pub(crate) fn columns(&self) -> Option<u16> {
        console::Term::stderr().size_checked().map(|(_rows, columns)| columns)
    }

    /// Waits until everything queued is written, for [`PATIENCE`] at most.
    pub(crate) fn finish(&self) {
        let (done, written) = sync_channel(1);
        if self.queue.try_send(Entry::Flush(done)).is_ok() {
            let _late = written.recv_timeout(PATIENCE);
        }
    }
}

fn write_all(mut target: impl Write, styled: impl Fn() -> bool, entries: &Receiver<Entry>) {
    for entry in entries {
        match entry {
            // If stderr is closed, there is nowhere to report to.
            Entry::Text(text) => {
                let text = if styled() { text } else { strip_str(&text).to_string() };
                let _closed = target.write_all(text.as_bytes()).and_then(|()| target.flush());
            }
            Entry::Flush(done) => {
                let _gone = done.send(());
            }
        }
    }
}

/// The maximum number of entries in the queue.
const WAITING: usize = 256;

/// How long the end of the process waits for stderr to take the lines.
const PATIENCE: Duration = Duration::from_millis(200);

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    pub(crate) struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Shared {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_come_in_order_and_finish_waits_for_them() {
        let target = Shared::default();
        let notes = Notes::on(target.clone(), || false);
        notes.say("one");
        notes.say("two");
        notes.finish();
        assert_eq!(target.text(), "one\ntwo\n");
    }

    struct Stuck;

    impl Write for Stuck {
        fn write(&mut self, _bytes: &[u8]) -> std::io::Result<usize> {
            loop {
                thread::park();
            }
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_never_reads_holds_nobody_up() {
        let notes = Notes::on(Stuck, || false);
        for _ in 0..3 * WAITING {
            notes.say("nobody reads this");
        }
        notes.finish();
    }
}
