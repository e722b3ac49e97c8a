//! Least keys: the narrowest keys that would have allowed what an app did.

use crate::units::{counted, near};
use crate::{ChainFacts, Grant, Methods, unsigned};
use keyway_rules::{Cost, Facts, Verdict, gas_refund, judge, transaction_cost};
use near_crypto::{KeyType, PublicKey};
use near_primitives::account::{
    AccessKey, AccessKeyPermission, Account, AccountContract, FunctionCallPermission,
};
use near_primitives::action::{Action, FunctionCallAction};
use near_primitives::errors::{IntegerOverflowError, InvalidAccessKeyError, InvalidTxError};
use near_primitives::transaction::Transaction;
use near_primitives::types::{AccountId, Balance, Gas};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A transaction of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its receiver.
    pub receiver_id: AccountId,
    /// Its actions, in order.
    pub actions: Vec<Action>,
    /// The gas that it and its receipts burnt, without refunds; `None` counts as all the gas that it
    /// bought.
    pub burnt: Option<Gas>,
}

/// Keys that allow what was recorded, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeastKeys {
    /// One for each contract, or more if the method names do not fit into one key.
    pub keys: Vec<LeastKey>,
    /// Transactions that no function-call key can sign.
    pub beyond: Vec<Beyond>,
}

/// A function-call key for recorded calls of one contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeastKey {
    /// The contract.
    pub receiver_id: AccountId,
    /// The methods called, sorted; never empty, because an empty list would allow every method.
    pub methods: Vec<String>,
    /// How many calls were recorded.
    pub calls: usize,
    /// The allowance with which all of them pass again in the same order, each after the refund of the one
    /// before, yoctoNEAR.
    pub allowance: Balance,
    /// The price of all of them before refunds, yoctoNEAR: sufficient if none waits for a refund.
    pub at_once: Balance,
    /// The price of the most expensive one before refunds, yoctoNEAR: this much must be left for it.
    pub dearest: Balance,
}

/// A transaction that needs a full-access key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Beyond {
    /// Its position among those recorded, from 0.
    pub index: usize,
    /// Its receiver.
    pub receiver_id: AccountId,
    /// The chain's refusal for a function-call key.
    pub because: InvalidAccessKeyError,
}

/// Why there are no least keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The cost of a transaction overflows.
    #[error(
        "the cost of transaction {} overflows, so it was never accepted; remove it from the recording",
        .index.saturating_add(1)
    )]
    CostOverflow {
        /// Its position among those recorded, from 0.
        index: usize,
    },
    /// The transaction is refused with any key.
    #[error(
        "transaction {} is refused whichever key signs it: {because}",
        .index.saturating_add(1)
    )]
    Refused {
        /// Its position among those recorded, from 0.
        index: usize,
        /// The refusal.
        because: Box<InvalidTxError>,
    },
}

/// The least keys with which `signer_id` could have signed `transactions`, at the prices of `chain`.
///
/// The allowance is for an app that waits for refunds: a call costs more before it runs than in the end.
/// Prices are those of an ed25519 key.
///
/// # Errors
/// If a transaction cannot have been accepted at any price.
///
/// ```
/// use keyway_guard::{ChainFacts, Recorded, least_keys};
/// # use keyway_rules::Protocol;
/// use near_primitives::action::{Action, FunctionCallAction};
/// use near_primitives::types::{Balance, Gas};
///
/// # let protocol = Protocol::new(86, "localnet")?;
/// # let chain = ChainFacts { protocol, gas_price: Balance::from_yoctonear(100_000_000), height: 10 };
/// let play = Action::FunctionCall(Box::new(FunctionCallAction {
///     method_name: "play".to_owned(),
///     args: b"{}".to_vec(),
///     gas: Gas::from_teragas(30),
///     deposit: Balance::ZERO,
/// }));
/// let burnt = Some(Gas::from_teragas(3));
/// let recorded = Recorded { receiver_id: "game.near".parse()?, actions: vec![play], burnt };
///
/// let least = least_keys(&chain, &"alice.near".parse()?, &[recorded.clone(), recorded])?;
/// let key = &least.keys[0];
/// assert_eq!(key.methods, ["play"]);
/// assert!(key.dearest < key.allowance && key.allowance < key.at_once);
/// assert!(least.beyond.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn least_keys(
    chain: &ChainFacts,
    signer_id: &AccountId,
    transactions: &[Recorded],
) -> Result<LeastKeys, RecordingError> {
    let mut by_receiver: BTreeMap<&AccountId, Vec<Call>> = BTreeMap::new();
    let mut beyond = Vec::new();
    for (index, recorded) in transactions.iter().enumerate() {
        match judge_recorded(chain, signer_id, recorded).map_err(|error| error.of(index))? {
            Use::Call(call) => by_receiver.entry(&recorded.receiver_id).or_default().push(call),
            Use::Beyond(because) => {
                let receiver_id = recorded.receiver_id.clone();
                beyond.push(Beyond { index, receiver_id, because });
            }
        }
    }
    let limit = chain.protocol.config.wasm_config.limit_config.max_number_bytes_method_names;
    let keys = by_receiver.iter().flat_map(|(receiver_id, calls)| keys(receiver_id, calls, limit));
    Ok(LeastKeys { keys: keys.collect(), beyond })
}

