//! The frames of a dump from a chain.

use super::frame::{self, Kind};
use super::{DumpHead, DumpedFork};
use crate::blocks::block::SealedBlock;
use crate::chain::Chain;
use crate::epochs::schedule::Epoch;
use crate::history::stored;
use keyway_engine::StateError;
use std::ops::ControlFlow;

/// Some frames with entries of a state.
#[derive(Debug)]
pub struct DumpedEntries {
    /// The bytes, which follow those of the frames before.
    pub frames: Vec<u8>,
    /// The last key in them, after which the next ones go on, and the number of entries so far; none
    /// when the dump is complete.
    pub next: Option<(Vec<u8>, u64)>,
}

impl Chain {
    /// The beginning of a dump of this chain: what it is, and the first frame. The entries of the state
    /// of [`Chain::head`] follow. Of a fork they are what was written since it began.
    pub fn dump_head(&self) -> Vec<u8> {
        let fork = self.forked_from().map(|origin| DumpedFork {
            block: serde_json::to_string(&origin.block)
                .expect("the invariant that it came from JSON"),
            protocol_version: self.spec.protocol.version,
            epoch_height: self.genesis_block().epoch_height,
        });
        let running = self.schedule.running().clone();
        let epochs = [running.id, running.next_id].into_iter().filter_map(|id| {
            let info = self.schedule.info(&id)?.clone();
            Some((id, Epoch { info, ended: None }))
        });
        let head = DumpHead {
            genesis: serde_json::to_string(&self.spec.genesis)
                .expect("the invariant that a genesis came from JSON"),
            genesis_hash: self.genesis_hash(),
            fork,
            block: stored::encode_dumped(&self.head),
            state_root: self.head.state.root(),
            epochs: epochs.collect(),
            running,
            ancestors: self.ancestors.clone(),
            timing: self.timing,
            pace: self.pace,
        };
        let content = borsh::to_vec(&head).expect("memory takes all writes");
        [frame::magic(), frame::write(Kind::Head, &content)].concat()
    }
}

impl DumpedEntries {
    /// The next frame of entries of the state after `block`, which come after the key `after`, with
    /// the frame that ends the dump if they are the last. `before` entries were dumped before.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn of(block: &SealedBlock, after: Option<&[u8]>, before: u64) -> Result<Self, StateError> {
        let (mut content, mut count) = (Vec::new(), before);
        let mut last = None;
        block.state.written().scan(&[], after, &mut |key, value| {
            if content.len() >= FRAME_BYTES {
                return ControlFlow::Break(());
            }
            borsh::to_writer(&mut content, &(key, &**value)).expect("memory takes all writes");
            count += 1;
            last = Some(key.to_vec());
            ControlFlow::Continue(())
        })?;
        let full = content.len() >= FRAME_BYTES;
        let mut frames = frame::write(Kind::Entries, &content);
        let next = last.filter(|_| full).map(|key| (key, count));
        if next.is_none() {
            frames.extend(frame::write(Kind::End, &count.to_le_bytes()));
        }
        Ok(Self { frames, next })
    }
}

/// Entries fill a frame up to this length, bytes; the last one may be longer.
const FRAME_BYTES: usize = 1 << 20;
