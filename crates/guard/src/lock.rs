//! Lock verdicts: whether an account without full-access keys is locked, and what its contract can do.
//!
//! An account without keys acts only through its contract, and the contract can give it new keys or new
//! code. So the analysis reads the code: from each method that a transaction can call, along every
//! possible call, to the host functions that act on accounts.
//!
//! The analysis overestimates, and never underestimates, what is possible:
//! - It starts at every exported method, callbacks too. A check that lets only the account itself in is
//!   code, and code is not run here. So a promise of the contract to call itself adds no path that is
//!   not counted already.
//! - A call through a table may reach every function with the right type that any table or variable
//!   could hold.
//! - A promise names its account at run time. It is assumed to be the account itself, so a contract that
//!   only adds keys to new sub-accounts is reported to add keys.
//! - An unknown host function is never assumed to be harmless.
//!
//! It does not see receipts that are still on their way, or what later protocol versions will allow.

mod call_key;
mod error;
mod graph;
mod module;
mod power;
mod powers;
mod text;

pub use call_key::CallKey;
pub use error::WasmError;
pub use power::Power;
pub use powers::{ContractPowers, Reached, Step, contract_methods, contract_powers};

use crate::facts::AccountFacts;
use near_crypto::PublicKeyHandle;
use near_primitives::account::AccountContract;
use near_primitives::hash::CryptoHash;
use near_primitives::types::AccountId;
use serde::Serialize;

/// Who can ever act for the account again: the gravest possibility that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LockVerdict {
    /// It has a full-access key.
    NotLocked,
    /// Its contract can add keys.
    CanAddKeys,
    /// Its contract, or the publisher of its global contract, can replace its code.
    CanReplaceItsCode,
    /// Its contract can delete it, and it can be created again with keys.
    CanDeleteItself,
    /// The answer depends on something that is not known; the report's doubts list it.
    CannotTell,
    /// Nothing was found that could give it keys or other code.
    Sealed,
}

impl LockVerdict {
    /// The verdict on a contract with the powers for which `has` is true.
    fn of(has: impl Fn(Power) -> bool, doubtful: bool) -> Self {
        if has(Power::AddFullAccessKey) || has(Power::AddFunctionCallKey) {
            Self::CanAddKeys
        } else if has(Power::ReplaceCode) {
            Self::CanReplaceItsCode
        } else if has(Power::DeleteAccount) {
            Self::CanDeleteItself
        } else if doubtful {
            Self::CannotTell
        } else {
            Self::Sealed
        }
    }
}

/// The verdict on an account, and what it is based on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LockReport {
    /// The account.
    pub account_id: AccountId,
    /// The answer.
    pub verdict: LockVerdict,
    /// Keys with full access, gas keys included.
    pub full_access_keys: Vec<PublicKeyHandle>,
    /// Keys that may call one contract.
    pub call_keys: Vec<CallKey>,
    /// Where its code comes from.
    pub contract: LockedContract,
    /// The hash of the code that was analysed; `None` if there was none.
    #[serde(skip)]
    pub code_hash: Option<CryptoHash>,
    /// What its code can do; `None` if there is no code or it could not be read.
    pub powers: Option<ContractPowers>,
    /// Why the verdict may be incomplete.
    pub doubts: Vec<Doubt>,
}

/// Where an account's code comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LockedContract {
    /// It has none.
    None,
    /// Its own code.
    Own {
        /// Of the code.
        code_hash: CryptoHash,
    },
    /// A global contract, chosen by its hash. Nobody can change it.
    Global {
        /// Of the code.
        code_hash: CryptoHash,
    },
    /// A global contract, chosen by its publisher, who can publish other code at any time.
    GlobalByAccount {
        /// The account that published it.
        publisher: AccountId,
    },
}

/// Something that matters for the verdict and is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "doubt", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Doubt {
    /// The account has a contract, and its code was not given.
    CodeNotGiven,
    /// The code that was given is not the account's.
    OtherCode {
        /// Hash of the account's code.
        expected: CryptoHash,
        /// Hash of the code that was given.
        given: CryptoHash,
    },
    /// The account runs what a publisher publishes, and its state has no hash of the code: nothing proves
    /// that the code given is the code that runs.
    CodeNotProven,
    /// The code cannot be read.
    Unreadable(WasmError),
    /// The code imports functions that the chain is not known to offer; the powers list them.
    UnknownImports,
    /// A universal account that received tokens but was never initialized. Its name may stand for keys.
    NotInitialized,
    /// A deterministic account without contract. Its name stands for a contract that anybody can install.
    StateInitMayCome,
    /// The holder of an Ethereum key acts for it, through its wallet contract.
    EthereumKey,
}

