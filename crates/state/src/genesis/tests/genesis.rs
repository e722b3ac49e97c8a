use super::super::*;
use crate::{read, records};
use near_crypto::{KeyType, SecretKey};
use near_parameters::RuntimeConfigStore;
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{ActionReceipt, DataReceipt, ReceiptEnum, ReceiptV0};
use near_primitives::receipt::{DelayedReceiptIndices, Receipt};
use near_primitives::state_record::DelayedReceipt;

const ALICE: &str = "alice.near";

fn id(name: &str) -> AccountId {
    name.parse().expect("an account id")
}

fn key() -> PublicKey {
    SecretKey::from_seed(KeyType::ED25519, ALICE).public_key()
}

fn account(contract: AccountContract) -> StateRecord {
    let account = Account::new(Balance::from_near(1), Balance::ZERO, contract, 7);
    StateRecord::Account { account_id: id(ALICE), account }
}

fn contract(code: &[u8]) -> StateRecord {
    StateRecord::Contract { account_id: id(ALICE), code: code.to_vec() }
}

fn genesis(records: Vec<StateRecord>) -> Result<Trie, GenesisError> {
    with_validators(records, &[])
}

fn with_validators(
    records: Vec<StateRecord>,
    validators: &[(AccountId, PublicKey, Balance)],
) -> Result<Trie, GenesisError> {
    genesis_state(records, validators, RuntimeConfigStore::new(None).get_config(86))
}

fn receipt(seed: u8, receipt: ReceiptEnum) -> Receipt {
    Receipt::V0(ReceiptV0 {
        predecessor_id: id("bob.near"),
        receiver_id: id(ALICE),
        receipt_id: CryptoHash([seed; 32]),
        receipt,
    })
}

fn action(inputs: &[u8]) -> ActionReceipt {
    ActionReceipt {
        signer_id: id("bob.near"),
        signer_public_key: key(),
        gas_price: Balance::ZERO,
        output_data_receivers: vec![],
        input_data_ids: inputs.iter().map(|seed| CryptoHash([*seed; 32])).collect(),
        actions: vec![],
    }
}

fn postponed(receipt: Receipt) -> StateRecord {
    StateRecord::PostponedReceipt(Box::new(receipt))
}

fn received(seed: u8) -> StateRecord {
    let data_id = CryptoHash([seed; 32]);
    StateRecord::ReceivedData { account_id: id(ALICE), data_id, data: Some(vec![seed]) }
}

#[track_caller]
fn check_error(records: Vec<StateRecord>, expected: GenesisError) {
    assert_eq!(genesis(records).err(), Some(expected));
}

#[test]
fn storage_usage_is_counted_from_the_records() {
    let handle = key();
    let data = StateRecord::Data {
        account_id: id(ALICE),
        data_key: b"score".to_vec().into(),
        value: b"10".to_vec().into(),
    };
    let records = vec![
        account(AccountContract::Local(hash(b"code"))),
        contract(b"code"),
        StateRecord::access_key(id(ALICE), &handle, AccessKey::gas_key_full_access(1)),
        StateRecord::gas_key_nonce(id(ALICE), &handle, 0, 5),
        data,
    ];
    let state = genesis(records).expect("a state");
    let account = read::account(&state, &id(ALICE)).expect("decodes").expect("exists");
    let key_row = 40 + 33 + 27;
    let nonce_row = 40 + 33 + 2 + 8;
    assert_eq!(account.storage_usage(), 100 + 4 + key_row + nonce_row + 40 + 5 + 2);
}

#[test]
fn validators_stakes_are_locked() {
    let stake = Balance::from_near(5);
    let validators = [(id(ALICE), key(), stake)];
    let state =
        with_validators(vec![account(AccountContract::None)], &validators).expect("a state");
    let account = read::account(&state, &id(ALICE)).expect("decodes").expect("exists");
    assert_eq!((account.locked(), account.amount()), (stake, Balance::from_near(1)));

    let error = with_validators(vec![], &validators).err();
    assert_eq!(error, Some(GenesisError::NoValidatorAccount { account_id: id(ALICE) }));

    let account = Account::new_uninitialized(Balance::ZERO, 0, 0);
    let records = vec![StateRecord::Account { account_id: id(ALICE), account }];
    let error = with_validators(records, &validators).err();
    assert_eq!(error, Some(GenesisError::UninitializedValidator { account_id: id(ALICE) }));
}

