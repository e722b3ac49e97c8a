//! Inputs as bytes, for an append-only journal.
//!
//! A record is: length of the body (u32), its bitwise complement (u32), the body, and the first
//! eight bytes of the body's sha256. The body is: format version (1 byte), time (u64), kind
//! (1 byte), and the borsh form of the input. Numbers are little endian.
//!
//! A node that is killed while it writes leaves a torn last record. [`DecodeError::Torn`] says so,
//! and means that nothing behind its offset was ever acknowledged: cut the journal there. Every
//! other error means damage.

mod records;

pub use records::{ReadError, Records};

use crate::input::{Impersonation, Input};
use borsh::{BorshDeserialize, BorshSerialize};
use near_crypto::PublicKeyHandle;
use near_primitives::account::{AccessKey, Account};
use near_primitives::hash::hash;
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::{Action, SignedTransaction};
use near_primitives::types::{AccountId, BlockHeightDelta};

/// An input with the time at which it was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The caller's time, nanoseconds since the Unix epoch.
    pub now_ns: u64,
    /// What was applied.
    pub input: Input,
}

/// Why an input has no bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A patch holds a kind of record that no chain applies.
    #[error("a patch with a {kind} record cannot be written down: chains refuse it")]
    UnsupportedKind {
        /// Name of the kind.
        kind: &'static str,
    },
    /// The input is larger than a record may be.
    #[error("the input takes {had} bytes; a journal record holds at most {most}")]
    TooLarge {
        /// Bytes of the body.
        had: usize,
        /// Bytes allowed.
        most: usize,
    },
}

/// Why bytes are no record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end inside the record: its writing was interrupted. Cut the journal at `offset`.
    #[error("the record at byte {offset} is torn: {had} of {needed} bytes; cut the journal there")]
    Torn {
        /// Where the record starts, bytes.
        offset: u64,
        /// Bytes that are there.
        had: usize,
        /// Bytes that would be needed, as far as that is known.
        needed: usize,
    },
    /// The bytes are not what was written.
    #[error("the record at byte {offset} is damaged ({what}); restore the journal from a copy")]
    Damaged {
        /// Where the record starts, bytes.
        offset: u64,
        /// What does not fit.
        what: &'static str,
    },
    /// Another version of this program wrote the record.
    #[error(
        "the record at byte {offset} has format {format}, this program reads {FORMAT}; \
         open the journal with the version that wrote it"
    )]
    Format {
        /// Where the record starts, bytes.
        offset: u64,
        /// The format found.
        format: u8,
    },
}

impl Record {
    /// The record as bytes, ready to append.
    ///
    /// # Errors
    /// For inputs that no chain applies.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let body = Body::of(&self.input)?;
        let mut bytes = vec![0; HEAD];
        bytes.push(FORMAT);
        bytes.extend(self.now_ns.to_le_bytes());
        body.serialize(&mut bytes).expect("memory takes all writes");
        let length = bytes.len() - HEAD;
        let too_large = EncodeError::TooLarge { had: length, most: MAX_BODY };
        let stated = u32::try_from(length).map_err(|_| too_large.clone())?;
        if length > MAX_BODY {
            return Err(too_large);
        }
        bytes[..4].copy_from_slice(&stated.to_le_bytes());
        bytes[4..HEAD].copy_from_slice(&(!stated).to_le_bytes());
        let sum = checksum(&bytes[HEAD..]);
        bytes.extend(sum);
        Ok(bytes)
    }

    /// Reads the record that `bytes` begin with, at `offset` of the journal. Returns it with its
    /// length.
    fn decode(bytes: &[u8], offset: u64) -> Result<(Self, usize), DecodeError> {
        let torn = |needed| DecodeError::Torn { offset, had: bytes.len(), needed };
        let damaged = |what| DecodeError::Damaged { offset, what };
        if bytes.iter().all(|byte| *byte == 0) {
            // A file system may have grown the file before it lost the bytes.
            return Err(torn(bytes.len() + 1));
        }
        let (stated, rest) = bytes.split_first_chunk().ok_or(torn(HEAD))?;
        let (complement, rest) = rest.split_first_chunk().ok_or(torn(HEAD))?;
        let stated = u32::from_le_bytes(*stated);
        if u32::from_le_bytes(*complement) != !stated {
            return Err(damaged("its length"));
        }
        let length = usize::try_from(stated).unwrap_or(usize::MAX);
        if length > MAX_BODY {
            return Err(damaged("its length"));
        }
        let end = HEAD + length + SUM;
        let (body, rest) = rest.split_at_checked(length).ok_or(torn(end))?;
        let (sum, rest) = rest.split_at_checked(SUM).ok_or(torn(end))?;
        if sum != checksum(body) {
            // Blocks of a file reach the disk in any order, so a torn end may also look like this.
            return Err(if rest.is_empty() { torn(end) } else { damaged("its checksum") });
        }
        let record = Self::of_body(body, offset)?;
        Ok((record, end))
    }

    fn of_body(body: &[u8], offset: u64) -> Result<Self, DecodeError> {
        let damaged = |what| DecodeError::Damaged { offset, what };
        let (&format, rest) = body.split_first().ok_or(damaged("it is empty"))?;
        if format != FORMAT {
            return Err(DecodeError::Format { offset, format });
        }
        let (now_ns, rest) = rest.split_first_chunk().ok_or(damaged("it has no time"))?;
        let body = Body::try_from_slice(rest).map_err(|_| damaged("its input"))?;
        Ok(Self { now_ns: u64::from_le_bytes(*now_ns), input: body.into() })
    }
}

