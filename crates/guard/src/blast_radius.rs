//! Blast radius: what somebody can do with a leaked key, and how to revoke it.

mod words;

use crate::grant::funds;
use crate::{AccountFacts, Callee, ChainFacts, GasBudget, Grant, KeyFacts, OwnCode};
use near_crypto::PublicKeyHandle;
use near_primitives::account::GasKeyInfo;
use near_primitives::types::{AccountId, Balance, BlockHeight};
use near_primitives::utils::derive_near_implicit_account_id;
use serde::Serialize;

/// What leaked keys can do on the accounts that were checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BlastRadius {
    /// The block that a transaction would enter.
    pub height: BlockHeight,
    /// The accounts on which a leaked key acts.
    pub accounts: Vec<AccountRadius>,
    /// Leaked keys that none of these accounts has. Other accounts may have them.
    pub nowhere: Vec<PublicKeyHandle>,
    /// Implicit accounts that are named after a leaked key and do not have it now.
    pub named_after: Vec<NamedAfter>,
}

/// An implicit account, and the leaked key that it is named after but does not have.
///
/// If such an account is deleted, a transfer to its name creates it again with that key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NamedAfter {
    /// The key.
    pub public_key: PublicKeyHandle,
    /// The account.
    pub account_id: AccountId,
    /// Whether it exists, with other keys or none. If not, any transfer to its name creates it with the
    /// leaked key.
    pub exists: bool,
}

/// What leaked keys can do on one account, all together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountRadius {
    /// The account.
    pub account_id: AccountId,
    /// The widest control that one of the keys has.
    pub control: Control,
    /// The most that can be lost, yoctoNEAR. With full access: balance, gas keys' balances and stake. With
    /// calls only: what can be burnt as gas.
    pub at_risk: Balance,
    /// Each key on its own.
    pub keys: Vec<KeyRadius>,
    /// How to revoke the keys.
    pub revocation: Revocation,
}

/// What one leaked key can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyRadius {
    /// The key.
    pub public_key: PublicKeyHandle,
    /// What it may sign.
    pub grant: Grant,
    /// What pays for its gas.
    pub budget: GasBudget,
    /// What the contract that it may call is to the account; `None` for full access.
    pub callee: Option<Callee>,
    /// Whether it can add keys, transfer the account's NEAR and lock its owner out.
    pub control: Control,
    /// The most of the account's own tokens that it can take or burn, yoctoNEAR.
    pub at_risk: Balance,
}

/// Whether a key can add keys, transfer NEAR and lock the owner out; each of these makes the others possible. Gas
/// is not counted: without a limit, a key can also burn the account's whole balance as gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// Nothing of this.
    None,
    /// Whatever the account's own contract lets its callers do.
    ThroughOwnContract,
    /// All of this.
    Full,
}

/// How to revoke leaked keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Revocation {
    /// Another key deletes them, each in a transaction of its own.
    Delete {
        /// Full-access keys that did not leak: any of them can sign.
        signers: Vec<PublicKeyHandle>,
        /// The balances of leaked gas keys.
        funds: Vec<Funds>,
    },
    /// Every full-access key leaked. One of them must add a new one, which deletes them, before somebody
    /// else does the same.
    RotateFirst {
        /// The leaked full-access keys: any of them can sign.
        signers: Vec<PublicKeyHandle>,
        /// The balances of leaked gas keys.
        funds: Vec<Funds>,
    },
    /// The account has no full-access key. Only its contract could delete a key.
    OnlyByContract,
    /// The account has no full-access key and no contract, so the keys stay for good.
    ByNobody,
}

/// The balance of a leaked gas key.
///
/// A withdrawal names an amount, and fails if the thief has burnt so much that less is left. In the
/// transaction of a deletion it would make that fail, too. So it gets a transaction of its own, and
/// withdraws no more than is necessary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Funds {
    /// The key.
    pub public_key: PublicKeyHandle,
    /// The key's balance, yoctoNEAR.
    pub balance: Balance,
    /// The amount to withdraw before the deletion, yoctoNEAR: all but what a deletion may burn.
    pub withdraw: Balance,
}

/// What somebody with the `leaked` keys can do on `accounts`.
///
/// Amounts are upper bounds: gas costs more when it is bought than when it is burnt, and refunds come
/// back. What a called contract does with tokens that it holds for the account is not included, nor
/// what `signer_contracts` and the well-known signer contracts sign in the account's name.
///
/// `accounts` are the ones to check. They should include the implicit accounts named after the keys; one that is
/// missing is taken not to exist.
///
/// ```
/// use keyway_guard::{AccountFacts, Control, KeyFacts, Revocation, blast_radius};
/// # use keyway_rules::Protocol;
/// # use keyway_guard::ChainFacts;
/// # use near_crypto::{KeyType, PublicKeyHandle, SecretKey};
/// use near_primitives::account::{AccessKey, Account, AccountContract};
/// use near_primitives::types::Balance;
///
/// # let protocol = Protocol::new(86, "localnet")?;
/// # let chain = ChainFacts { protocol, gas_price: Balance::from_yoctonear(100_000_000), height: 10 };
/// # let leaked: PublicKeyHandle = (&SecretKey::from_seed(KeyType::ED25519, "alice").public_key()).into();
/// let account = Account::new(Balance::from_near(5), Balance::ZERO, AccountContract::None, 182);
/// let access_key = AccessKey::full_access();
/// let keys = vec![KeyFacts { public_key: leaked.clone(), access_key, gas_key_nonces: Vec::new() }];
/// let alice = AccountFacts { account_id: "alice.near".parse()?, account, keys };
///
/// let radius = blast_radius(&chain, &[alice], &[leaked], &[]);
/// assert_eq!(radius.accounts[0].control, Control::Full);
/// assert_eq!(radius.accounts[0].at_risk, Balance::from_near(5));
/// assert!(matches!(radius.accounts[0].revocation, Revocation::RotateFirst { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn blast_radius(
    chain: &ChainFacts,
    accounts: &[AccountFacts],
    leaked: &[PublicKeyHandle],
    signer_contracts: &[AccountId],
) -> BlastRadius {
    let acts = |public_key: &PublicKeyHandle| {
        accounts.iter().flat_map(|account| &account.keys).any(|key| key.public_key == *public_key)
    };
    let radius = |account| of_account(account, leaked, signer_contracts);
    BlastRadius {
        height: chain.height,
        accounts: accounts.iter().filter_map(radius).collect(),
        nowhere: leaked.iter().filter(|key| !acts(key)).cloned().collect(),
        named_after: leaked.iter().filter_map(|key| named_after(accounts, key)).collect(),
    }
}

