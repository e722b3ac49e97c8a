//! The deletions that an audit leads to: at worst an app asks its user to sign in again.

use super::evidence::Evidence;
use super::{Audit, Credentials, Finding};
use crate::grant::funds;
use crate::units::near;
use crate::{AccountFacts, ChainFacts, KeyFacts, OwnCode};
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::action::{Action, DeleteKeyAction, WithdrawFromGasKeyAction};
use near_primitives::types::{AccountId, Balance};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// Keys to delete, in transactions that a full-access key can sign. Nothing is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeletePlan {
    /// Who signs and receives every transaction.
    pub account_id: AccountId,
    /// The keys that can sign them: all full-access keys, of which the plan deletes none.
    pub signers: Vec<PublicKeyHandle>,
    /// In any order; one that fails changes nothing, and leaves the others as they are.
    pub transactions: Vec<PlannedTransaction>,
    /// Keys with findings that the plan leaves.
    pub kept: Vec<Kept>,
}

/// One transaction of the account to itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedTransaction {
    /// What it deletes, and why.
    pub deletions: Vec<Deletion>,
    /// What it does, in order.
    pub actions: Vec<Action>,
}

/// A key to delete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deletion {
    /// The key.
    pub public_key: PublicKey,
    /// The findings that speak for it.
    pub reasons: Vec<String>,
    /// What is first withdrawn from a gas key, yoctoNEAR: deleting would burn it.
    pub withdraw: Option<Balance>,
}

/// A key that stays although something was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// The key.
    pub public_key: PublicKeyHandle,
    /// Why it stays.
    pub because: KeptBecause,
}

/// Why a plan leaves a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeptBecause {
    /// It may do everything: which of those is not needed, only its owner knows.
    FullAccess,
    /// The account has no full-access key, so nobody can sign a deletion.
    NobodyCanSign,
    /// The account's contract may count on it, as a multisig does on its members.
    OwnContract,
    /// Deleting it is not the remedy of what was found.
    OtherRemedy,
    /// A deletion names the whole key, of which the chain keeps a hash only; no key file has it.
    OnlyHashKnown,
}

/// Plans the deletion of keys that are duplicates of one in use, idle, or cannot pay for a call.
///
/// That a nonce looks unused is no reason: a use can leave it so.
///
/// Only function-call keys are deleted, so that no plan can lock an account. What a baseline accepts
/// is no reason to delete a key. `account`, `chain` and `credentials` are those of the audit.
///
/// ```
/// use keyway_guard::{AuditOptions, Credentials, KeptBecause, Observed, audit, fix_plan};
/// # use keyway_engine::Protocol;
/// # use keyway_guard::{AccountFacts, ChainFacts, KeyFacts};
/// # use near_crypto::{KeyType, SecretKey};
/// # use near_primitives::account::{AccessKey, Account, AccountContract};
/// # use near_primitives::types::Balance;
/// # let protocol = Protocol::new(86, "localnet")?;
/// # let gas_price = Balance::from_yoctonear(100_000_000);
/// # let chain = ChainFacts { protocol, gas_price, height: 3_000_000 };
/// # let account = Account::new(Balance::from_near(1), Balance::ZERO, AccountContract::None, 182);
/// # let key = |seed: &str, access_key: AccessKey| {
/// #     let public_key = (&SecretKey::from_seed(KeyType::ED25519, seed).public_key()).into();
/// #     KeyFacts { public_key, access_key, gas_key_nonces: Vec::new() }
/// # };
/// # let json = r#"{"nonce": 7000000, "permission": {"FunctionCall":
/// #     {"allowance": "1", "receiver_id": "game.near", "method_names": ["play"]}}}"#;
/// // Two full-access keys, and a key for an app.
/// let keys = vec![
///     key("a", AccessKey::full_access()),
///     key("b", AccessKey { nonce: 5, ..AccessKey::full_access() }),
///     key("app", serde_json::from_str(json)?),
/// ];
/// let alice = AccountFacts { account_id: "alice.near".parse()?, account, keys };
///
/// // Nothing moved since block 8.
/// let earlier = Some(Observed::new(8, &alice));
/// let (files, options) = (Credentials::default(), AuditOptions { earlier, ..Default::default() });
/// let plan = fix_plan(&audit(&chain, &alice, &files, &options), &chain, &alice, &files);
/// assert_eq!(plan.transactions[0].actions.len(), 1);
/// assert_eq!(plan.kept[0].because, KeptBecause::FullAccess);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn fix_plan(
    audit: &Audit,
    chain: &ChainFacts,
    account: &AccountFacts,
    credentials: &Credentials,
) -> DeletePlan {
    let full = account.keys.iter().filter(|key| key.is_full_access());
    let signers: Vec<PublicKeyHandle> = full.map(|key| key.public_key.clone()).collect();
    let findings = findings_by_key(audit, account);
    let gone: HashSet<&PublicKeyHandle> = (findings.iter())
        .filter(|(key, found)| open(found).any(|found| is_useless(key, &found.evidence)))
        .map(|(key, _)| &key.public_key)
        .collect();
    let judge = Judge { signers: &signers, whole_keys: whole_keys(account, credentials), gone };
    let (mut deletions, mut kept) = (Vec::new(), Vec::new());
    for (key, found) in findings {
        match judge.verdict(key, &found) {
            Ok(deletion) => deletions.push(deletion),
            Err(because) => kept.push(Kept { public_key: key.public_key.clone(), because }),
        }
    }
    let limit = chain.protocol.config.wasm_config.limit_config.max_actions_per_receipt;
    let transactions = pack(deletions, limit);
    DeletePlan { account_id: account.account_id.clone(), signers, transactions, kept }
}

