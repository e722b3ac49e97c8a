use super::super::*;
use crate::records;
use near_crypto::{KeyType, SecretKey};
use near_primitives::hash::hash;
use near_primitives::state_record::StateRecord;

fn id(name: &str) -> AccountId {
    name.parse().expect("an account id")
}

fn key(seed: &str, key_type: KeyType) -> PublicKey {
    SecretKey::from_seed(key_type, seed).public_key()
}

fn with<T: borsh::BorshSerialize>(state: &Trie, key: TrieKey, value: &T) -> Trie {
    let value = borsh::to_vec(value).expect("encodes");
    state.apply([(key.to_vec(), Some(value.into()))]).unwrap()
}

/// Two ed25519 keys, one of them a gas key with three nonces, one secp256k1 and one ML-DSA-65 key;
/// a neighbour whose id begins with ours.
fn keys_of_alice() -> (Trie, Vec<PublicKey>) {
    let (alice, neighbour) = (id("alice"), id("alice2"));
    let mut keys = vec![key("a", KeyType::ED25519), key("b", KeyType::ED25519)];
    keys.sort();
    keys.push(key("c", KeyType::SECP256K1));
    keys.push(key("d", KeyType::MLDSA65));
    let mut state = Trie::empty();
    for key in &keys[1..] {
        state = with(&state, TrieKey::access_key(alice.clone(), key), &AccessKey::full_access());
        state =
            with(&state, TrieKey::access_key(neighbour.clone(), key), &AccessKey::full_access());
    }
    let gas_key = AccessKey::gas_key_full_access(3);
    state = with(&state, TrieKey::access_key(alice.clone(), &keys[0]), &gas_key);
    for index in 0..3 {
        let row = TrieKey::gas_key_nonce(alice.clone(), &keys[0], index);
        state = with(&state, row, &(100 + Nonce::from(index)));
    }
    (state, keys)
}

#[test]
fn a_key_is_read_by_its_public_key() {
    let (state, keys) = keys_of_alice();
    for public_key in &keys {
        assert!(access_key(&state, &id("alice"), public_key).expect("decodes").is_some());
    }
    let unknown = key("e", KeyType::ED25519);
    assert_eq!(access_key(&state, &id("alice"), &unknown), Ok(None));
    assert_eq!(access_key(&state, &id("nobody"), &keys[1]), Ok(None));
}

#[test]
fn keys_are_listed_in_order_page_by_page_without_nonce_rows() {
    let (state, keys) = keys_of_alice();
    let all: Vec<PublicKeyHandle> = keys.iter().map(Into::into).collect();
    for limit in 1..=5 {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = access_keys(&state, &id("alice"), after.as_ref(), limit).expect("decodes");
            assert!(page.items.len() <= limit);
            seen.extend(page.items.into_iter().map(|(handle, _)| handle));
            after = seen.last().cloned();
            assert_eq!(page.more, seen.len() < all.len());
            if !page.more {
                break;
            }
        }
        assert_eq!(seen, all);
    }
    let nobody = access_keys(&state, &id("nobody"), None, 10).expect("decodes");
    assert_eq!(nobody, Page { items: vec![], more: false });
}

#[test]
fn a_gas_keys_nonces_come_by_index() {
    let (state, keys) = keys_of_alice();
    let nonces = gas_key_nonces(&state, &id("alice"), &keys[0]);
    assert_eq!(nonces, Ok(Some(vec![100, 101, 102])));
    assert_eq!(gas_key_nonces(&state, &id("alice"), &keys[1]), Ok(None));
    assert_eq!(gas_key_nonces(&state, &id("nobody"), &keys[0]), Ok(None));
    let row = TrieKey::gas_key_nonce(id("alice"), &keys[0], 1).to_vec();
    let broken = gas_key_nonces(&state.apply([(row, None)]).unwrap(), &id("alice"), &keys[0]);
    assert!(matches!(broken, Err(StateError::Corrupt { .. })));
}

