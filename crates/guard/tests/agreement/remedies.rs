//! Remedies suffice: after all steps of one, the chain accepts the transaction.

use crate::cases::{Case, case, rebased};
use crate::dice::Dice;
use crate::world::{NOW, World, account_facts};
use keyway_chain::{Chain, Input};
use keyway_guard::{KeyFacts, Remedy, Repair, explain_signed, unsigned};
use keyway_test_kit::{Draft, signed};
use near_crypto::{PublicKeyHandle, SecretKey};
use near_primitives::account::AccessKey;
use near_primitives::action::{
    Action, AddKeyAction, DeleteKeyAction, FunctionCallAction, TransferAction,
    TransferToGasKeyAction,
};
use near_primitives::transaction::{SignedTransaction, Transaction, TransactionNonce};
use near_primitives::types::{AccountId, Balance};
use std::collections::BTreeMap;

/// How many refusals are remedied.
const TRIED: usize = 3_000;

#[test]
fn every_remedy_is_enough() {
    let mut dice = Dice(7);
    let mut tried = BTreeMap::<&str, usize>::new();
    for _ in 0..3 {
        let world = World::new(86, &mut dice);
        for _ in 0..TRIED / 3 {
            let case = case(&world, &mut dice);
            let account = case.signer.map(|number| &world.facts[number]);
            let explanation = explain_signed(&world.now, account, &case.signed());
            assert!(!explanation.is_accepted() || explanation.remedies.is_empty());
            for remedy in &explanation.remedies {
                let mut shop = Shop::new(&world, &case);
                assert!(shop.mend(remedy), "{remedy}\nof {explanation}");
                remedy.steps.iter().for_each(|step| *tried.entry(name(step)).or_default() += 1);
            }
        }
    }
    let names = ["sign", "nonce", "index", "no index", "wait", "other key", "no deposit"];
    let more = ["one by one", "less gas", "account", "gas key", "again"];
    for name in names.iter().chain(&more) {
        assert!(tried.get(name).is_some_and(|&tried| tried >= 10), "{name}: {tried:?}");
    }
}

fn name(repair: &Repair) -> &'static str {
    match repair {
        Repair::SignAnew => "sign",
        Repair::UseNonce { .. } => "nonce",
        Repair::NameNonceIndex { .. } => "index",
        Repair::LeaveNonceIndexOut { .. } => "no index",
        Repair::WaitForBlock { .. } => "wait",
        Repair::SignWith { .. } => "other key",
        Repair::LeaveDepositOut => "no deposit",
        Repair::SendOneByOne { .. } => "one by one",
        Repair::AttachAtMost { .. } => "less gas",
        Repair::SendToAccount { .. } => "account",
        Repair::FundGasKey { .. } => "gas key",
        Repair::AddAgain { .. } => "again",
        other => panic!("no way to try {other}"),
    }
}

/// Carries out repairs on a fork of the chain.
struct Shop<'a> {
    world: &'a World,
    chain: Chain,
    transaction: Transaction,
    secret: SecretKey,
    one_by_one: bool,
    /// Whether the key's nonce must be read again.
    key_is_new: bool,
}

impl<'a> Shop<'a> {
    fn new(world: &'a World, case: &Case) -> Self {
        let secrets = world.secrets.iter().flatten();
        let own = case.transaction.public_key();
        let secret = secrets.into_iter().find(|secret| &secret.public_key() == own).unwrap();
        Self {
            world,
            chain: world.chain.clone(),
            transaction: case.transaction.clone(),
            secret: secret.clone(),
            one_by_one: false,
            key_is_new: false,
        }
    }

    /// Whether the chain accepts after all steps.
    fn mend(&mut self, remedy: &Remedy) -> bool {
        remedy.steps.iter().for_each(|step| self.repair(step));
        if self.key_is_new {
            let key = self.key().next_nonce();
            self.set_nonce(key);
        }
        if !self.one_by_one {
            return self.accepts();
        }
        let actions = self.transaction.actions().to_vec();
        actions.into_iter().enumerate().all(|(number, action)| {
            if number > 0 {
                let nonce = self.transaction.nonce();
                self.set_nonce(with_index(nonce.nonce() + 1, nonce.nonce_index()));
            }
            *self.actions() = vec![action];
            let accepted = self.accepts();
            accepted && self.chain.apply(Input::transaction(self.signed()), NOW).is_ok()
        })
    }

    fn accepts(&mut self) -> bool {
        self.chain.admit(&self.signed()).is_ok()
    }

    fn signed(&self) -> SignedTransaction {
        signed(self.transaction.clone(), &self.secret)
    }

