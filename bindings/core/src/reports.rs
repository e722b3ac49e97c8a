//! The analyses of keys, on a sandbox as it is now.

use crate::action::{Action, intent};
use crate::problem::Problem;
use crate::request::{Forecast, read_public_key};
use crate::runtime::wait;
use keyway::error::QueryError;
use keyway::guard::{
    self, AccountFacts, AuditOptions, Callable, ChainFacts, Credentials, KeyFacts, Usage,
};
use keyway::protocol::{PublicKey, PublicKeyHandle};
use keyway::{AccountId, Client, Error, Gas, Sandbox};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Why a key can or cannot sign these actions, and what is certain to fail.
///
/// # Errors
/// If an argument is invalid.
pub(crate) fn explain(
    sandbox: &Sandbox,
    account_id: &str,
    public_key: &PublicKey,
    receiver: Option<&str>,
    actions: &[Action],
) -> Result<Value, Problem> {
    let moment = Moment::of(sandbox)?;
    let signer_id = read_account_id(account_id)?;
    let (receiver_id, actions) = intent(receiver, actions)?.resolve(&signer_id)?;
    let account = moment.account(&signer_id, public_key)?;
    let key = account.as_ref().and_then(|facts| facts.key(&PublicKeyHandle::from(public_key)));
    let transaction = guard::unsigned(&signer_id, public_key, key, &receiver_id, actions);
    let mut explained = guard::explain(&moment.chain, account.as_ref(), &transaction);
    if explained.is_accepted() {
        let known = wait(moment.client.neighbours(&transaction))?;
        explained = explained.looking_ahead(guard::outlook(&moment.chain, &transaction, &known));
    }
    let (accepted, text) = (explained.is_accepted(), explained.to_string());
    Ok(with(json!(explained), [("accepted", json!(accepted)), ("text", json!(text))]))
}

/// How many more calls a key can pay for.
///
/// # Errors
/// If an argument is invalid, or the account does not have the key.
pub(crate) fn forecast(sandbox: &Sandbox, wanted: &Forecast) -> Result<Value, Problem> {
    let moment = Moment::of(sandbox)?;
    let account_id = read_account_id(&wanted.account_id)?;
    let public_key = read_public_key(&wanted.public_key)?;
    let unknown = || QueryError::UnknownAccount { account_id: account_id.clone() };
    let account =
        moment.account(&account_id, &public_key)?.ok_or_else(|| Error::from(unknown()))?;
    let key = account.key(&PublicKeyHandle::from(&public_key)).ok_or_else(|| {
        let public_key = public_key.clone();
        Error::from(QueryError::UnknownAccessKey { account_id: account_id.clone(), public_key })
    })?;
    let usage = usage(wanted, &account_id, key)?;
    let forecast = guard::forecast(&moment.chain, &account, &public_key, &usage);
    let forecast =
        forecast.map_err(|error| Problem::argument("Argument.NotUsable", error.to_string()))?;
    let text = forecast.to_string();
    Ok(with(json!(forecast), [("text", json!(text))]))
}

/// The call: by default the first that the key lists.
fn usage(wanted: &Forecast, account_id: &AccountId, key: &KeyFacts) -> Result<Usage, Problem> {
    let limits = key.access_key.permission.function_call_permission();
    let contract = match &wanted.contract {
        Some(contract) => read_account_id(contract)?,
        None => limits
            .and_then(|limits| limits.receiver_id.parse().ok())
            .unwrap_or_else(|| account_id.clone()),
    };
    let listed = limits.and_then(|limits| limits.method_names.first());
    let method = wanted.method.as_ref().or(listed).map_or(SOME_FUNCTION, String::as_str);
    let gas = wanted.gas.as_ref().map_or(Ok(DEFAULT_GAS), |gas| gas.get())?;
    let usage = Usage::new(contract, method, gas).with_args(wanted.args_bytes as usize);
    match &wanted.burnt {
        Some(burnt) => Ok(usage.burning_in_all(burnt.get()?)),
        None => Ok(usage),
    }
}

