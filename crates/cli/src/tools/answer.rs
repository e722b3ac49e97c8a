//! The answer of a command, on stdout: for people, or as JSON.

use crate::error::CliError;
use crate::shown;
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, Write};
use zeroize::Zeroizing;

/// How a command answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    json: bool,
}

impl Answer {
    /// As text, or as one JSON document.
    pub(crate) fn on_stdout(json: bool) -> Self {
        Self { json }
    }

    /// Whether a program reads it.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Writes the answer, without whatever parses as a secret.
    ///
    /// # Errors
    /// When stdout takes nothing.
    pub(crate) fn give(self, answer: &(impl Serialize + Display)) -> Result<(), CliError> {
        let text = self.text(answer)?;
        write_stdout(&if self.json { shown::for_programs(&text) } else { shown::for_people(&text) })
    }

    /// Writes an answer that somebody asked for a secret of.
    ///
    /// # Errors
    /// As [`Answer::give`].
    pub(crate) fn give_secret(self, answer: &(impl Serialize + Display)) -> Result<(), CliError> {
        let text = self.text(answer)?;
        let shown = if self.json { shown::escaped(&text) } else { shown::harmless(&text) };
        write_stdout(&Zeroizing::new(shown))
    }

    fn text(self, answer: &(impl Serialize + Display)) -> Result<Zeroizing<String>, CliError> {
        let mut text = Zeroizing::new(Vec::with_capacity(ENOUGH_FOR_SECRETS));
        self.write(answer, &mut text).map_err(|source| CliError::Stdout { source })?;
        let text = std::mem::take(&mut *text);
        Ok(Zeroizing::new(String::from_utf8(text).expect("invariant: only text was written")))
    }

    fn write(self, answer: &(impl Serialize + Display), text: &mut Vec<u8>) -> io::Result<()> {
        if !self.json {
            return write!(text, "{answer}");
        }
        serde_json::to_writer_pretty(&mut *text, answer)?;
        writeln!(text)
    }
}

/// Writes `text` to stdout, with its styles where they can be seen. A reader that is gone has heard
/// enough.
///
/// # Errors
/// When stdout takes nothing.
pub(crate) fn write_stdout(text: &str) -> Result<(), CliError> {
    let mut stdout = anstream::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|source| CliError::Stdout { source }),
    }
}

/// Bytes: an answer with a secret key in it fits, so that no half of it is left behind in memory.
const ENOUGH_FOR_SECRETS: usize = 1 << 14;