/// A recorded call, with its price before and after refunds.
struct Call {
    method: String,
    cost: Balance,
    spent: Balance,
}

/// What a recorded transaction needs.
enum Use {
    /// A function-call key for this call.
    Call(Call),
    /// Full access: why a function-call key cannot sign it.
    Beyond(InvalidAccessKeyError),
}

/// Why a transaction says nothing about keys.
enum Unjudged {
    Overflow,
    Refused(InvalidTxError),
}

impl Unjudged {
    fn of(self, index: usize) -> RecordingError {
        match self {
            Self::Overflow => RecordingError::CostOverflow { index },
            Self::Refused(because) => RecordingError::Refused { index, because: Box::new(because) },
        }
    }
}

impl From<IntegerOverflowError> for Unjudged {
    fn from(_: IntegerOverflowError) -> Self {
        Self::Overflow
    }
}

/// What `recorded` needs, checked with a key that is made for it.
fn judge_recorded(
    chain: &ChainFacts,
    signer_id: &AccountId,
    recorded: &Recorded,
) -> Result<Use, Unjudged> {
    let called = recorded.actions.iter().find_map(called);
    let permission = AccessKeyPermission::FunctionCall(FunctionCallPermission {
        allowance: None,
        receiver_id: recorded.receiver_id.to_string(),
        method_names: called.map(|call| call.method_name.clone()).into_iter().collect(),
    });
    let (receiver_id, actions) = (&recorded.receiver_id, recorded.actions.clone());
    let public_key = PublicKey::empty(KeyType::ED25519);
    let tx = unsigned(signer_id, &public_key, None, receiver_id, actions);
    let cost = transaction_cost(&chain.protocol.config, &tx, chain.gas_price)?;
    match verdict(chain, &tx, &cost, permission) {
        Verdict::Accepted(_) => {}
        Verdict::Refused(InvalidTxError::InvalidAccessKeyError(because)) => {
            return Ok(Use::Beyond(because));
        }
        Verdict::Refused(refusal) | Verdict::DepositFailed { refusal, .. } => {
            return Err(Unjudged::Refused(refusal));
        }
    }
    // Without a call a function-call key is refused, so there is one here.
    let method = called.map(|call| call.method_name.clone()).unwrap_or_default();
    let spent = spent(chain, &cost, recorded.burnt)?;
    Ok(Use::Call(Call { method, cost: cost.total, spent }))
}

/// The verdict on `tx` for a key with this `permission`, on an account that can pay.
fn verdict(
    chain: &ChainFacts,
    tx: &Transaction,
    cost: &Cost,
    permission: AccessKeyPermission,
) -> Verdict {
    let account = Account::new(cost.total, Balance::ZERO, AccountContract::None, 0);
    let access_key = AccessKey { nonce: 0, permission };
    let facts = Facts {
        protocol: &chain.protocol,
        gas_price: chain.gas_price,
        height: None,
        account: Some(&account),
        access_key: Some(&access_key),
        row_nonce: None,
    };
    judge(&facts, tx)
}

