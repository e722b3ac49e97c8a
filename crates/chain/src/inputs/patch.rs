//! Patches: records written into the state without a transaction.

use crate::blocks::pace::Reason;
use crate::blocks::seal::Content;
use crate::chain::Chain;
use crate::spec::MAX_TOKENS;
use keyway_engine::StateError;
use keyway_state::{Trie, read};
use near_primitives::account::Account;
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::state_record::StateRecord;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance, NonceIndex};
use std::collections::BTreeMap;

/// Why a patch is refused. Nothing of it is written then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatchError {
    /// A kind of record that cannot be patched.
    #[error("a patch cannot hold a {kind} record; use Account, AccessKey, Data or Contract")]
    UnsupportedKind {
        /// Name of the kind.
        kind: &'static str,
    },
    /// A record for an account that neither the patch nor the state has.
    #[error(
        "the patch has a {kind} record for {account_id}, which does not exist; add its Account"
    )]
    MissingAccount {
        /// Name of the kind.
        kind: &'static str,
        /// The account.
        account_id: AccountId,
    },
    /// A balance for an account that the state does not have.
    #[error(
        "{account_id} does not exist, so its balance cannot be set; create it with a transaction, or patch its Account \
         record"
    )]
    NoBalance {
        /// The account.
        account_id: AccountId,
    },
    /// A contract whose hash its account does not have.
    #[error(
        "the patched contract of {account_id} has hash {had}, its account says code_hash {expected}; \
         patch the account with the contract's hash"
    )]
    CodeHash {
        /// The account.
        account_id: AccountId,
        /// Hash of the contract in the patch.
        had: CryptoHash,
        /// `code_hash` of the account in the patch, or else in the state.
        expected: CryptoHash,
    },
    /// A gas key whose rows have no nonces in the state: it could never sign.
    #[error(
        "the patch gives {account_id} the gas key {public_key} with {rows} nonce rows, and the state has no nonce for \
         row {missing}, which a patch cannot hold; add the key by a transaction"
    )]
    MissingNonce {
        /// The account.
        account_id: AccountId,
        /// The key, as the state names it.
        public_key: String,
        /// How many rows the key has.
        rows: NonceIndex,
        /// The first of them without a nonce.
        missing: NonceIndex,
    },
    /// More tokens than a chain can count with.
    #[error(
        "the patch gives {account_id} {amount} yoctoNEAR{whose}; the most is {most} (2^120), \
         a thousand times what NEAR has: give less",
        amount = .amount.as_yoctonear(), most = MAX_TOKENS.as_yoctonear()
    )]
    AmountTooLarge {
        /// The account.
        account_id: AccountId,
        /// Its balance and stake together, or what the gas key holds, yoctoNEAR.
        amount: Balance,
        /// Empty, or which gas key.
        whose: String,
    },
    /// Two records give one entry of the state different values.
    #[error("the patch sets {what} twice, to different values; keep one")]
    Contradiction {
        /// The entry.
        what: String,
    },
    /// An account that validates, or did, and holds a stake.
    #[error(
        "{account_id} cannot be deleted: it stakes {staked} yoctoNEAR; unstake that first, and wait for three epochs",
        staked = .staked.as_yoctonear()
    )]
    Staked {
        /// The account.
        account_id: AccountId,
        /// Its stake, yoctoNEAR.
        staked: Balance,
    },
    /// Something to delete that does not exist.
    #[error("there is no {what} to delete; look at the newest state, and omit it")]
    NothingToDelete {
        /// What is missing.
        what: String,
    },
    /// More rows to delete than one input may.
    #[error("the patch deletes more than {most} rows; delete the account's data in parts first")]
    TooManyRows {
        /// The most rows that one patch deletes.
        most: usize,
    },
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Chain {
    pub(crate) fn patch(
        &mut self,
        records: Vec<StateRecord>,
        now_ns: u64,
    ) -> Result<(), PatchError> {
        let patch = check(records, &self.head.state)?;
        let content = Content { patch, reason: Reason::OnDemand, ..Content::default() };
        self.seal(self.next_height(), content, now_ns)?;
        Ok(self.finalize(now_ns)?)
    }
}

/// Checks records against each other and the state. Returns them with accounts first and without
/// repetitions, so that their order no longer matters.
pub(super) fn check(
    records: Vec<StateRecord>,
    state: &Trie,
) -> Result<Vec<StateRecord>, PatchError> {
    let mut patch: BTreeMap<Vec<u8>, StateRecord> = BTreeMap::new();
    for record in records {
        let key = trie_key(&record)?.to_vec();
        if patch.get(&key).is_some_and(|before| *before != record) {
            return Err(PatchError::Contradiction { what: describe(&record) });
        }
        patch.insert(key, record);
    }
    for record in patch.values() {
        check_account(record, &patch, state)?;
    }
    // Trie keys start with the column, and the column of accounts is the lowest.
    Ok(patch.into_values().collect())
}

