//! Errors that no chain reports, one of each kind.

use crate::action::FunctionNames;
use crate::error::{
    ArgumentError, ArgumentProblem, ArgumentSite, ContractFailure, Error, PoolError, QueryError,
    UnknownFate,
};
use crate::protocol::PublicKey;
use crate::signer::{CannotSign, UnusableKey};
use crate::transport::{EndpointError, TransportError, Trouble};
use crate::{
    GasBudget, GasLiteral, Intent, NearLiteral, NearToken, Step, add_full_access_gas_key,
    add_full_access_key, add_function_call_key, call, delete_account, deploy, parse_near, stake,
    transfer,
};
use keyway_signer::KeyServiceError;
use near_crypto::{KeyType, SecretKey};
use near_primitives::action::GlobalContractIdentifier;
use near_primitives::hash::CryptoHash;
use near_primitives::types::AccountId;
use std::time::Duration;

pub(super) fn errors() -> Vec<Error> {
    let mut errors: Vec<Error> = arguments().into_iter().map(Error::from).collect();
    errors.extend(queries().into_iter().map(Error::from));
    errors.extend(troubles().into_iter().map(|trouble| Error::from(no_answer(trouble))));
    errors.push(EndpointError::Scheme("ftp".to_owned()).into());
    let no_key = KeyServiceError::NoKey { account_id: alice(), public_key: Box::new(key()) };
    errors.push(no_key.into());
    errors.push(KeyServiceError::Unavailable { why: "no answer in 4 s".to_owned() }.into());
    errors.push(KeyServiceError::Refused { why: "not this receiver".to_owned() }.into());
    errors.push(KeyServiceError::WrongSignature { public_key: Box::new(key()) }.into());
    errors.push(KeyServiceError::Other("the vault is locked".into()).into());
    errors.push(PoolError::NoKeys { account_id: alice(), place: place() }.into());
    let why = CannotSign::NotACall;
    let unusable = vec![UnusableKey { public_key: key(), why }];
    errors.push(PoolError::NoUsableKey { account_id: alice(), place: place(), unusable }.into());
    errors.push(PoolError::KeepsChanging { account_id: alice(), choices: 8 }.into());
    let cause = Box::new(no_answer(Trouble::Timeout(Duration::from_secs(10))).into());
    errors.push(UnknownFate { hash: CryptoHash::default(), cause }.into());
    errors
}

fn arguments() -> Vec<ArgumentError> {
    let none: [&str; 0] = [];
    let written = add_function_call_key(key(), "game.near").functions(["play"]);
    let of = |step: Step| step.into_action().unwrap_err();
    let resolved = |intent: Intent| intent.resolve(&alice()).unwrap_err();
    let deleted = || delete_account("bob.near");
    let secp = SecretKey::from_seed(KeyType::SECP256K1, "a").public_key();
    let setup = ArgumentProblem::NotUsable { got: "x".to_owned(), why: "not this".to_owned() };
    vec![
        ArgumentError::new(ArgumentSite::Setup, "url", setup),
        parse_near("a quarter").unwrap_err(),
        FunctionNames::new(none).unwrap_err(),
        of(add_full_access_key("ed25519:none")),
        of(call("Game", "play").into()),
        of(call("game.near", "").into()),
        of(call("game.near", "play").gas(0.tgas()).into()),
        of(call("game.near", "play").gas(1001.tgas()).into()),
        of(call("game.near", "play").args_json(&NotJson).into()),
        of(deploy(vec![0; 4_194_305])),
        of(stake(1.near(), secp)),
        of(add_full_access_gas_key(key(), 0)),
        of(written.clone().into()),
        of(transfer(u64::MAX.near())),
        of(written.gas_budget(GasBudget::Limit(NearToken::ZERO)).into()),
        resolved(transfer(1.near()).into()),
        resolved(Intent::on_self()),
        resolved(Intent::from([deleted(), deleted()])),
        resolved(Intent::from([call("a.near", "x"), call("b.near", "x")])),
        resolved(Intent::from(vec![add_full_access_key(key()); 101])),
    ]
}

