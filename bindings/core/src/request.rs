//! What a sandbox can be asked.

use crate::action::{Action, read_hash};
use crate::number::{Amount, Bytes, GasAmount, Integer, integers};
use crate::outcome;
use crate::problem::Problem;
use crate::reports;
use crate::sandbox::{moment, read_key_pair};
use keyway::Sandbox;
use keyway::protocol::{PublicKey, PublicKeyHandle, StateRecord};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

pub use change::Changed;

mod change;
mod history;
mod views;

/// A request to a sandbox. Names and fields are those of the library's functions.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is an argument of the function of the same name")]
pub enum Request {
    /// Creates an account, with a key derived from its name if none is given.
    CreateAccount {
        account_id: String,
        balance: Option<Amount>,
        secret_key: Option<String>,
        contract: Option<Bytes>,
    },
    /// The chain id, and the height, hash and time of the newest block.
    Head {},
    /// An account with its balances.
    AccountInfo { account_id: String },
    /// One access key.
    AccessKey { account_id: String, public_key: String },
    /// All access keys of an account.
    AccessKeys { account_id: String },
    /// The nonces of a gas key.
    GasKeyNonces { account_id: String, public_key: String },
    /// Calls a view function.
    View { contract: String, method: String, args_json: Option<String>, args: Option<Bytes> },
    /// The data of a contract whose keys begin with `prefix`.
    ContractState { account_id: String, prefix: Bytes },
    /// The outcome of a transaction; null if the chain does not have it.
    Outcome { hash: String },
    /// The outcome of a transaction as lines for people; null if the chain does not have it.
    OutcomeText { hash: String },
    /// Writes records into the state: JSON text, as in genesis.json.
    Patch { records: String },
    /// Sets an account's balance.
    SetBalance { account_id: String, balance: Amount },
    /// Seals a block at a time.
    SetTime { time_ns: Integer },
    /// Moves the time ahead, and seals a block then.
    Advance { nanoseconds: Integer },
    /// Lets the time stand still.
    FreezeTime {},
    /// Lets each block come this much after the one before it.
    StepTime { nanoseconds: Integer },
    /// Lets time pass as it did at first.
    FreeTime {},
    /// Seals blocks with this time between them.
    Mine { blocks: u64, interval_ns: Integer },
    /// Deletes an account with all that it has, without applying any rules.
    DeleteAccount { account_id: String },
    /// Deletes a key, without applying any rules.
    DeleteAccessKey { account_id: String, public_key: String },
    /// Deletes an entry of a contract's data.
    DeleteData { account_id: String, key: Bytes },
    /// Deletes a contract; its data stays.
    DeleteContract { account_id: String },
    /// Seals empty blocks.
    SealBlocks { count: u64 },
    /// Makes blocks pass that are not all sealed.
    FastForward { blocks: u64 },
    /// Why a key can or cannot sign a transaction.
    Explain {
        account_id: String,
        public_key: String,
        receiver: Option<String>,
        actions: Vec<Action>,
    },
    /// How many more calls a key can pay for.
    Forecast(Forecast),
    /// Dangerous and useless keys of an account.
    Audit {
        account_id: String,
        #[serde(default)]
        signer_contracts: Vec<String>,
    },
    /// Whether an account is locked.
    LockVerdict { account_id: String },
    /// Saves the chain under a name.
    SnapshotNamed {
        name: String,
        #[serde(default)]
        note: String,
    },
    /// The named snapshots.
    Snapshots {},
    /// Goes back to a named snapshot.
    RevertNamed { name: String },
    /// Deletes a named snapshot.
    DeleteSnapshot { name: String },
    /// Goes back to the first block, and deletes all named snapshots.
    Reset {},
    /// Writes the chain into a file.
    Dump { path: PathBuf },
    /// Everything that a transaction did: the text of a JSON object.
    Trace { hash: String },
    /// Why a transaction ended as it did, as lines for people.
    Why { hash: String },
    /// A past transaction with something changed: the text of a JSON object.
    WhatIf { hash: String, changes: Vec<Changed> },
    /// What happened to an account's keys: the text of a JSON object.
    KeyHistory { account_id: String, public_key: Option<String>, from_height: Option<Integer> },
    /// What the chain is a fork of; null if it is none.
    ForkedFrom {},
    /// Writes what a fork has read into a fork file.
    Freeze { path: PathBuf },
}