/// An input's bytes. Append variants; never change one.
#[derive(BorshSerialize, BorshDeserialize)]
enum Body {
    Transaction(Box<SignedTransaction>),
    Tick,
    Patch(Vec<PatchRecord>),
    FastForward(BlockHeightDelta, u64),
    Block(Vec<SignedTransaction>),
    Impersonate(AccountId, AccountId, Vec<Action>),
    Together(Vec<SignedTransaction>),
}

#[derive(BorshSerialize, BorshDeserialize)]
enum PatchRecord {
    Account(AccountId, Account),
    AccessKey(AccountId, PublicKeyHandle, AccessKey),
    Data(AccountId, Vec<u8>, Vec<u8>),
    Contract(AccountId, Vec<u8>),
}

impl Body {
    fn of(input: &Input) -> Result<Self, EncodeError> {
        Ok(match input {
            Input::Transaction(tx) => Self::Transaction(tx.clone()),
            Input::Tick => Self::Tick,
            Input::Patch(records) => {
                Self::Patch(records.iter().map(PatchRecord::of).collect::<Result<_, _>>()?)
            }
            Input::FastForward { delta_height, block_delay_ns } => {
                Self::FastForward(*delta_height, *block_delay_ns)
            }
            Input::Block(transactions) => Self::Block(transactions.clone()),
            Input::Together(transactions) => Self::Together(transactions.clone()),
            Input::Impersonate(Impersonation { signer_id, receiver_id, actions }) => {
                Self::Impersonate(signer_id.clone(), receiver_id.clone(), actions.clone())
            }
        })
    }
}

impl From<Body> for Input {
    fn from(body: Body) -> Self {
        match body {
            Body::Transaction(tx) => Self::Transaction(tx),
            Body::Tick => Self::Tick,
            Body::Together(transactions) => Self::Together(transactions),
            Body::Patch(records) => {
                Self::Patch(records.into_iter().map(StateRecord::from).collect())
            }
            Body::FastForward(delta_height, block_delay_ns) => {
                Self::FastForward { delta_height, block_delay_ns }
            }
            Body::Block(transactions) => Self::Block(transactions),
            Body::Impersonate(signer_id, receiver_id, actions) => {
                Self::Impersonate(Impersonation { signer_id, receiver_id, actions })
            }
        }
    }
}

impl PatchRecord {
    fn of(record: &StateRecord) -> Result<Self, EncodeError> {
        Ok(match record.clone() {
            StateRecord::Account { account_id, account } => Self::Account(account_id, account),
            StateRecord::AccessKey { account_id, public_key, access_key } => {
                Self::AccessKey(account_id, public_key, access_key)
            }
            StateRecord::Data { account_id, data_key, value } => {
                Self::Data(account_id, data_key.into(), value.into())
            }
            StateRecord::Contract { account_id, code } => Self::Contract(account_id, code),
            other => return Err(EncodeError::UnsupportedKind { kind: crate::patch::kind(&other) }),
        })
    }
}

impl From<PatchRecord> for StateRecord {
    fn from(record: PatchRecord) -> Self {
        match record {
            PatchRecord::Account(account_id, account) => Self::Account { account_id, account },
            PatchRecord::AccessKey(account_id, public_key, access_key) => {
                Self::AccessKey { account_id, public_key, access_key }
            }
            PatchRecord::Data(account_id, data_key, value) => {
                Self::Data { account_id, data_key: data_key.into(), value: value.into() }
            }
            PatchRecord::Contract(account_id, code) => Self::Contract { account_id, code },
        }
    }
}

pub(crate) fn checksum(body: &[u8]) -> [u8; SUM] {
    let mut sum = [0; SUM];
    sum.copy_from_slice(&hash(body).as_bytes()[..SUM]);
    sum
}

