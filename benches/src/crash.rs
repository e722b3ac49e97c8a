//! Kills a node again and again while it works, and looks for what it had acknowledged.

use crate::http::Connection;
use crate::note;
use crate::place::Place;
use crate::server::Setup;
use keyway_bench::{Account, Problem, base64, scatter};
use near_crypto::{KeyType, SecretKey};
use near_primitives::hash::CryptoHash;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// A transaction that was sent.
struct Sent {
    hash: CryptoHash,
    sender: String,
    /// Whether the node said that it ran.
    acknowledged: bool,
}

/// Kills the node of `binary` `kills` times at instants that follow from `seed`.
///
/// # Errors
/// What was lost, doubled or not the same.
pub(crate) fn run(binary: &Path, kills: u32, seed: u64) -> Result<String, Problem> {
    let setup = Setup::new(binary, Place::Home)?;
    let mut senders = new_senders(&setup)?;
    let (mut chance, mut acknowledged, mut ran) = (seed, 0, 0);
    let mut kept = Kept::default();
    for kill in 1..=kills {
        kept.go_on(&setup, kill).map_err(|problem| format!("kill {kill}: {problem}"))?;
        chance = scatter(chance);
        let sent = killed_under_load(&setup, &mut senders, Duration::from_millis(chance % 900))?;
        ran += look_for(&setup, &sent, ran).map_err(|problem| format!("kill {kill}: {problem}"))?;
        acknowledged += sent.iter().filter(|sent| sent.acknowledged).count();
        note(&format!("kill {kill}: {acknowledged} acknowledged so far, {ran} ran"));
    }
    compare_with_replay(&setup)?;
    Ok(format!(
        "{kills} kills: {acknowledged} acknowledged transactions, none lost, none doubled; \
         snapshots and reverts as acknowledged; a replay gives the same state root\n"
    ))
}

/// The snapshots that a home must have.
#[derive(Default)]
struct Kept {
    /// Names, with the heads that they had.
    heads: Vec<(String, (CryptoHash, u64))>,
}

impl Kept {
    /// Saves a snapshot, goes back to an older one and to the new one, and kills the node after some of
    /// that; the next start must have what was acknowledged. At the end the chain is where it was.
    fn go_on(&mut self, setup: &Setup<'_>, kill: u32) -> Result<(), Problem> {
        let name = kill.to_string();
        let mut server = setup.start_with(OPTIONS)?;
        let mut connection = Connection::open(server.addr)?;
        let saved = head(&mut connection)?;
        connection.call("keyway_snapshot_save", &json!({ "name": name }))?;
        self.heads.push((name, saved));
        if self.heads.len() > MOST_SNAPSHOTS {
            let (name, _) = self.heads.remove(0);
            connection.call("keyway_snapshot_delete", &json!({ "name": name }))?;
        }
        let before = kill as usize % self.heads.len();
        for (name, expected) in [&self.heads[before], &self.heads[self.heads.len() - 1]] {
            connection.call("keyway_snapshot_revert", &json!({ "name": name }))?;
            server.kill()?;
            server = setup.start_with(OPTIONS)?;
            connection = Connection::open(server.addr)?;
            let found = head(&mut connection)?;
            if found != *expected {
                return Err(
                    format!("after a revert to {name}, {found:?} is not {expected:?}").into()
                );
            }
        }
        let listed = connection.call("keyway_snapshot_list", &json!({}))?;
        let names = listed["snapshots"].as_array().into_iter().flatten();
        let names: Vec<_> = names.filter_map(|snapshot| snapshot["name"].as_str()).collect();
        if !self.heads.iter().map(|(name, _)| name).eq(&names) {
            return Err(format!("{names:?} are not the snapshots that were saved").into());
        }
        server.kill()
    }
}

/// Accounts that are made out of nothing, each with a key.
fn new_senders(setup: &Setup<'_>) -> Result<Vec<Account>, Problem> {
    let server = setup.start_with(OPTIONS)?;
    let mut connection = Connection::open(server.addr)?;
    let mut senders = Vec::new();
    for number in 0..SENDERS {
        let id = format!("sender-{number}.near");
        let key = SecretKey::from_seed(KeyType::ED25519, &id);
        let account = json!({ "amount": "1000000000000000000000000000", "locked": "0",
            "code_hash": "11111111111111111111111111111111", "storage_usage": 182 });
        let access_key = json!({ "nonce": 0, "permission": "FullAccess" });
        let records = json!([
            { "Account": { "account_id": id, "account": account } },
            { "AccessKey": { "account_id": id, "public_key": key.public_key(), "access_key": access_key } },
        ]);
        connection.call("sandbox_patch_state", &json!({ "records": records }))?;
        senders.push(Account::new(&id, &key.to_string())?);
    }
    Ok(senders)
}

