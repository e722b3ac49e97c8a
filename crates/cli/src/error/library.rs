//! The library's errors in the words of the command line: flags and commands in place of the
//! library's functions.

use keyway::error::{
    ArgumentError, ArgumentProblem, CannotSign, PoolError, QueryError, TransportError,
};
use keyway::transport::{Endpoint, Trouble};
use keyway::{AccountId, Error};

/// The command line's text; `None` if the library's own text is good enough.
pub(super) fn words(error: &Error) -> Option<String> {
    match error {
        Error::Argument(error) => Some(argument(error)),
        Error::Pool(error) => pool(error),
        Error::Transport(error) => transport(error),
        Error::Query(error) => query(error),
        _ => None,
    }
}

/// What is wrong with an argument.
pub(crate) fn argument(error: &ArgumentError) -> String {
    let said = match error.problem() {
        ArgumentProblem::ZeroGasBudget => {
            "an allowance of 0 pays for no call, and without an allowance there is no limit: give \
             --allowance an amount above 0, or pass --no-allowance-limit"
        }
        ArgumentProblem::EmptyFunctions => {
            "an empty list of functions would allow every function: name some with --functions, \
             or pass --any-function"
        }
        ArgumentProblem::ZeroGas => {
            "a call with 0 gas does nothing: attach some, as in --gas '30 Tgas'"
        }
        ArgumentProblem::NoActions => "there is nothing to do: give at least one action",
        ArgumentProblem::OutOfRange { got, least, most } if error.field() == "nonces" => {
            return format!("a gas key has {least} to {most} nonce rows, not {got}");
        }
        _ => return error.sentence(),
    };
    said.to_owned()
}

/// The error for a missing account, with what to do.
pub(super) fn no_such_account(account: &AccountId, chain: &str) -> String {
    let advice = match account.get_account_type().is_implicit() {
        true => "a transfer to it creates it",
        false => "check the name, and the chain with --network",
    };
    format!("there is no account {account} on {chain}: {advice}")
}

fn pool(error: &PoolError) -> Option<String> {
    match error {
        PoolError::NoKeys { account_id, .. } => Some(format!(
            "{error}: `keyway key import {account_id}` imports one; --key-file FILE and \
             --key-env VARIABLE use one from elsewhere"
        )),
        PoolError::NoUsableKey { account_id, unusable, .. }
            if unusable.iter().all(|key| key.why == CannotSign::NotOnAccount) =>
        {
            Some(format!(
                "{error}; `keyway key list {account_id}` shows the account's keys; --key-file FILE uses \
                 one from elsewhere"
            ))
        }
        _ => None,
    }
}

fn transport(error: &TransportError) -> Option<String> {
    let here = Endpoint::new(&error.endpoint).is_ok_and(|endpoint| endpoint.is_loopback());
    if !here || !matches!(error.trouble, Trouble::Connect(_)) {
        return None;
    }
    if let Some(address) = error.endpoint.strip_prefix("https://") {
        return Some(format!(
            "no answer over https from {address}: a node on this machine serves http, so use --network http://{address}"
        ));
    }
    let address = error.endpoint.trim_start_matches("http://");
    let how = match address {
        "127.0.0.1:3030" | "localhost:3030" => String::new(),
        other => match other.strip_prefix("127.0.0.1:") {
            Some(port) => format!(" --port {port}"),
            None => format!(" --rpc-addr {other}"),
        },
    };
    Some(format!("no node answers at {}: start one with `keyway run{how}`", error.endpoint))
}

fn query(error: &QueryError) -> Option<String> {
    match error {
        QueryError::WrongChain { expected, found } => {
            let variable = format!("NEAR_{}_RPC", expected.to_ascii_uppercase());
            Some(format!(
                "{variable} leads to a node of the chain {found:?}, not {expected}: correct it, or \
                 name that node with --network URL"
            ))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyway::{NearLiteral, Step, add_function_call_gas_key, add_function_call_key, parse_near};

    const KEY: &str = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";

    fn refused(step: impl Into<Step>) -> String {
        let error = Error::from(step.into().into_action().unwrap_err());
        words(&error).unwrap()
    }

    /// The command line's errors named functions of the library.
    #[test]
    fn no_function_of_the_library_is_named() {
        let key = || add_function_call_key(KEY, "game.near");
        let none: [&str; 0] = [];
        let texts = [
            refused(key().functions(["play"]).gas_budget(0.near())),
            refused(key().functions(none).gas_budget(1.near())),
            refused(key().functions([""]).gas_budget(1.near())),
            refused(add_function_call_gas_key(KEY, "game.near", 5_000).functions(["play"])),
            argument(&parse_near("0.25").unwrap_err()),
            refused(key().functions(vec!["function"; 600]).gas_budget(1.near())),
        ];
        for text in &texts {
            let code = ["::", "()", "parse_near", "add_function", "functions is"];
            assert!(!code.iter().any(|code| text.contains(code)), "{text}");
        }
        assert_eq!(texts[2], "a function name is empty; write at least 1 byte");
        assert_eq!(texts[3], "a gas key has 1 to 1024 nonce rows, not 5000");
        assert!(texts[4].contains("write \"0.25 NEAR\""), "{}", texts[4]);
        let list = "the list of functions, with one byte more for each, has 5400 bytes, above the limit of 2000";
        assert!(texts[5].starts_with(list), "{}", texts[5]);
    }

    #[test]
    fn a_node_that_is_not_there_is_started_with_a_command() {
        let error = |endpoint: &str| TransportError {
            endpoint: endpoint.to_owned(),
            attempts: 3,
            trouble: Trouble::Connect("Connection refused".to_owned()),
            may_have_arrived: false,
        };
        let usual = transport(&error("http://127.0.0.1:3030")).unwrap();
        assert!(usual.ends_with("start one with `keyway run`"), "{usual}");
        let other = transport(&error("http://127.0.0.1:4400")).unwrap();
        assert!(other.ends_with("`keyway run --port 4400`"), "{other}");
        assert_eq!(transport(&error("https://rpc.example.org")), None);
        let wrong_scheme = transport(&error("https://127.0.0.1:3030")).unwrap();
        assert!(wrong_scheme.ends_with("--network http://127.0.0.1:3030"), "{wrong_scheme}");
    }
}
