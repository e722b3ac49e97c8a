use crate::chain::Chain;
use crate::inputs::applied::Refused;
use crate::inputs::edit::{Deletion, Edit};
use crate::inputs::input::Input;
use crate::inputs::patch::PatchError;
use crate::tests::chain::{
    Drive, NOW, account_record, chain, data_record, id, key_record, signed, signer,
};
use keyway_state::{Trie, read};
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::action::{Action, AddKeyAction};
use near_primitives::hash::hash;
use near_primitives::state_record::StateRecord;
use near_primitives::types::Balance;

const CODE: &[u8] = b"\0asm\x01\0\0\0";

fn apply(chain: &mut Chain, edit: Edit) -> Result<(), Refused> {
    chain.apply(Input::Edit(edit), NOW).map(drop)
}

fn delete(what: Deletion) -> Edit {
    Edit { delete: vec![what], ..Edit::default() }
}

fn account(chain: &Chain, name: &str) -> Account {
    read::account(&chain.head().state, &id(name)).unwrap().unwrap()
}

fn usage(chain: &Chain, name: &str) -> u64 {
    account(chain, name).storage_usage()
}

/// What an account pays for, counted from its rows.
fn counted(chain: &Chain, name: &str) -> u64 {
    let records = keyway_state::records(&chain.head().state).map(Result::unwrap);
    let own = records.filter(|record| match record {
        StateRecord::Account { account_id, .. }
        | StateRecord::AccessKey { account_id, .. }
        | StateRecord::GasKeyNonce { account_id, .. }
        | StateRecord::Data { account_id, .. }
        | StateRecord::Contract { account_id, .. } => *account_id == id(name),
        _ => false,
    });
    let own: Vec<_> = own.collect();
    keyway_rules::storage_usage(&own, &chain.protocol().config.fees.storage_usage_config)
}

/// `alice.near` with a contract, two entries of data and a gas key.
fn busy() -> Chain {
    let mut chain = chain();
    let gas_key = AddKeyAction {
        public_key: signer("gas").public_key(),
        access_key: AccessKey::gas_key_full_access(3),
    };
    let action = Action::AddKey(Box::new(gas_key));
    let tx = signed("alice.near", "alice.near", 1, *chain.head().hash(), action);
    chain.submit(tx, NOW).unwrap();
    let set = vec![
        StateRecord::Contract { account_id: id("alice.near"), code: CODE.to_vec() },
        data_record("alice.near", b"one", b"1"),
        data_record("alice.near", b"two", b"22"),
    ];
    apply(&mut chain, Edit { set, ..Edit::default() }).unwrap();
    chain
}

#[test]
fn writing_rows_keeps_the_storage_usage_and_the_hash_of_the_code_right() {
    let mut chain = busy();
    let base = usage(&chain, "alice.near") - counted(&chain, "alice.near");
    let code = account(&chain, "alice.near").contract().into_owned();
    assert_eq!(code, AccountContract::Local(hash(CODE)));
    let set = vec![data_record("alice.near", b"one", b"longer"), key_record("alice.near", "new")];
    apply(&mut chain, Edit { set, ..Edit::default() }).unwrap();
    assert_eq!(usage(&chain, "alice.near") - counted(&chain, "alice.near"), base);
}

#[test]
fn what_is_deleted_is_gone_and_no_longer_paid_for() {
    let mut chain = busy();
    let base = usage(&chain, "alice.near") - counted(&chain, "alice.near");
    let account_id = id("alice.near");
    let key = TrieRow::data("alice.near", b"one");
    assert!(key.of(&chain).is_some());
    let data = Deletion::Data { account_id: account_id.clone(), key: b"one".to_vec() };
    apply(&mut chain, delete(data.clone())).unwrap();
    assert!(key.of(&chain).is_none());
    let public_key = signer("gas").public_key();
    let gas_key = Deletion::AccessKey {
        account_id: account_id.clone(),
        public_key: public_key.clone().into(),
    };
    apply(&mut chain, delete(gas_key)).unwrap();
    let state = &chain.head().state;
    assert!(read::access_key(state, &account_id, &public_key).unwrap().is_none());
    for row in 0..3 {
        assert_eq!(read::gas_key_nonce(state, &account_id, &public_key, row), Ok(None));
    }
    apply(&mut chain, delete(Deletion::Contract { account_id: account_id.clone() })).unwrap();
    assert!(read::contract_code(&chain.head().state, &account_id).unwrap().is_none());
    assert_eq!(account(&chain, "alice.near").contract().into_owned(), AccountContract::None);
    assert_eq!(usage(&chain, "alice.near") - counted(&chain, "alice.near"), base);
    let again = apply(&mut chain, delete(data)).unwrap_err();
    assert!(again.to_string().contains("there is no data key \"one\" of alice.near"), "{again}");
}