/// The price of a transaction after all refunds, yoctoNEAR.
fn spent(
    chain: &ChainFacts,
    cost: &Cost,
    burnt: Option<Gas>,
) -> Result<Balance, IntegerOverflowError> {
    let bought = cost.gas_bought;
    // The transaction itself burnt part of this at once.
    let burnt = burnt.map_or(bought, |all| all.saturating_sub(cost.gas_burnt).min(bought));
    let refund = gas_refund(&chain.protocol, chain.gas_price, cost, burnt)?;
    cost.total.checked_sub(refund).ok_or(IntegerOverflowError)
}

fn called(action: &Action) -> Option<&FunctionCallAction> {
    match action {
        Action::FunctionCall(call) => Some(call),
        _ => None,
    }
}

/// Keys for `calls` of one contract, as many as the limit on the bytes of method names requires.
fn keys(receiver_id: &AccountId, calls: &[Call], limit: u64) -> Vec<LeastKey> {
    let methods: BTreeSet<&str> = calls.iter().map(|call| call.method.as_str()).collect();
    let mut groups: Vec<(u64, Vec<&str>)> = Vec::new();
    for method in methods {
        // The protocol counts a separator with each name.
        let bytes = method.len() as u64 + 1;
        match groups.last_mut().filter(|(used, _)| *used + bytes <= limit) {
            Some((used, names)) => {
                *used += bytes;
                names.push(method);
            }
            None => groups.push((bytes, vec![method])),
        }
    }
    groups.iter().map(|(_, names)| key(receiver_id, names, calls)).collect()
}

fn key(receiver_id: &AccountId, methods: &[&str], calls: &[Call]) -> LeastKey {
    let own = calls.iter().filter(|call| methods.contains(&call.method.as_str()));
    let mut key = LeastKey {
        receiver_id: receiver_id.clone(),
        methods: methods.iter().map(|&name| name.to_owned()).collect(),
        calls: 0,
        allowance: Balance::ZERO,
        at_once: Balance::ZERO,
        dearest: Balance::ZERO,
    };
    let mut spent = Balance::ZERO;
    for call in own {
        key.calls += 1;
        key.allowance = key.allowance.max(spent.saturating_add(call.cost));
        key.at_once = key.at_once.saturating_add(call.cost);
        key.dearest = key.dearest.max(call.cost);
        spent = spent.saturating_add(call.spent);
    }
    key
}

impl LeastKey {
    /// The permission to add.
    #[must_use]
    pub fn permission(&self) -> FunctionCallPermission {
        FunctionCallPermission {
            allowance: Some(self.allowance),
            receiver_id: self.receiver_id.to_string(),
            method_names: self.methods.clone(),
        }
    }
}

impl fmt::Display for LeastKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receiver_id = self.receiver_id.to_string();
        let grant = Grant::Calls { receiver_id, methods: Methods::Only(self.methods.clone()) };
        let calls = counted(self.calls as u64, "call");
        let (allowance, at_once) = (near(self.allowance), near(self.at_once));
        let dearest = near(self.dearest);
        let wait = if self.calls == 1 { "waits" } else { "wait" };
        write!(
            f,
            "{grant}: an allowance of {allowance} for {calls} that {wait} for refunds, {at_once} if none waits; the most expensive takes {dearest}"
        )
    }
}

impl Beyond {
    /// Why it needs full access.
    #[must_use]
    pub fn reason(&self) -> String {
        match &self.because {
            InvalidAccessKeyError::DepositWithFunctionCall => "a deposit is attached".to_owned(),
            InvalidAccessKeyError::RequiresFullAccess => "not a single function call".to_owned(),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, receiver_id) = (self.index.saturating_add(1), &self.receiver_id);
        write!(f, "transaction {number} to {receiver_id} needs full access: {}", self.reason())
    }
}

impl fmt::Display for LeastKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.keys.iter().try_for_each(|key| writeln!(f, "{key}"))?;
        self.beyond.iter().try_for_each(|beyond| writeln!(f, "{beyond}"))
    }
}

#[cfg(test)]
mod tests {
    mod recording;
}