/// All findings of each key that has one which no baseline accepts, in the account's order of keys.
fn findings_by_key<'a>(
    audit: &'a Audit,
    account: &'a AccountFacts,
) -> Vec<(&'a KeyFacts, Vec<&'a Finding>)> {
    let mut by_key: HashMap<&PublicKeyHandle, Vec<&Finding>> = HashMap::new();
    for finding in &audit.findings {
        if let Some(public_key) = &finding.public_key {
            by_key.entry(public_key).or_default().push(finding);
        }
    }
    let found = |key: &'a KeyFacts| Some((key, by_key.remove(&key.public_key)?));
    let found = account.keys.iter().filter_map(found);
    found.filter(|(_, found)| open(found).next().is_some()).collect()
}

/// The findings that no baseline accepts.
fn open<'a>(found: &[&'a Finding]) -> impl Iterator<Item = &'a Finding> {
    found.iter().copied().filter(|finding| !finding.suppressed)
}

/// Whole keys by what the chain calls them: those that are their own handle, and those from files.
fn whole_keys(
    account: &AccountFacts,
    credentials: &Credentials,
) -> HashMap<PublicKeyHandle, PublicKey> {
    let files = credentials.files.iter().map(|file| file.public_key.clone());
    let short = account.keys.iter().filter_map(KeyFacts::full_key);
    files.chain(short).map(|key| (PublicKeyHandle::from(&key), key)).collect()
}

/// What decides about a key besides its own findings.
struct Judge<'a> {
    signers: &'a [PublicKeyHandle],
    whole_keys: HashMap<PublicKeyHandle, PublicKey>,
    /// Keys that go for their own sake: nothing can be their duplicate.
    gone: HashSet<&'a PublicKeyHandle>,
}