/// Judges whether an account is locked. `code` is the code of its contract or global contract, as
/// `view_code` returns it; without a contract it is ignored.
///
/// The code must be that of the block of `facts`: it is compared with the hash in the account's state. If the
/// state has no hash, the verdict is never [`LockVerdict::Sealed`].
///
/// ```
/// use keyway_guard::{AccountFacts, LockVerdict, lock_verdict};
/// use near_primitives::account::{Account, AccountContract};
/// use near_primitives::types::Balance;
///
/// let one = Balance::from_near(1);
/// let account = Account::new(one, Balance::ZERO, AccountContract::None, 100);
/// let facts = AccountFacts { account_id: "vault.near".parse()?, account, keys: vec![] };
/// let report = lock_verdict(&facts, None);
/// assert_eq!(report.verdict, LockVerdict::Sealed);
/// assert!(report.to_string().starts_with("vault.near: sealed"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn lock_verdict(facts: &AccountFacts, code: Option<&[u8]>) -> LockReport {
    let mut doubts = doubts_of_its_kind(facts);
    let contract = LockedContract::of(facts);
    let powers = match powers_of(&contract, code) {
        Ok(powers) => powers,
        Err(doubt) => {
            doubts.push(doubt);
            None
        }
    };
    if powers.is_some() && contract.code_hash().is_none() {
        doubts.push(Doubt::CodeNotProven);
    }
    if powers.as_ref().is_some_and(|powers| !powers.unknown_imports.is_empty()) {
        doubts.push(Doubt::UnknownImports);
    }
    let full_access_keys = full_access_keys(facts);
    let has = |power| contract.gives(&facts.account_id, powers.as_ref(), power);
    let verdict = match full_access_keys.is_empty() {
        true => LockVerdict::of(has, !doubts.is_empty()),
        false => LockVerdict::NotLocked,
    };
    LockReport {
        account_id: facts.account_id.clone(),
        verdict,
        full_access_keys,
        call_keys: CallKey::all_of(facts),
        code_hash: powers.as_ref().and(code).map(CryptoHash::hash_bytes),
        contract,
        powers,
        doubts,
    }
}

impl LockedContract {
    fn of(facts: &AccountFacts) -> Self {
        match facts.account.contract().into_owned() {
            AccountContract::None => Self::None,
            AccountContract::Local(code_hash) => Self::Own { code_hash },
            AccountContract::Global(code_hash) => Self::Global { code_hash },
            AccountContract::GlobalByAccount(publisher) => Self::GlobalByAccount { publisher },
        }
    }

    /// The hash of the code that runs, if the account's state has it.
    fn code_hash(&self) -> Option<CryptoHash> {
        match self {
            Self::Own { code_hash } | Self::Global { code_hash } => Some(*code_hash),
            Self::None | Self::GlobalByAccount { .. } => None,
        }
    }

    /// Whether the account `account_id` with this contract has `power`. If it runs what it publishes
    /// itself, publishing a contract by name replaces its code.
    fn gives(&self, account_id: &AccountId, powers: Option<&ContractPowers>, power: Power) -> bool {
        let has = |power| powers.is_some_and(|powers| powers.has(power));
        let replaced = match self {
            Self::GlobalByAccount { publisher } if publisher != account_id => true,
            Self::GlobalByAccount { .. } => has(Power::PublishCodeByName),
            Self::None | Self::Own { .. } | Self::Global { .. } => false,
        };
        has(power) || (power == Power::ReplaceCode && replaced)
    }
}

fn powers_of(
    contract: &LockedContract,
    code: Option<&[u8]>,
) -> Result<Option<ContractPowers>, Doubt> {
    if *contract == LockedContract::None {
        return Ok(None);
    }
    let code = code.ok_or(Doubt::CodeNotGiven)?;
    let given = CryptoHash::hash_bytes(code);
    match contract.code_hash() {
        Some(expected) if expected != given => Err(Doubt::OtherCode { expected, given }),
        _ => contract_powers(code).map(Some).map_err(Doubt::Unreadable),
    }
}

fn full_access_keys(facts: &AccountFacts) -> Vec<PublicKeyHandle> {
    let keys = facts.keys.iter().filter(|key| key.is_full_access());
    keys.map(|key| key.public_key.clone()).collect()
}

/// What depends on the account's name and state, whatever its contract does.
fn doubts_of_its_kind(facts: &AccountFacts) -> Vec<Doubt> {
    use near_primitives::account::id::AccountType;
    let has_code = facts.account.contract().is_some();
    match facts.account_id.get_account_type() {
        AccountType::EthImplicitAccount => vec![Doubt::EthereumKey],
        AccountType::NearDeterministicAccount if !has_code => vec![Doubt::StateInitMayCome],
        _ if !facts.account.is_initialized() => vec![Doubt::NotInitialized],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    mod accounts;
    mod code;
    mod hostile;
    mod kit;
    mod repository;
}
