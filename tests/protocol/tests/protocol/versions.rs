//! Protocol versions as data: each feature on both sides of its version. What has a file of its own
//! (delegates, universal accounts, the 1-yocto subsidy) is told there.

use crate::globals::says;
use keyway_protocol_tests::act::Delegation;
use keyway_protocol_tests::script::{Arg, Host, contract, host, text};
use keyway_protocol_tests::{NEAR, Tx, World, act, fees, id, public, tx, yocto};
use near_primitives::account::AccessKeyPermission;
use near_primitives::action::{GlobalContractDeployMode, GlobalContractIdentifier};
use near_primitives::deterministic_account_id::{
    DeterministicAccountStateInit, DeterministicAccountStateInitV1,
};
use near_primitives::errors::{
    ActionErrorKind, ActionsValidationError, FunctionCallError, InvalidAccessKeyError,
    InvalidTxError, MethodResolveError,
};
use near_primitives::hash::hash;
use near_primitives::transaction::{ExecutionMetadata, ExecutionStatus};
use near_primitives::utils::derive_near_deterministic_account_id;

fn pay(amount: u128) -> Tx {
    tx("alice.near", "bob.near", [act::transfer(amount)])
}

fn form(error: ActionsValidationError) -> InvalidTxError {
    InvalidTxError::ActionsValidation(error)
}

#[test]
fn versions_outside_84_to_88_are_refused() {
    for version in [0, 83, 89, u32::MAX] {
        let error = keyway_rules::Protocol::new(version, "any").unwrap_err();
        assert!(error.to_string().contains("84 to 88"), "{error}");
    }
    for version in 84..=88 {
        assert_eq!(World::at(version).chain.protocol().version, version);
    }
}

#[test]
fn from_85_gas_is_bought_at_ten_times_its_price_and_refunded() {
    let gas = fees::RECEIPT + fees::TRANSFER;
    for version in 84..=88 {
        let mut world = World::at(version);
        let before = world.balance("alice.near");
        let done = world.send(&pay(1)).ok();
        let refund = u128::from(gas) * (fees::PURCHASE - fees::PRICE);
        let refunds = match version {
            84 => vec![],
            _ => vec![("alice.near".to_owned(), refund)],
        };
        assert_eq!(done.refunds(), refunds);
        assert_eq!(before - world.balance("alice.near"), 1 + fees::burn(2 * gas));
    }
}

#[test]
fn from_85_an_allowance_must_cover_the_price_of_purchase() {
    for version in [84, 85] {
        let mut world = World::at(version);
        let key = act::add_key("alice/app", act::calls("bob.near", &[], Some(NEAR / 4)));
        world.send(&tx("alice.near", "alice.near", [key])).ok();
        let call = act::call_with("play", &[], 300, 0);
        let call = tx("alice.near", "bob.near", [call]).by("alice/app");
        let sent = fees::RECEIPT + fees::CALL_SEND + 4 * fees::CALL_BYTE_SEND;
        let later = 300_000_000_000_000 + fees::RECEIPT + fees::CALL_EXEC + 4 * fees::CALL_BYTE;
        if version == 84 {
            // Bob has no contract; the call may be made all the same.
            assert!(world.send(&call).failure().is_some());
            continue;
        }
        let error = InvalidAccessKeyError::NotEnoughAllowance {
            account_id: id("alice.near"),
            public_key: Box::new(public("alice/app")),
            allowance: yocto(NEAR / 4),
            cost: yocto(fees::prepaid(sent, later)),
        };
        assert_eq!(world.refused(&call), InvalidTxError::InvalidAccessKeyError(error));
    }
}

#[test]
fn from_85_a_new_account_costs_7_milli_near() {
    let create = tx("alice.near", "sub.alice.near", [act::create()]);
    for version in 84..=88 {
        let mut world = World::at(version);
        let before = world.balance("alice.near");
        let done = world.send(&create).ok();
        let cost = before - world.balance("alice.near");
        assert_eq!(done.burnt(), cost, "all of it is burnt");
        if version == 84 {
            assert_eq!(cost, fees::burn(2 * (fees::RECEIPT + fees::CREATE_84)));
        } else {
            let rest = fees::burn(2 * fees::RECEIPT + fees::CREATE_SEND);
            assert_eq!(cost, fees::NEW_ACCOUNT + rest);
        }
    }
}

#[test]
fn until_86_a_contract_earns_three_tenths_of_what_it_burns() {
    for version in 84..=88 {
        let mut world = World::at(version);
        world.send(&tx("app.near", "app.near", [act::deploy(&says("hi"))])).ok();
        let before = world.balance("app.near");
        let done = world.send(&tx("bob.near", "app.near", [act::call("hello", 0)])).ok();
        let fee = fees::RECEIPT + fees::CALL_EXEC + 5 * fees::CALL_BYTE;
        let burnt = done.first().outcome.gas_burnt.as_gas() - fee;
        let reward = if version <= 86 { fees::burn(burnt * 3 / 10) } else { 0 };
        assert_eq!(world.balance("app.near") - before, reward, "{version}");
        assert!(burnt > 0);
    }
}

