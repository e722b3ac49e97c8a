//! States that were made again a short while ago.

use keyway_engine::StateError;
use keyway_state::Trie;
use lru::LruCache;
use near_primitives::hash::CryptoHash;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// States by root. Clones share them.
#[derive(Clone)]
pub(crate) struct MadeStates(Arc<Mutex<LruCache<CryptoHash, Trie>>>);

impl Default for MadeStates {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(STATES))))
    }
}

impl MadeStates {
    /// The state with this root, made if it is not here.
    ///
    /// # Errors
    /// Those of `make`, and [`StateError::Corrupt`] when it makes another state.
    pub(crate) fn get_or_make(
        &self,
        root: &CryptoHash,
        make: impl FnOnce() -> Result<Trie, StateError>,
    ) -> Result<Trie, StateError> {
        if let Some(state) = self.states().get(root) {
            return Ok(state.clone());
        }
        // Outside the lock, so that other threads need not wait.
        let state = make()?;
        if state.root() != *root {
            let what = format!("the state {root}: its blocks lead to {}", state.root());
            return Err(StateError::Corrupt { what });
        }
        self.states().put(*root, state.clone());
        Ok(state)
    }

    fn states(&self) -> MutexGuard<'_, LruCache<CryptoHash, Trie>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MadeStates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeStates").finish_non_exhaustive()
    }
}

/// How many states stay. Each has the nodes of at most a thousand changes of its own, about a megabyte.
const STATES: NonZeroUsize = NonZeroUsize::new(4).expect("it is not zero");
