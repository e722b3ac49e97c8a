//! The call graph of a module, and shortest paths in it.

use super::module::Module;
use std::collections::VecDeque;

/// The call graph, backwards. The nodes are the functions, and one for each function type: a call through
/// a table goes to the type's node, and from there to each function that a table may hold. So the
/// graph is no larger than the code, and no call is missed.
#[derive(Debug)]
pub(super) struct Graph {
    callers: Vec<Vec<usize>>,
    functions: usize,
}

impl Graph {
    pub(super) fn new(module: &Module) -> Self {
        let functions = module.type_of.len();
        let types = module.type_of.iter().map(|number| *number as usize + 1).max().unwrap_or(0);
        let mut graph = Self { callers: vec![Vec::new(); functions + types], functions };
        for (at, calls) in module.calls.iter().enumerate() {
            let caller = module.imports.len() + at;
            for function in &calls.functions {
                graph.add(caller, *function as usize);
            }
            for number in &calls.types {
                graph.add(caller, functions + *number as usize);
            }
        }
        for (function, number) in module.type_of.iter().enumerate() {
            if module.open_table || module.referenced.contains(&(function as u32)) {
                graph.add(functions + *number as usize, function);
            }
        }
        graph
    }

    /// The shortest paths from every function to the nearest of `targets`.
    pub(super) fn ways_to(&self, targets: &[usize]) -> Ways<'_> {
        let mut steps = vec![None; self.callers.len()];
        let mut queue = VecDeque::new();
        for target in targets {
            steps[*target] = Some(Step { left: 0, next: *target });
            queue.push_back((*target, 0));
        }
        while let Some((next, left)) = queue.pop_front() {
            for caller in &self.callers[next] {
                if steps[*caller].is_none() {
                    steps[*caller] = Some(Step { left: left + 1, next });
                    queue.push_back((*caller, left + 1));
                }
            }
        }
        Ways { graph: self, steps }
    }

    /// A type that no function has needs no node, because a call of it cannot succeed.
    fn add(&mut self, caller: usize, callee: usize) {
        if let Some(callers) = self.callers.get_mut(callee) {
            callers.push(caller);
        }
    }
}

/// The shortest paths to some functions.
#[derive(Debug)]
pub(super) struct Ways<'g> {
    graph: &'g Graph,
    steps: Vec<Option<Step>>,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    left: usize,
    next: usize,
}

/// A function on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    pub(super) function: usize,
    /// It was called through a table.
    pub(super) through_table: bool,
}

impl Ways<'_> {
    /// How many calls away the nearest target is; `None` if there is no path.
    pub(super) fn length(&self, from: usize) -> Option<usize> {
        self.steps.get(from).copied().flatten().map(|step| step.left)
    }

    /// The functions on the path from `from`, both ends included; empty if there is none.
    pub(super) fn path(&self, from: usize) -> Vec<Stop> {
        let mut path = Vec::new();
        let mut through_table = false;
        let mut at = from;
        while let Some(step) = self.steps.get(at).copied().flatten() {
            if at < self.graph.functions {
                path.push(Stop { function: at, through_table });
            }
            through_table = at >= self.graph.functions;
            if step.left == 0 {
                break;
            }
            at = step.next;
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(functions: usize, calls: &[(usize, usize)]) -> Graph {
        let nodes = calls.iter().flat_map(|(from, to)| [from + 1, to + 1]).max().unwrap();
        let mut graph = Graph { callers: vec![Vec::new(); nodes.max(functions)], functions };
        for (caller, callee) in calls {
            graph.add(*caller, *callee);
        }
        graph
    }

    fn functions(ways: &Ways<'_>, from: usize) -> Vec<usize> {
        ways.path(from).iter().map(|stop| stop.function).collect()
    }

    #[test]
    fn the_shortest_way_is_found() {
        let graph = graph(5, &[(1, 2), (2, 3), (3, 0), (1, 4), (4, 0)]);
        let ways = graph.ways_to(&[0]);
        assert_eq!(functions(&ways, 1), [1, 4, 0]);
        assert_eq!(ways.length(1), Some(2));
        assert_eq!(functions(&ways, 0), [0]);
    }

    #[test]
    fn circles_end() {
        let graph = graph(4, &[(1, 2), (2, 1), (2, 2), (3, 0)]);
        let ways = graph.ways_to(&[0]);
        assert_eq!((ways.length(1), ways.length(2), ways.length(3)), (None, None, Some(1)));
        assert!(ways.path(1).is_empty());
    }

    #[test]
    fn a_types_node_is_no_stop() {
        let graph = graph(3, &[(1, 3), (3, 2), (2, 0)]);
        let path = graph.ways_to(&[0]).path(1);
        let tables: Vec<_> = path.iter().map(|stop| (stop.function, stop.through_table)).collect();
        assert_eq!(tables, [(1, false), (2, true), (0, false)]);
    }
}