#[test]
fn a_contract_must_be_the_one_its_account_names() {
    let (account_id, named) = (id(ALICE), hash(b"code"));
    check_error(
        vec![contract(b"code"), account(AccountContract::Local(named))],
        GenesisError::ContractBeforeAccount { account_id: account_id.clone() },
    );
    check_error(
        vec![account(AccountContract::Local(named))],
        GenesisError::NoContract { account_id: account_id.clone(), code_hash: named },
    );
    check_error(
        vec![account(AccountContract::Local(named)), contract(b"other")],
        GenesisError::ContractMismatch {
            account_id: account_id.clone(),
            expected: named,
            found: hash(b"other"),
        },
    );
    let mismatch = GenesisError::ContractMismatch {
        account_id,
        expected: CryptoHash::default(),
        found: named,
    };
    check_error(vec![account(AccountContract::None), contract(b"code")], mismatch);
}

#[test]
fn accounts_and_contracts_have_one_record_as_nearcore_demands() {
    let (account_id, named) = (id(ALICE), hash(b"code"));
    let with_code = || account(AccountContract::Local(named));
    check_error(
        vec![with_code(), contract(b"code"), account(AccountContract::None)],
        GenesisError::DuplicateAccount { account_id: account_id.clone() },
    );
    check_error(
        vec![with_code(), contract(b"code"), contract(b"code")],
        GenesisError::DuplicateContract { account_id },
    );
}

#[test]
fn an_uninitialized_account_owns_nothing_as_nearcore_demands() {
    let account = Account::new_uninitialized(Balance::from_near(1), 0, 7);
    let account = StateRecord::Account { account_id: id(ALICE), account };
    assert!(genesis(vec![account.clone()]).is_ok());
    let data = StateRecord::Data {
        account_id: id(ALICE),
        data_key: vec![1].into(),
        value: vec![2].into(),
    };
    let nonce = StateRecord::gas_key_nonce(id(ALICE), key(), 0, 5);
    let access_key = StateRecord::access_key(id(ALICE), key(), AccessKey::full_access());
    for (record, what) in [
        (access_key, "an access key"),
        (contract(b"code"), "code"),
        (data, "data"),
        (nonce, "data"),
    ] {
        let error = GenesisError::UninitializedOwner { account_id: id(ALICE), what };
        assert!(error.to_string().contains(ALICE) && error.to_string().contains(what));
        check_error(vec![account.clone(), record], error);
    }
}

#[test]
fn records_of_an_account_need_the_account() {
    let record = StateRecord::access_key(id(ALICE), key(), AccessKey::full_access());
    check_error(vec![record], GenesisError::NoAccount { account_id: id(ALICE) });
}

#[test]
fn records_of_system_are_left_out() {
    let record = StateRecord::access_key(id("system"), key(), AccessKey::full_access());
    assert_eq!(genesis(vec![record]).expect("a state").root(), CryptoHash::default());
}

#[test]
fn a_postponed_receipt_waits_for_the_data_that_is_missing() {
    let waiting = receipt(9, ReceiptEnum::Action(action(&[1, 2, 3])));
    // The data may be recorded behind the receipt.
    let state = genesis(vec![postponed(waiting.clone()), received(2)]).expect("a state");
    let (receiver_id, receipt_id) = (id(ALICE), CryptoHash([9; 32]));
    let row = |key: TrieKey| state.get(&key.to_vec()).unwrap().map(|value| value.to_vec());
    let waits_for = |seed| {
        let data_id = CryptoHash([seed; 32]);
        row(TrieKey::PostponedReceiptId { receiver_id: receiver_id.clone(), data_id })
    };
    assert_eq!(waits_for(1), Some(receipt_id.0.to_vec()));
    assert_eq!(waits_for(2), None);
    assert_eq!(waits_for(3), Some(receipt_id.0.to_vec()));
    let key = TrieKey::PendingDataCount { receiver_id: receiver_id.clone(), receipt_id };
    assert_eq!(row(key), Some(vec![2, 0, 0, 0]));
    let key = TrieKey::PostponedReceipt { receiver_id: receiver_id.clone(), receipt_id };
    assert_eq!(row(key), Some(borsh::to_vec(&waiting).expect("encodes")));
}