#[test]
fn from_87_a_method_has_a_name() {
    for version in [86, 87] {
        let mut world = World::at(version);
        world.send(&tx("app.near", "app.near", [act::deploy(&says("hi"))])).ok();
        let call = tx("bob.near", "app.near", [act::call("", 0)]);
        if version == 86 {
            let error = FunctionCallError::MethodResolveError(MethodResolveError::MethodEmptyName);
            assert_eq!(world.send(&call).error(), ActionErrorKind::FunctionCallError(error));
        } else {
            let error = ActionsValidationError::FunctionCallEmptyMethodName;
            assert_eq!(world.refused(&call), form(error));
        }
    }
}

#[test]
fn the_second_form_of_transactions_begins_with_85() {
    let mut world = World::at(84);
    for tx in [pay(1).version_1(), pay(1).strict(), pay(1).row(0)] {
        assert_eq!(world.refused(&tx), InvalidTxError::InvalidTransactionVersion);
    }
    let mut world = World::at(85);
    world.send(&pay(1).version_1()).ok();
    world.send(&pay(1).strict()).ok();
}

#[test]
fn gas_keys_begin_with_85() {
    let error = || {
        let protocol_feature = "GasKeys".to_owned();
        form(ActionsValidationError::UnsupportedProtocolFeature { protocol_feature, version: 84 })
    };
    let mut world = World::at(84);
    let own = |action| tx("alice.near", "alice.near", [action]);
    let add = |permission: AccessKeyPermission| own(act::add_key("alice/gas", permission));
    assert_eq!(world.refused(&add(act::gas_full(1))), error());
    assert_eq!(world.refused(&add(act::gas_calls(1, "app.near", &[]))), error());
    assert_eq!(world.refused(&own(act::fund("alice/gas", 1))), error());
    assert_eq!(world.refused(&own(act::withdraw("alice/gas", 1))), error());
    World::at(85).send(&add(act::gas_full(1))).ok();
}

#[test]
fn post_quantum_keys_begin_with_85() {
    let add = act::add_key("ml-dsa-65:alice", act::full());
    let add = tx("alice.near", "alice.near", [add]);
    let mut world = World::at(84);
    let protocol_feature = "PostQuantumSignatures".to_owned();
    let error =
        ActionsValidationError::UnsupportedProtocolFeature { protocol_feature, version: 84 };
    assert_eq!(world.refused(&add), form(error));
    let signed = pay(1).by("ml-dsa-65:alice");
    assert_eq!(world.refused(&signed), InvalidTxError::InvalidTransactionVersion);
    let mut world = World::at(85);
    world.send(&add).ok();
    world.send(&signed).ok();
}

#[test]
fn from_85_the_signature_counts_in_the_size() {
    let limit = 1_572_864;
    for (version, signature) in [(84, 0), (85, 65)] {
        let mut world = World::at(version);
        let deploy = |len: usize| tx("alice.near", "alice.near", [act::deploy(&vec![0; len])]);
        let body = borsh::object_length(&world.sign(&deploy(0)).transaction).unwrap();
        let most = limit - body - signature;
        let error =
            InvalidTxError::TransactionSizeExceeded { size: limit as u64 + 1, limit: limit as u64 };
        assert_eq!(world.refused(&deploy(most + 1)), error);
        world.send(&deploy(most)).ok();
    }
}

#[test]
fn from_85_a_copy_in_the_same_block_is_skipped() {
    for (version, outcomes) in [(84, 2), (85, 1)] {
        let world = World::at(version);
        let signed = world.sign(&pay(1));
        let (output, _) = world.block_of(&[signed.clone(), signed]);
        assert_eq!(output.outcomes.len(), outcomes);
        assert_eq!(output.outgoing.len(), 1);
        let first = &output.outcomes[0].outcome.status;
        assert!(matches!(first, ExecutionStatus::SuccessReceiptId(_)));
    }
}

#[test]
fn from_85_receipts_tell_their_contracts() {
    for version in [84, 85] {
        let mut world = World::at(version);
        let done = world.send(&pay(1)).ok();
        assert_eq!(done.transaction.metadata, ExecutionMetadata::V1);
        let metadata = &done.first().outcome.metadata;
        let fits = match version {
            84 => matches!(metadata, ExecutionMetadata::V3(_)),
            _ => matches!(metadata, ExecutionMetadata::V4(_)),
        };
        assert!(fits, "{metadata:?}");
    }
}

