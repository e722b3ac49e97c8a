//! One suite of queries and transactions, in process and over HTTP.

#![cfg(feature = "sandbox")]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail, and wait")]

mod common;

use common::both;
use common::chain::{ALICE, VALIDATOR, head, id, public_key, signed, transfer};
use common::contract::CONTRACT;
use keyway::client::Contract;
use keyway::error::{ContractFailure, QueryError};
use keyway::protocol::{AccessKey, AccessKeyPermission, Action};
use keyway::{BlockReference, Client, Error, NearToken, Refusal, WaitUntil};
use near_primitives::account::GasKeyInfo;
use near_primitives::action::{
    AddKeyAction, CreateAccountAction, DeployContractAction, TransferAction,
};
use near_primitives::hash::hash;
use serde_json::{Value, json};

fn query_error<T: std::fmt::Debug>(result: Result<T, Error>) -> QueryError {
    match result.unwrap_err() {
        Error::Query(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_described() {
    for chain in both() {
        let alice = chain.client.account(ALICE).await.unwrap();
        assert_eq!(alice.account_id, ALICE);
        assert_eq!(alice.total, NearToken::from_near(1_000_000_000), "{}", chain.by);
        assert_eq!((alice.available, alice.locked), (alice.total, NearToken::ZERO));
        assert_eq!((alice.storage_locked, alice.storage_usage), (NearToken::ZERO, 182));
        assert_eq!(alice.contract, Contract::None);
        assert_eq!(alice.block_hash, head(&chain.service));

        let validator = chain.client.account(VALIDATOR).await.unwrap();
        assert_eq!(validator.locked, NearToken::from_near(50_000_000));
        assert_eq!(validator.total, NearToken::from_near(1_050_000_000));
        assert_eq!(validator.available, NearToken::from_near(1_000_000_000));

        let nobody = query_error(chain.client.account("nobody.near").await);
        assert_eq!(nobody, QueryError::UnknownAccount { account_id: id("nobody.near") });
        let error = chain.client.account("No Account").await.unwrap_err();
        assert_eq!(error.kind(), "Argument.AccountId.Invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn code_is_known_and_its_bytes_are_held_for() {
    for chain in both() {
        let code = CONTRACT.to_vec();
        let actions = vec![
            Action::DeployContract(DeployContractAction { code: vec![0; 1_000] }),
            Action::DeployContract(DeployContractAction { code }),
        ];
        let deploy = signed(&chain.service, 1, ALICE, actions);
        assert!(chain.client.send(&deploy, WaitUntil::Final).await.unwrap().is_success());
        let alice = chain.client.account(ALICE).await.unwrap();
        assert_eq!(alice.contract, Contract::Own(hash(CONTRACT)));
        assert_eq!(alice.storage_usage, 182 + CONTRACT.len() as u64);
        assert_eq!(alice.storage_locked, NearToken::ZERO);

        let big = Action::DeployContract(DeployContractAction { code: vec![0; 1_000] });
        let deploy = signed(&chain.service, 2, ALICE, vec![big]);
        assert!(chain.client.send(&deploy, WaitUntil::Final).await.unwrap().is_success());
        let alice = chain.client.account(ALICE).await.unwrap();
        // 1,182 bytes at 10^19 yoctoNEAR each.
        assert_eq!(alice.storage_locked, NearToken::from_yoctonear(11_820_000_000_000_000_000_000));
        assert_eq!(alice.available.checked_add(alice.storage_locked).unwrap(), alice.total);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_found_one_by_one() {
    for chain in both() {
        let key = chain.client.access_key(ALICE, &public_key(ALICE)).await.unwrap();
        assert_eq!(key, AccessKey::full_access());
        let stranger = public_key("stranger");
        let missing = query_error(chain.client.access_key(ALICE, &stranger).await);
        let expected = QueryError::UnknownAccessKey { account_id: id(ALICE), public_key: stranger };
        assert_eq!(missing, expected, "{}", chain.by);
        assert_eq!(chain.client.access_keys("nobody.near").await.unwrap(), []);
    }
}

/// Adds this many keys to an account.
async fn with_keys(client: &Client, count: usize) {
    let account = json!({"amount": "1", "locked": "0", "storage_usage": 1,
        "code_hash": "11111111111111111111111111111111"});
    let mut records = vec![json!({"Account": {"account_id": "keys.near", "account": account}})];
    records.extend((0..count).map(|number| {
        json!({"AccessKey": {
            "account_id": "keys.near",
            "public_key": public_key(&format!("key {number}")),
            "access_key": AccessKey::full_access(),
        }})
    }));
    let done: Value =
        client.request("sandbox_patch_state", json!({"records": records})).await.unwrap();
    assert_eq!(done, json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_keys_are_listed_whatever_fits_on_a_page() {
    for chain in both() {
        for count in [1, 100, 101, 250] {
            with_keys(&chain.client, count).await;
            let keys = chain.client.access_keys("keys.near").await.unwrap();
            let mut names: Vec<_> = keys.iter().map(|key| key.public_key.to_string()).collect();
            names.sort();
            let mut expected: Vec<_> =
                (0..count).map(|number| public_key(&format!("key {number}")).to_string()).collect();
            expected.sort();
            assert_eq!(names, expected, "{} {count}", chain.by);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gas_key_has_a_nonce_for_each_lane() {
    for chain in both() {
        let permission = AccessKeyPermission::GasKeyFullAccess(GasKeyInfo {
            balance: NearToken::ZERO,
            num_nonces: 3,
        });
        let key = public_key("gas");
        let access_key = AccessKey { nonce: 0, permission };
        let add = AddKeyAction { public_key: key.clone(), access_key: access_key.clone() };
        let add = signed(&chain.service, 1, ALICE, vec![Action::AddKey(Box::new(add))]);
        chain.client.send(&add, WaitUntil::Final).await.unwrap().into_result().unwrap();
        let nonces = chain.client.gas_key_nonces(ALICE, &key).await.unwrap();
        assert_eq!(nonces, [2_000_000; 3], "{}", chain.by);
        assert_eq!(chain.client.access_key(ALICE, &key).await.unwrap(), access_key);
        let plain = query_error(chain.client.gas_key_nonces(ALICE, &public_key(ALICE)).await);
        let expected =
            QueryError::UnknownGasKey { account_id: id(ALICE), public_key: public_key(ALICE) };
        assert_eq!(plain, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_are_viewed() {
    for chain in both() {
        let client = &chain.client;
        let missing = query_error(client.view(ALICE, "echo").call().await);
        assert_eq!(missing, QueryError::NoContract { account_id: id(ALICE) });
        let deploy = Action::DeployContract(DeployContractAction { code: CONTRACT.to_vec() });
        let deploy = signed(&chain.service, 1, ALICE, vec![deploy]);
        client.send(&deploy, WaitUntil::Final).await.unwrap().into_result().unwrap();

        let called = client.view(ALICE, "echo").args_json(&json!({"a": 1})).call().await.unwrap();
        assert_eq!(called.bytes, br#"{"a":1}"#);
        assert_eq!(
            (&called.logs[..], called.block_hash),
            (&["hello".to_owned()][..], head(&chain.service))
        );
        assert_eq!(called.json::<Value>().unwrap(), json!({"a": 1}));
        let score: u32 = client.view(ALICE, "echo").args_json(&7).json().await.unwrap();
        let pair: (u8, String) =
            client.view(ALICE, "echo").args_borsh(&(3_u8, "x")).borsh().await.unwrap();
        let bytes = client.view(ALICE, "echo").args([1, 2, 3]).bytes().await.unwrap();
        assert_eq!((score, pair, bytes), (7, (3, "x".to_owned()), vec![1, 2, 3]));

        let unreadable = query_error(client.view(ALICE, "echo").json::<u32>().await);
        assert!(matches!(unreadable, QueryError::Unexpected { .. }), "{unreadable}");
        let failed = query_error(client.view(ALICE, "fail").call().await);
        let failure = ContractFailure::Panicked { message: "hello".to_owned() };
        let (account_id, method) = (id(ALICE), "fail".to_owned());
        assert_eq!(failed, QueryError::ContractFailed { account_id, method, failure });
        let unknown = query_error(client.view(ALICE, "nope").call().await);
        let (account_id, method) = (id(ALICE), "nope".to_owned());
        assert_eq!(unknown, QueryError::UnknownMethod { account_id, method });
        let nobody = query_error(client.view("nobody.near", "echo").call().await);
        assert_eq!(nobody, QueryError::UnknownAccount { account_id: id("nobody.near") });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_and_rules_are_told() {
    for chain in both() {
        let client = &chain.client;
        let newest = client.block().await.unwrap();
        assert_eq!((newest.height, newest.hash), (2, head(&chain.service)), "{}", chain.by);
        let first = client.at(1).block().await.unwrap();
        assert_eq!(newest.prev_hash, first.hash);
        assert_eq!(client.at(first.hash).block().await.unwrap(), first);
        assert_eq!(client.at(BlockReference::NearFinal).block().await.unwrap(), first);
        assert_eq!(client.at(BlockReference::Final).block().await.unwrap().height, 0);
        let unknown = query_error(client.at(99).block().await);
        assert!(matches!(unknown, QueryError::UnknownBlock { .. }), "{unknown}");

        let price = NearToken::from_yoctonear(100_000_000);
        for at in [BlockReference::Optimistic, BlockReference::Final, 1.into(), first.hash.into()] {
            assert_eq!(client.at(at).gas_price().await.unwrap(), price);
        }
        let protocol = client.protocol().await.unwrap();
        assert_eq!((protocol.version, &protocol.chain_id[..]), (86, "test-chain"));
        assert_eq!((protocol.transaction_validity_period, protocol.epoch_length), (100, 60));
        assert_eq!(protocol.storage_price, NearToken::from_yoctonear(10_u128.pow(19)));
        assert_eq!(protocol.min_gas_price, price);
        let status = client.status().await.unwrap();
        assert_eq!((status.latest_height, status.latest_hash), (2, newest.hash));
        assert_eq!((&status.chain_id[..], status.protocol_version), ("test-chain", 86));
        assert!(!status.syncing);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_remembered() {
    for chain in both() {
        let before = chain.client.account(VALIDATOR).await.unwrap();
        let sent = chain.client.send(&transfer(&chain.service, 1), WaitUntil::Final).await;
        sent.unwrap().into_result().unwrap();
        let after = chain.client.account(VALIDATOR).await.unwrap();
        let one = NearToken::from_yoctonear(1);
        assert_eq!(after.total, before.total.checked_add(one).unwrap());
        let then = chain.client.at(before.block_height).account(VALIDATOR).await.unwrap();
        assert_eq!(then, before, "{}", chain.by);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_are_sent_and_found_again() {
    for chain in both() {
        let client = &chain.client;
        let levels = [
            WaitUntil::Included,
            WaitUntil::ExecutedOptimistic,
            WaitUntil::IncludedFinal,
            WaitUntil::Executed,
            WaitUntil::Final,
        ];
        for (nonce, wait) in (1..).zip(levels) {
            let transfer = transfer(&chain.service, nonce);
            let outcome = client.send(&transfer, wait).await.unwrap();
            assert!(outcome.is_success(), "{} {wait:?}", chain.by);
            assert_eq!(outcome.transaction_hash(), transfer.get_hash());
            // The same bytes again are the same transaction.
            assert_eq!(client.send(&transfer, wait).await.unwrap(), outcome);
            let found = client.transaction(transfer.get_hash(), ALICE, wait).await.unwrap();
            assert_eq!(found.executions().len(), outcome.executions().len());
            assert_eq!(found.gas_burnt(), outcome.gas_burnt());
        }
        let posted = transfer(&chain.service, 9);
        assert_eq!(client.broadcast(&posted).await.unwrap(), posted.get_hash());
        let found = client.transaction(posted.get_hash(), ALICE, WaitUntil::Final).await.unwrap();
        assert!(found.is_success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_an_error_and_a_failure_is_an_outcome() {
    for chain in both() {
        let client = &chain.client;
        let stale = client.send(&transfer(&chain.service, 0), WaitUntil::Final).await.unwrap_err();
        let Error::Refused(refusal) = &stale else { panic!("{stale:?}") };
        assert_eq!(refusal, &Refusal::NonceInvalid { nonce: 0, key_nonce: 0 }, "{}", chain.by);

        let deposit = NearToken::from_near(2_000_000_000);
        let rich = Action::Transfer(TransferAction { deposit });
        let rich = signed(&chain.service, 1, VALIDATOR, vec![rich]);
        let poor = client.send(&rich, WaitUntil::Final).await.unwrap_err();
        assert!(matches!(poor, Error::Refused(Refusal::BalanceNotEnough { .. })), "{poor:?}");

        let create = Action::CreateAccount(CreateAccountAction {});
        let create = signed(&chain.service, 2, VALIDATOR, vec![create]);
        let outcome = client.send(&create, WaitUntil::Final).await.unwrap();
        assert!(!outcome.is_success() && outcome.value().is_none());
        let failed = outcome.into_result().unwrap_err();
        assert_eq!(failed.kind(), "Failed.Action.CreateAccount.AlreadyExists");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_method_can_be_called() {
    for chain in both() {
        let health: Value = chain.client.request("health", json!([])).await.unwrap();
        assert_eq!(health, Value::Null);
        let unknown = query_error(chain.client.request::<_, Value>("made_up", json!({})).await);
        assert_eq!(unknown, QueryError::UnknownRpcMethod { method: "made_up".to_owned() });
        let malformed = query_error(chain.client.request::<_, Value>("query", json!({})).await);
        assert!(matches!(malformed, QueryError::Malformed(_)), "{}: {malformed}", chain.by);
        let other = query_error(chain.client.request::<_, u8>("status", json!([])).await);
        assert!(matches!(other, QueryError::Unexpected { .. }), "{other}");
    }
}