#[test]
fn a_promise_yield_waits_for_its_one_piece_of_data() {
    let yielded = receipt(9, ReceiptEnum::PromiseYield(action(&[1])));
    let state = genesis(vec![postponed(yielded)]).expect("a state");
    let key = TrieKey::PromiseYieldReceipt { receiver_id: id(ALICE), data_id: CryptoHash([1; 32]) };
    assert!(state.get(&key.to_vec()).unwrap().is_some());

    let receipt_id = CryptoHash([9; 32]);
    let two = receipt(9, ReceiptEnum::PromiseYield(action(&[1, 2])));
    check_error(vec![postponed(two)], GenesisError::YieldInputs { receipt_id, found: 2 });
}

#[test]
fn other_receipts_cannot_be_postponed() {
    let receipt_id = CryptoHash([9; 32]);
    let ready = receipt(9, ReceiptEnum::Action(action(&[2])));
    let nothing = GenesisError::NothingToWaitFor { receipt_id };
    check_error(vec![received(2), postponed(ready)], nothing);
    let data = DataReceipt { data_id: CryptoHash([1; 32]), data: None };
    let data = receipt(9, ReceiptEnum::Data(data));
    check_error(vec![postponed(data)], GenesisError::NotPostponable { receipt_id });
}

#[test]
fn delayed_receipts_queue_in_the_order_of_their_records() {
    let delayed = |n: u16| {
        let mut receipt = receipt(0, ReceiptEnum::Action(action(&[])));
        receipt.set_receipt_id(hash(&n.to_le_bytes()));
        StateRecord::DelayedReceipt(DelayedReceipt { index: None, receipt: Box::new(receipt) })
    };
    let all: Vec<_> = (0..300).map(delayed).collect();
    let state = genesis(all.clone()).expect("a state");
    let indices = state.get(&TrieKey::DelayedReceiptIndices.to_vec()).unwrap().expect("a queue");
    let expected = DelayedReceiptIndices { first_index: 0, next_available_index: 300 };
    assert_eq!(*indices, borsh::to_vec(&expected).expect("encodes"));

    let dumped = records(&state).map(|record| match record.expect("decodes") {
        StateRecord::DelayedReceipt(receipt) => {
            StateRecord::DelayedReceipt(DelayedReceipt { index: None, ..receipt })
        }
        other => other,
    });
    assert_eq!(dumped.collect::<Vec<_>>(), all);
}

#[test]
fn records_that_do_not_fit_into_memory_make_the_same_state() {
    let id = |n: u32| format!("account-{n}.near").parse::<AccountId>().expect("an account id");
    let account = |n: u32, contract| {
        let account = Account::new(Balance::from_near(1), Balance::ZERO, contract, 0);
        StateRecord::Account { account_id: id(n), account }
    };
    let data = |n: u32, round: u8| StateRecord::Data {
        account_id: id(n),
        data_key: vec![round / 2].into(),
        value: vec![round; 50].into(),
    };
    let code = |n: u32| StateRecord::Contract { account_id: id(n), code: vec![7; 1500] };
    let mut all: Vec<_> =
        (0..40).map(|n| account(n, AccountContract::Local(hash(&[7; 1500])))).collect();
    all.extend((0..40).map(code));
    // Each round writes over the one before, or adds to it.
    all.extend((0..8).flat_map(|round| (0..40).rev().map(move |n| data(n, round))));
    let validators = [(id(7), key(), Balance::from_near(5))];
    let expected = with_validators(all.clone(), &validators).expect("a state");

    let dir = tempfile::tempdir().expect("a directory");
    let draft = || {
        let mut draft = GenesisDraft::spilling_to(dir.path());
        all.iter().for_each(|record| draft.add(record.clone()).expect("room"));
        draft
    };
    let configs = RuntimeConfigStore::new(None);
    let state = draft().in_memory(&validators, configs.get_config(86)).expect("a state");
    assert_eq!(state.root(), expected.root());
    assert_eq!(std::fs::read_dir(dir.path()).expect("it is there").count(), 0, "no file is left");
    let draft = GenesisDraft::spilling_to(&dir.path().join("nowhere"));
    let full =
        all.into_iter().try_fold(draft, |mut draft, record| draft.add(record).map(|()| draft));
    assert!(matches!(full, Err(GenesisError::Disk { .. })));
}
