//! Why a chain is not controlled as asked.

/// Why a chain is not controlled as asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoControl {
    /// The chain is not one's own.
    #[error(
        "a public network cannot be controlled: name your own node with --url URL, or start one with `keyway run`"
    )]
    Others,
    /// The node has no such method.
    #[error(
        "the node has no method {method}: it is not a keyway node, or an older one; start one with `keyway run`"
    )]
    NoMethod {
        /// The method.
        method: String,
    },
    /// The node does not do what was asked, for this reason.
    #[error("{0}")]
    Refused(String),
}

impl NoControl {
    /// As [`CliError::exit_code`](super::CliError::exit_code).
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Others => 2,
            Self::NoMethod { .. } => 8,
            Self::Refused(_) => 6,
        }
    }
}