/// Starts the node, loads it, and kills it `after` a while.
fn killed_under_load(
    setup: &Setup<'_>,
    senders: &mut [Account],
    after: Duration,
) -> Result<Vec<Sent>, Problem> {
    let mut server = setup.start_with(OPTIONS)?;
    let addr = server.addr;
    let base = head(&mut Connection::open(addr)?)?.0;
    thread::scope(|scope| {
        let working: Vec<_> = senders
            .iter_mut()
            .map(|sender| scope.spawn(move || send_until_cut_off(addr, sender, base)))
            .collect();
        thread::sleep(after);
        server.kill()?;
        let mut sent = Vec::new();
        for work in working {
            sent.extend(work.join().map_err(|_| "a sender panicked")?);
        }
        Ok(sent)
    })
}

fn send_until_cut_off(addr: SocketAddr, sender: &mut Account, base: CryptoHash) -> Vec<Sent> {
    let mut all = Vec::new();
    let Ok(mut connection) = Connection::open(addr) else { return all };
    loop {
        let transaction = sender.transfer(base);
        let request = json!({ "signed_tx_base64": base64(&transaction), "wait_until": "FINAL" });
        let answer = connection.call("send_tx", &request);
        let acknowledged = answer.is_ok();
        let (hash, sender) = (transaction.get_hash(), sender.id.to_string());
        all.push(Sent { hash, sender, acknowledged });
        if !acknowledged {
            return all;
        }
    }
}

/// Returns how many of `sent` ran. What ran before is `before`, and the receiver has one yoctoNEAR
/// of each.
fn look_for(setup: &Setup<'_>, sent: &[Sent], before: u128) -> Result<u128, Problem> {
    let server = setup.start_with(OPTIONS)?;
    let mut connection = Connection::open(server.addr)?;
    let mut ran = 0;
    for Sent { hash, sender, acknowledged } in sent {
        let asked = json!({ "tx_hash": hash, "sender_account_id": sender, "wait_until": "NONE" });
        match connection.call("tx", &asked) {
            Ok(_) => ran += 1,
            Err(problem) if *acknowledged => {
                return Err(format!("{hash} was acknowledged and is lost: {problem}").into());
            }
            Err(_) => {}
        }
    }
    let account = json!({ "request_type": "view_account", "finality": "final",
        "account_id": "0".repeat(64) });
    let received = connection.call("query", &account).ok();
    let received = received.as_ref().and_then(|account| account["amount"].as_str());
    let received: u128 = received.map_or(Ok(0), str::parse)?;
    if received != before + ran {
        return Err(format!("{} transfers ran, {received} arrived", before + ran).into());
    }
    Ok(ran)
}

/// Opens the home once more from its journal alone, which must give the same state root.
fn compare_with_replay(setup: &Setup<'_>) -> Result<(), Problem> {
    seal_state(setup)?;
    let kept = whole_head(setup)?;
    setup.remove_store()?;
    let replayed = whole_head(setup)?;
    if kept == replayed { Ok(()) } else { Err(format!("{kept:?} became {replayed:?}").into()) }
}

/// Seals blocks on the newest state: a block tells the root of the state before it.
fn seal_state(setup: &Setup<'_>) -> Result<(), Problem> {
    let mut server = setup.start_with(OPTIONS)?;
    let forward = json!({ "delta_height": 1 });
    Connection::open(server.addr)?.call("sandbox_fast_forward", &forward)?;
    server.kill()
}

/// Hash and height of the head, and the state root that it tells.
fn whole_head(setup: &Setup<'_>) -> Result<(CryptoHash, u64, CryptoHash), Problem> {
    let mut server = setup.start_with(OPTIONS)?;
    let mut connection = Connection::open(server.addr)?;
    let (hash, height) = head(&mut connection)?;
    let chunk = connection.call("chunk", &json!({ "block_id": height, "shard_id": 0 }))?;
    let root = chunk["header"]["prev_state_root"].as_str().unwrap_or_default().parse()?;
    server.kill()?;
    Ok((hash, height, root))
}

fn head(connection: &mut Connection) -> Result<(CryptoHash, u64), Problem> {
    let block = connection.call("block", &json!({ "finality": "optimistic" }))?;
    let Value::Object(header) = &block["header"] else {
        return Err("a block without header".into());
    };
    let hash = header["hash"].as_str().unwrap_or_default().parse()?;
    Ok((hash, header["height"].as_u64().unwrap_or_default()))
}

/// Checkpoints all the time, and no blocks but those of transactions.
const OPTIONS: &[&str] = &["--no-ticks", "--checkpoint-blocks", "40"];

/// How many snapshots there are at a time.
const MOST_SNAPSHOTS: usize = 5;

/// Connections that send at once, each with a key of its own.
const SENDERS: usize = 16;
