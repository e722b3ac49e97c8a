//! The changes of a form, as `keyway_what_if` takes them.

use crate::failure::Failure;
use crate::fields::{Fields, Problem, Reader};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, NaiveDateTime};
use keyway::Client;
use keyway::trace::Trace;
use serde_json::{Value, json};

/// The fields that change something.
pub(super) const FIELDS: [&str; 8] =
    ["balance", "allowance", "signer", "code_from", "time", "args", "gas", "deposit"];

/// What a form changes; the problems if it cannot be read.
///
/// # Errors
/// If the chain cannot be queried.
pub(super) async fn changes(
    client: &Client,
    trace: &Trace,
    fields: &Fields,
) -> Result<Result<Vec<Value>, Vec<Problem>>, Failure> {
    let mut read = Reader::new(fields);
    let (mut changes, mut missing) = (Vec::new(), false);
    let action = nth_action(&mut read);
    for field in FIELDS.into_iter().filter(|field| fields.is_on(field)) {
        let change = match field {
            "code_from" => code(client, trace, &mut read).await?,
            _ => change(trace, &mut read, field, action.unwrap_or(0)),
        };
        match change {
            Some(change) => changes.push(change),
            None => missing = true,
        }
    }
    Ok(read.end((!missing).then_some(changes)))
}

fn nth_action(read: &mut Reader<'_>) -> Option<u16> {
    match read.fields().text("action") {
        "" => Some(0),
        _ => match read.number::<u16>("action")? {
            0 => {
                read.wrong("action", "is counted from 1");
                None
            }
            nth => Some(nth - 1),
        },
    }
}

fn change(trace: &Trace, read: &mut Reader<'_>, field: &'static str, action: u16) -> Option<Value> {
    let signer = &trace.transaction.signer_id;
    let change = match field {
        "balance" => json!({"account_id": signer, "amount": read.near(field)?}),
        "allowance" => {
            let Some(key) = &trace.transaction.public_key else {
                read.wrong(field, "changes nothing: no key signed this transaction");
                return None;
            };
            json!({"account_id": signer, "public_key": key, "allowance": read.near(field)?})
        }
        "signer" => json!({"public_key": read.public_key(field)?}),
        "time" => {
            let nanoseconds = moment(read.fields().text(field));
            json!({"timestamp_nanosec": read.value(field, nanoseconds)?.to_string()})
        }
        "args" => {
            let args = crate::act::arguments(read)?;
            json!({"action": action, "args_base64": BASE64_STANDARD.encode(args)})
        }
        "gas" => json!({"action": action, "gas": read.gas(field)?}),
        _ => json!({"action": action, "deposit": read.near(field)?}),
    };
    Some(json!({field: change}))
}

/// The receiver's code becomes that of another account.
async fn code(
    client: &Client,
    trace: &Trace,
    read: &mut Reader<'_>,
) -> Result<Option<Value>, Failure> {
    let Some(from) = read.account("code_from") else { return Ok(None) };
    match client.code(&from).await {
        Ok(code) => {
            let code = BASE64_STANDARD.encode(code.wasm);
            let account = &trace.transaction.receiver_id;
            Ok(Some(json!({"code": {"account_id": account, "code_base64": code}})))
        }
        Err(keyway::Error::Query(error)) => {
            read.wrong("code_from", format!("has no code that can be used: {error}"));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// A time in UTC, nanoseconds since 1970.
fn moment(text: &str) -> Result<u64, &'static str> {
    let instant = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    let local = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
    let local = || local.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let time = instant.ok().or_else(|| local().map(|time| time.and_utc()));
    let nanoseconds = time.and_then(|time| {
        let seconds = u64::try_from(time.timestamp()).ok()?.checked_mul(1_000_000_000)?;
        seconds.checked_add(u64::from(time.timestamp_subsec_nanos()))
    });
    nanoseconds.ok_or("is not a time from 1970 to 2500: write it as in 2027-05-01T12:00:00Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc() {
        let noon = 1_809_172_800_000_000_000;
        for text in ["2027-05-01T12:00:00Z", "2027-05-01T14:00:00+02:00", "2027-05-01T12:00"] {
            assert_eq!(moment(text), Ok(noon), "{text}");
        }
        for text in ["", "yesterday", "1969-01-01T00:00:00Z", "9999-01-01T00:00:00Z"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