fn named_after(accounts: &[AccountFacts], public_key: &PublicKeyHandle) -> Option<NamedAfter> {
    let PublicKeyHandle::ED25519(key) = public_key else { return None };
    let account_id = derive_near_implicit_account_id(key);
    let account = accounts.iter().find(|account| account.account_id == account_id);
    if account.is_some_and(|account| account.key(public_key).is_some()) {
        return None;
    }
    let (public_key, exists) = (public_key.clone(), account.is_some());
    Some(NamedAfter { public_key, account_id, exists })
}

/// `None` if no leaked key acts on the account.
fn of_account(
    account: &AccountFacts,
    leaked: &[PublicKeyHandle],
    signer_contracts: &[AccountId],
) -> Option<AccountRadius> {
    let found: Vec<&KeyFacts> =
        account.keys.iter().filter(|key| leaked.contains(&key.public_key)).collect();
    let keys: Vec<KeyRadius> =
        found.iter().map(|key| of_key(account, key, signer_contracts)).collect();
    let control = keys.iter().map(|key| key.control).max()?;
    Some(AccountRadius {
        account_id: account.account_id.clone(),
        control,
        at_risk: at_risk(account, &found, control),
        keys,
        revocation: revocation(account, &found),
    })
}

fn of_key(account: &AccountFacts, key: &KeyFacts, signer_contracts: &[AccountId]) -> KeyRadius {
    let permission = &key.access_key.permission;
    let grant = Grant::of(permission);
    let callee = match &grant {
        Grant::Everything => None,
        Grant::Calls { receiver_id, .. } => {
            Some(Callee::of(account, receiver_id, signer_contracts))
        }
    };
    let control = match callee {
        None => Control::Full,
        Some(Callee::Own(OwnCode::Multisig | OwnCode::Other)) => Control::ThroughOwnContract,
        Some(Callee::Own(OwnCode::None) | Callee::Signer | Callee::Other) => Control::None,
    };
    let at_risk = at_risk(account, &[key], control);
    let (public_key, budget) = (key.public_key.clone(), GasBudget::of(permission));
    KeyRadius { public_key, grant, budget, callee, control, at_risk }
}

/// What `keys` can take or burn together, yoctoNEAR; `control` is the widest that one of them has.
fn at_risk(account: &AccountFacts, keys: &[&KeyFacts], control: Control) -> Balance {
    if control != Control::None {
        return everything(account);
    }
    // One balance pays for all allowances; gas keys pay from their own.
    let from_account =
        sum(keys.iter().map(|key| match GasBudget::of(&key.access_key.permission) {
            GasBudget::NoLimit => account.account.amount(),
            GasBudget::Allowance { left } => left,
            GasBudget::KeyBalance { .. } => Balance::ZERO,
        }));
    let on_keys = sum(keys.iter().filter_map(|key| funds(key)));
    from_account.min(account.account.amount()).saturating_add(on_keys)
}

/// All tokens of an account: balance, stake (which can be unlocked) and gas keys' balances.
fn everything(account: &AccountFacts) -> Balance {
    let on_keys = sum(account.keys.iter().filter_map(funds));
    sum([account.account.amount(), account.account.locked(), on_keys])
}

/// Sums on a real chain fit into `u128`; invented facts may not, so the sum saturates.
fn sum(amounts: impl IntoIterator<Item = Balance>) -> Balance {
    amounts.into_iter().fold(Balance::ZERO, Balance::saturating_add)
}

fn revocation(account: &AccountFacts, leaked: &[&KeyFacts]) -> Revocation {
    let names = |keys: Vec<&KeyFacts>| keys.iter().map(|key| key.public_key.clone()).collect();
    let full = account.keys.iter().filter(|key| key.is_full_access());
    let (lost, left): (Vec<&KeyFacts>, Vec<&KeyFacts>) = full.partition(|key| leaked.contains(key));
    let funds = leaked.iter().filter_map(|key| on_key(key)).collect();
    match (left.is_empty(), lost.is_empty()) {
        (false, _) => Revocation::Delete { signers: names(left), funds },
        (true, false) => Revocation::RotateFirst { signers: names(lost), funds },
        (true, true) if account.account.contract().is_none() => Revocation::ByNobody,
        (true, true) => Revocation::OnlyByContract,
    }
}

fn on_key(key: &KeyFacts) -> Option<Funds> {
    let balance = funds(key)?;
    let withdraw = balance.saturating_sub(GasKeyInfo::MAX_BALANCE_TO_BURN);
    Some(Funds { public_key: key.public_key.clone(), balance, withdraw })
}

#[cfg(test)]
mod tests {
    mod blast_radius;
}
