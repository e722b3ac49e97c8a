//! Outlook: what is certain to fail when an accepted transaction runs.

mod words;

use crate::facts::{AccountFacts, ChainFacts};
use crate::lock::contract_methods;
use crate::misfit::Callable;
use keyway_rules::{ActionPlace, Facts, check_action_place, check_delegate};
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::account::{Account, AccountContract};
use near_primitives::action::Action;
use near_primitives::action::delegate::VersionedSignedDelegateActionRef;
use near_primitives::errors::{
    ActionErrorKind, CompilationError, FunctionCallError, MethodResolveError,
};
use near_primitives::transaction::Transaction;
use near_primitives::types::{AccountId, Balance, BlockHeight};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of an account that actions run on.
#[derive(Clone, Debug)]
pub struct Neighbour {
    /// The account, with the keys that [`neighbours`] names; `None` if it does not exist.
    pub facts: Option<AccountFacts>,
    /// The methods that can be called there.
    pub callable: Callable,
}

/// A failure that is certain if nothing changes before the transaction runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// The account that the action runs on.
    pub account_id: AccountId,
    /// Which of the actions it is, from 0.
    pub index: usize,
    /// Whether it is the delegate action, or inside it; the rest of the transaction may then succeed.
    pub delegated: bool,
    /// The error that the chain will report.
    pub error: ActionErrorKind,
    /// The error in words.
    pub reason: String,
}

/// The first certain failure when `transaction`, once accepted, runs on the accounts that are `known`. Other
/// accounts are not judged. `None` is no promise: what contracts do, and whether there is enough money,
/// only the chain finds out.
///
/// ```
/// use keyway_guard::{ChainFacts, Neighbour, Callable, outlook, unsigned};
/// # use keyway_rules::Protocol;
/// # use near_crypto::{KeyType, PublicKey};
/// use near_primitives::action::{Action, TransferAction};
/// use near_primitives::types::{AccountId, Balance};
///
/// # let protocol = Protocol::new(86, "localnet")?;
/// # let chain = ChainFacts { protocol, gas_price: Balance::from_yoctonear(100_000_000), height: 10 };
/// # let key = PublicKey::empty(KeyType::ED25519);
/// let (alice, ghost): (AccountId, AccountId) = ("alice.near".parse()?, "ghost.near".parse()?);
/// let transfer = Action::Transfer(TransferAction { deposit: Balance::from_near(1) });
/// let transaction = unsigned(&alice, &key, None, &ghost, vec![transfer]);
/// let nobody = Neighbour { facts: None, callable: Callable::NoAccount };
/// let failure = outlook(&chain, &transaction, &[(ghost, nobody)].into()).unwrap();
/// assert_eq!(failure.to_string(), "there is no account ghost.near");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn outlook(
    chain: &ChainFacts,
    transaction: &Transaction,
    known: &BTreeMap<AccountId, Neighbour>,
) -> Option<Failure> {
    let (signer, receiver) = (transaction.signer_id(), transaction.receiver_id());
    // A receipt for another account runs in the next block at the earliest.
    let height = chain.height.saturating_add(u64::from(signer != receiver));
    let world = World { chain, known, height };
    world.run(signer, receiver, transaction.actions())
}

/// What an [`outlook`] needs to know of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Whether one of its functions is called.
    pub calls: bool,
    /// The keys that matter. The account may have others.
    pub keys: Vec<PublicKey>,
}

/// The accounts that an [`outlook`] on `transaction` needs.
#[must_use]
pub fn neighbours(transaction: &Transaction) -> BTreeMap<AccountId, Wanted> {
    let mut found = BTreeMap::new();
    gather(&mut found, transaction.receiver_id(), transaction.actions());
    found
}

fn gather(found: &mut BTreeMap<AccountId, Wanted>, receiver: &AccountId, actions: &[Action]) {
    let wanted = found.entry(receiver.clone()).or_default();
    for action in actions {
        match action {
            Action::FunctionCall(_) => wanted.calls = true,
            Action::AddKey(add) => wanted.keys.push(add.public_key.clone()),
            Action::DeleteKey(delete) => wanted.keys.push(delete.public_key.clone()),
            _ => {
                let signed = delegate(action);
                wanted.keys.extend(signed.map(|it| it.delegate_action().public_key().clone()));
            }
        }
    }
    for signed in actions.iter().filter_map(delegate) {
        let inner = signed.delegate_action();
        gather(found, inner.receiver_id(), &inner.get_actions());
    }
}

fn delegate(action: &Action) -> Option<VersionedSignedDelegateActionRef<'_>> {
    match action {
        Action::Delegate(signed) => Some(signed.as_ref().into()),
        Action::DelegateV2(signed) => Some(signed.as_ref().into()),
        _ => None,
    }
}

#[derive(Clone, Copy)]
struct World<'a> {
    chain: &'a ChainFacts,
    known: &'a BTreeMap<AccountId, Neighbour>,
    height: BlockHeight,
}

