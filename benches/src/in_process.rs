//! What a chain keeps in memory of all that happened.

use crate::memory::resident;
use crate::note;
use crate::report::Report;
use keyway_bench::{Account, Problem, World};
use keyway_chain::Input;

/// Measures what is kept of a transfer and of an empty block.
///
/// # Errors
/// When a transaction is refused, which would be a fault.
pub(crate) fn measure(report: &mut Report) -> Result<(), Problem> {
    note("in process: memory");
    let mut chain = World::new()?.chain;
    let (mut account, base) = (Account::development(), *chain.head().hash());
    kept("memory kept by a transfer", TRANSFERS, report, || {
        chain.apply(Input::transaction(account.transfer(base)), 0)?;
        Ok(())
    })?;
    kept("memory kept by an empty block", EMPTY_BLOCKS, report, || {
        Ok(chain.apply(Input::Tick, 0).map(drop)?)
    })
}

fn kept(
    what: &str,
    times: u32,
    report: &mut Report,
    mut work: impl FnMut() -> Result<(), Problem>,
) -> Result<(), Problem> {
    let resident = || resident(std::process::id());
    let before = resident();
    (0..times).try_for_each(|_| work())?;
    if let (Some(before), Some(after)) = (before, resident()) {
        let bytes = after.saturating_sub(before) as f64 / f64::from(times);
        report.number(PLACE, what, bytes, "B", None);
    }
    Ok(())
}

const PLACE: &str = "in process";
const TRANSFERS: u32 = 4_000;
const EMPTY_BLOCKS: u32 = 50_000;