/// A call to forecast.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forecast {
    pub(crate) account_id: String,
    pub(crate) public_key: String,
    pub(crate) contract: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) gas: Option<GasAmount>,
    pub(crate) burnt: Option<GasAmount>,
    #[serde(default)]
    pub(crate) args_bytes: u32,
}

impl Request {
    /// Carries it out.
    ///
    /// # Errors
    /// What the library returns, as a [`Problem`].
    pub(crate) fn carry_out(self, sandbox: &Sandbox) -> Result<Value, Problem> {
        match self {
            Self::CreateAccount { account_id, balance, secret_key, contract } => {
                create_account(sandbox, &account_id, balance, secret_key, contract)
            }
            Self::Head {} => head(sandbox),
            Self::AccountInfo { account_id } => {
                Ok(views::account(&sandbox.account_info(account_id)?))
            }
            Self::AccessKey { account_id, public_key } => {
                let public_key = read_public_key(&public_key)?;
                let key = sandbox.access_key(account_id, &public_key)?;
                Ok(views::access_key(&public_key.into(), &key))
            }
            Self::AccessKeys { account_id } => {
                let keys = sandbox.access_keys(account_id)?;
                Ok(keys
                    .iter()
                    .map(|key| views::access_key(&key.public_key, &key.access_key))
                    .collect())
            }
            Self::GasKeyNonces { account_id, public_key } => {
                let nonces = sandbox.gas_key_nonces(account_id, &read_public_key(&public_key)?)?;
                Ok(nonces.into_iter().map(|nonce| json!(Integer(nonce.into()))).collect())
            }
            Self::View { contract, method, args_json, args } => {
                let args = args_json.map(String::into_bytes).or(args.map(|args| args.0));
                let called =
                    sandbox.view(contract, method).args(args.unwrap_or_default()).call()?;
                Ok(json!({"value": Bytes::text(&called.bytes), "logs": called.logs}))
            }
            Self::ContractState { account_id, prefix } => {
                let rows = sandbox.contract_state(account_id, prefix.0)?;
                let pair = |(key, value): (Vec<u8>, Vec<u8>)| {
                    json!([Bytes::text(&key), Bytes::text(&value)])
                };
                Ok(rows.into_iter().map(pair).collect())
            }
            Self::Outcome { hash } => {
                Ok(sandbox.outcome(&read_hash(&hash)?).as_ref().map_or(Value::Null, outcome::value))
            }
            Self::OutcomeText { hash } => {
                Ok(json!(sandbox.outcome(&read_hash(&hash)?).map(|outcome| outcome.to_string())))
            }
            Self::Patch { records } => patch(sandbox, &records),
            Self::SetBalance { account_id, balance } => {
                done(sandbox.set_balance(account_id, balance.get()?))
            }
            Self::SetTime { time_ns } => done(sandbox.set_time(moment(time_ns)?)),
            Self::Advance { nanoseconds } => done(sandbox.advance(span(nanoseconds)?)),
            Self::FreezeTime {} => done(sandbox.freeze_time()),
            Self::StepTime { nanoseconds } => done(sandbox.step_time(span(nanoseconds)?)),
            Self::FreeTime {} => done(sandbox.free_time()),
            Self::Mine { blocks, interval_ns } => done(sandbox.mine(blocks, span(interval_ns)?)),
            Self::DeleteAccount { account_id } => done(sandbox.delete_account(account_id)),
            Self::DeleteAccessKey { account_id, public_key } => {
                done(sandbox.delete_access_key(account_id, read_handle(&public_key)?))
            }
            Self::DeleteData { account_id, key } => done(sandbox.delete_data(account_id, key.0)),
            Self::DeleteContract { account_id } => done(sandbox.delete_contract(account_id)),
            Self::SealBlocks { count } => {
                if count > MOST_BLOCKS {
                    let message = format!(
                        "count is {count}, above the limit of {MOST_BLOCKS}; use fast_forward"
                    );
                    return Err(Problem::argument("Argument.OutOfRange", message));
                }
                done(sandbox.seal_blocks(count))
            }
            Self::FastForward { blocks } => done(sandbox.fast_forward(blocks)),
            Self::Explain { account_id, public_key, receiver, actions } => {
                let public_key = read_public_key(&public_key)?;
                reports::explain(sandbox, &account_id, &public_key, receiver.as_deref(), &actions)
            }
            Self::Forecast(wanted) => reports::forecast(sandbox, &wanted),
            Self::Audit { account_id, signer_contracts } => {
                reports::audit(sandbox, &account_id, &signer_contracts)
            }
            Self::LockVerdict { account_id } => reports::lock_verdict(sandbox, &account_id),
            Self::SnapshotNamed { name, note } => done(sandbox.snapshot_named(&name, &note)),
            Self::Snapshots {} => Ok(sandbox.snapshots().iter().map(history::snapshot).collect()),
            Self::RevertNamed { name } => done(sandbox.revert_named(&name)),
            Self::DeleteSnapshot { name } => done(sandbox.delete_snapshot(&name)),
            Self::Reset {} => done(sandbox.reset()),
            Self::Dump { path } => history::dump(sandbox, &path),
            Self::Trace { hash } => history::trace(sandbox, &hash),
            Self::Why { hash } => history::why(sandbox, &hash),
            Self::WhatIf { hash, changes } => history::what_if(sandbox, &hash, changes),
            Self::KeyHistory { account_id, public_key, from_height } => {
                history::keys(sandbox, &account_id, public_key.as_deref(), from_height)
            }
            Self::ForkedFrom {} => Ok(json!(sandbox.forked_from())),
            Self::Freeze { path } => done(sandbox.freeze(path)),
        }
        .map(integers)
    }
}

