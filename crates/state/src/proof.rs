//! Proofs of what is under a prefix.

use crate::nibbles::Nibbles;
use crate::node::{Body, Branch, Node};

/// The bodies of the nodes from `root` on the way to `prefix`, then of all nodes below it.
pub(crate) fn prefix(root: Option<&Node>, prefix: &[u8]) -> Vec<Vec<u8>> {
    let mut bodies = Vec::new();
    let mut rest = Nibbles::of(prefix);
    let mut next = root;
    while let Some(node) = next {
        bodies.push(node.top_body());
        let Body::Branch(branch) = &node.body else { break };
        let path = node.path.nibbles();
        if !rest.starts_with(path) && !path.starts_with(rest) {
            break;
        }
        bodies.extend(node.below_extension().map(Branch::body));
        if rest.len() <= path.len() {
            below(branch, &mut bodies);
            break;
        }
        next = branch.children.get(rest.at(path.len())).map(AsRef::as_ref);
        rest = rest.from(path.len() + 1);
    }
    bodies
}

fn below(branch: &Branch, bodies: &mut Vec<Vec<u8>>) {
    let mut pending: Vec<&Node> = reversed(branch).collect();
    while let Some(node) = pending.pop() {
        bodies.push(node.top_body());
        bodies.extend(node.below_extension().map(Branch::body));
        if let Body::Branch(branch) = &node.body {
            pending.extend(reversed(branch));
        }
    }
}

fn reversed(branch: &Branch) -> impl Iterator<Item = &Node> {
    branch.children.nodes().iter().rev().map(AsRef::as_ref)
}
