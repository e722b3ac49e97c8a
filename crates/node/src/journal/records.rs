//! A journal, record by record.

use super::{DecodeError, Record};
use std::io::{self, Read};

/// All records of a journal, in order, each with the offset behind it. The first error is the last
/// item. No more of the journal is in memory than twice its longest record, or some 64 KiB.
#[derive(Debug)]
pub struct Records<R> {
    source: R,
    /// What was read and not decoded yet.
    window: Vec<u8>,
    /// How much of the window was decoded since.
    decoded: usize,
    offset: u64,
    source_ended: bool,
    over: bool,
}

/// Why the next record cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The system does not give the bytes.
    #[error("the journal cannot be read")]
    Unreadable(#[from] io::Error),
    /// The bytes are no record.
    #[error(transparent)]
    Undecodable(#[from] DecodeError),
}

impl<R: Read> Records<R> {
    /// The records that `source` begins with, which stand at `offset`, bytes, of the journal.
    pub fn new(source: R, offset: u64) -> Self {
        let (source_ended, over) = (false, false);
        Self { source, window: Vec::new(), decoded: 0, offset, source_ended, over }
    }

    fn read(&mut self) -> Result<Option<(Record, u64)>, ReadError> {
        loop {
            let bytes = self.window.get(self.decoded..).unwrap_or_default();
            if bytes.is_empty() && self.source_ended {
                return Ok(None);
            }
            match Record::decode(bytes, self.offset) {
                Ok((record, length)) => {
                    self.decoded += length;
                    self.offset += as_u64(length);
                    return Ok(Some((record, self.offset)));
                }
                // What seems to be the end may be the window's.
                Err(DecodeError::Torn { .. }) if !self.source_ended => self.fill()?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Makes the window twice as long, so that a long record is looked at a few times only.
    fn fill(&mut self) -> io::Result<()> {
        self.window.drain(..self.decoded);
        self.decoded = 0;
        let more = self.window.len().max(READ_AT_ONCE);
        let mut source = self.source.by_ref().take(as_u64(more));
        self.source_ended = source.read_to_end(&mut self.window)? < more;
        Ok(())
    }
}

impl<R: Read> Iterator for Records<R> {
    type Item = Result<(Record, u64), ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let read = self.read().transpose();
        self.over = !matches!(read, Some(Ok(_)));
        read
    }
}

fn as_u64(count: usize) -> u64 {
    u64::try_from(count).expect("a length in memory fits 64 bits")
}

/// Bytes that are read at once.
const READ_AT_ONCE: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Input;
    use near_primitives::state_record::StateRecord;

    fn patch(length: usize) -> Input {
        Input::Patch(vec![StateRecord::Data {
            account_id: "a.near".parse().unwrap(),
            data_key: Vec::new().into(),
            value: vec![7; length].into(),
        }])
    }

    /// Records longer and shorter than what is read at once, and none where that ends.
    fn journal() -> (Vec<Input>, Vec<u8>) {
        let lengths = [READ_AT_ONCE - 40, 3 * READ_AT_ONCE, 5, 100, READ_AT_ONCE];
        let ticks = std::iter::repeat_n(Input::Tick, 5_000);
        let inputs: Vec<_> = ticks.chain(lengths.map(patch)).chain([Input::Tick]).collect();
        let records = inputs.iter().map(|input| Record { now_ns: 1, input: input.clone() });
        let bytes = records.flat_map(|record| record.encode().unwrap()).collect();
        (inputs, bytes)
    }

    #[test]
    fn records_are_read_wherever_the_windows_end() {
        let (inputs, bytes) = journal();
        let read: Vec<_> = Records::new(&bytes[..], 50).map(Result::unwrap).collect();
        assert!(read.iter().map(|(record, _)| &record.input).eq(&inputs));
        assert_eq!(read.last().unwrap().1, 50 + as_u64(bytes.len()));
    }

    #[test]
    fn the_end_is_torn_only_where_the_journal_ends() {
        let (inputs, bytes) = journal();
        let tick = Record { now_ns: 1, input: Input::Tick }.encode().unwrap().len();
        for (left, cuts) in [(1, 1..tick), (2, tick + 1..READ_AT_ONCE)] {
            for cut in [cuts.start, cuts.end - 1] {
                let cut = &bytes[..bytes.len() - cut];
                let mut read: Vec<_> = Records::new(cut, 50).collect();
                assert_eq!(read.len(), inputs.len() + 1 - left);
                let Some(Err(ReadError::Undecodable(error))) = read.pop() else { panic!() };
                let DecodeError::Torn { offset, had, .. } = error else { panic!("{error}") };
                assert_eq!(offset + as_u64(had), 50 + as_u64(cut.len()));
            }
        }
    }

    #[test]
    fn a_source_that_fails_is_not_taken_for_an_end() {
        let (inputs, bytes) = journal();
        let failing = bytes.as_slice().chain(Failing);
        let read: Vec<_> = Records::new(failing, 0).collect();
        assert!(matches!(read.last(), Some(Err(ReadError::Unreadable(_)))));
        assert!(read.len() <= inputs.len() + 1);
    }

    struct Failing;

    impl Read for Failing {
        fn read(&mut self, _into: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("for the test"))
        }
    }
}