fn span(nanoseconds: Integer) -> Result<Duration, Problem> {
    Ok(Duration::from_nanos(nanoseconds.as_u64("the time in nanoseconds")?))
}

fn create_account(
    sandbox: &Sandbox,
    account_id: &str,
    balance: Option<Amount>,
    secret_key: Option<String>,
    contract: Option<Bytes>,
) -> Result<Value, Problem> {
    let mut new = sandbox.create_account(account_id);
    if let Some(balance) = balance {
        new = new.balance(balance.get()?);
    }
    if let Some(secret_key) = secret_key {
        new = new.key_pair(read_key_pair(&secret_key)?);
    }
    if let Some(contract) = contract {
        new = new.contract(contract.0);
    }
    let account = new.create()?;
    Ok(json!({"account_id": account.id(), "public_key": account.public_key()}))
}

fn head(sandbox: &Sandbox) -> Result<Value, Problem> {
    let chain = sandbox.chain();
    let time = sandbox.now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(json!({
        "chain_id": chain.genesis().chain_id,
        "height": chain.head().height(),
        "hash": chain.head().hash(),
        "time_ns": Integer(time.as_nanos()),
    }))
}

fn patch(sandbox: &Sandbox, records: &str) -> Result<Value, Problem> {
    let records: Vec<StateRecord> = serde_json::from_str(records).map_err(|error| {
        let message = format!("the records are not those of a genesis: {error}");
        Problem::argument("Argument.NotUsable", message)
    })?;
    done(sandbox.patch(records))
}

fn done(result: Result<(), keyway::Error>) -> Result<Value, Problem> {
    result.map(|()| Value::Null).map_err(Problem::from)
}

/// The public key, or the hash of a long one as the chain lists it.
///
/// # Errors
/// If the text is neither.
pub(crate) fn read_handle(text: &str) -> Result<PublicKeyHandle, Problem> {
    match text.parse() {
        Ok(handle) => Ok(handle),
        Err(_) => read_public_key(text).map(PublicKeyHandle::from),
    }
}

/// The public key.
///
/// # Errors
/// If the text is none. It is not quoted, because it may be a secret key.
pub(crate) fn read_public_key(text: &str) -> Result<PublicKey, Problem> {
    text.parse().map_err(|_| {
        let message = format!(
            "got {} characters that are not a public key; write its curve and base58, as in \"ed25519:…\"",
            text.chars().count()
        );
        Problem::argument("Argument.PublicKey.Invalid", message)
    })
}

/// Blocks that one request may seal.
const MOST_BLOCKS: u64 = 10_000;
