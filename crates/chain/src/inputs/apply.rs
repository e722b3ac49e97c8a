//! `Chain::apply`, the only way to change a chain.

use crate::blocks::pace::Reason;
use crate::chain::Chain;
use crate::inputs::applied::{Applied, Refused};
use crate::inputs::checked::Checked;
use crate::inputs::input::Input;
use near_primitives::transaction::SignedTransaction;

impl Chain {
    /// Applies one input at a time of the caller's, nanoseconds since the Unix epoch.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn apply(&mut self, input: Input, now_ns: u64) -> Result<Applied, Refused> {
        self.apply_checked_by(Checked::new, input, now_ns)
    }

    /// As [`Chain::apply`], where `check` says whether a transaction's signature is right.
    pub(crate) fn apply_checked_by(
        &mut self,
        check: fn(SignedTransaction) -> Checked,
        input: Input,
        now_ns: u64,
    ) -> Result<Applied, Refused> {
        match input {
            Input::Batch(batch) => return self.apply_batch(check, batch, now_ns),
            Input::Impersonate(impersonation) => {
                return self.impersonate(impersonation, now_ns).map(Applied::Included);
            }
            Input::Tick => self.seal_empty(Reason::Requested, now_ns)?,
            Input::IntervalTick => self.seal_empty(Reason::Interval, now_ns)?,
            Input::Patch(records) => self.patch(records, now_ns)?,
            Input::Edit(edit) => self.edit(edit, now_ns)?,
            Input::Time(change) => self.change_time(change, now_ns)?,
            Input::Mine { blocks, interval_ns } => self.mine(blocks, interval_ns, now_ns)?,
            Input::FastForward { delta_height, block_delay_ns } => {
                self.fast_forward(delta_height, block_delay_ns, now_ns)?;
            }
            Input::SaveSnapshot { name, note } => {
                self.save_snapshot(name, note, now_ns)?;
                return Ok(Applied::Done);
            }
            Input::Revert { name } => {
                self.revert(name)?;
                return Ok(Applied::Done);
            }
            Input::DeleteSnapshot { name } => {
                self.delete_snapshot(name)?;
                return Ok(Applied::Done);
            }
            Input::Reset => {
                self.reset()?;
                return Ok(Applied::Done);
            }
        }
        Ok(Applied::Sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::codec::{Record, Records};
    use crate::spec::ChainOptions;
    use crate::tests::chain::{Drive, NOW, account_record, chain, genesis, inputs, transfer};
    use keyway_state::read;
    use near_primitives::hash::CryptoHash;
    use std::sync::Arc;

    /// Applies the inputs of the test kit, the transaction with a base block that exists.
    fn busy() -> (Chain, Vec<u8>) {
        let mut chain = chain();
        let mut journal = Vec::new();
        for (number, input) in inputs().into_iter().enumerate() {
            let input = match input {
                Input::Batch(batch) if batch.transactions.len() == 1 => {
                    Input::transaction(transfer(1, *chain.head().hash()))
                }
                Input::Patch(_) => Input::Patch(vec![account_record("patched.near", 7, None)]),
                other => other,
            };
            let now_ns = NOW + number as u64 * 1_000_000;
            chain.apply(input.clone(), now_ns).unwrap();
            let head = Some(chain.head_state());
            journal.extend(Record { now_ns, input, head }.encode().unwrap());
        }
        (chain, journal)
    }

    #[test]
    fn the_same_genesis_gives_the_same_block() {
        assert_eq!(chain().head().hash(), chain().head().hash());
    }

    #[test]
    fn replaying_a_journal_gives_the_same_head() {
        let (chain, journal) = busy();
        let mut replayed = crate::tests::chain::chain();
        for record in Records::new(&journal[..], 0) {
            let (record, _) = record.unwrap();
            replayed.replay(record).unwrap();
        }
        assert_eq!(replayed.head().hash(), chain.head().hash());
        assert_eq!(replayed.head().state.root(), chain.head().state.root());
    }

    #[test]
    fn a_replay_does_not_depend_on_the_delay_in_the_options() {
        let (chain, journal) = busy();
        let options = ChainOptions {
            block_delay: std::time::Duration::from_secs(9),
            ..ChainOptions::default()
        };
        let cache = Arc::new(near_vm_runner::NoContractRuntimeCache);
        let mut replayed = Chain::with_options(&genesis(), options, cache).unwrap();
        for record in Records::new(&journal[..], 0) {
            let (record, _) = record.unwrap();
            replayed.replay(record).unwrap();
        }
        assert_eq!(replayed.head().hash(), chain.head().hash());
    }

    #[test]
    fn a_snapshot_goes_its_own_way() {
        let mut chain = chain();
        let snapshot = chain.clone();
        let hash = chain.submit(transfer(1, *chain.head().hash()), NOW).unwrap();
        assert!(snapshot.transaction(&hash).unwrap().is_none());
        assert_eq!(snapshot.head().height(), 0);
        let mut other = snapshot.clone();
        other.patch(vec![account_record("other.near", 1, None)], NOW).unwrap();
        let other_near = "other.near".parse().unwrap();
        assert!(read::account(&other.head().state, &other_near).unwrap().is_some());
        assert!(read::account(&chain.head().state, &other_near).unwrap().is_none());
    }

    #[test]
    fn what_changed_nothing_need_not_be_written_down() {
        assert!(Applied::Sealed.changed());
        assert!(!Applied::Known(CryptoHash::default()).changed());
    }
}
