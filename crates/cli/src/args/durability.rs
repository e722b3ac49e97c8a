//! What an acknowledged transaction survives.

use clap::ValueEnum;

/// What an acknowledged transaction survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Durability {
    /// An acknowledged transaction survives the end of the process, but not of the machine.
    None,
    /// An acknowledged transaction is synced to disk. Many transactions share one sync.
    #[default]
    Block,
}

impl From<Durability> for keyway_node::Durability {
    fn from(durability: Durability) -> Self {
        match durability {
            Durability::None => Self::Process,
            Durability::Block => Self::Disk,
        }
    }
}
