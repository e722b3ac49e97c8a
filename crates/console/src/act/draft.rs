//! What somebody asks for in a form, as actions.

use crate::fields::{Fields, Problem, Reader, sentence};
use keyway::action::{AllowedFunctions, FunctionNames, GasBudget, Step};
use keyway::protocol::PublicKey;
use keyway::{
    AccountId, Intent, NearToken, add_full_access_gas_key, add_full_access_key,
    add_function_call_gas_key, add_function_call_key, call, delete_key, fund_gas_key, transfer,
};

/// What can be done from a form. Its name is in the form's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Send NEAR.
    Send,
    /// Call a method.
    Call,
    /// Add a key to an account.
    AddKey,
    /// Replace a key by a new one with the same permission.
    Rotate,
    /// Delete a key from an account.
    DeleteKey,
}

impl Operation {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Send, Self::Call, Self::AddKey, Self::Rotate, Self::DeleteKey];

    /// The one with this name in addresses.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }

    /// Its name in addresses.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Call => "call",
            Self::AddKey => "add-key",
            Self::Rotate => "rotate",
            Self::DeleteKey => "delete-key",
        }
    }

    /// What it does, as a heading.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Send => "Send NEAR",
            Self::Call => "Call a method",
            Self::AddKey => "Add a key",
            Self::Rotate => "Rotate a key",
            Self::DeleteKey => "Delete a key",
        }
    }

    /// Whether a new secret is made for it, with these fields.
    pub(crate) fn makes_a_key(self, fields: &Fields) -> bool {
        match self {
            Self::AddKey => !fields.is_on("key"),
            Self::Rotate => true,
            Self::Send | Self::Call | Self::DeleteKey => false,
        }
    }
}

/// Who does it, and the actions. A rotation is made elsewhere, because it depends on the key's
/// permission on the chain.
#[derive(Debug)]
pub(crate) struct Draft {
    /// The account that acts.
    pub(crate) account: AccountId,
    /// What it does.
    pub(crate) intent: Intent,
}

/// Reads a form. `new_key` is the key that was made for it, if the form leaves that to the console.
///
/// # Errors
/// Everything that is wrong with the fields.
pub(crate) fn draft(
    operation: Operation,
    fields: &Fields,
    new_key: Option<&PublicKey>,
) -> Result<Draft, Vec<Problem>> {
    let mut read = Reader::new(fields);
    let account = read.account("account");
    let intent = match operation {
        Operation::Send => send(&mut read),
        Operation::Call => function_call(&mut read),
        Operation::AddKey => add_key(&mut read, new_key),
        Operation::DeleteKey | Operation::Rotate => {
            read.public_key("key").map(|key| Intent::on_self().then(delete_key(&key)))
        }
    };
    let draft = account.zip(intent).map(|(account, intent)| Draft { account, intent });
    read.end(draft)
}

fn send(read: &mut Reader<'_>) -> Option<Intent> {
    let (to, amount) = (read.account("to"), read.near("amount"));
    Some(transfer(amount?).to(to?))
}

fn function_call(read: &mut Reader<'_>) -> Option<Intent> {
    let (contract, method) = (read.account("contract"), read.text("method"));
    let (gas, deposit) = (read.gas("gas"), read.near_or_zero("deposit"));
    let args = arguments(read);
    let call = call(contract?, method?).args(args?).gas(gas?).deposit(deposit?);
    Some(call.into())
}

/// The arguments of a call as bytes: JSON as it was typed, or text.
pub(crate) fn arguments(read: &mut Reader<'_>) -> Option<Vec<u8>> {
    let fields = read.fields();
    let typed = fields.text("args");
    if typed.is_empty() || fields.text("args_as") == "text" {
        return Some(fields.exact("args").as_bytes().to_vec());
    }
    let json = serde_json::from_str::<serde::de::IgnoredAny>(typed);
    let read_as = json.map(|_| typed.as_bytes().to_vec());
    read.value("args", read_as.map_err(|error| format!("is not JSON: {error}")))
}

fn add_key(read: &mut Reader<'_>, new_key: Option<&PublicKey>) -> Option<Intent> {
    let key = match new_key {
        Some(key) => Some(key.clone()),
        None => read.public_key("key"),
    };
    let gas_key = read.fields().text("pays") == "key";
    let rows = if gas_key { read.number::<u16>("rows") } else { Some(0) };
    let fund = if gas_key { read.near_or_zero("fund") } else { Some(NearToken::ZERO) };
    let step = match read.fields().text("access") {
        "full" => full_access(read, key.as_ref(), gas_key, rows),
        "calls" => function_calls(read, key.as_ref(), gas_key, rows),
        _ => {
            read.wrong("access", "choose what the key may do");
            None
        }
    };
    let (step, fund) = (step?, fund?);
    let intent = Intent::on_self().then(step);
    Some(if fund.is_zero() { intent } else { intent.then(fund_gas_key(&key?, fund)) })
}

fn full_access(
    read: &mut Reader<'_>,
    key: Option<&PublicKey>,
    gas_key: bool,
    rows: Option<u16>,
) -> Option<Step> {
    // What was meant to limit the key must not be ignored.
    if read.fields().has_any(&["contract", "methods", "any_method", "allowance"]) {
        read.wrong("access", LIMITS);
        return None;
    }
    let (key, rows) = (key?, rows?);
    Some(if gas_key { add_full_access_gas_key(key, rows) } else { add_full_access_key(key) })
}

