//! The answer of a command, on stdout: for people, or as JSON.

mod stdout;

use crate::error::CliError;
use crate::shown;
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, Write as _};
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
    /// When stdout takes nothing, or nobody reads it.
    pub(crate) fn give_secret(self, answer: &(impl Serialize + Display)) -> Result<(), CliError> {
        self.begin_secret(answer)?.end(None::<&()>)
    }

    /// Writes an answer with a secret that nobody can have later, all but the end of its last line. That comes with
    /// [`BegunAnswer::end`], after whatever gives the secret its worth: who waits for the line is still there then.
    ///
    /// # Errors
    /// When stdout takes nothing, or nobody reads it.
    pub(crate) fn begin_secret(
        self,
        answer: &(impl Serialize + Display),
    ) -> Result<BegunAnswer, CliError> {
        if stdout::is_nowhere() {
            return Err(CliError::StdoutNowhere);
        }
        let text = self.text(answer)?;
        let shown = if self.json { shown::escaped(&text) } else { shown::harmless(&text) };
        let shown = Zeroizing::new(shown);
        let end = if self.json { "\n}\n" } else { "\n" };
        stdout::write_whole(shown.strip_suffix(end).unwrap_or(&shown))?;
        Ok(BegunAnswer { json: self.json })
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

/// An answer whose last line has no end yet.
#[derive(Debug)]
#[must_use]
pub(crate) struct BegunAnswer {
    json: bool,
}

impl BegunAnswer {
    /// Ends the answer; in JSON with the fields of `rest`, too.
    ///
    /// # Errors
    /// When stdout takes nothing, or whoever read it is gone.
    pub(crate) fn end(self, rest: Option<&impl Serialize>) -> Result<(), CliError> {
        if !self.json {
            return stdout::write_whole("\n");
        }
        let rest = rest.map(serde_json::to_string_pretty).transpose();
        let rest = rest.map_err(|error| CliError::Stdout { source: error.into() })?;
        let fields = rest.as_deref().and_then(|json| json.strip_prefix('{')?.strip_suffix("\n}"));
        match fields {
            Some(fields) => stdout::write_whole(&format!(",{}\n}}\n", shown::for_programs(fields))),
            None => stdout::write_whole("\n}\n"),
        }
    }
}

/// Writes `text` to stdout, with its styles where they can be seen. A reader that is gone has heard
/// enough.
///
/// # Errors
/// When stdout takes nothing.
pub(crate) fn write_stdout(text: &str) -> Result<(), CliError> {
    match stdout::write_whole(text) {
        Err(CliError::Stdout { source }) if source.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Bytes: an answer with a secret key in it fits, so that no half of it is left behind in memory.
const ENOUGH_FOR_SECRETS: usize = 1 << 14;
