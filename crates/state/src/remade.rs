//! States that are made again when somebody reads them.

use crate::node::Child;
use crate::trie::Trie;
use keyway_engine::StateError;
use near_primitives::hash::CryptoHash;
use std::fmt::Debug;
use std::sync::Arc;

/// A state that is not kept, because it can be made again from an earlier one.
pub trait RemadeState: Debug + Send + Sync {
    /// Its root.
    fn root(&self) -> CryptoHash;

    /// Makes it, or returns it if it was made a short while ago.
    ///
    /// # Errors
    /// When the earlier state cannot be read.
    fn make(&self) -> Result<Trie, StateError>;
}

/// The root of a trie.
#[derive(Clone, Debug)]
pub(crate) enum Root {
    /// The node, if there is one.
    Node(Option<Child>),
    /// Made again whenever it is needed.
    Remade(Arc<dyn RemadeState>),
}

impl Default for Root {
    fn default() -> Self {
        Self::Node(None)
    }
}

impl Root {
    /// Its hash; 32 zero bytes for the empty state.
    pub(crate) fn hash(&self) -> CryptoHash {
        match self {
            Self::Node(node) => node.as_ref().map_or_else(CryptoHash::default, |top| *top.hash()),
            Self::Remade(state) => state.root(),
        }
    }

    /// The node, made again if needed; none for the empty state.
    pub(crate) fn node(&self) -> Result<Option<Child>, StateError> {
        match self {
            Self::Node(node) => Ok(node.clone()),
            Self::Remade(state) => state.make()?.top(),
        }
    }
}