/// A record needs its account, a contract the hash that its account names, and nobody gets more
/// tokens than can be counted with.
fn check_account(
    record: &StateRecord,
    patch: &BTreeMap<Vec<u8>, StateRecord>,
    state: &Trie,
) -> Result<(), PatchError> {
    check_tokens(record)?;
    check_nonce_rows(record, state)?;
    let account_id = match record {
        StateRecord::AccessKey { account_id, .. }
        | StateRecord::Data { account_id, .. }
        | StateRecord::Contract { account_id, .. } => account_id,
        _ => return Ok(()),
    };
    let account = account(account_id, patch, state)?.ok_or_else(|| PatchError::MissingAccount {
        kind: kind(record),
        account_id: account_id.clone(),
    })?;
    if let StateRecord::Contract { code, .. } = record {
        let had = hash(code);
        let expected = account.contract().local_code().unwrap_or_default();
        if had != expected {
            return Err(PatchError::CodeHash { account_id: account_id.clone(), had, expected });
        }
    }
    Ok(())
}

fn check_tokens(record: &StateRecord) -> Result<(), PatchError> {
    let (account_id, amount, whose) = match record {
        StateRecord::Account { account_id, account } => {
            (account_id, account.amount().saturating_add(account.locked()), String::new())
        }
        StateRecord::AccessKey { account_id, public_key, access_key } => {
            let held = access_key.gas_key_info().map_or(Balance::ZERO, |info| info.balance);
            (account_id, held, format!(" in the gas key {public_key}"))
        }
        _ => return Ok(()),
    };
    if amount > MAX_TOKENS {
        let account_id = account_id.clone();
        return Err(PatchError::AmountTooLarge { account_id, amount, whose });
    }
    Ok(())
}

/// A gas key signs with the nonce of a row, never with its own.
fn check_nonce_rows(record: &StateRecord, state: &Trie) -> Result<(), PatchError> {
    let StateRecord::AccessKey { account_id, public_key, access_key } = record else {
        return Ok(());
    };
    let Some(info) = access_key.gas_key_info() else { return Ok(()) };
    for missing in 0..info.num_nonces {
        let row = TrieKey::gas_key_nonce(account_id.clone(), public_key.clone(), missing);
        if state.get(&row.to_vec())?.is_none() {
            return Err(PatchError::MissingNonce {
                account_id: account_id.clone(),
                public_key: public_key.to_string(),
                rows: info.num_nonces,
                missing,
            });
        }
    }
    Ok(())
}

/// The account as it will be after the patch.
fn account(
    account_id: &AccountId,
    patch: &BTreeMap<Vec<u8>, StateRecord>,
    state: &Trie,
) -> Result<Option<Account>, StateError> {
    let key = TrieKey::Account { account_id: account_id.clone() }.to_vec();
    if let Some(StateRecord::Account { account, .. }) = patch.get(&key) {
        return Ok(Some(account.clone()));
    }
    read::account(state, account_id)
}

/// The entry of the state that a record sets.
pub(super) fn trie_key(record: &StateRecord) -> Result<TrieKey, PatchError> {
    match record.clone() {
        StateRecord::Account { account_id, .. } => Ok(TrieKey::Account { account_id }),
        StateRecord::AccessKey { account_id, public_key, .. } => {
            Ok(TrieKey::access_key(account_id, public_key))
        }
        StateRecord::Data { account_id, data_key, .. } => {
            Ok(TrieKey::ContractData { account_id, key: data_key.into() })
        }
        StateRecord::Contract { account_id, .. } => Ok(TrieKey::ContractCode { account_id }),
        other => Err(PatchError::UnsupportedKind { kind: kind(&other) }),
    }
}

fn describe(record: &StateRecord) -> String {
    match record {
        StateRecord::Account { account_id, .. } => format!("account {account_id}"),
        StateRecord::AccessKey { account_id, public_key, .. } => {
            format!("access key {public_key} of {account_id}")
        }
        StateRecord::Data { account_id, data_key, .. } => {
            format!("data key {:?} of {account_id}", String::from_utf8_lossy(data_key))
        }
        StateRecord::Contract { account_id, .. } => format!("the contract of {account_id}"),
        other => kind(other).to_owned(),
    }
}

