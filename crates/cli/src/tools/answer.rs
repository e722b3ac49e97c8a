//! Writes the answer of a command to stdout, for people or as JSON.

mod stdout;

use crate::error::CliError;
use crate::shown;
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, Write as _};
use zeroize::Zeroizing;

/// The format of a command's answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    json: bool,
}

impl Answer {
    /// As text, or as one JSON document.
    pub(crate) fn on_stdout(json: bool) -> Self {
        Self { json }
    }

    /// Whether the answer is JSON.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Writes the answer, with anything that parses as a secret removed.
    ///
    /// # Errors
    /// If stdout cannot be written.
    pub(crate) fn give(self, answer: &(impl Serialize + Display)) -> Result<(), CliError> {
        let text = self.text(answer)?;
        write_stdout(&if self.json { shown::for_programs(&text) } else { shown::for_people(&text) })
    }

    /// Writes an answer that contains a secret which the user asked for.
    ///
    /// # Errors
    /// If stdout cannot be written or nobody reads it.
    pub(crate) fn give_secret(self, answer: &(impl Serialize + Display)) -> Result<(), CliError> {
        self.begin_secret(answer)?.end(None::<&()>)
    }

    /// Writes an answer with a secret that is printed only once, except for the end of its last
    /// line. [`BegunAnswer::end`] writes that after the secret has become valuable, which proves
    /// that the reader is still there.
    ///
    /// # Errors
    /// If stdout cannot be written or nobody reads it.
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
        Ok(Zeroizing::new(
            String::from_utf8(text).expect("the invariant that only text was written"),
        ))
    }

    fn write(self, answer: &(impl Serialize + Display), text: &mut Vec<u8>) -> io::Result<()> {
        if !self.json {
            return write!(text, "{answer}");
        }
        serde_json::to_writer_pretty(&mut *text, answer)?;
        writeln!(text)
    }
}

/// An answer whose last line is not ended yet.
#[derive(Debug)]
#[must_use]
pub(crate) struct BegunAnswer {
    json: bool,
}

impl BegunAnswer {
    /// Ends the answer; in JSON also adds the fields of `rest`.
    ///
    /// # Errors
    /// If stdout cannot be written, or its reader is gone.
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

/// Writes `text` to stdout, with styles if they can be shown. A reader that closed stdout early is
/// not an error.
///
/// # Errors
/// If stdout cannot be written.
pub(crate) fn write_stdout(text: &str) -> Result<(), CliError> {
    match stdout::write_whole(text) {
        Err(CliError::Stdout { source }) if source.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// In bytes: an answer with a secret key fits, so that no reallocation leaves a copy in memory.
const ENOUGH_FOR_SECRETS: usize = 1 << 14;
