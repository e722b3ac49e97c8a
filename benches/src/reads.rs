//! How long a read takes beside other work.
//!
//! One connection asks for an access key every millisecond, on a thread of its own: first alone, then
//! beside each load. All share the machine, so the figures of one run are to be compared with each
//! other.

mod contract;
mod crowd;
mod load;

use crate::http::{Connection, result};
use crate::place::Place;
use crate::samples::Samples;
use crate::server::{Server, Setup};
use crate::{clock, note};
use keyway_bench::{Account, Problem};
use load::Load;
use serde_json::json;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

/// What to measure.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Options {
    /// Seconds beside each load
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Blocks of the chain, in thousands
    #[arg(long, default_value_t = 50)]
    thousand_blocks: u32,
    /// Keys of the account that is paged through, in thousands
    #[arg(long, default_value_t = 100)]
    thousand_keys: u32,
    /// Measure a chain in a home directory instead of one in memory
    #[arg(long)]
    home: bool,
    /// Only beside this load
    #[arg(long, value_enum)]
    only: Option<Load>,
    /// Send transfers at the priority of idle work (by `chrt`), so that their generator takes no
    /// time from the node, like one on another machine
    #[arg(long)]
    idle_generator: bool,
}

/// The reads beside one load.
struct Row {
    beside: &'static str,
    reads: Samples,
    /// How often the load was done in a second.
    done: f64,
}

/// What a load and those who measure beside it share.
#[derive(Debug, Default)]
struct Course {
    /// See [`Options::idle_generator`].
    idle_generator: bool,
    over: AtomicBool,
    done: AtomicU64,
}

impl Course {
    fn goes_on(&self) -> bool {
        !self.over.load(Ordering::Relaxed)
    }

    fn count(&self, more: u64) {
        self.done.fetch_add(more, Ordering::Relaxed);
    }
}

/// Measures the node of `binary`.
///
/// # Errors
/// When the node does not start, or answers with an error.
pub(crate) fn run(binary: &Path, options: Options) -> Result<String, Problem> {
    let setup = Setup::new(binary, if options.home { Place::Home } else { Place::Memory })?;
    let server = setup.start()?;
    let account = setup.account()?;
    let mut connection = Connection::open(server.addr)?;
    note(&format!("{} thousand keys", options.thousand_keys));
    crowd::add_keys(&mut connection, options.thousand_keys)?;
    note(&format!("{} thousand blocks", options.thousand_blocks));
    for _ in 0..options.thousand_blocks {
        connection.call("keyway_mine", &json!({ "blocks": 1_000 }))?;
    }
    let reads = || reads(server.addr, &account, options.seconds);
    note("calm");
    let mut rows = vec![Row { beside: "nothing", reads: reads()?, done: 0.0 }];
    for load in Load::ALL.into_iter().filter(|load| options.only.is_none_or(|only| only == *load)) {
        note(load.name());
        let course = Course { idle_generator: options.idle_generator, ..Course::default() };
        rows.push(beside(load, &course, binary, &setup, &server, reads)?);
    }
    Ok(table(&rows))
}

fn beside(
    load: Load,
    course: &Course,
    binary: &Path,
    setup: &Setup<'_>,
    server: &Server,
    reads: impl FnOnce() -> Result<Samples, Problem>,
) -> Result<Row, Problem> {
    scope(|scope| {
        let work = scope.spawn(|| load.run(binary, setup, server.addr, course));
        sleep(WARM_UP);
        let before = course.done.load(Ordering::Relaxed);
        let (took, reads) = clock::timed(reads);
        let done = course.done.load(Ordering::Relaxed) - before;
        course.over.store(true, Ordering::Relaxed);
        let per_second = work.join().map_err(|_| "a panic")??;
        let counted = done as f64 / took.as_secs_f64();
        Ok(Row { beside: load.name(), reads: reads?, done: per_second.unwrap_or(counted) })
    })
}

/// One read each millisecond, or when the one before is answered.
fn reads(addr: SocketAddr, account: &Account, seconds: u64) -> Result<Samples, Problem> {
    let mut connection = Connection::open(addr)?;
    let request = Connection::request(
        "query",
        &json!({
            "request_type": "view_access_key",
            "finality": "optimistic",
            "account_id": account.id,
            "public_key": account.public_key(),
        }),
    );
    let mut next = clock::now();
    let end = next + Duration::from_secs(seconds);
    let mut taken = Vec::new();
    while next < end {
        let (took, answer) = clock::timed(|| connection.send(&request));
        result(&answer?)?;
        taken.push(took);
        let now = clock::now();
        next = (next + EVERY).max(now);
        sleep(next - now);
    }
    Samples::of(taken)
}

fn table(rows: &[Row]) -> String {
    let calm = rows.first().map_or(Duration::ZERO, |row| row.reads.at(99));
    let mut text =
        "| beside | reads | p50 | p99 | p99 / calm | slowest | load a second |\n".to_owned();
    text.push_str("|---|---:|---:|---:|---:|---:|---:|");
    for Row { beside, reads, done } in rows {
        let ms = |percent| reads.at(percent).as_secs_f64() * 1e3;
        let ratio = reads.at(99).as_secs_f64() / calm.as_secs_f64();
        let (count, p50, p99, slowest) = (reads.count(), ms(50), ms(99), ms(100));
        let _infallible = write!(
            text,
            "\n| {beside} | {count} | {p50:.2} ms | {p99:.2} ms | {ratio:.1} | {slowest:.1} ms | {done:.0} |"
        );
    }
    text
}

/// Until a load is in full swing.
const WARM_UP: Duration = Duration::from_secs(2);

/// Between two reads.
const EVERY: Duration = Duration::from_millis(1);
