//! What an outlook says will fail does fail for that reason, and everything else succeeds.

use crate::cases::rebased;
use crate::dice::Dice;
use crate::world::{NOW, account_facts, chain, chain_facts};
use keyway_chain::{Chain, Input, Refused};
use keyway_guard::{Callable, Failure, Neighbour, contract_methods, neighbours, outlook, unsigned};
use keyway_test_kit::signed;
use near_crypto::{KeyType, PublicKey, SecretKey};
use near_primitives::account::{
    AccessKey, AccessKeyPermission, Account, AccountContract, FunctionCallPermission,
};
use near_primitives::action::delegate::{DelegateAction, SignedDelegateAction};
use near_primitives::action::{
    Action, AddKeyAction, CreateAccountAction, DeleteKeyAction, DeployContractAction,
    FunctionCallAction, TransferAction,
};
use near_primitives::errors::{ActionErrorKind, TxExecutionError};
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::{ExecutionStatus, Transaction};
use near_primitives::types::{AccountId, Balance, Gas};
use std::collections::BTreeMap;

const CASES: usize = 4_000;

const IMPLICIT: &str = "0101010101010101010101010101010101010101010101010101010101010101";

const RECEIVERS: [&str; 8] = [
    "alice.near",
    "bob.near",
    "carol.near",
    "game.near",
    "ghost.near",
    IMPLICIT,
    "new.alice.near",
    "new.bob.near",
];

#[test]
fn what_is_foreseen_comes_true() {
    let (mut dice, world) = (Dice(7), world());
    let (mut failed, mut delegated, mut succeeded) = (0, 0, 0);
    for _ in 0..CASES {
        let transaction = transaction(&world, &mut dice);
        let foreseen = foresee(&world, &transaction);
        let mut chain = world.clone();
        let transaction = signed(transaction, &secret("alice.near"));
        let hash = transaction.get_hash();
        let sent = chain.apply(Input::transaction(transaction), NOW);
        match sent {
            Ok(_) => {}
            // Other tests cover the rules for transactions.
            Err(Refused::Transaction(_)) => continue,
            Err(other) => panic!("{other}"),
        }
        let failures = failures(&chain, hash);
        match foreseen {
            Some(failure) => {
                assert!(failures.contains(&failure.error), "{failure}: {failures:?}");
                failed += 1;
                delegated += u32::from(failure.delegated);
            }
            None => {
                let poor = |it: &ActionErrorKind| {
                    matches!(it, ActionErrorKind::LackBalanceForState { .. })
                };
                assert!(failures.iter().all(poor), "{failures:?}");
                succeeded += u32::from(failures.is_empty());
            }
        }
    }
    assert!(failed > 500 && delegated > 200 && succeeded > 200, "{failed} {delegated} {succeeded}");
}

fn world() -> Chain {
    let code = wasm();
    let mut records = Vec::new();
    for name in ["alice.near", "bob.near", "carol.near", "game.near"] {
        let contract = match name {
            "game.near" => AccountContract::Local(hash(&code)),
            _ => AccountContract::None,
        };
        let amount = Balance::from_near(1_000);
        let account = Account::new(amount, Balance::ZERO, contract, 0);
        records.push(StateRecord::Account { account_id: id(name), account });
        let key = AccessKey::full_access();
        records.push(StateRecord::access_key(id(name), secret(name).public_key(), key));
    }
    records.push(StateRecord::Contract { account_id: id("game.near"), code });
    let app = AccessKeyPermission::FunctionCall(FunctionCallPermission {
        allowance: Some(Balance::ZERO),
        receiver_id: "game.near".to_owned(),
        method_names: vec!["play".to_owned()],
    });
    let app = AccessKey { nonce: 5, permission: app };
    records.push(StateRecord::access_key(id("bob.near"), secret("app").public_key(), app));
    let mut chain = chain(88, records);
    chain.apply(chain.fast_forward_input(10), NOW).unwrap();
    chain
}

