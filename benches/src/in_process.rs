//! The rules and the chain without sockets, against what they cannot do without: verifying one
//! ed25519 signature. Ratios travel between machines better than times.

use crate::account::Account;
use crate::memory::resident;
use crate::report::Report;
use crate::samples::Samples;
use crate::{Problem, clock, note};
use keyway_engine::{BlockInput, BlockOutput, apply_block, check_form, check_state};
use keyway_node::Chain;
use near_chain_configs::{Genesis, GenesisConfig, GenesisContents, GenesisRecords};
use near_crypto::{PublicKey, Signature};
use near_primitives::account::{AccessKey, Account as AccountState, AccountContract};
use near_primitives::hash::CryptoHash;
use near_primitives::shard_layout::ShardLayout;
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::{AccountInfo, Balance, Gas};
use near_vm_runner::NoContractRuntimeCache;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

/// Measures engine and chain.
///
/// # Errors
/// When a transaction is refused, which would be a fault.
pub(crate) fn measure(report: &mut Report) -> Result<(), Problem> {
    note("in process: rules, chain, memory");
    let mut account = Account::development();
    let mut chain = chain(&account)?;
    // The nonce's bound grows with the height; at the genesis it is zero.
    chain.tick(0)?;
    ratios(&chain, &mut account, report)?;
    submissions(&mut chain, &mut account, report)?;
    kept_by_empty_blocks(&mut chain, report)
}

/// The engine: may this transaction run, and what does it do?
fn ratios(chain: &Chain, account: &mut Account, report: &mut Report) -> Result<(), Problem> {
    let tx = account.transfer(*chain.head().hash());
    let (hash, key) = (tx.get_hash(), account.public_key());
    let [signature, admitted, applied] = Samples::in_turns(
        ROUNDS,
        [
            &mut || repeated(|| verify(&tx.signature, &hash, &key)),
            &mut || repeated(|| admit(chain, &tx)),
            &mut || repeated(|| apply(chain, &tx)),
        ],
    )?;
    let (one, all) = (signature.median(), admitted.median() + applied.median());
    report.times(PLACE, "verify one ed25519 signature", &signature, None);
    report.times(PLACE, "authorise a transfer", &admitted, None);
    report.times(PLACE, "apply it and its receipt", &applied, None);
    report.number(PLACE, "authorise + apply / one signature", ratio(all, one), "x", None);
    Ok(())
}

/// The chain: a transfer to its final block.
fn submissions(
    chain: &mut Chain,
    account: &mut Account,
    report: &mut Report,
) -> Result<(), Problem> {
    account.nonce = 0;
    let (base, before) = (*chain.head().hash(), resident(std::process::id()));
    let (tx, key) = (account.transfer(base), account.public_key());
    let hash = tx.get_hash();
    account.nonce = 0;
    let [signature, submitted] = Samples::in_turns(
        SUBMISSIONS,
        [&mut || succeeded(clock::timed(|| verify(&tx.signature, &hash, &key))), &mut || {
            let tx = account.transfer(base);
            succeeded(clock::timed(|| chain.submit(tx, 0)))
        }],
    )?;
    let after = resident(std::process::id());
    // As a server does it: readers keep the chain as it was.
    let shared = Samples::take(SUBMISSIONS, || {
        let tx = account.transfer(base);
        succeeded(clock::timed(|| {
            let mut next = chain.clone();
            let done = next.submit(tx, 0);
            *chain = next;
            done
        }))
    })?;
    report.times(PLACE, "submit a transfer, to final", &submitted, None);
    report.times(PLACE, "the same on a copy of the chain", &shared, None);
    let ratio = ratio(submitted.median(), signature.median());
    report.number(PLACE, "submit to final / one signature", ratio, "x", None);
    kept("memory kept by a transfer", before, after, SUBMISSIONS, report);
    Ok(())
}

