//! The workload, and what it measures.

use crate::{Problem, Row, Store, Table};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Trie nodes that are there before anything is measured but the loading itself.
    pub(crate) keys: u64,
    /// Batches, each written with one sync.
    pub(crate) batches: u64,
    /// Transactions in a batch.
    pub(crate) transactions: u64,
    /// Trie nodes that a transaction makes.
    pub(crate) nodes: u64,
    /// Rows of history that it makes.
    pub(crate) history: u64,
    /// Random reads of nodes.
    pub(crate) reads: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            keys: 1_000_000,
            batches: 200,
            transactions: 100,
            nodes: 10,
            history: 3,
            reads: 200_000,
        }
    }
}

/// What came out.
#[derive(Debug)]
pub(crate) struct Figures {
    load: Duration,
    batch: Duration,
    slowest: Duration,
    read: Duration,
    reopen: Duration,
    bytes: u64,
    memory: u64,
}

impl Figures {
    pub(crate) const HEADER: &'static str = "| store | load, s | batch, ms (median) | slowest batch, ms | random read, µs | open, ms | disk, MB | peak memory, MB |\n|---|---|---|---|---|---|---|---|";

    /// A row of the table.
    pub(crate) fn row(&self, name: &str) -> String {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        format!(
            "| {name} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {} | {} |",
            self.load.as_secs_f64(),
            ms(self.batch),
            ms(self.slowest),
            ms(self.read) * 1e3,
            ms(self.reopen),
            self.bytes / 1_000_000,
            self.memory / 1_000,
        )
    }
}

/// Loads, writes batches, reads, opens again.
pub(crate) fn run<S: Store>(plan: &Plan, dir: &Path) -> Result<Figures, Problem> {
    let store = S::open(dir)?;
    let (loaded, load) = timed(|| load(&store, plan));
    loaded?;
    let mut times = (0..plan.batches)
        .map(|batch| write_batch(&store, plan, batch))
        .collect::<Result<Vec<_>, _>>()?;
    times.sort();
    drop(store);
    let (store, reopen) = timed(|| S::open(dir));
    let store = store?;
    let (read, reading) = timed(|| read(&store, plan));
    read?;
    Ok(Figures {
        load,
        batch: times[times.len() / 2],
        slowest: times[times.len() - 1],
        read: reading / u32::try_from(plan.reads)?,
        reopen,
        bytes: size(dir)?,
        memory: peak_memory_kb()?,
    })
}

fn load<S: Store>(store: &S, plan: &Plan) -> Result<(), Problem> {
    for first in (0..plan.keys).step_by(10_000) {
        let rows: Vec<Row> = (first..first + 10_000).map(node::<S>).collect();
        store.write(&rows, false)?;
    }
    store.write(&[], true)
}

fn write_batch<S: Store>(store: &S, plan: &Plan, batch: u64) -> Result<Duration, Problem> {
    let first = (1 << 40) + batch * plan.transactions * plan.nodes;
    let nodes = (first..first + plan.transactions * plan.nodes).map(node::<S>);
    let first = (1 << 50) + batch * plan.transactions * plan.history;
    let history =
        (first..first + plan.transactions * plan.history).map(|number| row(Table::History, number));
    let rows: Vec<Row> = nodes.chain(history).collect();
    let (written, took) = timed(|| store.write(&rows, true));
    written.map(|()| took)
}

fn read<S: Store>(store: &S, plan: &Plan) -> Result<(), Problem> {
    for number in 0..plan.reads {
        let (_, key, value) = node::<S>(scatter(number) % plan.keys);
        if store.get(Table::Nodes, &key)?.as_deref() != Some(&*value) {
            return Err("a row is lost".into());
        }
    }
    Ok(())
}

/// A node's row, under a number where the store wants that.
fn node<S: Store>(number: u64) -> Row {
    let (table, key, value) = row(Table::Nodes, number);
    if !S::NUMBERED {
        return (table, key, value);
    }
    let mut numbered = [0; 32];
    numbered[..8].copy_from_slice(&number.to_be_bytes());
    (table, numbered, value)
}

/// A row as a trie makes them: a key like a hash, a value of 80 to 600 bytes that does not compress.
fn row(table: Table, number: u64) -> Row {
    let words: [u64; 4] = std::array::from_fn(|word| scatter(number ^ (word as u64) << 60));
    let key =
        *words.map(u64::to_be_bytes).as_flattened().first_chunk().expect("four words are 32 bytes");
    let length = 10 + usize::try_from(words[0] % 65).expect("a small number");
    let value =
        (0..length as u64).flat_map(|word| scatter(words[1] ^ word).to_be_bytes()).collect();
    (table, key, value)
}

/// A number that looks random, always the same for the same number.
fn scatter(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let done = work();
    (done, started.elapsed())
}

fn size(dir: &Path) -> Result<u64, Problem> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() {
            size(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(bytes)
}

/// What Linux says of this process; run one store at a time to compare.
fn peak_memory_kb() -> Result<u64, Problem> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let figure = line.and_then(|line| line.split_whitespace().next());
    Ok(figure.map_or(Ok(0), str::parse)?)
}
