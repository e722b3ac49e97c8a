//! A command line that cannot be followed.

/// A command line that is wrong.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub(crate) struct UsageError {
    /// What is wrong, in one sentence.
    pub(crate) words: String,
    /// What helps to write a better one.
    pub(crate) help: Help,
}

/// What helps to write a better command line.
#[derive(Debug)]
pub(crate) enum Help {
    /// How the command is used.
    Usage(String),
    /// All the help, where nothing was asked for.
    Whole(String),
}

impl UsageError {
    /// What a person is shown: `line`, which has the sentence, and the help.
    pub(crate) fn lines(&self, line: &str) -> String {
        match &self.help {
            Help::Usage(usage) => format!("{line}\n\n{usage}"),
            Help::Whole(help) => help.clone(),
        }
    }
}

/// A secret where every program on the machine can read it.
#[derive(Debug, thiserror::Error)]
#[error(
    "{place} holds a secret key or a seed phrase, which every program on this machine can read there and the shell writes down: treat it as leaked, and replace it with `keyway key rotate`; {instead}"
)]
pub(crate) struct LeakedSecret {
    /// The argument, in words.
    pub(crate) place: String,
    /// What belongs there.
    pub(crate) instead: &'static str,
}
