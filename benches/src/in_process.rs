//! The rules and the chain without sockets, against what they cannot do without: verifying one
//! ed25519 signature. Ratios travel between machines better than times.

use crate::account::Account;
use crate::memory::resident;
use crate::report::Report;
use crate::samples::Samples;
use crate::{Problem, clock, contract, note};
use keyway_engine::{BlockInput, BlockOutput, apply_block, check_form_unsigned, check_state};
use keyway_node::Chain;
use near_chain_configs::{Genesis, GenesisConfig, GenesisContents, GenesisRecords};
use near_crypto::{PublicKey, Signature};
use near_primitives::account::{AccessKey, Account as AccountState, AccountContract};
use near_primitives::hash::CryptoHash;
use near_primitives::shard_layout::ShardLayout;
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::{AccountInfo, Balance, Gas};
use near_vm_runner::{
    ContractRuntimeCache, FilesystemContractRuntimeCache, noop_background_spawner,
};
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Measures engine and chain.
///
/// # Errors
/// When a transaction is refused, which would be a fault.
pub(crate) fn measure(report: &mut Report) -> Result<(), Problem> {
    note("in process: rules, chain, memory");
    let dir = tempfile::tempdir()?;
    let contracts = contracts(dir.path())?;
    contract::measure(&contracts, report)?;
    let mut account = Account::development();
    let mut chain = chain(&account, Vec::new(), contracts)?;
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
            &mut || repeated(|| admit_unsigned(chain, &tx)),
            &mut || repeated(|| apply(chain, &tx)),
        ],
    )?;
    let (one, all) = (signature.median(), admitted.median() + applied.median());
    report.times(PLACE, "verify one ed25519 signature", &signature, None);
    report.times(PLACE, "authorise a transfer, signature apart", &admitted, None);
    report.times(PLACE, "apply it and its receipt", &applied, None);
    report.number(PLACE, "authorise + apply / one signature", ratio(all, one), "x", Some(1.0));
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

pub(crate) fn verify(
    signature: &Signature,
    hash: &CryptoHash,
    key: &PublicKey,
) -> Result<(), Problem> {
    if signature.verify(hash.as_ref(), key) { Ok(()) } else { Err("the signature is wrong".into()) }
}

/// Everything that is judged before a transaction enters a block, except the signature.
pub(crate) fn admit_unsigned(chain: &Chain, tx: &SignedTransaction) -> Result<(), Problem> {
    let price = chain.head().header.next_gas_price();
    check_form_unsigned(chain.protocol(), tx)?;
    let height = Some(chain.head().height() + 1);
    check_state(&chain.head().state, chain.protocol(), price, height, tx)??;
    Ok(())
}

fn apply(chain: &Chain, tx: &SignedTransaction) -> Result<BlockOutput, Problem> {
    let input = BlockInput { transactions: vec![tx.clone()], ..BlockInput::default() };
    let sent = run(chain, &input)?;
    if sent.outgoing.is_empty() {
        return Err("the transfer sent nothing".into());
    }
    run(chain, &BlockInput { incoming: sent.outgoing, ..BlockInput::default() })
}

/// A block on the head, by the engine alone.
pub(crate) fn run(chain: &Chain, input: &BlockInput) -> Result<BlockOutput, Problem> {
    Ok(apply_block(&chain.head().state, &chain.context_at(chain.head()), input)?)
}

/// The time of one `work`, averaged over enough of them for a coarse clock.
pub(crate) fn repeated<T>(work: impl Fn() -> Result<T, Problem>) -> Result<Duration, Problem> {
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

pub(crate) fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

/// Compiled contracts, kept in memory as a node keeps them.
fn contracts(dir: &Path) -> Result<Arc<dyn ContractRuntimeCache>, Problem> {
    let cache = FilesystemContractRuntimeCache::with_memory_cache(
        dir,
        None::<&Path>,
        "compiled",
        16,
        None,
        1 << 30,
        noop_background_spawner(),
    )?;
    Ok(Arc::new(cache))
}

/// A chain whose validator is `account`, with `more` in its genesis.
pub(crate) fn chain(
    account: &Account,
    more: Vec<StateRecord>,
    contracts: Arc<dyn ContractRuntimeCache>,
) -> Result<Chain, Problem> {
    let amount = Balance::from_near(1_000_000);
    let state = AccountState::new(amount, amount, AccountContract::None, 182);
    let mut records = vec![
        StateRecord::Account { account_id: account.id.clone(), account: state },
        StateRecord::AccessKey {
            account_id: account.id.clone(),
            public_key: account.public_key().into(),
            access_key: AccessKey::full_access(),
        },
    ];
    records.extend(more);
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
        total_supply: supply(&records),
        num_blocks_per_year: 31_536_000,
        shard_layout: ShardLayout::single_shard(),
        ..GenesisConfig::default()
    };
    let contents = GenesisContents::Records { records: GenesisRecords(records) };
    Ok(Chain::new(&Genesis { config, contents }, contracts)?)
}

fn supply(records: &[StateRecord]) -> Balance {
    let owned = records.iter().map(|record| match record {
        StateRecord::Account { account, .. } => account.amount().saturating_add(account.locked()),
        _ => Balance::ZERO,
    });
    owned.fold(Balance::ZERO, Balance::saturating_add)
}

pub(crate) const PLACE: &str = "in process";
pub(crate) const ROUNDS: usize = 50;
const BATCH: u32 = 100;
const SUBMISSIONS: usize = 2_000;
const EMPTY_BLOCKS: usize = 50_000;