    fn repair(&mut self, repair: &Repair) {
        match repair {
            Repair::SignAnew => {}
            Repair::UseNonce { nonce } => {
                self.set_nonce(with_index(*nonce, self.transaction.nonce().nonce_index()));
            }
            Repair::NameNonceIndex { index, nonce, rows } => {
                assert!(index < rows);
                self.set_nonce(with_index(*nonce, Some(*index)));
            }
            Repair::LeaveNonceIndexOut { nonce } => self.set_nonce(with_index(*nonce, None)),
            Repair::WaitForBlock { height } => {
                // The transaction enters the block after the head.
                let blocks = height - 1 - self.chain.head().height();
                self.chain.apply(self.chain.fast_forward_input(blocks), NOW).unwrap();
                self.rebase();
            }
            Repair::SignWith { public_key, nonce, nonce_index } => {
                self.sign_with(public_key);
                self.set_nonce(with_index(*nonce, *nonce_index));
            }
            Repair::LeaveDepositOut => self.each_call(|call| call.deposit = Balance::ZERO),
            Repair::SendOneByOne { transactions } => {
                assert_eq!(*transactions, self.transaction.actions().len());
                self.one_by_one = true;
            }
            Repair::AttachAtMost { gas } => self.each_call(|call| call.gas = *gas),
            Repair::SendToAccount { amount } => {
                let transfer = Action::Transfer(TransferAction { deposit: *amount });
                self.given_by_near(transfer);
            }
            Repair::FundGasKey { amount: deposit } => {
                let (public_key, deposit) = (self.secret.public_key(), *deposit);
                let fund = TransferToGasKeyAction { public_key, deposit };
                self.given_by_near(Action::TransferToGasKey(Box::new(fund)));
            }
            Repair::AddAgain { allowance } => self.add_again(*allowance),
            other => panic!("no way to try {other}"),
        }
    }
}

/// Steps of other accounts, and of the account's owner.
impl Shop<'_> {
    fn given_by_near(&mut self, action: Action) {
        let receiver_id = self.transaction.signer_id().clone();
        let near = keyway_chain::seeded_key("near");
        assert!(self.try_send(&"near".parse().unwrap(), &near, receiver_id, vec![action]));
        self.rebase();
    }

    fn add_again(&mut self, allowance: Balance) {
        let signer_id = self.transaction.signer_id().clone();
        let public_key = self.secret.public_key();
        let mut permission = self.key().access_key.permission;
        permission.function_call_permission_mut().unwrap().allowance = Some(allowance);
        let delete = DeleteKeyAction { public_key: public_key.clone() };
        let add = AddKeyAction { public_key, access_key: AccessKey { nonce: 0, permission } };
        let actions = vec![Action::DeleteKey(Box::new(delete)), Action::AddKey(Box::new(add))];
        let sent = self
            .owners()
            .into_iter()
            .any(|owner| self.try_send(&signer_id, &owner, signer_id.clone(), actions.clone()));
        assert!(sent, "one of the owner's keys may do it");
        self.key_is_new = true;
        self.rebase();
    }

    fn try_send(
        &mut self,
        from: &AccountId,
        secret: &SecretKey,
        to: AccountId,
        actions: Vec<Action>,
    ) -> bool {
        let facts = account_facts(&self.chain, from).unwrap();
        let public_key = secret.public_key();
        let key = facts.key(&(&public_key).into());
        let transaction = unsigned(from, &public_key, key, &to, actions);
        let transaction = rebased(transaction, *self.chain.head().hash());
        self.chain.apply(Input::transaction(signed(transaction, secret)), NOW).is_ok()
    }

    /// The secrets of the account's full-access keys.
    fn owners(&self) -> Vec<SecretKey> {
        let facts = account_facts(&self.chain, self.transaction.signer_id()).unwrap();
        let owners = facts
            .keys
            .iter()
            .filter(|key| key.access_key.permission.function_call_permission().is_none());
        owners.map(|key| self.secret_of(&key.public_key)).collect()
    }

    fn sign_with(&mut self, handle: &PublicKeyHandle) {
        self.secret = self.secret_of(handle);
        let public_key = self.secret.public_key();
        match &mut self.transaction {
            Transaction::V0(tx) => tx.public_key = public_key,
            Transaction::V1(tx) => tx.public_key = public_key,
        }
    }

    fn secret_of(&self, handle: &PublicKeyHandle) -> SecretKey {
        let mut secrets = self.world.secrets.iter().flatten();
        secrets
            .find(|secret| &PublicKeyHandle::from(secret.public_key()) == handle)
            .unwrap()
            .clone()
    }

    fn key(&self) -> KeyFacts {
        let facts = account_facts(&self.chain, self.transaction.signer_id()).unwrap();
        facts.key(&self.secret.public_key().into()).unwrap().clone()
    }
}

/// The transaction.
impl Shop<'_> {
    fn rebase(&mut self) {
        self.transaction = rebased(self.transaction.clone(), *self.chain.head().hash());
    }

    fn actions(&mut self) -> &mut Vec<Action> {
        match &mut self.transaction {
            Transaction::V0(tx) => &mut tx.actions,
            Transaction::V1(tx) => &mut tx.actions,
        }
    }

    fn each_call(&mut self, change: impl Fn(&mut FunctionCallAction)) {
        for action in self.actions() {
            if let Action::FunctionCall(call) = action {
                change(call);
            }
        }
    }

    /// Always a transaction of version 1.
    fn set_nonce(&mut self, nonce: TransactionNonce) {
        let draft = Draft {
            signer_id: self.transaction.signer_id().clone(),
            public_key: self.transaction.public_key().clone(),
            nonce,
            nonce_mode: self.transaction.nonce_mode(),
            receiver_id: self.transaction.receiver_id().clone(),
            block_hash: *self.transaction.block_hash(),
            actions: self.transaction.actions().to_vec(),
        };
        self.transaction = draft.transaction_v1();
    }
}

fn with_index(nonce: u64, index: Option<u16>) -> TransactionNonce {
    match index {
        Some(index) => TransactionNonce::from_nonce_and_index(nonce, index),
        None => TransactionNonce::from_nonce(nonce),
    }
}
