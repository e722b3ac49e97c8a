//! What code can do, as text: one paragraph for all powers reached in the same way.

use super::list;
use crate::lock::{ContractPowers, Power, Reached, Step};
use crate::{quoted, wrapped};
use std::fmt::{self, Display, Formatter};

/// How many steps of a path are listed at each end; the others are counted.
const STEPS_NAMED: usize = 6;
/// A function that calls this many host functions probably chooses among them.
const CHOOSES_FROM: usize = 6;

impl Display for ContractPowers {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.methods {
            0 => writeln!(f, "  methods: none, so none of its code can run")?,
            methods => writeln!(f, "  methods: {methods}")?,
        }
        for same_way in ways(&self.reached) {
            paragraph(f, &same_way)?;
        }
        if !self.unreached.is_empty() {
            let unreached = list(&self.unreached);
            writeln!(f, "{}", wrapped("  imported, reached by no method: ", &unreached))?;
        }
        if !self.unknown_imports.is_empty() {
            writeln!(f, "  imported, not known to be offered: {}", list(&self.unknown_imports))?;
        }
        if self.reached.is_empty() {
            return Ok(());
        }
        let over = "every call that the code could make is counted, whoever may make it, and on \
                    whatever account: that is chosen at run time";
        writeln!(f, "{}", wrapped("  ", over))
    }
}

/// Groups the powers that the same methods reach by the same path, in the order of the gravest.
fn ways(reached: &[Reached]) -> Vec<Vec<&Reached>> {
    let mut ways: Vec<Vec<&Reached>> = Vec::new();
    for one in reached {
        let same = |way: &&mut Vec<&Reached>| {
            way.iter().any(|other| before(other) == before(one) && other.methods == one.methods)
        };
        match ways.iter_mut().find(same) {
            Some(way) => way.push(one),
            None => ways.push(vec![one]),
        }
    }
    ways
}

/// The path without the host function at its end.
fn before(reached: &Reached) -> &[Step] {
    reached.path.split_last().map_or(&[], |(_, before)| before)
}

fn paragraph(f: &mut Formatter<'_>, same_way: &[&Reached]) -> fmt::Result {
    let Some(first) = same_way.first() else { return Ok(()) };
    writeln!(f, "{}", wrapped("  from ", &list(&first.methods)))?;
    writeln!(f, "{}", wrapped("  by way of ", &way(before(first))))?;
    let mut by_power: Vec<(Power, Vec<String>)> = Vec::new();
    for reached in same_way {
        match by_power.last_mut().filter(|(power, _)| *power == reached.power) {
            Some((_, ends)) => ends.push(end(reached)),
            None => by_power.push((reached.power, vec![end(reached)])),
        }
    }
    for (power, ends) in by_power {
        writeln!(f, "{}", wrapped("    ", &format!("{power}: {}", ends.join(", "))))?;
    }
    if same_way.len() >= CHOOSES_FROM {
        let chooses = "one function calls all of these and chooses at run time, as promises of \
                       near-sdk do: it may be that some are never chosen";
        writeln!(f, "{}", wrapped("    ", chooses))?;
    }
    Ok(())
}

/// The host function's name, without the common prefix of batch actions.
fn end(reached: &Reached) -> String {
    let name = reached.host_function.trim_start_matches("promise_batch_action_");
    match reached.path.last() {
        Some(step) if step.through_table => format!("(through a table) {name}"),
        _ => name.to_owned(),
    }
}

/// The steps on one line, without the middle of a long path.
fn way(steps: &[Step]) -> String {
    let left_out = steps.len().saturating_sub(2 * STEPS_NAMED);
    let mut words: Vec<_> = steps.iter().map(word).collect();
    if left_out > 0 {
        let middle = format!("({left_out} more)");
        words.splice(STEPS_NAMED..STEPS_NAMED + left_out, [middle]);
    }
    words.join(" -> ")
}

fn word(step: &Step) -> String {
    let through = if step.through_table { "(through a table) " } else { "" };
    format!("{through}{}", quoted(&step.function))
}