fn function_calls(
    read: &mut Reader<'_>,
    key: Option<&PublicKey>,
    gas_key: bool,
    rows: Option<u16>,
) -> Option<Step> {
    let (contract, methods) = (read.account("contract"), methods(read));
    if gas_key {
        let key = add_function_call_gas_key(key?, contract?, rows?);
        return Some(key.allowed_functions(methods?).into());
    }
    let budget = budget(read);
    let key = add_function_call_key(key?, contract?).allowed_functions(methods?);
    Some(key.gas_budget(budget?).into())
}

/// Leaving both fields empty never means "every method".
fn methods(read: &mut Reader<'_>) -> Option<AllowedFunctions> {
    let names: Vec<&str> =
        read.fields().text("methods").split([',', '\n']).map(str::trim).collect();
    match (names.as_slice(), read.fields().is_on("any_method")) {
        ([""], true) => Some(AllowedFunctions::AllNonPayable),
        ([""], false) => {
            read.wrong("methods", "name at least one method, or choose every method");
            None
        }
        (_, true) => {
            read.wrong("methods", "name methods, or choose every method, not both");
            None
        }
        (named, false) => {
            let blank = |name: &&str| name.contains(|c: char| c.is_whitespace() || c == ';');
            if named.iter().any(blank) {
                read.wrong("methods", "separate the methods by commas");
                return None;
            }
            let mut once = named.to_vec();
            once.sort_unstable();
            once.dedup();
            read.value("methods", FunctionNames::new(once).map_err(sentence)).map(Into::into)
        }
    }
}

/// Leaving the budget out never means "no limit".
fn budget(read: &mut Reader<'_>) -> Option<GasBudget> {
    match read.fields().text("pays") {
        "allowance" => read.near("allowance").map(GasBudget::limit),
        "no-limit" if read.fields().is_on("allowance") => {
            read.wrong("allowance", "leave it empty if the key shall have no limit");
            None
        }
        "no-limit" => Some(GasBudget::Unlimited),
        _ => {
            read.wrong("pays", "choose what pays for the key's gas, and up to how much");
            None
        }
    }
}

const LIMITS: &str =
    "a full-access key has no contract, methods or allowance: empty those fields, or choose calls";

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::Query;
    use keyway::outcome::describe_action;

    fn words(operation: Operation, fields: &str) -> Result<String, Vec<&'static str>> {
        let uri: axum::http::Uri = format!("/?{fields}").parse().unwrap();
        let Query(fields) = Query::<Fields>::try_from_uri(&uri).unwrap();
        let draft = draft(operation, &fields, None);
        let draft =
            draft.map_err(|problems| problems.iter().map(|it| it.field).collect::<Vec<_>>())?;
        let (receiver, actions) = draft.intent.resolve(&draft.account).unwrap();
        let actions: Vec<_> = actions.iter().map(describe_action).collect();
        Ok(format!("{} → {receiver}: {}", draft.account, actions.join(", ")))
    }

    const KEY: &str = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";

    #[test]
    fn a_form_becomes_actions() {
        let sent = words(Operation::Send, "account=alice.near&to=bob.near&amount=1.5+NEAR");
        assert_eq!(sent.unwrap(), "alice.near → bob.near: transfer 1.5 NEAR");
        let called = words(
            Operation::Call,
            "account=alice.near&contract=game.near&method=play&args=%7B%22n%22%3A18446744073709551616%7D&gas=30+Tgas",
        );
        let called = called.unwrap();
        assert!(called.contains("18446744073709551616"), "{called}");
        let deleted = words(Operation::DeleteKey, &format!("account=alice.near&key={KEY}"));
        assert_eq!(deleted.unwrap(), format!("alice.near → alice.near: delete key {KEY}"));
    }

    #[test]
    fn what_is_left_out_of_a_key_is_an_error_and_never_everything() {
        let add =
            |rest: &str| words(Operation::AddKey, &format!("account=alice.near&key={KEY}&{rest}"));
        assert_eq!(add("").unwrap_err(), ["access"]);
        assert_eq!(add("access=calls").unwrap_err(), ["contract", "methods", "pays"]);
        let game = "access=calls&contract=game.near";
        let budget = "pays=allowance&allowance=1+NEAR";
        assert_eq!(add(&format!("{game}&{budget}")).unwrap_err(), ["methods"]);
        assert_eq!(add(&format!("{game}&{budget}&methods=,")).unwrap_err(), ["methods"]);
        assert_eq!(add(&format!("{game}&{budget}&methods=a+b")).unwrap_err(), ["methods"]);
        assert_eq!(
            add(&format!("{game}&{budget}&methods=a&any_method=on")).unwrap_err(),
            ["methods"]
        );
        assert_eq!(add(&format!("{game}&methods=a&pays=allowance")).unwrap_err(), ["allowance"]);
        assert_eq!(add(&format!("{game}&methods=a")).unwrap_err(), ["pays"]);
        assert_eq!(
            add(&format!("{game}&methods=a&pays=no-limit&allowance=1+NEAR")).unwrap_err(),
            ["allowance"]
        );
        assert_eq!(add("access=full&methods=play&pays=no-limit").unwrap_err(), ["access"]);
        assert_eq!(add(&format!("{game}&methods=a&pays=key")).unwrap_err(), ["rows"]);
        let key = add(&format!("{game}&{budget}&methods=play,leave,play")).unwrap();
        assert!(key.contains("leave") && key.contains("1 NEAR"), "{key}");
    }

    #[test]
    fn arguments_that_are_not_json_are_an_error_unless_they_are_text() {
        let call = "account=a.near&contract=b.near&method=m&gas=1+Tgas&args=%7B";
        assert_eq!(words(Operation::Call, call).unwrap_err(), ["args"]);
        assert!(words(Operation::Call, &format!("{call}&args_as=text")).is_ok());
    }
}