/// A record's kind, as JSON names it.
pub(crate) fn kind(record: &StateRecord) -> &'static str {
    match record {
        StateRecord::Account { .. } => "Account",
        StateRecord::Data { .. } => "Data",
        StateRecord::Contract { .. } => "Contract",
        StateRecord::AccessKey { .. } => "AccessKey",
        StateRecord::PostponedReceipt(_) => "PostponedReceipt",
        StateRecord::ReceivedData { .. } => "ReceivedData",
        StateRecord::DelayedReceipt(_) => "DelayedReceipt",
        StateRecord::GasKeyNonce { .. } => "GasKeyNonce",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::chain::{
        Drive, NOW, account_record, chain, data_record, id, key_record, signer,
    };
    use near_primitives::account::{AccessKey, AccountContract};

    const CODE: &[u8] = b"\0asm\x01\0\0\0";

    fn contract(name: &str) -> StateRecord {
        StateRecord::Contract { account_id: id(name), code: CODE.to_vec() }
    }

    #[track_caller]
    fn refused(records: Vec<StateRecord>) -> PatchError {
        let mut chain = chain();
        let head = *chain.head().hash();
        let error = chain.patch(records, NOW).unwrap_err();
        assert_eq!(*chain.head().hash(), head, "a refused patch seals nothing");
        error
    }

    #[test]
    fn a_whole_account_can_be_patched_in_any_order() {
        let mut chain = chain();
        let records = vec![
            data_record("new.near", b"key", b"value"),
            contract("new.near"),
            key_record("new.near", "new"),
            account_record("new.near", 5, Some(hash(CODE))),
        ];
        chain.patch(records, NOW).unwrap();
        let key = TrieKey::ContractData { account_id: id("new.near"), key: b"key".to_vec() };
        let final_state = &chain.final_head().state;
        assert_eq!(final_state.get(&key.to_vec()).unwrap().as_deref(), Some(b"value".as_slice()));
    }

    #[test]
    fn records_of_nobody_are_refused() {
        for record in
            [data_record("no.near", b"k", b"v"), key_record("no.near", "key"), contract("no.near")]
        {
            let kind = kind(&record);
            let expected = PatchError::MissingAccount { kind, account_id: id("no.near") };
            assert_eq!(refused(vec![record]), expected);
        }
    }

    #[test]
    fn a_contract_must_be_the_one_that_its_account_names() {
        let error = refused(vec![account_record("new.near", 5, None), contract("new.near")]);
        let expected = CryptoHash::default();
        let account_id = id("new.near");
        assert_eq!(error, PatchError::CodeHash { account_id, had: hash(CODE), expected });
    }

    /// It was there, listed, and refused whatever it signed, for ever.
    #[test]
    fn a_gas_key_without_nonces_is_refused() {
        let key = AccessKey::gas_key_full_access(3);
        let record = StateRecord::access_key(id("near"), signer("near").public_key(), key);
        let error = refused(vec![record]);
        assert!(matches!(error, PatchError::MissingNonce { rows: 3, missing: 0, .. }), "{error}");
        assert!(error.to_string().contains("add the key by a transaction"), "{error}");
    }

    fn record(amount: u128, locked: u128) -> StateRecord {
        let (amount, locked) = (Balance::from_yoctonear(amount), Balance::from_yoctonear(locked));
        let account = Account::new(amount, locked, AccountContract::None, 182);
        StateRecord::Account { account_id: id("new.near"), account }
    }

    #[test]
    fn more_tokens_than_can_be_counted_with_are_refused() {
        let most = MAX_TOKENS.as_yoctonear();
        for (amount, locked) in [(u128::MAX, 0), (u128::MAX - 1, 0), (1, u128::MAX), (most, 1)] {
            let error = refused(vec![record(amount, locked)]);
            let (account_id, whose) = (id("new.near"), String::new());
            let amount = Balance::from_yoctonear(amount.saturating_add(locked));
            assert_eq!(error, PatchError::AmountTooLarge { account_id, amount, whose });
            assert!(error.to_string().contains(&most.to_string()), "{error}");
        }
        let mut key = AccessKey::gas_key_full_access(1);
        key.gas_key_info_mut().unwrap().balance = Balance::MAX;
        let key = StateRecord::access_key(id("near"), signer("near").public_key(), key);
        assert!(refused(vec![key]).to_string().contains("in the gas key ed25519:"));
        let mut chain = chain();
        chain.patch(vec![record(most, 0)], NOW).unwrap();
        assert!(read::account(&chain.head().state, &id("new.near")).unwrap().is_some());
    }

    #[test]
    fn contradictions_are_refused_and_repetitions_are_not() {
        let twice = vec![account_record("new.near", 5, None), account_record("new.near", 6, None)];
        let what = "account new.near".to_owned();
        assert_eq!(refused(twice), PatchError::Contradiction { what });
        let same = vec![account_record("new.near", 5, None); 2];
        chain().patch(same, NOW).unwrap();
    }

    #[test]
    fn other_kinds_are_refused() {
        let record = StateRecord::ReceivedData {
            account_id: id("test.near"),
            data_id: hash(b"data"),
            data: None,
        };
        assert_eq!(refused(vec![record]), PatchError::UnsupportedKind { kind: "ReceivedData" });
    }

    #[test]
    fn a_patch_that_takes_a_validators_stake_does_not_stop_the_chain() {
        let mut chain = chain();
        chain.patch(vec![account_record("test.near", 5, None)], NOW).unwrap();
        chain.jump(300, NOW).unwrap();
        assert!(chain.head().height() > 300);
    }
}
