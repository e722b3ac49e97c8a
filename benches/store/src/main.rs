//! Which embedded store holds a chain best? The same workload for each: load, batches as a node
//! writes them, random reads, opening again. `cargo run --release -- --help` says how to run it.

mod fjall_store;
mod redb_store;
#[cfg(feature = "rocksdb")]
mod rocks_store;
mod workload;

use std::io::{self, Write};
use std::path::Path;
use workload::{Figures, Plan};

/// Why a measurement failed.
type Problem = Box<dyn std::error::Error + Send + Sync>;

/// A row: table, key, value.
type Row = (Table, [u8; 32], Vec<u8>);

/// The tables that a chain needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Table {
    /// Trie nodes by hash.
    Nodes,
    /// Blocks, outcomes, places of transactions.
    History,
}

/// What a candidate must do.
trait Store: Sized {
    /// Its name in the report.
    const NAME: &'static str;

    /// Whether nodes stand under numbers in the order they were written, and not under hashes.
    const NUMBERED: bool = false;

    /// Opens or creates a store in the directory `dir`.
    fn open(dir: &Path) -> Result<Self, Problem>;

    /// Writes all rows or none; on return they survive a power cut where `sync` asks for it.
    fn write(&self, rows: &[Row], sync: bool) -> Result<(), Problem>;

    /// The value under a key.
    fn get(&self, table: Table, key: &[u8; 32]) -> Result<Option<Vec<u8>>, Problem>;
}

fn main() -> Result<(), Problem> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--help") {
        return say(
            "usage: keyway-store-bench [KEYS [STORE]]   KEYS: rows before the batches, 1000000 by default",
        );
    }
    let keys = words.first().map_or(Ok(1_000_000), |word| word.parse())?;
    let plan = Plan { keys, ..Plan::default() };
    let only = words.get(1).map(String::as_str);
    say(Figures::HEADER)?;
    measure::<redb_store::Redb>(&plan, only)?;
    measure::<redb_store::Numbered>(&plan, only)?;
    measure::<fjall_store::Fjall>(&plan, only)?;
    #[cfg(feature = "rocksdb")]
    measure::<rocks_store::Rocks>(&plan, only)?;
    Ok(())
}

fn measure<S: Store>(plan: &Plan, only: Option<&str>) -> Result<(), Problem> {
    if only.is_some_and(|only| only != S::NAME) {
        return Ok(());
    }
    let dir = tempfile::tempdir_in(std::env::current_dir()?)?;
    say(&workload::run::<S>(plan, dir.path())?.row(S::NAME))
}

fn say(line: &str) -> Result<(), Problem> {
    Ok(writeln!(io::stdout(), "{line}")?)
}
