//! Plans that delete the keys an audit found unused. At worst, an app asks its user to sign in again.

mod kept;

use super::evidence::Evidence;
use super::usage::Usage;
use super::{Audit, Credentials, Finding};
use crate::grant::funds;
use crate::units::{counted, near};
use crate::{AccountFacts, ChainFacts, Grant, KeyFacts, wrapped};
pub use kept::{Kept, KeptBecause};
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::action::{Action, DeleteKeyAction, WithdrawFromGasKeyAction};
use near_primitives::types::{AccountId, Balance, BlockHeight};
use serde::Serialize;
use std::collections::HashMap;
use std::fmt;

/// Keys to delete, in transactions for a full-access key to sign. Nothing is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeletePlan {
    /// The signer and receiver of every transaction.
    pub account_id: AccountId,
    /// The next block when the plan was made. A key that is used after that is deleted all the same.
    pub height: BlockHeight,
    /// The keys that can sign: all full-access keys, of which the plan deletes none.
    pub signers: Vec<PublicKeyHandle>,
    /// The transactions, in any order. If one fails, it changes nothing and does not affect the others.
    pub transactions: Vec<PlannedTransaction>,
    /// The keys that stay, and why.
    pub kept: Vec<Kept>,
}

/// One transaction, from the account to itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedTransaction {
    /// The keys that it deletes, and why.
    pub deletions: Vec<Deletion>,
    /// Its actions, in order.
    pub actions: Vec<Action>,
}

/// A key to delete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deletion {
    /// The key.
    pub public_key: PublicKey,
    /// The findings that are reasons for it.
    pub reasons: Vec<String>,
    /// The balance withdrawn from a gas key first, yoctoNEAR; the deletion would burn it.
    pub withdraw: Option<Balance>,
}

/// Plans the deletion of unused keys: those not used for
/// [`AuditOptions::idle_after`](super::AuditOptions::idle_after) blocks since an earlier audit.
///
/// Without an earlier audit, nothing is planned: a nonce that looks unused may have been reached by
/// skipping nonces. These are not reasons to delete a key:
///
/// - it allows the same as another key, which may belong to another login or worker;
/// - it cannot pay for a call, because a relayer may pay;
/// - the baseline accepts the finding.
///
/// A key that was used or added since the earlier audit always stays. Only function-call keys are deleted, and none
/// for the account's own contract, so no plan can lock an account. `account`, `chain` and `credentials`
/// are those of the audit.
///
/// ```
/// use keyway_guard::{AuditOptions, Credentials, KeptBecause, Observed, audit, fix_plan};
/// # use keyway_rules::Protocol;
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
    let judge = Judge {
        audit,
        account_id: &account.account_id,
        signers: &signers,
        whole_keys: whole_keys(account, credentials),
        found: findings_by_key(audit),
    };
    let (mut deletions, mut kept) = (Vec::new(), Vec::new());
    for key in &account.keys {
        match judge.verdict(key) {
            Ok(deletion) => deletions.push(deletion),
            Err(because) => kept.push(Kept::new(&key.public_key, because)),
        }
    }
    let limit = chain.protocol.config.wasm_config.limit_config.max_actions_per_receipt;
    let transactions = pack(deletions, limit);
    let (account_id, height) = (account.account_id.clone(), audit.height);
    DeletePlan { account_id, height, signers, transactions, kept }
}

fn findings_by_key(audit: &Audit) -> HashMap<&PublicKeyHandle, Vec<&Finding>> {
    let mut by_key: HashMap<&PublicKeyHandle, Vec<&Finding>> = HashMap::new();
    for finding in &audit.findings {
        if let Some(public_key) = &finding.public_key {
            by_key.entry(public_key).or_default().push(finding);
        }
    }
    by_key
}

/// Whole public keys by their handle on the chain: those that are their own handle, and those of key files.
fn whole_keys(
    account: &AccountFacts,
    credentials: &Credentials,
) -> HashMap<PublicKeyHandle, PublicKey> {
    let files = credentials.files.iter().map(|file| file.public_key.clone());
    let short = account.keys.iter().filter_map(KeyFacts::full_key);
    files.chain(short).map(|key| (PublicKeyHandle::from(&key), key)).collect()
}

/// Decides whether a key is deleted.
struct Judge<'a> {
    audit: &'a Audit,
    account_id: &'a AccountId,
    signers: &'a [PublicKeyHandle],
    whole_keys: HashMap<PublicKeyHandle, PublicKey>,
    found: HashMap<&'a PublicKeyHandle, Vec<&'a Finding>>,
}