#[test]
fn an_account_goes_with_all_its_rows() {
    let mut chain = busy();
    let account_id = id("alice.near");
    let before = counted(&chain, "alice.near");
    assert!(before > 500);
    apply(&mut chain, delete(Deletion::Account { account_id })).unwrap();
    assert_eq!(counted(&chain, "alice.near"), 0);
    let state = &chain.final_head().state;
    assert!(read::account(state, &id("alice.near")).unwrap().is_none());
    chain.jump(300, NOW).unwrap();
}

#[test]
fn a_balance_is_set_and_nothing_else() {
    let mut chain = busy();
    let before = account(&chain, "alice.near");
    let amount = Balance::from_near(7);
    let balances = vec![(id("alice.near"), amount)];
    apply(&mut chain, Edit { balances, ..Edit::default() }).unwrap();
    let after = account(&chain, "alice.near");
    assert_eq!(after.amount(), amount);
    assert_eq!(after.storage_usage(), before.storage_usage());
}

#[test]
fn what_cannot_be_done_is_refused_and_changes_nothing() {
    let mut chain = busy();
    let head = *chain.head().hash();
    let account = |name: &str| Deletion::Account { account_id: id(name) };
    let staked = Balance::from_near(50_000_000);
    let alice = || Edit { delete: vec![account("alice.near")], ..Edit::default() };
    let contradiction = || PatchError::Contradiction { what: "account alice.near".to_owned() };
    for (edit, expected) in [
        (delete(account("test.near")), PatchError::Staked { account_id: id("test.near"), staked }),
        (
            delete(account("no.near")),
            PatchError::NothingToDelete { what: "account no.near".to_owned() },
        ),
        (
            delete(Deletion::Contract { account_id: id("test.near") }),
            PatchError::NothingToDelete { what: "contract of test.near".to_owned() },
        ),
        (Edit { set: vec![account_record("alice.near", 1, None)], ..alice() }, contradiction()),
        (Edit { set: vec![data_record("alice.near", b"one", b"")], ..alice() }, contradiction()),
        (Edit { delete: vec![account("alice.near"); 2], ..Edit::default() }, contradiction()),
        (
            Edit { balances: vec![(id("no.near"), Balance::ZERO)], ..Edit::default() },
            PatchError::NoBalance { account_id: id("no.near") },
        ),
    ] {
        assert_eq!(apply(&mut chain, edit), Err(Refused::Patch(expected)));
    }
    let balances = vec![(id("alice.near"), Balance::MAX)];
    let error = apply(&mut chain, Edit { balances, ..Edit::default() }).unwrap_err();
    assert!(matches!(error, Refused::Patch(PatchError::AmountTooLarge { .. })), "{error}");
    assert_eq!(*chain.head().hash(), head);
}

struct TrieRow(Vec<u8>);

impl TrieRow {
    fn data(name: &str, key: &[u8]) -> Self {
        let (account_id, key) = (id(name), key.to_vec());
        Self(near_primitives::trie_key::TrieKey::ContractData { account_id, key }.to_vec())
    }

    fn of(&self, chain: &Chain) -> Option<Vec<u8>> {
        let state: &Trie = &chain.head().state;
        state.get(&self.0).unwrap().map(|value| value.to_vec())
    }
}
