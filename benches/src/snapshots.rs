//! What a snapshot costs, and going back to it: in memory and on a home with many accounts, among few
//! snapshots and among many.

use crate::samples::Samples;
use crate::scale::genesis;
use crate::{clock, note, sandbox};
use keyway_bench::Problem;
use keyway_chain::{Chain, Input, LocalChain, local_genesis};
use keyway_node::{Home, NewHome, Node, WallClock};
use near_primitives::state_record::StateRecord;
use near_primitives::version::PROTOCOL_VERSION;
use near_vm_runner::NoContractRuntimeCache;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What to measure.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Options {
    /// How many accounts the home has, with three keys each
    #[arg(long, default_value_t = 1_000_000)]
    accounts: u64,
    /// How many snapshots are many
    #[arg(long, default_value_t = 1_000)]
    snapshots: u64,
}

/// Measures a chain in memory with 100,000 accounts, and a home.
///
/// # Errors
/// When something is refused, which would be a fault.
pub(crate) fn run(options: Options) -> Result<String, Problem> {
    let Options { accounts, snapshots } = options;
    let mut lines = vec![
        format!("| median, ms | among {RUNS} snapshots | among {snapshots} more |"),
        "|---|---:|---:|".to_owned(),
    ];
    note("100,000 accounts in memory");
    let mut chain = Snapshots { node: in_memory()?, saved: 0, rounds: 0 };
    let few = [chain.saves()?, chain.reverts()?];
    chain.grow(snapshots)?;
    let many = [chain.saves()?, chain.reverts()?];
    lines.extend(rows(["save, in memory", "go back to one of the newest, in memory"], few, many));
    note(&format!("{accounts} accounts on a home: writing the genesis, importing"));
    let dir = tempfile::tempdir()?;
    Home::create(dir.path(), &NewHome::default())?;
    genesis::write(dir.path(), accounts)?;
    let chain = Snapshots { node: open(dir.path())?, saved: 0, rounds: 0 };
    let (mut chain, few) = chain.durable(dir.path())?;
    note(&format!("saving {snapshots} snapshots"));
    chain.grow(snapshots)?;
    let (_, many) = chain.durable(dir.path())?;
    lines.extend(rows(DURABLE, few, many));
    Ok(lines.join("\n"))
}

fn rows<const N: usize>(what: [&str; N], few: [Samples; N], many: [Samples; N]) -> Vec<String> {
    let median = |samples: &Samples| samples.median().as_secs_f64() * 1e3;
    let row =
        |((what, few), many)| format!("| {what} | {:.3} | {:.3} |", median(few), median(many));
    what.iter().zip(&few).zip(&many).map(row).collect()
}

fn in_memory() -> Result<Node, Problem> {
    let genesis = local_genesis(&LocalChain::in_memory(PROTOCOL_VERSION), &[]);
    let node = Node::in_memory(Chain::new(&genesis, Arc::new(NoContractRuntimeCache))?, WallClock);
    node.apply(Input::Patch((0..ACCOUNTS).map(sandbox::account).collect::<Result<_, _>>()?))?;
    Ok(node)
}

fn open(home: &Path) -> Result<Node, Problem> {
    Ok(Node::open(&Home::read(home)?, keyway_node::Options::default())?)
}

/// A chain and its snapshots, whose names are numbers.
struct Snapshots {
    node: Node,
    saved: u64,
    /// How many changes were made.
    rounds: u64,
}

impl Snapshots {
    /// Saves, goes back to one of the newest, and to one of them when only the store has it.
    fn durable(mut self, home: &Path) -> Result<(Self, [Samples; 3]), Problem> {
        let (saves, reverts) = (self.saves()?, self.reverts()?);
        let Self { node, saved, rounds } = self;
        // It writes a checkpoint, and a start reads the store alone.
        node.close()?;
        drop(node);
        let mut again = Self { node: open(home)?, saved, rounds };
        let stored = again.reverts()?;
        Ok((again, [saves, reverts, stored]))
    }

    fn saves(&mut self) -> Result<Samples, Problem> {
        Samples::take(RUNS, || self.save())
    }

    /// Goes back to the snapshots that were saved last, each time to another one.
    fn reverts(&mut self) -> Result<Samples, Problem> {
        Samples::take(RUNS, || {
            let name = self.saved - 1 - self.rounds % RUNS as u64;
            self.timed(Input::Revert { name: name.to_string() })
        })
    }

    fn grow(&mut self, snapshots: u64) -> Result<(), Problem> {
        (0..snapshots).try_for_each(|_| self.save().map(drop))
    }

    fn save(&mut self) -> Result<Duration, Problem> {
        let name = self.saved.to_string();
        self.saved += 1;
        self.timed(Input::SaveSnapshot { name, note: String::new() })
    }

    /// Changes something, and says how long `input` took after that.
    fn timed(&mut self, input: Input) -> Result<Duration, Problem> {
        self.rounds += 1;
        let account_id = "near".parse()?;
        let (data_key, value) = (b"key".to_vec().into(), self.rounds.to_le_bytes().to_vec().into());
        self.node.apply(Input::Patch(vec![StateRecord::Data { account_id, data_key, value }]))?;
        let (took, done) = clock::timed(|| self.node.apply(input));
        done?;
        Ok(took)
    }
}

const DURABLE: [&str; 3] =
    ["save, durable", "go back to one of the newest, durable", "the same after a start, durable"];

/// How often each is measured.
const RUNS: usize = 100;

const ACCOUNTS: u32 = 100_000;