impl Judge<'_> {
    fn verdict(&self, key: &KeyFacts) -> Result<Deletion, KeptBecause> {
        let usage = self.audit.notes.get(&key.public_key).map(|noted| noted.usage);
        let usage = usage.unwrap_or(Usage::Unknown);
        self.stays_anyway(key, usage).map_or(Ok(()), Err)?;
        let reasons: Vec<&Finding> = self
            .found(key)
            .filter(|found| matches!(found.evidence, Evidence::Idle { .. }))
            .collect();
        if reasons.is_empty() {
            return Err(self.no_reason(usage));
        }
        // A baseline accepts the finding, so it is no reason to delete the key.
        let open = reasons.iter().filter(|found| !found.suppressed);
        let reasons: Vec<String> = open.map(|found| found.reason.clone()).collect();
        if reasons.is_empty() {
            return Err(KeptBecause::Accepted);
        }
        if self.signers.is_empty() {
            return Err(KeptBecause::NobodyCanSign);
        }
        let public_key = self.whole_keys.get(&key.public_key).ok_or(KeptBecause::OnlyHashKnown)?;
        Ok(Deletion { public_key: public_key.clone(), reasons, withdraw: funds(key) })
    }

    /// Why the key stays, whatever the findings are.
    fn stays_anyway(&self, key: &KeyFacts, usage: Usage) -> Option<KeptBecause> {
        if key.is_full_access() {
            return Some(KeptBecause::FullAccess);
        }
        // The contract, even a future one, may rely on the key as a vote, a helper or a guard.
        match Grant::of(&key.access_key.permission) {
            Grant::Calls { receiver_id, .. } if receiver_id == self.account_id.as_str() => {
                return Some(KeptBecause::OwnContract);
            }
            _ => {}
        }
        match usage {
            Usage::Moved { from, to, since } => Some(KeptBecause::InUse { from, to, since }),
            Usage::AddedSince { since } => Some(KeptBecause::AddedSince { since }),
            _ => None,
        }
    }

    /// Why the key stays if no finding is a reason to delete it.
    fn no_reason(&self, usage: Usage) -> KeptBecause {
        let idle_after = self.audit.idle_after;
        match usage {
            Usage::Unmoved { since, blocks } => {
                KeptBecause::UsedLately { since, blocks, idle_after }
            }
            // Keys that were used or added since stay in any case.
            Usage::NoEarlierLook
            | Usage::Unknown
            | Usage::Moved { .. }
            | Usage::AddedSince { .. } => KeptBecause::NotKnownUnused,
        }
    }

    fn found(&self, key: &KeyFacts) -> impl Iterator<Item = &Finding> {
        self.found.get(&key.public_key).into_iter().flatten().copied()
    }
}

/// Deletions in transactions of at most `limit` actions. A gas key with a balance gets a transaction of its
/// own, because its withdrawal fails if the key is used before.
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

impl fmt::Display for DeletePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account_id, height, transactions, kept, .. } = self;
        let deletions: Vec<&Deletion> = transactions.iter().flat_map(|tx| &tx.deletions).collect();
        let goes = counted(deletions.len() as u64, "key");
        let txs = counted(transactions.len() as u64, "transaction");
        match deletions.len() {
            0 => writeln!(f, "{account_id}: no key to delete, as of block {height}")?,
            _ => writeln!(f, "{account_id}: {goes} to delete in {txs}, as of block {height}")?,
        }
        for Deletion { public_key, reasons, withdraw } in deletions.iter().take(NAMED) {
            if let Some(amount) = withdraw {
                writeln!(
                    f,
                    "{}",
                    wrapped("  withdraw ", &format!("{} from {public_key}", near(*amount)))
                )?;
            }
            writeln!(f, "  delete {public_key}")?;
            // One reason is enough for people; the plan has all of them.
            let reason = reasons.first().map(String::as_str).unwrap_or_default();
            writeln!(f, "{}", wrapped("    ", reason))?;
        }
        more(f, deletions.len())?;
        kept::lines(f, kept)
    }
}

/// How many keys are listed for each reason; the others are counted.
const NAMED: usize = 4;

fn more(f: &mut fmt::Formatter<'_>, of: usize) -> fmt::Result {
    match of.saturating_sub(NAMED) {
        0 => Ok(()),
        more => writeln!(f, "    and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    mod fix;
}
