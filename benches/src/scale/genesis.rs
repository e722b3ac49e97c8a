//! A genesis with many accounts, written record by record.

use keyway_bench::{Account, Problem};
use near_crypto::{ED25519PublicKey, PublicKey};
use near_primitives::hash::hash;
use serde_json::Value;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The account with the many keys.
pub(super) const CROWDED: &str = "crowded.near";
/// How many keys it has.
pub(super) const CROWD: u64 = 10_000;

/// Adds `accounts` accounts with three keys each to the genesis of `home`, and the crowded one.
///
/// # Errors
/// When the genesis cannot be read or written.
pub(crate) fn write(home: &Path, accounts: u64) -> Result<(), Problem> {
    let path = home.join("genesis.json");
    let mut genesis: Value = serde_json::from_slice(&fs::read(&path)?)?;
    let supply: u128 = genesis["total_supply"].as_str().unwrap_or_default().parse()?;
    let supply = supply + BALANCE * u128::from(accounts + 1);
    genesis["total_supply"] = supply.to_string().into();
    // Transactions are signed long before they are sent.
    genesis["transaction_validity_period"] = 1_000_000.into();
    let records = genesis["records"].take();
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&path)?);
    let Some(fields) = genesis.as_object() else { return Err("no genesis".into()) };
    out.write_all(b"{")?;
    for (name, value) in fields.iter().filter(|(name, _)| *name != "records") {
        writeln!(out, "\"{name}\":{value},")?;
    }
    out.write_all(b"\"records\":[")?;
    for record in records.as_array().into_iter().flatten() {
        writeln!(out, "{record},")?;
    }
    for number in 0..accounts {
        account(&mut out, number, &id(number), is_sender(number, accounts))?;
    }
    crowded(&mut out)?;
    out.write_all(b"]}")?;
    out.flush()?;
    // What the system still writes while the node is measured would count as the node's.
    Ok(out.get_ref().sync_all()?)
}

/// The id of an account.
pub(super) fn id(number: u64) -> String {
    format!("user-{number:07}.near")
}

/// Those accounts of so many that can sign.
///
/// # Errors
/// None, as all ids are valid.
pub(super) fn senders(accounts: u64) -> Result<Vec<Account>, Problem> {
    let senders = (0..accounts).filter(|number| is_sender(*number, accounts));
    senders.map(|number| Account::seeded(&id(number), &id(number))).collect()
}

/// They are spread over all accounts.
fn is_sender(number: u64, accounts: u64) -> bool {
    number.is_multiple_of((accounts / SENDERS).max(1))
}

fn account(out: &mut impl Write, number: u64, id: &str, sender: bool) -> Result<(), Problem> {
    let first = if sender { Account::seeded(id, id)?.public_key() } else { key(number, 0) };
    account_record(out, id)?;
    out.write_all(b",\n")?;
    key_record(out, id, &first, "\"FullAccess\"")?;
    for more in 1..3 {
        out.write_all(b",\n")?;
        key_record(out, id, &key(number, more), LIMITED)?;
    }
    Ok(out.write_all(b",\n")?)
}

fn crowded(out: &mut impl Write) -> io::Result<()> {
    account_record(out, CROWDED)?;
    for number in 0..CROWD {
        out.write_all(b",\n")?;
        key_record(out, CROWDED, &key(number, 3), LIMITED)?;
    }
    Ok(())
}

fn account_record(out: &mut impl Write, id: &str) -> io::Result<()> {
    write!(
        out,
        "{{\"Account\":{{\"account_id\":\"{id}\",\"account\":{{\"amount\":\"{BALANCE}\",\
         \"locked\":\"0\",\"code_hash\":\"11111111111111111111111111111111\",\
         \"storage_usage\":0,\"version\":\"V1\"}}}}}}"
    )
}

fn key_record(out: &mut impl Write, id: &str, key: &PublicKey, may: &str) -> io::Result<()> {
    write!(
        out,
        "{{\"AccessKey\":{{\"account_id\":\"{id}\",\"public_key\":\"{key}\",\
         \"access_key\":{{\"nonce\":0,\"permission\":{may}}}}}}}"
    )
}

/// A key that nobody can sign with: making one that can takes longer than reading it.
fn key(number: u64, which: u64) -> PublicKey {
    let seed = [number.to_le_bytes(), which.to_le_bytes()].concat();
    PublicKey::ED25519(ED25519PublicKey(hash(&seed).0))
}

/// What a key for an app may.
const LIMITED: &str = r#"{"FunctionCall":{"allowance":"250000000000000000000000","receiver_id":"game.near","method_names":["play"]}}"#;

/// What each account owns: 100 NEAR.
const BALANCE: u128 = 100_000_000_000_000_000_000_000_000;

/// About how many accounts can sign.
const SENDERS: u64 = 1_000;
