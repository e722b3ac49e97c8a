//! Where a chain is measured.

use clap::ValueEnum;

/// Where the chain lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Place {
    /// In the memory of a node.
    Memory,
    /// In the home directory of a node.
    Home,
    /// In this process, without a node.
    InProcess,
    /// In the library's sandbox, as tests have it.
    Sandbox,
}

impl Place {
    pub(crate) const ALL: [Self; 4] = [Self::Memory, Self::Home, Self::InProcess, Self::Sandbox];

    /// As reports call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Home => "home",
            Self::InProcess => "in process",
            Self::Sandbox => "sandbox",
        }
    }
}