fn wasm() -> Vec<u8> {
    wat::parse_str(r#"(module (func (export "play")) (func (export "score")))"#).unwrap()
}

fn id(name: &str) -> AccountId {
    name.parse().unwrap()
}

fn secret(name: &str) -> SecretKey {
    SecretKey::from_seed(KeyType::ED25519, name)
}

fn transaction(chain: &Chain, dice: &mut Dice) -> Transaction {
    let alice = account_facts(chain, &id("alice.near")).unwrap();
    let (receiver, public_key) = (dice.pick(&RECEIVERS), secret("alice.near").public_key());
    let count = 1 + dice.roll(3);
    let actions = (0..count).map(|_| match dice.once_in(3) {
        true => delegate(dice),
        false => action(dice),
    });
    let actions = actions.collect();
    let key = alice.key(&(&public_key).into());
    let transaction = unsigned(&alice.account_id, &public_key, key, &id(receiver), actions);
    rebased(transaction, *chain.head().hash())
}

fn action(dice: &mut Dice) -> Action {
    match dice.roll(7) {
        0 | 1 => Action::Transfer(TransferAction { deposit: Balance::from_near(1) }),
        2 | 3 => Action::FunctionCall(Box::new(FunctionCallAction {
            method_name: dice.pick(&["play", "score", "quit"]).to_owned(),
            args: Vec::new(),
            gas: Gas::from_teragas(5),
            deposit: Balance::from_yoctonear(dice.roll(2).into()),
        })),
        4 => Action::CreateAccount(CreateAccountAction {}),
        5 => Action::DeployContract(DeployContractAction { code: wasm() }),
        _ => {
            let public_key = key(dice);
            match dice.once_in(2) {
                true => Action::AddKey(Box::new(AddKeyAction {
                    public_key,
                    access_key: AccessKey::full_access(),
                })),
                false => Action::DeleteKey(Box::new(DeleteKeyAction { public_key })),
            }
        }
    }
}

fn key(dice: &mut Dice) -> PublicKey {
    secret(dice.pick(&["bob.near", "app", "new"])).public_key()
}

fn delegate(dice: &mut Dice) -> Action {
    let signer = dice.pick(&["bob.near", "bob.near", "app", "app", "new"]);
    let actions = (0..=dice.roll(2)).map(|_| action(dice).try_into().unwrap());
    let delegate_action = DelegateAction {
        actions: actions.collect(),
        sender_id: id(if dice.once_in(6) { "carol.near" } else { "bob.near" }),
        receiver_id: id(dice.pick(&["game.near", "game.near", "bob.near", "ghost.near", IMPLICIT])),
        nonce: dice.pick(&[5, 6, 7, 8, 20_000_000]),
        max_block_height: dice.pick(&[3, u64::MAX, u64::MAX, u64::MAX]),
        public_key: secret(signer).public_key(),
    };
    let by = if dice.once_in(8) { "forger" } else { signer };
    let signature = secret(by).sign(delegate_action.get_nep461_hash().as_ref());
    Action::Delegate(Box::new(SignedDelegateAction { delegate_action, signature }))
}

/// Passes exactly what the outlook needs.
fn foresee(chain: &Chain, transaction: &Transaction) -> Option<Failure> {
    let known = neighbours(transaction).into_iter().map(|(account_id, wanted)| {
        let Some(mut facts) = account_facts(chain, &account_id) else {
            return (account_id, Neighbour { facts: None, callable: Callable::NoAccount });
        };
        facts.keys.retain(|key| wanted.keys.iter().any(|it| key.public_key == it.into()));
        let callable = match (facts.account.contract().is_none(), wanted.calls) {
            (true, _) => Callable::NoContract,
            (false, true) => Callable::Methods(contract_methods(&wasm()).unwrap()),
            (false, false) => Callable::Unknown,
        };
        (account_id, Neighbour { facts: Some(facts), callable })
    });
    let known: BTreeMap<_, _> = known.collect();
    outlook(&chain_facts(chain), transaction, &known)
}

/// Why receipts of the transaction failed.
fn failures(chain: &Chain, transaction: CryptoHash) -> Vec<ActionErrorKind> {
    let (mut found, mut ids) = (Vec::new(), vec![transaction]);
    while let Some(id) = ids.pop() {
        let outcome = chain.outcome(&id).unwrap().unwrap().outcome.outcome;
        ids.extend(&outcome.receipt_ids);
        if let ExecutionStatus::Failure(TxExecutionError::ActionError(error)) = outcome.status {
            found.push(error.kind);
        }
    }
    found
}
