//! What a node has besides its chain: files of its home, or a temporary directory.

use crate::contracts::TemporaryDirectory;
use crate::error::NodeError;
use std::path::PathBuf;

/// What a node has besides its chain.
#[derive(Default)]
pub(super) struct Keeps {
    /// Bytes cut off the journal's end.
    pub(super) torn: u64,
    /// The directory of what the node itself keeps in its home.
    pub(super) data: Option<PathBuf>,
    /// Of a node without a home.
    pub(super) directory: Option<TemporaryDirectory>,
}

impl Keeps {
    pub(super) fn temporary(directory: TemporaryDirectory) -> Self {
        Self { directory: Some(directory), ..Self::default() }
    }
}

/// A private directory that is removed with its owner.
pub(super) fn temporary_directory() -> Result<TemporaryDirectory, NodeError> {
    let parent = std::env::temp_dir();
    TemporaryDirectory::make(&parent)
        .map_err(|source| NodeError::Temporary { path: parent, source })
}