impl Judge<'_> {
    fn verdict(&self, key: &KeyFacts, found: &[&Finding]) -> Result<Deletion, KeptBecause> {
        if key.is_full_access() {
            return Err(KeptBecause::FullAccess);
        }
        // What a baseline accepts is no reason to delete a key. It may be one to keep it.
        if found.iter().any(|found| may_be_a_vote(&found.evidence)) {
            return Err(KeptBecause::OwnContract);
        }
        let reasons = open(found).filter(|found| self.calls_for_deletion(key, &found.evidence));
        let reasons: Vec<String> = reasons.map(|found| found.reason.clone()).collect();
        if reasons.is_empty() {
            return Err(KeptBecause::OtherRemedy);
        }
        if self.signers.is_empty() {
            return Err(KeptBecause::NobodyCanSign);
        }
        let public_key = self.whole_keys.get(&key.public_key).ok_or(KeptBecause::OnlyHashKnown)?;
        Ok(Deletion { public_key: public_key.clone(), reasons, withdraw: funds(key) })
    }

    fn calls_for_deletion(&self, key: &KeyFacts, evidence: &Evidence) -> bool {
        match evidence {
            // Of two keys that were never used, nobody knows which an app holds.
            Evidence::DuplicateGrant { same_as, in_use, .. } => {
                *in_use && !self.gone.contains(same_as)
            }
            other => is_useless(key, other),
        }
    }
}

fn may_be_a_vote(evidence: &Evidence) -> bool {
    matches!(evidence, Evidence::OwnContract { code: OwnCode::Multisig | OwnCode::Other, .. })
}

/// Blocks after which a call has its refund: a promise that is put off waits for two hundred at most,
/// and a contract may put it off again.
const ALL_REFUNDED: u64 = 1_000;

/// Whether nobody misses the key.
fn is_useless(key: &KeyFacts, evidence: &Evidence) -> bool {
    match evidence {
        Evidence::Idle { .. } => true,
        // A gas key can be funded; an allowance cannot be raised, but a refund may be under way to it.
        Evidence::BelowOneCall { left, least, unmoved, .. } => {
            left < least
                && key.access_key.gas_key_info().is_none()
                && unmoved.is_some_and(|blocks| blocks >= ALL_REFUNDED)
        }
        _ => false,
    }
}

/// A gas key with tokens on it has a transaction of its own: if it is used before that, the
/// withdrawal fails, and nothing else with it. The others go together, as many as `limit` allows.
fn pack(deletions: Vec<Deletion>, limit: u64) -> Vec<PlannedTransaction> {
    let (funded, others): (Vec<_>, Vec<_>) =
        deletions.into_iter().partition(|deletion| deletion.withdraw.is_some());
    let at_once = usize::try_from(limit).unwrap_or(usize::MAX).max(1);
    let together = others.chunks(at_once).map(PlannedTransaction::of);
    let alone = funded.chunks(1).map(PlannedTransaction::of);
    together.chain(alone).collect()
}

impl PlannedTransaction {
    fn of(deletions: &[Deletion]) -> Self {
        let actions = deletions.iter().flat_map(Deletion::actions).collect();
        Self { deletions: deletions.to_vec(), actions }
    }
}

impl Deletion {
    fn actions(&self) -> impl Iterator<Item = Action> + use<> {
        let public_key = self.public_key.clone();
        let withdraw = self.withdraw.map(|amount| {
            let public_key = public_key.clone();
            Action::WithdrawFromGasKey(Box::new(WithdrawFromGasKeyAction { public_key, amount }))
        });
        let delete = Action::DeleteKey(Box::new(DeleteKeyAction { public_key }));
        withdraw.into_iter().chain([delete])
    }
}

impl fmt::Display for KeptBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FullAccess => "it may do everything; only its owner knows whether it is needed",
            Self::NobodyCanSign => "no full-access key is left to sign its deletion",
            Self::OwnContract => "the account's contract may count on it",
            Self::OtherRemedy => "what was found has another remedy",
            Self::OnlyHashKnown => "the chain has its hash only, and no key file has the key",
        })
    }
}

impl fmt::Display for DeletePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, tx) in self.transactions.iter().enumerate() {
            writeln!(f, "transaction {} of {}:", index + 1, self.transactions.len())?;
            for Deletion { public_key, reasons, withdraw } in &tx.deletions {
                if let Some(amount) = withdraw {
                    writeln!(f, "  withdraw {} from {public_key}", near(*amount))?;
                }
                writeln!(f, "  delete {public_key}: {}", reasons.join("; "))?;
            }
        }
        for Kept { public_key, because } in &self.kept {
            writeln!(f, "keep {public_key}: {because}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    mod fix;
}
