//! Reading a journal, record by record.

use super::frame::{self, Flaw};
use super::{DecodeError, Record};
use std::io::{self, Read};

/// All records of a journal, in order, each with the offset of its end. The first error is the last
/// item. At most twice the longest record, or some 64 KiB, is in memory.
#[derive(Debug)]
pub struct Records<R> {
    source: R,
    /// Bytes that were read from the source.
    window: Vec<u8>,
    /// How many of them have been decoded.
    decoded: usize,
    offset: u64,
    synced: u64,
    source_ended: bool,
    over: bool,
}

/// Why the next record cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The journal cannot be read.
    #[error("the journal cannot be read")]
    Unreadable(#[from] io::Error),
    /// The bytes are not a record.
    #[error(transparent)]
    Undecodable(#[from] DecodeError),
}

impl<R: Read> Records<R> {
    /// The records in `source`, which begins at `offset` of the journal, bytes. Nothing is known to
    /// have been on the disk, so they end at the first incomplete record; see [`Records::synced`].
    pub fn new(source: R, offset: u64) -> Self {
        let (window, decoded, synced) = (Vec::new(), 0, 0);
        Self { source, window, decoded, offset, synced, source_ended: false, over: false }
    }

    /// The same, where the first `synced` bytes of the journal are known to have been on the disk: an
    /// incomplete record among them is damaged, never torn.
    #[must_use]
    pub fn synced(self, synced: u64) -> Self {
        Self { synced, ..self }
    }

    fn read(&mut self) -> Result<Option<(Record, u64)>, ReadError> {
        loop {
            match frame::body(self.window.get(self.decoded..).unwrap_or_default()) {
                Ok(body) => {
                    let record = Record::of_body(body, self.offset)?;
                    let length = frame::length(body);
                    self.decoded += length;
                    self.offset += as_u64(length);
                    return Ok(Some((record, self.offset)));
                }
                // It may only be the end of the window.
                Err(Flaw::Short) if !self.source_ended => self.fill()?,
                Err(Flaw::Short) => return self.end("it is cut off"),
                Err(Flaw::Wrong(what)) => return self.end(what),
            }
        }
    }

    /// Why there is no complete record here: the end of the journal, or an error.
    fn end(&mut self, what: &'static str) -> Result<Option<(Record, u64)>, ReadError> {
        let offset = self.offset;
        if offset < self.synced {
            return Err(DecodeError::Damaged { offset, what }.into());
        }
        match self.remains()? {
            0 => Ok(None),
            had => Err(DecodeError::Torn { offset, had }.into()),
        }
    }

    /// Bytes from here to the last one that is not zero.
    fn remains(&mut self) -> io::Result<u64> {
        let (mut seen, mut remains) = (0, 0);
        loop {
            let bytes = self.window.get(self.decoded..).unwrap_or_default();
            if let Some(last) = bytes.iter().rposition(|byte| *byte != 0) {
                remains = seen + as_u64(last) + 1;
            }
            if self.source_ended {
                return Ok(remains);
            }
            seen += as_u64(bytes.len());
            self.decoded = self.window.len();
            self.fill()?;
        }
    }

    /// Doubles the window, so that a long record is scanned only a few times.
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
    use crate::inputs::input::Input;
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
        let records =
            inputs.iter().map(|input| Record { now_ns: 1, input: input.clone(), head: None });
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
        let tick = Record { now_ns: 1, input: Input::Tick, head: None }.encode().unwrap().len();
        for (left, cuts) in [(1, 1..tick), (2, tick + 1..READ_AT_ONCE)] {
            for cut in [cuts.start, cuts.end - 1] {
                let cut = &bytes[..bytes.len() - cut];
                let mut read: Vec<_> = Records::new(cut, 50).collect();
                assert_eq!(read.len(), inputs.len() + 1 - left);
                let Some(Err(ReadError::Undecodable(error))) = read.pop() else { panic!() };
                let DecodeError::Torn { offset, had } = error else { panic!("{error}") };
                assert_eq!(offset + had, 50 + as_u64(cut.len()));
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
