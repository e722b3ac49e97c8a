//! How much memory a node may use.

use clap::Args;

/// How much memory a node may use.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct MemoryArgs {
    /// Memory for blocks that wait for a checkpoint and for the store's cache, in MB, beside 16 MB
    /// for states and what requests take. A checkpoint is due when blocks take a fiftieth of it, or
    /// an eighth without a home [default: 256]
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u16).range(16..))]
    memory: Option<u16>,
}

impl MemoryArgs {
    /// In bytes; none: the node's default.
    pub(crate) fn bytes(self) -> Option<usize> {
        self.memory.map(|megabytes| usize::from(megabytes) << 20)
    }
}
