//! Kills, stops and disturbs everything around a relayer while it works, and proves from the chain what became of each
//! request.
//!
//! Three instances share one PostgreSQL. Between them and one node is a proxy that loses answers and requests.

mod load;
mod proof;
mod proxy;
mod setup;
mod trouble;

use keyway_bench::Problem;
use load::Load;
use setup::World;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use trouble::Trouble;

/// How much is sent, and what decides about the instants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) transactions: u32,
    pub(crate) seed: u64,
    /// Whether to measure without disturbing anything.
    pub(crate) calm: bool,
}

/// Sends the plan's transactions through three instances of `binary`.
///
/// # Errors
/// What was lost, ran twice, cost too much, or was answered wrongly.
pub(crate) fn run(binary: &Path, plan: Plan) -> Result<String, Problem> {
    let mut world = World::build(binary, plan)?;
    let before = proof::balance(&world)?;
    let over = AtomicBool::new(false);
    let (addresses, users) = (world.addresses.clone(), world.users.clone());
    let load = Load::new(&addresses, &users, plan);
    let begun = crate::clock::now();
    let (ended, troubles) = thread::scope(|scope| {
        let working = scope.spawn(|| {
            let ended = load.run();
            over.store(true, Ordering::Relaxed);
            ended
        });
        let troubles = Trouble::new(&mut world, plan).go_on_until(&over);
        let ended = working.join().map_err(|_| "the load panicked")?;
        Ok::<_, Problem>((ended?, troubles?))
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    let (took, report) = crate::clock::timed(|| proof::prove(&world, plan, before, ended));
    let report = report?;
    let (repeats, lost) = (load.repeats(), world.proxy.lost());
    let rate = f64::from(plan.transactions) / seconds;
    Ok(format!(
        "{report}\n{repeats} made again with the same key were the same request\n\
         {troubles}, {lost} answers and requests of the node lost\n\
         {rate:.0} requests a second over {seconds:.0} s, proved from the chain in {:.0} s\n",
        took.as_secs_f64()
    ))
}
