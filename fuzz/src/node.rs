//! A node without sockets, whose journal is in memory.

use keyway_chain::{Chain, HeadState, Input};
use keyway_node::{Clock, Journal, Node, Persistence};
use keyway_property_tests::world;
use keyway_rpc::{Answer, Service, Settings};
use std::io;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// A service around a chain, with everything that it accepted.
pub struct FuzzedNode {
    service: Service,
    inputs: Recorded,
}

impl FuzzedNode {
    /// Serves `chain`; a request waits for its transaction for as long as `wait`.
    pub fn new(chain: Chain, wait: Duration) -> Self {
        let inputs = Recorded::default();
        let settings = Settings {
            wait,
            gap_wait: Duration::ZERO,
            block_interval: Duration::ZERO,
            ..Settings::default()
        };
        let persistence = Persistence::new(inputs.clone());
        let node = Node::with_persistence(chain, persistence, Stopped);
        Self { service: Service::new(node, settings), inputs }
    }

    /// Answers the body of a POST.
    pub fn answer(&self, body: &[u8]) -> Answer {
        static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
            Builder::new_current_thread().enable_time().build().expect("a runtime of one thread")
        });
        RUNTIME.block_on(self.service.answer(body))
    }

    /// The chain as it is now.
    pub fn chain(&self) -> Arc<Chain> {
        self.service.node().snapshot()
    }

    /// Applies an input as if a user of the library had given it.
    pub fn apply(&self, input: Input) -> bool {
        self.service.node().apply(input).is_ok()
    }

    /// The chain still seals blocks.
    pub fn assert_alive(&self) {
        let height = self.chain().head().height();
        self.service.node().tick().expect("the chain still seals");
        assert!(self.chain().head().height() > height);
    }

    /// What was accepted, with its time.
    pub fn accepted(&self) -> Vec<(u64, Input)> {
        self.inputs.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A clock that stands still.
#[derive(Debug)]
struct Stopped;

impl Clock for Stopped {
    fn now_ns(&self, _chain: &Chain) -> u64 {
        world::NOW
    }
}

/// The journal.
#[derive(Clone, Debug, Default)]
struct Recorded(Arc<Mutex<Vec<(u64, Input)>>>);

impl Journal for Recorded {
    fn append(&mut self, now_ns: u64, inputs: &[Input], _head: HeadState) -> io::Result<()> {
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recorded.extend(inputs.iter().map(|input| (now_ns, input.clone())));
        Ok(())
    }
}