/// What an empty block costs in time and memory.
fn kept_by_empty_blocks(chain: &mut Chain, report: &mut Report) -> Result<(), Problem> {
    let own = std::process::id();
    let before = resident(own);
    let ticks = Samples::take(EMPTY_BLOCKS, || succeeded(clock::timed(|| chain.tick(0))))?;
    report.times(PLACE, "seal an empty block", &ticks, None);
    kept("memory kept by an empty block", before, resident(own), ticks.count(), report);
    Ok(())
}

fn kept(what: &str, before: Option<u64>, after: Option<u64>, times: usize, report: &mut Report) {
    if let (Some(before), Some(after)) = (before, after) {
        report.number(PLACE, what, after.saturating_sub(before) as f64 / times as f64, "B", None);
    }
}

fn verify(signature: &Signature, hash: &CryptoHash, key: &PublicKey) -> Result<(), Problem> {
    if signature.verify(hash.as_ref(), key) { Ok(()) } else { Err("the signature is wrong".into()) }
}

fn admit(chain: &Chain, tx: &SignedTransaction) -> Result<(), Problem> {
    let price = chain.head().header.next_gas_price();
    check_form(chain.protocol(), tx)?;
    check_state(&chain.head().state, chain.protocol(), price, Some(chain.head().height()), tx)??;
    Ok(())
}

fn apply(chain: &Chain, tx: &SignedTransaction) -> Result<BlockOutput, Problem> {
    let (head, context) = (chain.head(), chain.context_at(chain.head()));
    let input = BlockInput { transactions: vec![tx.clone()], ..BlockInput::default() };
    let sent = apply_block(&head.state, &context, &input)?;
    if sent.outgoing.is_empty() {
        return Err("the transfer sent nothing".into());
    }
    let input = BlockInput { incoming: sent.outgoing, ..BlockInput::default() };
    Ok(apply_block(&head.state, &context, &input)?)
}

/// The time of one `work`, averaged over enough of them for a coarse clock.
fn repeated<T>(work: impl Fn() -> Result<T, Problem>) -> Result<Duration, Problem> {
    let (took, done) =
        clock::timed(|| (0..BATCH).try_for_each(|_| work().map(|made| drop(black_box(made)))));
    done?;
    Ok(took / BATCH)
}

/// The time, when the work succeeded.
fn succeeded<T, E: Into<Problem>>(
    (took, done): (Duration, Result<T, E>),
) -> Result<Duration, Problem> {
    done.map(|_made| took).map_err(Into::into)
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

/// A chain whose validator is `account`.
fn chain(account: &Account) -> Result<Chain, Problem> {
    let amount = Balance::from_near(1_000_000);
    let state = AccountState::new(amount, amount, AccountContract::None, 182);
    let records = vec![
        StateRecord::Account { account_id: account.id.clone(), account: state },
        StateRecord::AccessKey {
            account_id: account.id.clone(),
            public_key: account.public_key().into(),
            access_key: AccessKey::full_access(),
        },
    ];
    let config = GenesisConfig {
        protocol_version: 86,
        chain_id: "bench".to_owned(),
        num_block_producer_seats: 1,
        epoch_length: 500,
        gas_limit: Gas::from_teragas(1_000),
        min_gas_price: Balance::from_yoctonear(100_000_000),
        validators: vec![AccountInfo {
            account_id: account.id.clone(),
            public_key: account.public_key(),
            amount,
        }],
        transaction_validity_period: 1_000_000,
        protocol_treasury_account: account.id.clone(),
        total_supply: Balance::from_near(2_000_000),
        num_blocks_per_year: 31_536_000,
        shard_layout: ShardLayout::single_shard(),
        ..GenesisConfig::default()
    };
    let contents = GenesisContents::Records { records: GenesisRecords(records) };
    Ok(Chain::new(&Genesis { config, contents }, Arc::new(NoContractRuntimeCache))?)
}

const PLACE: &str = "in process";
const ROUNDS: usize = 50;
const BATCH: u32 = 100;
const SUBMISSIONS: usize = 2_000;
const EMPTY_BLOCKS: usize = 50_000;
