//! The library's chain in a test's own process.

use crate::report::Report;
use crate::samples::Samples;
use crate::{clock, note};
use keyway::protocol::StateRecord;
use keyway::{NearLiteral, NearToken, Sandbox, transfer};
use keyway_bench::Problem;
use near_primitives::account::{Account, AccountContract};
use std::thread;
use std::time::Duration;

/// Measures what tests with a sandbox wait for.
///
/// # Errors
/// When something is refused, which would be a fault.
pub(crate) fn measure(report: &mut Report) -> Result<(), Problem> {
    note("sandbox: begin, transfer, call, go back, a thousand tests");
    begin(report)?;
    transfers(report)?;
    calls(report)?;
    returns(report)?;
    isolated_tests(report)
}

fn begin(report: &mut Report) -> Result<(), Problem> {
    let first = Samples::take(1, || timed(with_account))?;
    report.times(PLACE, "the first sandbox of a process", &first, None);
    let samples = Samples::take(BEGINNINGS, || timed(with_account))?;
    report.times(PLACE, "a sandbox with one account", &samples, Some(1.0));
    Ok(())
}

fn with_account() -> Result<Sandbox, Problem> {
    let sandbox = Sandbox::new();
    sandbox.create_account("alice.near").create()?;
    Ok(sandbox)
}

fn transfers(report: &mut Report) -> Result<(), Problem> {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").create()?;
    let one = NearToken::from_yoctonear(1);
    let samples =
        Samples::take(TRANSFERS, || timed(|| Ok(alice.execute(transfer(one).to("near"))?)))?;
    report.times(PLACE, "sign and execute a transfer", &samples, Some(0.06));
    let samples = Samples::take(TRANSFERS, || timed(|| Ok(alice.balance()?)))?;
    report.times(PLACE, "ask for a balance", &samples, None);
    Ok(())
}

fn calls(report: &mut Report) -> Result<(), Problem> {
    let sandbox = Sandbox::new();
    let game = sandbox.create_account("game.near").contract(CONTRACT).create()?;
    let first = Samples::take(1, || timed(|| Ok(game.call("game.near", "noop").execute()?)))?;
    report.times(PLACE, "the first call of a contract", &first, None);
    let samples =
        Samples::take(CALLS, || timed(|| Ok(game.call("game.near", "noop").execute()?)))?;
    report.times(PLACE, "call a contract", &samples, None);
    let samples =
        Samples::take(CALLS, || timed(|| Ok(sandbox.view("game.near", "noop").bytes()?)))?;
    report.times(PLACE, "view a contract", &samples, None);
    Ok(())
}

/// A chain with many accounts is kept and brought back, with a change between.
fn returns(report: &mut Report) -> Result<(), Problem> {
    let sandbox = Sandbox::new();
    sandbox.patch((0..ACCOUNTS).map(account).collect::<Result<_, _>>()?)?;
    let samples = Samples::take(RETURNS, || {
        let (kept, snapshot) = clock::timed(|| sandbox.snapshot());
        sandbox.seal_block()?;
        let (returned, done) = clock::timed(|| sandbox.revert(&snapshot));
        done?;
        Ok(kept + returned)
    })?;
    report.times(PLACE, "snapshot and revert, 100,000 accounts", &samples, Some(0.01));
    let samples = Samples::take(RETURNS, || {
        let (kept, saved) = clock::timed(|| sandbox.snapshot_named("named", ""));
        saved?;
        sandbox.seal_block()?;
        let (returned, done) = clock::timed(|| sandbox.revert_named("named"));
        done?;
        sandbox.delete_snapshot("named")?;
        Ok(kept + returned)
    })?;
    report.times(PLACE, "the same by name", &samples, Some(0.01));
    Ok(())
}

/// The record of an account that does nothing.
pub(crate) fn account(number: u32) -> Result<StateRecord, Problem> {
    let account_id = format!("a{number}.near").parse()?;
    let account = Account::new(1.near(), NearToken::ZERO, AccountContract::None, 100);
    Ok(StateRecord::Account { account_id, account })
}

fn isolated_tests(report: &mut Report) -> Result<(), Problem> {
    let (took, done) = clock::timed(|| {
        thread::scope(|scope| {
            let workers: Vec<_> = (0..WORKERS)
                .map(|_| scope.spawn(|| (0..TESTS / WORKERS).try_for_each(|_| one_test())))
                .collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().map_err(|_| "a test panicked")?)
        })
    });
    done?;
    let milliseconds = took.as_secs_f64() * 1e3;
    let what = "1,000 tests with a contract call, 2 threads";
    report.number(PLACE, what, milliseconds, "ms", Some(2_000.0));
    Ok(())
}

/// What a test does: a chain of its own, a contract, a call.
fn one_test() -> Result<(), Problem> {
    let sandbox = Sandbox::new();
    sandbox.create_account("game.near").contract(CONTRACT).create()?;
    let alice = sandbox.create_account("alice.near").create()?;
    alice.call("game.near", "noop").execute()?;
    Ok(())
}

/// The time, when the work succeeded.
fn timed<T>(work: impl FnOnce() -> Result<T, Problem>) -> Result<Duration, Problem> {
    let (took, done) = clock::timed(work);
    done.map(|_made| took)
}

const PLACE: &str = "sandbox";
const BEGINNINGS: usize = 300;
const TRANSFERS: usize = 2_000;
const CALLS: usize = 500;
const ACCOUNTS: u32 = 100_000;
const RETURNS: usize = 200;
const TESTS: usize = 1_000;
const WORKERS: usize = 2;

/// The conformance suite's contract.
const CONTRACT: &[u8] = include_bytes!("../../tests/conformance/data/driver.wasm");