/// The format that this program writes and reads.
const FORMAT: u8 = 1;

/// Bytes before the body: its length, twice.
const HEAD: usize = 8;

/// Bytes of checksum behind the body.
const SUM: usize = 8;

/// The largest body, bytes. A request that is larger does not reach the node.
const MAX_BODY: usize = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::chain::{NOW, inputs, transfer};
    use proptest::prelude::*;

    fn records(journal: &[u8]) -> Vec<Result<(Record, u64), DecodeError>> {
        let undecodable = |error| match error {
            ReadError::Undecodable(error) => error,
            ReadError::Unreadable(error) => panic!("{error}"),
        };
        Records::new(journal, 0).map(|read| read.map_err(undecodable)).collect()
    }

    /// Where the last record is torn, and how much is left of it, bytes.
    fn torn(journal: &[u8]) -> (u64, usize) {
        match records(journal).pop() {
            Some(Err(DecodeError::Torn { offset, had, .. })) => (offset, had),
            other => panic!("{other:?}"),
        }
    }

    fn damage(journal: &[u8]) -> DecodeError {
        records(journal).pop().unwrap().unwrap_err()
    }

    fn journal() -> (Vec<Record>, Vec<u8>) {
        let written: Vec<_> =
            inputs().into_iter().map(|input| Record { now_ns: NOW, input }).collect();
        let bytes = written.iter().flat_map(|record| record.encode().unwrap()).collect();
        (written, bytes)
    }

    #[test]
    fn what_was_written_is_read() {
        let (written, bytes) = journal();
        let read: Vec<_> = records(&bytes).into_iter().map(|read| read.unwrap().0).collect();
        assert_eq!(read, written);
    }

    #[test]
    fn an_empty_journal_has_no_records() {
        assert!(records(&[]).is_empty());
    }

    #[test]
    fn every_cut_in_the_last_record_is_torn_and_keeps_the_others() {
        let (written, bytes) = journal();
        let (_, last) = *records(&bytes)[written.len() - 2].as_ref().unwrap();
        for left in 1..bytes.len() - usize::try_from(last).unwrap() {
            let cut = &bytes[..usize::try_from(last).unwrap() + left];
            assert_eq!(records(cut).len(), written.len());
            assert_eq!(torn(cut), (last, left));
        }
    }

    #[test]
    fn zeros_and_garbage_at_the_end_are_torn() {
        let (_, mut bytes) = journal();
        let whole = u64::try_from(bytes.len()).unwrap();
        bytes.extend([0; 4096]);
        assert_eq!(torn(&bytes), (whole, 4096));
        let (_, mut bytes) = journal();
        *bytes.last_mut().unwrap() ^= 1;
        let (offset, had) = torn(&bytes);
        assert_eq!(offset + u64::try_from(had).unwrap(), whole);
    }

    #[test]
    fn damage_before_the_end_is_not_taken_for_a_torn_end() {
        let (_, bytes) = journal();
        let (_, first) = Record::decode(&bytes, 0).unwrap();
        for at in 0..first {
            let mut bytes = bytes.clone();
            bytes[at] ^= 0x10;
            let error = damage(&bytes);
            assert!(matches!(error, DecodeError::Damaged { offset: 0, .. }), "{at}: {error}");
        }
    }

    #[test]
    fn another_format_is_named() {
        let record = Record { now_ns: NOW, input: Input::Tick };
        let mut bytes = record.encode().unwrap();
        bytes[HEAD] = 9;
        let end = bytes.len() - SUM;
        let sum = checksum(&bytes[HEAD..end]);
        bytes[end..].copy_from_slice(&sum);
        assert_eq!(damage(&bytes), DecodeError::Format { offset: 0, format: 9 });
    }

    #[test]
    fn records_that_no_chain_applies_are_not_written() {
        let record = StateRecord::ReceivedData {
            account_id: "a.near".parse().unwrap(),
            data_id: hash(b"data"),
            data: None,
        };
        let record = Record { now_ns: NOW, input: Input::Patch(vec![record]) };
        let error = record.encode().unwrap_err();
        assert_eq!(error, EncodeError::UnsupportedKind { kind: "ReceivedData" });
    }

    #[test]
    fn a_transaction_keeps_its_hash() {
        let tx = transfer(1, near_primitives::hash::CryptoHash::default());
        let hash = tx.get_hash();
        let input = Input::Transaction(Box::new(tx));
        let bytes = Record { now_ns: NOW, input }.encode().unwrap();
        let (read, _) = Record::decode(&bytes, 0).unwrap();
        let Input::Transaction(tx) = read.input else { panic!("{read:?}") };
        assert_eq!(tx.get_hash(), hash);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = records(&bytes);
        }
    }
}