#[test]
fn undecodable_bytes_are_an_error() {
    let garbage =
        |key: TrieKey| Trie::empty().apply([(key.to_vec(), Some(Value::from([9, 9, 9])))]).unwrap();
    let (alice, public_key) = (id("alice"), key("a", KeyType::ED25519));
    let state = garbage(TrieKey::Account { account_id: alice.clone() });
    assert!(matches!(account(&state, &alice), Err(StateError::Corrupt { .. })));
    assert!(matches!(records(&state).next(), Some(Err(StateError::Corrupt { .. }))));
    let state = garbage(TrieKey::access_key(alice.clone(), &public_key));
    let one = access_key(&state, &alice, &public_key);
    assert!(matches!(one, Err(StateError::Corrupt { .. })));
    let all = access_keys(&state, &alice, None, 1);
    assert!(matches!(all, Err(StateError::Corrupt { .. })));
}

#[test]
fn contract_data_comes_page_by_page() {
    let rows = ["a", "ab", "abc", "b"].map(|key| {
        let key = TrieKey::ContractData { account_id: id("alice"), key: key.into() };
        (key.to_vec(), Some(Value::from([1, 2])))
    });
    let neighbour = TrieKey::ContractData { account_id: id("alice2"), key: b"a".to_vec() };
    let neighbour = [(neighbour.to_vec(), Some(Value::from([3])))];
    let state = Trie::empty().apply(rows).unwrap().apply(neighbour).unwrap();
    let keys = |prefix: &str, after: Option<&str>, limit| {
        let after = after.map(str::as_bytes);
        let page = contract_data(&state, &id("alice"), prefix.as_bytes(), after, limit).unwrap();
        let keys = page.items.iter().map(|(key, _)| String::from_utf8_lossy(key).into_owned());
        (keys.collect::<Vec<_>>().join(" "), page.more)
    };
    let items = |items| DataLimit { items, ..DataLimit::NONE };
    assert_eq!(keys("", None, DataLimit::NONE), ("a ab abc b".to_owned(), false));
    assert_eq!(keys("ab", None, DataLimit::NONE), ("ab abc".to_owned(), false));
    assert_eq!(keys("", Some("ab"), items(1)), ("abc".to_owned(), true));
    assert_eq!(keys("a", Some("ab"), items(1)), ("abc".to_owned(), false));
    // Each row weighs its trie key (7 bytes and the contract's own) and its value.
    let bytes = |bytes| DataLimit { bytes, ..DataLimit::NONE };
    assert_eq!(keys("", None, bytes(10)), ("a".to_owned(), true));
    assert_eq!(keys("", None, bytes(11)), ("a ab".to_owned(), true));
}

#[test]
fn code_is_found_by_account_or_identifier() {
    let code = Value::from(*b"wasm");
    let global = GlobalContractIdentifier::CodeHash(hash(&code));
    let rows = [
        TrieKey::ContractCode { account_id: id("alice") },
        TrieKey::GlobalContractCode { identifier: global.clone().into() },
    ];
    let state = Trie::empty().apply(rows.map(|key| (key.to_vec(), Some(code.clone())))).unwrap();
    assert_eq!(contract_code(&state, &id("alice")).unwrap(), Some(code.clone().into()));
    assert_eq!(contract_code(&state, &id("bob")).unwrap(), None);
    assert_eq!(global_contract_code(&state, &global).unwrap(), Some(code.into()));
    let by_account = GlobalContractIdentifier::AccountId(id("alice"));
    assert_eq!(global_contract_code(&state, &by_account).unwrap(), None);
}

#[test]
fn a_dump_has_keys_nonces_and_handles_and_nothing_else() {
    let (state, keys) = keys_of_alice();
    let state = with(&state, TrieKey::BandwidthSchedulerState, &[0u8; 4]);
    let dumped: Vec<_> = records(&state).collect::<Result<_, _>>().expect("decodes");
    let alice: AccountId = id("alice");
    assert_eq!(dumped.len(), 3 + 4 + 3);
    let full =
        |key: &PublicKey| StateRecord::access_key(alice.clone(), key, AccessKey::full_access());
    assert!(keys[1..].iter().all(|key| dumped.contains(&full(key))));
    assert!(dumped.contains(&StateRecord::gas_key_nonce(alice.clone(), &keys[0], 2, 102)));
}
