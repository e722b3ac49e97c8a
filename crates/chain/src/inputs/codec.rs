//! Inputs as bytes, for an append-only journal.
//!
//! A record is: length of the body (u32), its bitwise complement (u32), the body, and the first
//! eight bytes of the body's sha256. The body is: format version (1 byte), time (u64), kind
//! (1 byte), the borsh form of the input, and the borsh form of an optional [`HeadState`]. Numbers
//! are little endian.
//!
//! The last complete record is followed by zeros, or by the remains of records whose write was
//! interrupted. A kill leaves their beginning; a power cut leaves any parts, because a disk writes in
//! any order. [`DecodeError::Torn`] reports such remains. Nothing after its offset was known to be on
//! the disk, so nothing of it was acknowledged: cut the journal there. Every other error means damage.

mod frame;
mod records;

pub use records::{ReadError, Records};

use crate::checksum::checksum;
use crate::inputs::edit::{Deletion, Edit};
use crate::inputs::input::{Batch, Impersonation, Input};
use crate::inputs::time::TimeChange;
use borsh::{BorshDeserialize, BorshSerialize};
use frame::{HEAD, MAX_BODY};
use near_crypto::PublicKeyHandle;
use near_primitives::account::{AccessKey, Account};
use near_primitives::hash::CryptoHash;
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::{Action, SignedTransaction};
use near_primitives::types::{AccountId, Balance, BlockHeight, BlockHeightDelta};
use std::borrow::Cow;
use std::fmt;

/// An input with the time at which it was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The caller's time, nanoseconds since the Unix epoch.
    pub now_ns: u64,
    /// What was applied.
    pub input: Input,
    /// The head of the chain after it. Of inputs that were appended together, only the last has one.
    pub head: Option<HeadState>,
}

/// The newest block of a chain and its state. A journal records it, and a replay compares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct HeadState {
    /// The height of the newest block.
    pub height: BlockHeight,
    /// The root of the state after that block.
    pub state_root: CryptoHash,
}

impl fmt::Display for HeadState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "block {} with the state root {}", self.height, self.state_root)
    }
}

/// Why an input cannot be encoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A patch holds a kind of record that no chain applies.
    #[error("a patch with a {kind} record cannot be encoded: chains refuse it")]
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