fn queries() -> Vec<QueryError> {
    let (account_id, method) = (alice(), "score".to_owned());
    let contract = |failure| QueryError::ContractFailed {
        account_id: alice(),
        method: "score".to_owned(),
        failure,
    };
    let why = || "bad code".to_owned();
    let identifier = GlobalContractIdentifier::CodeHash(CryptoHash::default());
    let mut all: Vec<_> = vec![
        ContractFailure::CodeNotFound { account_id: alice() },
        ContractFailure::CodeInvalid { why: why() },
        ContractFailure::FunctionNotFound,
        ContractFailure::FunctionInvalid,
        ContractFailure::Panicked { message: "no such player".to_owned() },
        ContractFailure::GasExhausted,
        ContractFailure::GasLimitReached,
        ContractFailure::ViewOnly { host_function: "storage_write".to_owned() },
        ContractFailure::Stopped { why: why() },
    ]
    .into_iter()
    .map(contract)
    .collect();
    all.extend([
        QueryError::UnknownAccount { account_id: account_id.clone() },
        QueryError::UnknownAccessKey { account_id: account_id.clone(), public_key: key() },
        QueryError::UnknownGasKey { account_id: account_id.clone(), public_key: key() },
        QueryError::TooManyAccessKeys { account_id: account_id.clone(), limit: 1000 },
        QueryError::NoContract { account_id: account_id.clone() },
        QueryError::NoGlobalContract { identifier },
        QueryError::UnknownMethod { account_id: account_id.clone(), method },
        QueryError::TooMuchState { account_id },
        QueryError::UnknownBlock { reference: "17".to_owned() },
        QueryError::Disagreement { block: "17".to_owned(), waited: Duration::from_secs(6) },
        QueryError::WrongChain { expected: "testnet".to_owned(), found: "localnet".to_owned() },
        QueryError::ForgottenBlock { block_height: 17 },
        QueryError::UnknownTransaction { hash: CryptoHash::default() },
        QueryError::Timeout("it has not seen the transaction in a block".to_owned()),
        QueryError::UnknownRpcMethod { method: "tx_status".to_owned() },
        QueryError::Malformed("no such field".to_owned()),
        QueryError::Other { name: "INTERNAL_ERROR".to_owned(), message: "out of disk".to_owned() },
        QueryError::Unexpected { question: "block".to_owned(), reason: "no header".to_owned() },
    ]);
    all
}

fn troubles() -> Vec<Trouble> {
    let node = |name: &str, message: &str| Trouble::Node {
        name: name.to_owned(),
        message: message.to_owned(),
    };
    vec![
        Trouble::Connect("connection refused".to_owned()),
        Trouble::Unresolved("Name or service not known".to_owned()),
        Trouble::RateLimited { message: "slow down".to_owned() },
        Trouble::Timeout(Duration::from_secs(10)),
        Trouble::Broken("connection reset".to_owned()),
        Trouble::Status(429),
        Trouble::TooLarge { limit: 1024 },
        Trouble::NotJsonRpc,
        node("NOT_SYNCED_YET", "still at block 17"),
        node("UNAVAILABLE_SHARD", "it does not follow shard 2"),
        Trouble::Endpoint(EndpointError::Scheme("ftp".to_owned())),
    ]
}

fn no_answer(trouble: Trouble) -> TransportError {
    let endpoint = "https://rpc.testnet.near.org".to_owned();
    TransportError { endpoint, attempts: 3, trouble, may_have_arrived: true }
}

fn place() -> String {
    "/home/alice/.near-credentials/testnet".to_owned()
}

fn alice() -> AccountId {
    "alice.near".parse().unwrap()
}

fn key() -> PublicKey {
    "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB".parse().unwrap()
}

/// A value that JSON cannot represent.
struct NotJson;

impl serde::Serialize for NotJson {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("it holds a file handle"))
    }
}
