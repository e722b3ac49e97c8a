//! What the analyses say of an account and of some or all of its keys.

use crate::failure::Failure;
use keyway::client::{Account, AccountKey};
use keyway::guard::{
    AccountFacts, Audit, AuditOptions, ChainFacts, Credentials, Evidence, Finding, Forecast,
    KeyFacts, Usage, audit, forecast,
};
use keyway::{AccountId, Client, Gas};
use std::collections::HashMap;
use tokio::task::spawn_blocking;

/// An account with keys, judged.
#[derive(Debug)]
pub(super) struct Analysis {
    pub(super) account: Account,
    pub(super) facts: AccountFacts,
    /// Whether these are all keys of the account.
    pub(super) whole: bool,
    /// The block that a transaction would enter; none if this build does not know the chain's rules.
    pub(super) height: Option<u64>,
    findings: Vec<Finding>,
    forecasts: HashMap<String, Forecast>,
}

impl Analysis {
    /// Reads what is still missing and judges it.
    ///
    /// # Errors
    /// If the node does not answer.
    pub(super) async fn of(
        then: &Client,
        account: Account,
        listed: Vec<AccountKey>,
        whole: bool,
    ) -> Result<Self, Failure> {
        let keys = with_nonces(then, &account.account_id, listed).await?;
        let facts = account.facts(keys);
        // A newer protocol than this build knows leaves the page without judgements.
        let Ok(chain) = then.chain_facts().await else {
            let (findings, forecasts) = (Vec::new(), HashMap::new());
            return Ok(Self { account, facts, whole, height: None, findings, forecasts });
        };
        let height = Some(chain.height);
        let judged = spawn_blocking(move || {
            let audit = audit(&chain, &facts, &Credentials::default(), &AuditOptions::default());
            let forecasts = forecasts(&chain, &facts);
            (facts, audit, forecasts)
        });
        let (facts, audit, forecasts) = judged.await.map_err(|_| Failure::busy())?;
        let findings = kept(audit, whole);
        Ok(Self { account, facts, whole, height, findings, forecasts })
    }

    /// Findings about the account as a whole.
    pub(super) fn of_account(&self) -> Vec<&Finding> {
        self.findings.iter().filter(|finding| finding.public_key.is_none()).collect()
    }

    /// Findings about one key.
    pub(super) fn of_key(&self, key: &KeyFacts) -> Vec<&Finding> {
        let is_its = |finding: &&Finding| finding.public_key.as_ref() == Some(&key.public_key);
        self.findings.iter().filter(is_its).collect()
    }

    /// How many calls a key can still pay for.
    pub(super) fn forecast(&self, key: &KeyFacts) -> Option<&Forecast> {
        self.forecasts.get(&key.public_key.to_string())
    }
}

/// The findings that hold for a part of the keys: those about the whole account need all keys, and so
/// do counts of keys.
fn kept(audit: Audit, whole: bool) -> Vec<Finding> {
    let of_some = |finding: &Finding| {
        finding.public_key.is_some()
            && !matches!(finding.evidence, Evidence::SeveralFullAccessKeys { .. })
    };
    audit.findings.into_iter().filter(|finding| whole || of_some(finding)).collect()
}

/// The keys with the nonces of gas keys.
async fn with_nonces(
    then: &Client,
    owner: &AccountId,
    listed: Vec<AccountKey>,
) -> Result<Vec<KeyFacts>, Failure> {
    let mut keys = Vec::with_capacity(listed.len());
    for AccountKey { public_key, access_key, .. } in listed {
        let is_gas_key = access_key.gas_key_info().is_some();
        let mut key = KeyFacts { public_key, access_key, gas_key_nonces: Vec::new() };
        if let Some(full) = key.full_key().filter(|_| is_gas_key) {
            key.gas_key_nonces = then.gas_key_nonces(owner, &full).await?;
        }
        keys.push(key);
    }
    Ok(keys)
}

/// Forecasts for the keys that have a limit of their own.
fn forecasts(chain: &ChainFacts, facts: &AccountFacts) -> HashMap<String, Forecast> {
    let limited = facts.keys.iter().filter(|key| has_limit(key));
    let forecasts = limited.map(|key| {
        let usage = usage(&facts.account_id, key);
        let forecast = forecast(chain, facts, &key.full_key()?, &usage).ok()?;
        Some((key.public_key.to_string(), forecast))
    });
    forecasts.flatten().collect()
}

fn has_limit(key: &KeyFacts) -> bool {
    let call = key.access_key.permission.function_call_permission();
    key.access_key.gas_key_info().is_some() || call.is_some_and(|call| call.allowance.is_some())
}

/// The call that a forecast repeats: the first that the key may make.
fn usage(account: &AccountId, key: &KeyFacts) -> Usage {
    let limits = key.access_key.permission.function_call_permission();
    let own = limits.and_then(|limits| limits.receiver_id.parse().ok());
    let listed = limits.and_then(|limits| limits.method_names.first().cloned());
    let contract = own.unwrap_or_else(|| account.clone());
    Usage::new(contract, listed.unwrap_or_else(|| "function".to_owned()), CALL_GAS)
}

/// Gas of the call that a forecast repeats.
pub(super) const CALL_GAS: Gas = Gas::from_teragas(30);