#[test]
fn from_85_the_name_of_a_global_contract_does_not_hinder_deletion() {
    for version in [84, 85] {
        let mut world = World::at(version);
        // 182 for account and key, 32 for the name of the code, the rest for one entry: 10,010.
        let value = "x".repeat(10_010 - 182 - 32 - 41);
        let store = host("storage_write", [text("k"), text(&value), Arg::N(0)]);
        let code = contract(&[("store", vec![store])]);
        let global = act::deploy_global(&code, GlobalContractDeployMode::CodeHash);
        world.send(&tx("alice.near", "alice.near", [global])).ok();
        let take = act::use_global(GlobalContractIdentifier::CodeHash(hash(&code)));
        world.send(&tx("bob.near", "bob.near", [take, act::call("store", 0)])).ok();
        assert_eq!(world.bytes("bob.near"), 10_010);
        let done = world.send(&tx("bob.near", "bob.near", [act::delete_account("alice.near")]));
        let large = done.failure().map(|(_, kind)| kind);
        let error = ActionErrorKind::DeleteAccountWithLargeState { account_id: id("bob.near") };
        assert_eq!(large, (version == 84).then_some(error));
    }
}

#[test]
fn from_85_a_delegated_state_init_is_held_against_its_own_receiver() {
    for version in [84, 85] {
        let mut world = World::at(version);
        let code = says("born");
        let global = act::deploy_global(&code, GlobalContractDeployMode::CodeHash);
        world.send(&tx("alice.near", "alice.near", [global])).ok();
        let (init, name) = state_init(&code, 0);
        let signed = Delegation {
            sender: "alice.near".to_owned(),
            key: "alice.near".to_owned(),
            receiver: name.clone(),
            actions: vec![act::deterministic(&init, 0)],
            nonce: world.key("alice.near", "alice.near").unwrap().nonce + 1,
            max_height: 1_000,
        };
        let relayed = tx("bob.near", "alice.near", [signed.v1()]);
        if version == 84 {
            let error = ActionsValidationError::InvalidDeterministicStateInitReceiver {
                receiver_id: id("alice.near"),
                derived_id: id(&name),
            };
            assert_eq!(world.refused(&relayed), form(error));
        } else {
            world.send(&relayed).ok();
            assert_eq!(world.bytes(&name), 132);
        }
    }
}

#[test]
fn from_87_a_receipt_installs_fifteen_hundred_entries_at_most() {
    for version in [86, 87] {
        let mut world = World::at(version);
        let code = says("born");
        let global = act::deploy_global(&code, GlobalContractDeployMode::CodeHash);
        world.send(&tx("alice.near", "alice.near", [global])).ok();
        let make = |entries| {
            let (init, name) = state_init(&code, entries);
            tx("bob.near", &name, [act::deterministic(&init, 5 * NEAR)])
        };
        if version == 86 {
            world.send(&make(1_501)).ok();
        } else {
            let error = ActionsValidationError::TotalNumberOfStateInitEntriesExceeded {
                number_of_entries: 1_501,
                limit: 1_500,
            };
            assert_eq!(world.refused(&make(1_501)), form(error));
            world.send(&make(1_500)).ok();
        }
    }
}

/// A state init on `code` with so many entries, and its account.
fn state_init(code: &[u8], entries: u16) -> (DeterministicAccountStateInit, String) {
    let init = DeterministicAccountStateInit::V1(DeterministicAccountStateInitV1 {
        code: GlobalContractIdentifier::CodeHash(hash(code)),
        data: (0..entries).map(|number| (number.to_le_bytes().to_vec(), vec![])).collect(),
    });
    let name = derive_near_deterministic_account_id(&init).to_string();
    (init, name)
}

#[test]
fn host_functions_begin_with_their_version() {
    let zero = || Arg::N(0);
    let hosts: [(u32, Host); 5] = [
        (85, host("chain_id", [zero()])),
        (
            85,
            host(
                "promise_yield_resume_with_yield_id",
                [Arg::Bytes(vec![0; 32]), Arg::Bytes(vec![0])],
            ),
        ),
        (85, host("promise_batch_action_transfer_to_gas_key", [zero(), zero(), zero(), zero()])),
        (87, host("sha3_256", [zero(), zero(), zero()])),
        (88, host("universal_state_init_to_account_id", [zero(), zero(), zero()])),
    ];
    for (since, call) in hosts {
        for version in [since - 1, since] {
            let mut world = World::at(version);
            let code = contract(&[("go", vec![call.clone()])]);
            world.send(&tx("app.near", "app.near", [act::deploy(&code)])).ok();
            let done = world.send(&tx("bob.near", "app.near", [act::call("go", 0)]));
            let error = done.failure().map(|(_, kind)| format!("{kind:?}")).unwrap_or_default();
            // A contract that imports what does not exist cannot be linked.
            assert_eq!(
                error.contains("LinkError") || error.contains("Link Error"),
                version < since,
                "{error}"
            );
        }
    }
}