/// Why bytes are not a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The writing of the record was interrupted. Cut the journal at `offset`.
    #[error("the record at byte {offset} is torn, and {had} bytes remain; cut the journal there")]
    Torn {
        /// Where the record starts, bytes.
        offset: u64,
        /// Bytes from there to the last one that is not zero.
        had: u64,
    },
    /// The bytes are not what was written.
    #[error("the record at byte {offset} is damaged ({what}); restore the journal from a copy")]
    Damaged {
        /// Where the record starts, bytes.
        offset: u64,
        /// What is wrong.
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
    /// As [`Record::encode_input`].
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        Self::encode_input(self.now_ns, &self.input, self.head.as_ref())
    }

    /// The record of an input that was applied at `now_ns`, nanoseconds since the Unix epoch, and
    /// after which the chain stood at `head`.
    ///
    /// # Errors
    /// For inputs that no chain applies, and for those that are too long.
    pub fn encode_input(
        now_ns: u64,
        input: &Input,
        head: Option<&HeadState>,
    ) -> Result<Vec<u8>, EncodeError> {
        let body = Body::of(input)?;
        let mut bytes = vec![0; HEAD];
        bytes.push(FORMAT);
        bytes.extend(now_ns.to_le_bytes());
        (body, head).serialize(&mut bytes).expect("memory takes all writes");
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

    fn of_body(body: &[u8], offset: u64) -> Result<Self, DecodeError> {
        let damaged = |what| DecodeError::Damaged { offset, what };
        let (&format, rest) = body.split_first().ok_or(damaged("it is empty"))?;
        if format != FORMAT {
            return Err(DecodeError::Format { offset, format });
        }
        let (now_ns, rest) = rest.split_first_chunk().ok_or(damaged("it has no time"))?;
        let (body, head) =
            <(Body<'_>, _)>::try_from_slice(rest).map_err(|_| damaged("its input"))?;
        Ok(Self { now_ns: u64::from_le_bytes(*now_ns), input: body.into(), head })
    }
}

/// An input's bytes. Append variants; never change one.
#[derive(BorshSerialize, BorshDeserialize)]
enum Body<'a> {
    /// Transactions, and whether they are finalized.
    Batch(Cow<'a, [SignedTransaction]>, bool),
    Tick,
    Patch(Vec<PatchRecord>),
    FastForward(BlockHeightDelta, u64),
    Impersonate(Cow<'a, AccountId>, Cow<'a, AccountId>, Cow<'a, [Action]>),
    IntervalTick,
    Time(TimeChange),
    Edit(Vec<PatchRecord>, Cow<'a, [Deletion]>, Cow<'a, [(AccountId, Balance)]>),
    /// Blocks, and nanoseconds for each.
    Mine(u64, Option<u64>),
    /// Name and note.
    SaveSnapshot(Cow<'a, str>, Cow<'a, str>),
    Revert(Cow<'a, str>),
    DeleteSnapshot(Cow<'a, str>),
    Reset,
}

#[derive(BorshSerialize, BorshDeserialize)]
enum PatchRecord {
    Account(AccountId, Account),
    AccessKey(AccountId, PublicKeyHandle, AccessKey),
    Data(AccountId, Vec<u8>, Vec<u8>),
    Contract(AccountId, Vec<u8>),
}

impl<'a> Body<'a> {
    fn of(input: &'a Input) -> Result<Self, EncodeError> {
        Ok(match input {
            Input::Batch(Batch { transactions, finalize }) => {
                Self::Batch(Cow::Borrowed(transactions), *finalize)
            }
            Input::Tick => Self::Tick,
            Input::IntervalTick => Self::IntervalTick,
            Input::Patch(records) => Self::Patch(PatchRecord::all(records)?),
            Input::Time(change) => Self::Time(*change),
            Input::Edit(Edit { set, delete, balances }) => {
                let set = PatchRecord::all(set)?;
                Self::Edit(set, Cow::Borrowed(delete), Cow::Borrowed(balances))
            }
            Input::Mine { blocks, interval_ns } => Self::Mine(*blocks, *interval_ns),
            Input::FastForward { delta_height, block_delay_ns } => {
                Self::FastForward(*delta_height, *block_delay_ns)
            }
            Input::Impersonate(Impersonation { signer_id, receiver_id, actions }) => {
                let (signer_id, receiver_id) =
                    (Cow::Borrowed(signer_id), Cow::Borrowed(receiver_id));
                Self::Impersonate(signer_id, receiver_id, Cow::Borrowed(actions))
            }
            Input::SaveSnapshot { name, note } => {
                Self::SaveSnapshot(Cow::Borrowed(name), Cow::Borrowed(note))
            }
            Input::Revert { name } => Self::Revert(Cow::Borrowed(name)),
            Input::DeleteSnapshot { name } => Self::DeleteSnapshot(Cow::Borrowed(name)),
            Input::Reset => Self::Reset,
        })
    }
}

impl From<Body<'_>> for Input {
    fn from(body: Body<'_>) -> Self {
        match body {
            Body::Batch(transactions, finalize) => {
                Self::Batch(Batch { transactions: transactions.into_owned(), finalize })
            }
            Body::Tick => Self::Tick,
            Body::IntervalTick => Self::IntervalTick,
            Body::Time(change) => Self::Time(change),
            Body::Edit(set, delete, balances) => Self::Edit(Edit {
                set: set.into_iter().map(StateRecord::from).collect(),
                delete: delete.into_owned(),
                balances: balances.into_owned(),
            }),
            Body::Mine(blocks, interval_ns) => Self::Mine { blocks, interval_ns },
            Body::Patch(records) => {
                Self::Patch(records.into_iter().map(StateRecord::from).collect())
            }
            Body::FastForward(delta_height, block_delay_ns) => {
                Self::FastForward { delta_height, block_delay_ns }
            }
            Body::Impersonate(signer_id, receiver_id, actions) => {
                Self::Impersonate(Impersonation {
                    signer_id: signer_id.into_owned(),
                    receiver_id: receiver_id.into_owned(),
                    actions: actions.into_owned(),
                })
            }
            Body::SaveSnapshot(name, note) => {
                Self::SaveSnapshot { name: name.into_owned(), note: note.into_owned() }
            }
            Body::Revert(name) => Self::Revert { name: name.into_owned() },
            Body::DeleteSnapshot(name) => Self::DeleteSnapshot { name: name.into_owned() },
            Body::Reset => Self::Reset,
        }
    }
}

impl PatchRecord {
    fn all(records: &[StateRecord]) -> Result<Vec<Self>, EncodeError> {
        records.iter().map(Self::of).collect()
    }

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
            other => {
                return Err(EncodeError::UnsupportedKind {
                    kind: crate::inputs::patch::kind(&other),
                });
            }
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

/// The format that this program writes and reads.
const FORMAT: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::chain::{NOW, inputs, transfer};
    use proptest::prelude::*;

    fn records(journal: &[u8]) -> Vec<Result<(Record, u64), DecodeError>> {
        records_of(journal, 0)
    }

    /// The records of a journal of which so many bytes were synced.
    fn records_of(journal: &[u8], synced: u64) -> Vec<Result<(Record, u64), DecodeError>> {
        let undecodable = |error| match error {
            ReadError::Undecodable(error) => error,
            ReadError::Unreadable(error) => panic!("{error}"),
        };
        Records::new(journal, 0).synced(synced).map(|read| read.map_err(undecodable)).collect()
    }

    /// Where the last record is torn, and how much is left of it, bytes.
    fn torn(journal: &[u8]) -> (u64, u64) {
        match records(journal).pop() {
            Some(Err(DecodeError::Torn { offset, had })) => (offset, had),
            other => panic!("{other:?}"),
        }
    }

    fn journal() -> (Vec<Record>, Vec<u8>) {
        let written: Vec<_> =
            inputs().into_iter().map(|input| Record { now_ns: NOW, input, head: None }).collect();
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
    fn zeros_at_the_end_are_no_record() {
        let (written, mut bytes) = journal();
        let whole = bytes.len() as u64;
        for zeros in [1, 7, 8, 4096, 100_000] {
            bytes.resize(bytes.len() + zeros, 0);
            let read = records_of(&bytes, whole);
            assert_eq!(read.last().unwrap().as_ref().unwrap().1, whole);
            assert_eq!(read.len(), written.len());
        }
    }

    #[test]
    fn every_cut_in_the_last_record_is_torn_and_keeps_the_others() {
        let (written, bytes) = journal();
        let (_, last) = *records(&bytes)[written.len() - 2].as_ref().unwrap();
        let start = usize::try_from(last).unwrap();
        for left in (1..bytes.len() - start).filter(|left| bytes[start + left - 1] != 0) {
            for zeros in [0, 1, 100_000] {
                let cut = [&bytes[..start + left], &vec![0; zeros]].concat();
                assert_eq!(records(&cut).len(), written.len());
                assert_eq!(torn(&cut), (last, left as u64));
            }
        }
    }

    #[test]
    fn what_was_synced_is_damaged_where_it_is_no_record_and_torn_behind() {
        let (_, bytes) = journal();
        let (first, second) = (ends(&bytes)[0], ends(&bytes)[1]);
        for at in first..second {
            let mut bytes = [bytes.as_slice(), &[0; 10]].concat();
            bytes[usize::try_from(at).unwrap()] ^= 0x10;
            assert_eq!(torn(&bytes).0, first, "{at}");
            let read = records_of(&bytes, first);
            assert!(matches!(read[1], Err(DecodeError::Torn { .. })), "{at}");
            let read = records_of(&bytes, second);
            let damaged =
                |error| matches!(error, &DecodeError::Damaged { offset, .. } if offset == first);
            assert!(read[1].as_ref().is_err_and(damaged), "{at}: {:?}", read[1]);
        }
    }

    #[test]
    fn what_was_synced_and_is_gone_is_damage() {
        let (_, bytes) = journal();
        let first = ends(&bytes)[0];
        let left = &bytes[..usize::try_from(first).unwrap()];
        for rest in [&[][..], &[0; 3], &[0; 4096]] {
            let read = records_of(&[left, rest].concat(), first + 1);
            assert!(matches!(read[1], Err(DecodeError::Damaged { offset, .. }) if offset == first));
            assert_eq!(records_of(&[left, rest].concat(), first).len(), 1);
        }
    }

    fn ends(journal: &[u8]) -> Vec<u64> {
        records(journal).into_iter().map(|read| read.unwrap().1).collect()
    }

    #[test]
    fn another_format_is_named() {
        let record = Record { now_ns: NOW, input: Input::Tick, head: None };
        let mut bytes = record.encode().unwrap();
        bytes[HEAD] = 9;
        let end = bytes.len() - crate::checksum::SUM;
        let sum = checksum(&bytes[HEAD..end]);
        bytes[end..].copy_from_slice(&sum);
        assert_eq!(records(&bytes), [Err(DecodeError::Format { offset: 0, format: 9 })]);
    }

    #[test]
    fn records_that_no_chain_applies_are_not_written() {
        let record = StateRecord::ReceivedData {
            account_id: "a.near".parse().unwrap(),
            data_id: near_primitives::hash::hash(b"data"),
            data: None,
        };
        let record = Record { now_ns: NOW, input: Input::Patch(vec![record]), head: None };
        let error = record.encode().unwrap_err();
        assert_eq!(error, EncodeError::UnsupportedKind { kind: "ReceivedData" });
    }

    #[test]
    fn a_transaction_keeps_its_hash() {
        let tx = transfer(1, near_primitives::hash::CryptoHash::default());
        let hash = tx.get_hash();
        let input = Input::transaction(tx);
        let bytes = Record { now_ns: NOW, input, head: None }.encode().unwrap();
        let (read, _) = records(&bytes).pop().unwrap().unwrap();
        let Input::Batch(batch) = read.input else { panic!("{read:?}") };
        assert_eq!(batch.transactions[0].get_hash(), hash);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = records(&bytes);
            let _ = records_of(&bytes, 100);
        }
    }
}