impl World<'_> {
    fn run(
        &self,
        predecessor: &AccountId,
        receiver: &AccountId,
        actions: &[Action],
    ) -> Option<Failure> {
        let mut place = Place::new(predecessor, receiver, self.known.get(receiver)?);
        for (index, action) in actions.iter().enumerate() {
            if let Err(error) = place.check(self, action, actions.len() == 1) {
                return Some(Failure::new(receiver, index, action, error));
            }
            place.apply(action);
        }
        // The inner actions run later, and only if nothing in this receipt failed.
        let later = Self { height: self.height.saturating_add(1), ..*self };
        actions.iter().filter_map(delegate).find_map(|signed| {
            let inner = signed.delegate_action();
            let failure = later.run(receiver, inner.receiver_id(), &inner.get_actions())?;
            Some(Failure { delegated: true, ..failure })
        })
    }
}

/// The account that actions run on, as the actions before left it, as far as that is known.
struct Place<'a> {
    predecessor: &'a AccountId,
    receiver: &'a AccountId,
    actor: &'a AccountId,
    account: Option<Account>,
    callable: Callable,
    facts: Option<&'a AccountFacts>,
    keys: BTreeSet<PublicKeyHandle>,
}

impl<'a> Place<'a> {
    fn new(predecessor: &'a AccountId, receiver: &'a AccountId, known: &'a Neighbour) -> Self {
        let facts = known.facts.as_ref();
        let keys = facts.into_iter().flat_map(|facts| &facts.keys);
        Self {
            predecessor,
            receiver,
            actor: predecessor,
            account: facts.map(|facts| facts.account.clone()),
            callable: known.callable.clone(),
            facts,
            keys: keys.map(|key| key.public_key.clone()).collect(),
        }
    }

    fn check(
        &self,
        world: &World<'_>,
        action: &Action,
        is_only: bool,
    ) -> Result<(), ActionErrorKind> {
        let place = ActionPlace {
            protocol: &world.chain.protocol,
            account_id: self.receiver,
            account: self.account.as_ref(),
            predecessor_id: self.predecessor,
            actor_id: self.actor,
        };
        check_action_place(&place, action, is_only)?;
        match action {
            Action::FunctionCall(call) => self.check_call(&call.method_name),
            Action::AddKey(add) if self.has(&add.public_key) => {
                Err(ActionErrorKind::AddKeyAlreadyExists {
                    account_id: self.receiver.clone(),
                    public_key: Box::new(add.public_key.clone()),
                })
            }
            Action::DeleteKey(delete) if !self.has(&delete.public_key) => {
                Err(ActionErrorKind::DeleteKeyDoesNotExist {
                    account_id: self.receiver.clone(),
                    public_key: Box::new(delete.public_key.clone()),
                })
            }
            _ => delegate(action).map_or(Ok(()), |signed| self.check_delegate(world, signed)),
        }
    }

    fn has(&self, public_key: &PublicKey) -> bool {
        self.keys.contains(&PublicKeyHandle::from(public_key))
    }

    fn check_call(&self, method: &str) -> Result<(), ActionErrorKind> {
        let error = match &self.callable {
            Callable::NoAccount | Callable::NoContract => {
                FunctionCallError::CompilationError(CompilationError::CodeDoesNotExist {
                    account_id: self.receiver.clone(),
                })
            }
            Callable::Methods(methods) if !methods.contains(method) => {
                FunctionCallError::MethodResolveError(MethodResolveError::MethodNotFound)
            }
            Callable::Methods(_) | Callable::Unknown => return Ok(()),
        };
        Err(ActionErrorKind::FunctionCallError(error))
    }

    fn check_delegate(
        &self,
        world: &World<'_>,
        signed: VersionedSignedDelegateActionRef<'_>,
    ) -> Result<(), ActionErrorKind> {
        let inner = signed.delegate_action();
        let handle = PublicKeyHandle::from(inner.public_key());
        let key = self.facts.and_then(|facts| facts.key(&handle));
        let row = inner.nonce().nonce_index();
        let facts = Facts {
            protocol: &world.chain.protocol,
            gas_price: world.chain.gas_price,
            height: Some(world.height),
            account: self.account.as_ref(),
            access_key: key.map(|key| &key.access_key),
            row_nonce: key.and_then(|key| {
                row.and_then(|index| key.gas_key_nonces.get(usize::from(index)).copied())
            }),
        };
        check_delegate(&facts, facts.height, self.receiver, signed)
    }

    fn apply(&mut self, action: &Action) {
        match action {
            Action::CreateAccount(_) | Action::Transfer(_) if self.account.is_none() => {
                let none = AccountContract::None;
                self.account = Some(Account::new(Balance::ZERO, Balance::ZERO, none, 0));
                self.callable = Callable::NoContract;
                if matches!(action, Action::CreateAccount(_)) {
                    self.actor = self.receiver;
                }
            }
            Action::DeployContract(deploy) => {
                let methods = contract_methods(&deploy.code);
                self.callable = methods.map_or(Callable::Unknown, Callable::Methods);
            }
            Action::UseGlobalContract(_)
            | Action::DeterministicStateInit(_)
            | Action::UniversalStateInit(_) => {
                self.callable = Callable::Unknown;
                if self.account.is_none() {
                    let none = AccountContract::None;
                    self.account = Some(Account::new(Balance::ZERO, Balance::ZERO, none, 0));
                }
            }
            Action::AddKey(add) => {
                self.keys.insert(PublicKeyHandle::from(&add.public_key));
            }
            Action::DeleteKey(delete) => {
                self.keys.remove(&PublicKeyHandle::from(&delete.public_key));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    mod outlook;
}
