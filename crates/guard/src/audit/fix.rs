//! The deletions that an audit leads to: at worst an app asks its user to sign in again.

use super::evidence::{Evidence, OwnCode};
use super::{Audit, Credentials};
use crate::grant::{funds, is_full_access};
use crate::{AccountFacts, ChainFacts, KeyFacts};
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
    /// In any order.
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

/// Plans the deletion of keys that are duplicates, idle, forgotten, or cannot pay for a call.
///
/// Only function-call keys are deleted, so that no plan can lock an account. What a baseline accepts
/// is left. `account`, `chain` and `credentials` are those of the audit.
///
/// ```
/// use keyway_guard::{AuditOptions, Credentials, KeptBecause, audit, fix_plan};
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
/// // Two full-access keys, and a key for an app from block 8, never used since.
/// let keys = vec![
///     key("a", AccessKey::full_access()),
///     key("b", AccessKey::full_access()),
///     key("app", serde_json::from_str(json)?),
/// ];
/// let alice = AccountFacts { account_id: "alice.near".parse()?, account, keys };
///
/// let (files, options) = (Credentials::default(), AuditOptions::default());
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
    let full = account.keys.iter().filter(|key| is_full_access(key));
    let signers: Vec<PublicKeyHandle> = full.map(|key| key.public_key.clone()).collect();
    let findings = findings_by_key(audit, account);
    let gone: HashSet<&PublicKeyHandle> = (findings.iter())
        .filter(|(key, found)| found.iter().any(|found| is_useless(key, found)))
        .map(|(key, _)| &key.public_key)
        .collect();
    let judge = Judge { signers: &signers, whole_keys: whole_keys(account, credentials), gone };
    let (mut deletions, mut kept) = (Vec::new(), Vec::new());
    for (key, evidence) in findings {
        match judge.verdict(key, &evidence) {
            Ok(deletion) => deletions.push(deletion),
            Err(because) => kept.push(Kept { public_key: key.public_key.clone(), because }),
        }
    }
    let limit = chain.protocol.config.wasm_config.limit_config.max_actions_per_receipt;
    let transactions = pack(deletions, limit);
    DeletePlan { account_id: account.account_id.clone(), signers, transactions, kept }
}

/// The findings of each key that no baseline accepts, in the account's order of keys.
fn findings_by_key<'a>(
    audit: &'a Audit,
    account: &'a AccountFacts,
) -> Vec<(&'a KeyFacts, Vec<&'a Evidence>)> {
    let mut by_key: HashMap<&PublicKeyHandle, Vec<&Evidence>> = HashMap::new();
    for finding in audit.findings.iter().filter(|finding| !finding.suppressed) {
        if let Some(public_key) = &finding.public_key {
            by_key.entry(public_key).or_default().push(&finding.evidence);
        }
    }
    let found = |key: &'a KeyFacts| Some((key, by_key.remove(&key.public_key)?));
    account.keys.iter().filter_map(found).collect()
}

/// Whole keys by what the chain calls them: those that are their own handle, and those from files.
fn whole_keys(
    account: &AccountFacts,
    credentials: &Credentials,
) -> HashMap<PublicKeyHandle, PublicKey> {
    let files = credentials.files.iter().map(|file| file.public_key.clone());
    let short = account.keys.iter().filter_map(|key| whole(&key.public_key));
    files.chain(short).map(|key| (PublicKeyHandle::from(&key), key)).collect()
}

/// The whole key, where its handle is not a hash.
pub(crate) fn whole(handle: &PublicKeyHandle) -> Option<PublicKey> {
    match handle {
        PublicKeyHandle::ED25519(key) => Some(PublicKey::ED25519(key.clone())),
        PublicKeyHandle::SECP256K1(key) => Some(PublicKey::SECP256K1(key.clone())),
        PublicKeyHandle::MlDsa65(_) => None,
    }
}

/// What decides about a key besides its own findings.
struct Judge<'a> {
    signers: &'a [PublicKeyHandle],
    whole_keys: HashMap<PublicKeyHandle, PublicKey>,
    /// Keys that go for their own sake: nothing can be their duplicate.
    gone: HashSet<&'a PublicKeyHandle>,
}

impl Judge<'_> {
    fn verdict(&self, key: &KeyFacts, evidence: &[&Evidence]) -> Result<Deletion, KeptBecause> {
        if is_full_access(key) {
            return Err(KeptBecause::FullAccess);
        }
        if evidence.iter().any(|found| may_be_a_vote(found)) {
            return Err(KeptBecause::OwnContract);
        }
        let reasons = evidence.iter().filter(|found| self.calls_for_deletion(key, found));
        let reasons: Vec<String> = reasons.map(ToString::to_string).collect();
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
            Evidence::DuplicateGrant { same_as, .. } => !self.gone.contains(same_as),
            other => is_useless(key, other),
        }
    }
}

fn may_be_a_vote(evidence: &Evidence) -> bool {
    matches!(evidence, Evidence::OwnContract { code: OwnCode::Multisig | OwnCode::Other, .. })
}

/// Whether nobody misses the key.
fn is_useless(key: &KeyFacts, evidence: &Evidence) -> bool {
    match evidence {
        Evidence::Idle { .. } => true,
        // A gas key can be funded; an allowance cannot be raised.
        Evidence::BelowOneCall { left, least, .. } => {
            left < least && key.access_key.gas_key_info().is_none()
        }
        Evidence::NeverUsed { blocks: Some(blocks), forgotten_after, .. } => {
            blocks >= forgotten_after
        }
        _ => false,
    }
}

/// As few transactions as the limit on actions allows; a key's actions stay together.
fn pack(deletions: Vec<Deletion>, limit: u64) -> Vec<PlannedTransaction> {
    let mut transactions: Vec<PlannedTransaction> = Vec::new();
    for deletion in deletions {
        let actions = actions(&deletion);
        let fits =
            |tx: &&mut PlannedTransaction| (tx.actions.len() + actions.len()) as u64 <= limit;
        match transactions.last_mut().filter(fits) {
            Some(tx) => {
                tx.actions.extend(actions);
                tx.deletions.push(deletion);
            }
            None => transactions.push(PlannedTransaction { deletions: vec![deletion], actions }),
        }
    }
    transactions
}

fn actions(deletion: &Deletion) -> Vec<Action> {
    let public_key = deletion.public_key.clone();
    let withdraw = deletion.withdraw.map(|amount| {
        let public_key = public_key.clone();
        Action::WithdrawFromGasKey(Box::new(WithdrawFromGasKeyAction { public_key, amount }))
    });
    let delete = Action::DeleteKey(Box::new(DeleteKeyAction { public_key: public_key.clone() }));
    withdraw.into_iter().chain([delete]).collect()
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
                    writeln!(f, "  withdraw {amount} from {public_key}")?;
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
