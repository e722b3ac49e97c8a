//! Errors of a store.

/// Why a store cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file cannot be read or written, or is not a store.
    #[error("the file cannot be used")]
    File(#[from] redb::Error),
    /// Another version of this program wrote it.
    #[error("it has format {found}, this program reads {known}")]
    Format {
        /// Its format.
        found: u64,
        /// The newest format that this program reads.
        known: u32,
    },
    /// It holds another chain.
    #[error("it holds another chain")]
    OtherChain,
}
