//! Processor time of processes, as the system counts it.

use std::fs;
use std::time::Duration;

/// Parts of a measurement, each some processes, and what they had used before it.
#[derive(Debug)]
pub(crate) struct Processor {
    parts: Vec<Part>,
    /// The processes of all parts.
    named: Vec<u32>,
}

#[derive(Debug)]
struct Part {
    name: &'static str,
    processes: Vec<u32>,
    /// Hundredths of a second.
    before: u64,
}

impl Processor {
    /// Begins to count for each part, with those children of its processes that are in no part.
    pub(crate) fn start(parts: impl IntoIterator<Item = (&'static str, Vec<u32>)>) -> Self {
        let parts: Vec<_> = parts.into_iter().filter(|(_, it)| !it.is_empty()).collect();
        let named: Vec<_> = parts.iter().flat_map(|(_, processes)| processes).copied().collect();
        let part = |(name, processes): (_, Vec<u32>)| {
            let before = used(&processes, &named);
            Part { name, processes, before }
        };
        let parts = parts.into_iter().map(part).collect();
        Self { parts, named }
    }

    /// The share of each part, in words; empty on systems without `/proc`.
    pub(crate) fn shares(&self) -> String {
        let used = |part: &Part| used(&part.processes, &self.named).saturating_sub(part.before);
        let used: Vec<_> = self.parts.iter().map(|part| (part.name, used(part))).collect();
        let all: u64 = used.iter().map(|(_, ticks)| ticks).sum();
        if all == 0 {
            return String::new();
        }
        let share = |(name, ticks): &(&str, u64)| format!("{name} {} %", ticks * 100 / all);
        let shares: Vec<_> = used.iter().map(share).collect();
        format!("{:.1} s of processor time: {}", all as f64 / 100.0, shares.join(", "))
    }
}

/// What process `pid` and its children have used; nothing on systems without `/proc`.
pub(crate) fn time_of(pid: u32) -> Duration {
    Duration::from_millis(used(&[pid], &[]).saturating_mul(10))
}

/// What these processes and their children without a name have used, hundredths of a second.
fn used(processes: &[u32], named: &[u32]) -> u64 {
    let mut sum = 0;
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Ok(text) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let Some(found) = Stat::of(&text) else { continue };
        if processes.contains(&found.process) {
            sum += found.own + found.ended_children;
        } else if processes.contains(&found.parent) && !named.contains(&found.process) {
            sum += found.own;
        }
    }
    sum
}

/// A line of `/proc/PID/stat`. Times are in hundredths of a second.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    process: u32,
    parent: u32,
    own: u64,
    ended_children: u64,
}

impl Stat {
    fn of(text: &str) -> Option<Self> {
        // The name in brackets may have spaces and brackets.
        let (process, rest) = text.split_once(' ')?;
        let fields: Vec<&str> = rest.rsplit_once(") ")?.1.split(' ').collect();
        let ticks = |nth: usize| fields.get(nth)?.parse::<u64>().ok();
        Some(Self {
            process: process.parse().ok()?,
            parent: fields.get(1)?.parse().ok()?,
            own: ticks(11)? + ticks(12)?,
            ended_children: ticks(13)? + ticks(14)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_words_are_understood() {
        let text = "42 (a (b) c) S 7 42 42 0 -1 4194560 1 2 3 4 100 20 3 1 20 0 1 0 5 6 7";
        let found = Stat { process: 42, parent: 7, own: 120, ended_children: 4 };
        assert_eq!(Stat::of(text), Some(found));
        assert_eq!(Stat::of("42 (a) S"), None);
    }
}
