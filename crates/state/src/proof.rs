//! Proofs of the entries under a prefix.

use crate::nibbles::Nibbles;
use crate::node::{Body, Branch, Child};
use crate::source::Source;
use keyway_engine::StateError;

/// The bodies of the nodes from `root` on the path to `prefix`, then of all nodes below it.
pub(crate) fn prefix(
    root: Option<&Child>,
    source: &Source,
    prefix: &[u8],
) -> Result<Vec<Vec<u8>>, StateError> {
    let mut bodies = Vec::new();
    let mut rest = Nibbles::of(prefix);
    let mut next = root.cloned();
    while let Some(child) = next {
        let node = child.load(source)?;
        bodies.push(node.top_body());
        let Body::Branch(branch) = &node.body else { break };
        let path = node.path.nibbles();
        if !rest.starts_with(path) && !path.starts_with(rest) {
            break;
        }
        bodies.extend(node.below_extension().map(Branch::body));
        if rest.len() <= path.len() {
            below(branch, source, &mut bodies)?;
            break;
        }
        next = branch.children.get(rest.at(path.len())).cloned();
        rest = rest.from(path.len() + 1);
    }
    Ok(bodies)
}

fn below(branch: &Branch, source: &Source, bodies: &mut Vec<Vec<u8>>) -> Result<(), StateError> {
    let mut pending: Vec<Child> = reversed(branch).collect();
    while let Some(child) = pending.pop() {
        let node = child.load(source)?;
        bodies.push(node.top_body());
        bodies.extend(node.below_extension().map(Branch::body));
        if let Body::Branch(branch) = &node.body {
            pending.extend(reversed(branch));
        }
    }
    Ok(())
}

fn reversed(branch: &Branch) -> impl Iterator<Item = Child> {
    branch.children.nodes().iter().rev().cloned()
}