/// Dangerous and useless keys of an account.
///
/// # Errors
/// If there is no such account.
pub(crate) fn audit(
    sandbox: &Sandbox,
    account_id: &str,
    signer_contracts: &[String],
) -> Result<Value, Problem> {
    let moment = Moment::of(sandbox)?;
    let account = wait(moment.client.account_facts(account_id))?;
    let signer_contracts = signer_contracts.iter().map(|id| read_account_id(id));
    let options = AuditOptions {
        signer_contracts: signer_contracts.collect::<Result<_, _>>()?,
        contracts: moment.contracts(&account)?,
        ..AuditOptions::default()
    };
    let audit = guard::audit(&moment.chain, &account, &Credentials::default(), &options);
    let text = audit.to_string();
    Ok(with(json!(audit), [("text", json!(text))]))
}

/// Whether an account is locked, and what its contract can do.
///
/// # Errors
/// If there is no such account.
pub(crate) fn lock_verdict(sandbox: &Sandbox, account_id: &str) -> Result<Value, Problem> {
    let moment = Moment::of(sandbox)?;
    let facts = wait(moment.client.account_facts(account_id))?;
    let code = match wait(moment.client.code(account_id)) {
        Ok(code) => Some(code.wasm),
        // A contract that is named but does not exist can still be deployed.
        Err(Error::Query(QueryError::NoContract { .. } | QueryError::NoGlobalContract { .. })) => {
            None
        }
        Err(error) => return Err(error.into()),
    };
    let report = guard::lock_verdict(&facts, code.as_deref());
    let text = report.to_string();
    Ok(with(json!(report), [("text", json!(text))]))
}

/// A sandbox at one moment, so that all queries of a report are of the same block.
struct Moment {
    client: Client,
    chain: ChainFacts,
    _frozen: Sandbox,
}

impl Moment {
    fn of(sandbox: &Sandbox) -> Result<Self, Problem> {
        let frozen = sandbox.clone();
        let client = frozen.client();
        let chain = wait(client.chain_facts())?;
        Ok(Self { client, chain, _frozen: frozen })
    }

    /// The account with its keys, and with the nonces of `key` if that is a gas key; none if it does not exist.
    fn account(
        &self,
        account_id: &AccountId,
        key: &PublicKey,
    ) -> Result<Option<AccountFacts>, Problem> {
        let mut account = match wait(self.client.account_facts(account_id)) {
            Err(Error::Query(QueryError::UnknownAccount { .. })) => return Ok(None),
            account => account?,
        };
        // The chain lists a post-quantum key by its hash, so its nonces are not among the facts.
        let handle = PublicKeyHandle::from(key);
        let facts = account.keys.iter_mut().find(|facts| facts.public_key == handle);
        if let Some(facts) = facts
            && facts.access_key.gas_key_info().is_some()
            && facts.gas_key_nonces.is_empty()
        {
            facts.gas_key_nonces = wait(self.client.gas_key_nonces(account_id, key))?;
        }
        Ok(Some(account))
    }

    /// What is known of the contracts that the account's keys may call.
    fn contracts(&self, account: &AccountFacts) -> Result<BTreeMap<String, Callable>, Problem> {
        let mut contracts = BTreeMap::new();
        for key in &account.keys {
            let Some(limits) = key.access_key.permission.function_call_permission() else {
                continue;
            };
            let contract = &limits.receiver_id;
            if contract.parse::<AccountId>().is_ok() && !contracts.contains_key(contract) {
                let callable = wait(self.client.callable(contract, true))?;
                contracts.insert(contract.clone(), callable);
            }
        }
        Ok(contracts)
    }
}

/// The account id.
///
/// # Errors
/// If the text is none.
pub(crate) fn read_account_id(text: &str) -> Result<AccountId, Problem> {
    // The library's own check, which says what an account id is.
    keyway::Sandbox::known_key(text)?;
    text.parse().map_err(|_| Problem::argument("Argument.AccountId.Invalid", "not an account id"))
}

fn with<const N: usize>(report: Value, fields: [(&str, Value); N]) -> Value {
    let Value::Object(mut report) = report else { return report };
    report.extend(crate::number::object(fields));
    Value::Object(report)
}

const DEFAULT_GAS: Gas = Gas::from_teragas(30);

/// Stands for a function if the key lists none; only its length matters.
const SOME_FUNCTION: &str = "function";
