//! Replay: applying the inputs of a journal again.

use crate::chain::Chain;
use crate::inputs::applied::Refused;
use crate::inputs::checked::Checked;
use crate::inputs::codec::{HeadState, Record};

/// Why a record cannot be applied again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The chain refuses what it once accepted, or cannot read its state.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The input now has another effect.
    #[error("the input led to {expected}; applied again, it leads to {found}")]
    OtherState {
        /// Where the chain stood when the input was recorded.
        expected: HeadState,
        /// Where it stands now.
        found: HeadState,
    },
}

impl Chain {
    /// The newest block and its state.
    pub fn head_state(&self) -> HeadState {
        HeadState { height: self.head.height(), state_root: self.head.state.root() }
    }

    /// Applies an input that a journal recorded, and compares where that leads.
    ///
    /// Signatures are not verified again. They were verified before the input was accepted, and the
    /// record's checksum shows that its bytes are the ones that were written. Whoever can forge the
    /// checksum can also add patches and impersonations, which need no signature: checking
    /// signatures would defend nothing, and takes most of the time of a replay.
    ///
    /// # Errors
    /// See [`ReplayError`].
    pub fn replay(&mut self, record: Record) -> Result<(), ReplayError> {
        let Record { now_ns, input, head } = record;
        self.apply_checked_by(Checked::assume_signed, input, now_ns)?;
        let found = self.head_state();
        match head {
            Some(expected) if expected != found => Err(ReplayError::OtherState { expected, found }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::input::Input;
    use crate::tests::chain::{Drive, NOW, chain, transfer};
    use near_crypto::{KeyType, Signature};
    use near_primitives::errors::InvalidTxError;

    #[test]
    fn signatures_are_not_verified_again() {
        let mut first = chain();
        let mut tx = transfer(1, *first.head().hash());
        first.submit(tx.clone(), NOW).unwrap();
        let head = Some(first.head_state());
        tx.signature = Signature::empty(KeyType::ED25519);
        let input = Input::transaction(tx);
        let refused = chain().apply(input.clone(), NOW).unwrap_err();
        assert_eq!(refused, InvalidTxError::InvalidSignature.into());
        let mut replayed = chain();
        replayed.replay(Record { now_ns: NOW, input, head }).unwrap();
        assert_eq!(replayed.head().state.root(), first.head().state.root());
    }

    #[test]
    fn another_state_or_height_is_an_error_that_names_both() {
        let mut first = chain();
        first.submit(transfer(1, *first.head().hash()), NOW).unwrap();
        let found = first.head_state();
        let input = Input::transaction(transfer(1, *chain().head().hash()));
        let other_root = HeadState { state_root: chain().head().state.root(), ..found };
        let other_height = HeadState { height: found.height + 1, ..found };
        for expected in [other_root, other_height] {
            let record = Record { now_ns: NOW, input: input.clone(), head: Some(expected) };
            let error = chain().replay(record).unwrap_err();
            assert_eq!(error, ReplayError::OtherState { expected, found });
            let text = error.to_string();
            for part in [expected.to_string(), found.to_string()] {
                assert!(text.contains(&part), "{text}");
            }
        }
    }
}
