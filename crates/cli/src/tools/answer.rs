//! The answer of a command, on stdout: for people, or as JSON.

use crate::error::CliError;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, Write};
use zeroize::Zeroizing;

pub(crate) use comfy_table::Cell;

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

    /// Writes the answer. A reader that is gone has heard enough.
    ///
    /// # Errors
    /// When stdout takes nothing.
    pub(crate) fn give(self, answer: &(impl Serialize + Display)) -> Result<(), CliError> {
        let mut text = Zeroizing::new(Vec::with_capacity(ENOUGH_FOR_SECRETS));
        let written = self.write(answer, &mut text);
        match written.and_then(|()| anstream::stdout().write_all(&text)) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(|source| CliError::Stdout { source }),
        }
    }

    fn write(self, answer: &(impl Serialize + Display), text: &mut Vec<u8>) -> io::Result<()> {
        if !self.json {
            return write!(text, "{answer}");
        }
        serde_json::to_writer_pretty(&mut *text, answer)?;
        writeln!(text)
    }
}

/// Bytes: an answer with a secret key in it fits, so that no half of it is left behind in memory.
const ENOUGH_FOR_SECRETS: usize = 1 << 14;

/// An empty table with a head. Rows are never broken or cut, so that keys can be copied.
pub(crate) fn table<const N: usize>(head: [&str; N]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(head);
    table
}
