//! A wrong command line.

/// A command line that is wrong.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub(crate) struct UsageError {
    /// What is wrong, in one sentence.
    pub(crate) words: String,
    /// Help for a better one.
    pub(crate) help: Help,
}

/// Help for a better command line.
#[derive(Debug)]
pub(crate) enum Help {
    /// The command's usage.
    Usage(String),
    /// The whole help, if there were no arguments.
    Whole(String),
}

impl UsageError {
    /// The text for people: `line`, with the sentence, and the help.
    pub(crate) fn lines(&self, line: &str) -> String {
        match &self.help {
            Help::Usage(usage) => format!("{line}\n\n{usage}"),
            Help::Whole(help) => help.clone(),
        }
    }
}

/// A secret in the arguments, where every program on the machine can read it.
#[derive(Debug, thiserror::Error)]
#[error(
    "{place} contains a secret key or a seed phrase. Every program on this machine can read it there, and the shell stores it: treat it as leaked, and replace it with `keyway key rotate`; {instead}"
)]
pub(crate) struct LeakedSecret {
    /// The argument's position, in words.
    pub(crate) place: String,
    /// What belongs there instead.
    pub(crate) instead: &'static str,
}
