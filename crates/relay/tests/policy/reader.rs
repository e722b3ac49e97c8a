//! A second reader of policies, in a few lines, that shares nothing with the first: TOML as a tree, names as text.

use super::{Asked, relayer};
use keyway::protocol::Action;
use keyway::{NearToken, parse_near};
use serde_json::Value as Json;
use toml::Value;

/// Whether the policy allows a request, as this reader understands it. It may allow more than the relayer does.
pub(super) fn allows(policy: &str, asked: &Asked) -> bool {
    let policy: Value = toml::from_str(policy).unwrap();
    let Some(app) = policy["apps"].get(asked.app.as_str()) else { return false };
    let budget = &policy["budget"];
    let within = |spent: NearToken, limit: &Value| {
        spent.checked_add(asked.cost).is_some_and(|sum| sum <= near(limit))
    };
    asked.user.as_ref() != Some(&relayer())
        && within(NearToken::ZERO, &app["per_call"])
        && within(asked.spent.user_today, &app["per_user_per_day"])
        && within(asked.spent.app_today, &app["per_day"])
        && within(asked.spent.today, &budget["per_day"])
        && within(asked.spent.total, &budget["total"])
        && app["rules"].as_array().unwrap().iter().any(|rule| rule_allows(rule, asked))
}

fn rule_allows(rule: &Value, asked: &Asked) -> bool {
    let way = if asked.delegate { "delegate" } else { "intent" };
    let Some(user) = &asked.user else { return false };
    let number = |name: &str| u64::try_from(rule[name].as_integer().unwrap()).unwrap();
    lists(&rule["ways"], |it| it == way)
        && names(&rule["users"], user.as_str())
        && names(&rule["receivers"], asked.receiver.as_str())
        && u64::try_from(asked.actions.len()).unwrap() <= number("max_actions")
        && (!asked.delegate
            || (lists(&rule["keys"], |key| key == asked.key.to_string())
                && asked.lifetime_blocks <= number("max_lifetime_blocks")))
        && (asked.delegate || asked.receiver != relayer())
        && !asked.actions.is_empty()
        && asked.actions.iter().all(|action| {
            rule["allow"].as_array().unwrap().iter().any(|allow| action_allowed(allow, action))
        })
}

fn action_allowed(allow: &Value, action: &Action) -> bool {
    match (allow["action"].as_str().unwrap(), action) {
        ("transfer", Action::Transfer(it)) => it.deposit <= near(&allow["max_deposit"]),
        ("create_account", Action::CreateAccount(_)) => true,
        ("call", Action::FunctionCall(it)) => {
            let gas = allow["max_gas"].as_str().unwrap().strip_suffix(" Tgas").unwrap();
            lists(&allow["methods"], |name| name == it.method_name)
                && it.gas.as_gas() <= gas.parse::<u64>().unwrap() * 1_000_000_000_000
                && it.deposit <= near(&allow["max_deposit"])
                && (allow["arguments"].as_str() == Some("any")
                    || [first(&it.args), last(&it.args)].into_iter().all(|bet| {
                        let most = allow["arguments"]["checks"][0]["at_most"].as_integer().unwrap();
                        bet.is_some_and(|bet| bet <= most)
                    }))
        }
        _ => false,
    }
}

/// The field `bet` as a contract sees it whose parser takes the last of two.
fn last(args: &[u8]) -> Option<i64> {
    let args = serde_json::from_slice::<Json>(args).ok()?;
    let bet = args.get("bet")?;
    bet.as_i64().or_else(|| bet.as_str()?.parse().ok())
}

/// The field `bet` as a contract sees it whose parser takes the first of two, and reads no escapes.
fn first(args: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(args).ok()?;
    let (_, after) = text.split_once("\"bet\":")?;
    after.split([',', '}']).next()?.trim_matches('"').parse().ok()
}

fn names(list: &Value, account: &str) -> bool {
    lists(list, |pattern| match pattern.strip_prefix('*') {
        Some(suffix) => account.ends_with(suffix) && account.len() > suffix.len(),
        None => account == pattern,
    })
}

fn lists(list: &Value, fits: impl Fn(&str) -> bool) -> bool {
    list.as_str() == Some("any")
        || list.as_array().is_some_and(|list| list.iter().any(|it| fits(it.as_str().unwrap())))
}

fn near(text: &Value) -> NearToken {
    parse_near(text.as_str().unwrap()).unwrap()
}
