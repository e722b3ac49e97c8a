//! Asks before something irreversible.

use crate::error::CliError;
use crate::shown;
use std::io::{self, BufRead, IsTerminal, Write};

/// What the user must confirm, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Consent<'a> {
    /// What will happen, in words.
    pub(crate) danger: &'a str,
    /// The word to type, usually the account's name.
    pub(crate) word: &'a str,
    /// The flag that confirms it in scripts.
    pub(crate) flag: &'static str,
    /// Whether that flag was given.
    pub(crate) given: bool,
}

impl Consent<'_> {
    /// Asks on stderr, unless the flag was given.
    ///
    /// # Errors
    /// [`CliError::NotConfirmed`] if something else was typed, or there is no terminal.
    pub(crate) fn ask(self) -> Result<(), CliError> {
        if self.given {
            return Ok(());
        }
        let refused = || CliError::NotConfirmed { danger: self.danger.to_owned(), flag: self.flag };
        if !io::stdin().is_terminal() {
            return Err(refused());
        }
        let question = format!("{}\nType {} to continue: ", self.danger, self.word);
        let mut typed = String::new();
        io::stderr()
            .write_all(shown::for_people(&question).as_bytes())
            .and_then(|()| io::stdin().lock().read_line(&mut typed))
            .map_err(|_| refused())?;
        if typed.trim() == self.word { Ok(()) } else { Err(refused()) }
    }
}
