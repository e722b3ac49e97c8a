//! What happens to instances, database and node while they work.

use super::Plan;
use super::setup::World;
use crate::note;
use keyway_bench::{Problem, scatter};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

/// Does harm.
#[derive(Debug)]
pub(crate) struct Trouble<'w, 'b> {
    world: &'w mut World<'b>,
    plan: Plan,
    chance: u64,
    done: Done,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Done {
    instances: u32,
    database: u32,
    node: u32,
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { instances, database, node } = self;
        write!(
            f,
            "instances killed {instances} times, database stopped {database}, node killed {node}"
        )
    }
}

impl<'w, 'b> Trouble<'w, 'b> {
    pub(crate) fn new(world: &'w mut World<'b>, plan: Plan) -> Self {
        Self { world, plan, chance: scatter(plan.seed), done: Done::default() }
    }

    /// Goes on until the load is over, and leaves everything running.
    ///
    /// # Errors
    /// What does not start again.
    pub(crate) fn go_on_until(mut self, over: &AtomicBool) -> Result<Done, Problem> {
        let result = self.go_on(over);
        if let Err(problem) = &result {
            note(&format!("trouble: {problem}"));
        }
        self.world.database.start_again_if_stopped()?;
        for instance in &mut self.world.instances {
            instance.keep_running()?;
        }
        result.map(|()| self.done)
    }

    fn go_on(&mut self, over: &AtomicBool) -> Result<(), Problem> {
        while !over.load(Ordering::Relaxed) {
            let is_long = self.plan.transactions >= LONG_RUN;
            let (least, most) = if is_long { (3_000, 12_000) } else { (1_000, 4_000) };
            self.pause(least, most);
            for instance in &mut self.world.instances {
                instance.keep_running()?;
            }
            if self.plan.calm {
                continue;
            }
            match self.draw(10) {
                0 => self.stop_the_database()?,
                1 => self.kill_the_node()?,
                _ => self.kill_an_instance()?,
            }
        }
        Ok(())
    }

    fn kill_an_instance(&mut self) -> Result<(), Problem> {
        let count = self.world.instances.len() as u64;
        let which = usize::try_from(self.draw(count)).unwrap_or(0);
        self.world.instances[which].kill()?;
        self.done.instances += 1;
        self.pause(0, 500);
        self.world.instances[which].start()
    }

    fn stop_the_database(&mut self) -> Result<(), Problem> {
        self.world.database.stop()?;
        self.done.database += 1;
        let longest = if self.plan.transactions >= LONG_RUN { 10_000 } else { 3_000 };
        self.pause(500, longest);
        Ok(self.world.database.start_again()?)
    }

    fn kill_the_node(&mut self) -> Result<(), Problem> {
        self.world.proxy.point_at(None);
        if let Some(mut node) = self.world.node.take() {
            node.kill()?;
        }
        self.done.node += 1;
        self.pause(0, 1_000);
        let node = self.world.setup.start()?;
        self.world.proxy.point_at(Some(node.addr));
        self.world.node = Some(node);
        Ok(())
    }

    fn pause(&mut self, least_ms: u64, most_ms: u64) {
        let ms = least_ms + self.draw(most_ms - least_ms);
        sleep(Duration::from_millis(ms));
    }

    fn draw(&mut self, below: u64) -> u64 {
        self.chance = scatter(self.chance);
        self.chance % below
    }
}

/// From so many transactions on, harm is done less often, so that most lanes work most of the time (a lease lasts 5 seconds),
/// and the database stays away for up to ten seconds.
pub(super) const LONG_RUN: u32 = 2_000;
