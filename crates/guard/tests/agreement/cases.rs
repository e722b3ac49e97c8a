//! Transactions that break none, one or many rules.

use crate::dice::Dice;
use crate::world::{ACCOUNTS, SLOTS, World, name};
use keyway_test_kit::{Draft, signed};
use near_crypto::SecretKey;
use near_primitives::action::{
    Action, CreateAccountAction, DeployContractAction, FunctionCallAction, TransferAction,
};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{NonceMode, SignedTransaction, Transaction, TransactionNonce};
use near_primitives::types::{Balance, Gas};

/// A transaction and its signer.
pub(crate) struct Case {
    pub(crate) transaction: Transaction,
    pub(crate) secret: SecretKey,
    /// The number of its signer, if it exists.
    pub(crate) signer: Option<usize>,
    /// Whether another key made the signature.
    pub(crate) forged: bool,
}

impl Case {
    pub(crate) fn signed(&self) -> SignedTransaction {
        signed(self.transaction.clone(), &self.secret)
    }
}

/// With this base block.
pub(crate) fn rebased(mut transaction: Transaction, base: CryptoHash) -> Transaction {
    match &mut transaction {
        Transaction::V0(tx) => tx.block_hash = base,
        Transaction::V1(tx) => tx.block_hash = base,
    }
    transaction
}

pub(crate) fn case(world: &World, dice: &mut Dice) -> Case {
    let number = dice.roll(ACCOUNTS as u64) as usize;
    let exists = !dice.once_in(40);
    let slots = if dice.once_in(4) { SLOTS + 1 } else { SLOTS };
    let slot = dice.roll(slots as u64) as usize;
    let forged = dice.once_in(40);
    let keys = &world.secrets[number];
    let receiver = if dice.once_in(6) { dice.roll(4) as usize } else { slot % 2 };
    let strict = dice.once_in(8);
    let draft = Draft {
        signer_id: if exists { name(number) } else { "nobody.near".parse().unwrap() },
        public_key: keys[slot].public_key(),
        nonce: nonce(world, number, slot, dice),
        nonce_mode: if strict { NonceMode::Strict } else { NonceMode::Monotonic },
        receiver_id: name(receiver),
        block_hash: *world.chain.head().hash(),
        actions: actions(slot, dice),
    };
    let secret = if forged { &keys[(slot + 1) % SLOTS] } else { &keys[slot] };
    Case {
        transaction: draft.transaction(),
        secret: secret.clone(),
        signer: exists.then_some(number),
        forged,
    }
}

fn nonce(world: &World, number: usize, slot: usize, dice: &mut Dice) -> TransactionNonce {
    let handle = world.secrets[number][slot].public_key().into();
    let key = world.facts[number].key(&handle);
    let usual = key.map_or(TransactionNonce::from_nonce(1), |key| key.next_nonce());
    let step = if dice.once_in(5) { dice.pick(&[-3, -1, 1, 40, 9_000_000]) } else { 0 };
    let nonce = usual.nonce().saturating_add_signed(step);
    let index = match (usual.nonce_index(), dice.roll(14)) {
        (Some(_), 0) | (None, 1..) => None,
        (None, 0) => Some(0),
        (Some(_), 1) => Some(60),
        (Some(index), _) => Some(index),
    };
    index.map_or(TransactionNonce::from_nonce(nonce), |index| {
        TransactionNonce::from_nonce_and_index(nonce, index)
    })
}

fn actions(slot: usize, dice: &mut Dice) -> Vec<Action> {
    let full_access = matches!(slot, 0 | 4 | 6);
    match dice.roll(if full_access { 60 } else { 160 }) {
        0..=10 => vec![call(dice), call(dice)],
        11..=20 => vec![transfer(tokens(dice))],
        21 => vec![transfer(Balance::MAX), transfer(Balance::MAX)],
        22 => vec![Action::CreateAccount(CreateAccountAction {}); 101],
        23 if dice.once_in(20) => {
            vec![Action::DeployContract(DeployContractAction { code: vec![0; 1_600_000] })]
        }
        24 => Vec::new(),
        25..=27 => vec![transfer(tokens(dice)), call(dice)],
        _ => vec![call(dice)],
    }
}

fn call(dice: &mut Dice) -> Action {
    let tgas = dice.pick(&[1, 10, 20, 99, 101, 248, 300]);
    // Around the limit of what a round allowance pays for.
    let gas = if dice.once_in(40) { 0 } else { tgas * 10_u64.pow(12) - dice.roll(3) };
    let deposit = if dice.once_in(5) { tokens(dice) } else { Balance::ZERO };
    let method_name = if dice.once_in(6) { "steal" } else { "play" };
    Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: method_name.to_owned(),
        args: vec![0; dice.roll(100) as usize],
        gas: Gas::from_gas(gas),
        deposit,
    }))
}

fn tokens(dice: &mut Dice) -> Balance {
    let milli = dice.pick(&[0, 1, 30, 100, 300, 1_900, 499_900, 600_000]);
    Balance::from_millinear(milli).checked_add(Balance::from_yoctonear(1)).unwrap()
}

fn transfer(deposit: Balance) -> Action {
    Action::Transfer(TransferAction { deposit })
}
