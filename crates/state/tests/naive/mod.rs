//! The protocol's trie, built from scratch out of a map by the definition of its nodes.

use keyway_state::Value;
use near_primitives::hash::hash;
use std::collections::BTreeMap;

/// The bodies of all nodes, parents before children; the first is the root.
pub(crate) fn bodies(entries: &BTreeMap<Vec<u8>, Value>) -> Vec<Vec<u8>> {
    let entries: Vec<Entry> = entries
        .iter()
        .map(|(key, value)| (key.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect(), value))
        .collect();
    if entries.is_empty() { Vec::new() } else { subtree(&entries, 0).0 }
}

type Entry<'a> = (Vec<u8>, &'a Value);

/// Bodies and weight of the trie over `entries`, which share their first `depth` half-bytes.
fn subtree(entries: &[Entry], depth: usize) -> (Vec<Vec<u8>>, u64) {
    let (first, value) = &entries[0];
    let last = &entries[entries.len() - 1].0;
    if entries.len() == 1 {
        let path = path(&first[depth..], 0x20);
        let weight = 100 + 2 * path.len() as u64 + value.len() as u64;
        let body = [vec![0], bytes(&path), reference(value)].concat();
        return (vec![weighed(body, weight)], weight);
    }
    let shared = first.iter().zip(last).skip(depth).take_while(|(a, b)| a == b).count();
    if shared > 0 {
        let (mut bodies, below) = subtree(entries, depth + shared);
        let path = path(&first[depth..depth + shared], 0);
        let weight = 50 + 2 * path.len() as u64 + below;
        let body = [vec![3], bytes(&path), hash(&bodies[0]).0.to_vec()].concat();
        bodies.insert(0, weighed(body, weight));
        return (bodies, weight);
    }
    branch(entries, depth)
}

fn branch(entries: &[Entry], depth: usize) -> (Vec<Vec<u8>>, u64) {
    let own = entries.first().filter(|(key, _)| key.len() == depth);
    let (mut bitmap, mut hashes, mut below, mut weight) = (0u16, Vec::new(), Vec::new(), 50);
    for group in entries[usize::from(own.is_some())..].chunk_by(|a, b| a.0[depth] == b.0[depth]) {
        let (bodies, group_weight) = subtree(group, depth + 1);
        bitmap |= 1 << group[0].0[depth];
        hashes.extend(hash(&bodies[0]).0);
        below.extend(bodies);
        weight += group_weight;
    }
    let mut body = vec![1];
    if let Some((_, value)) = own {
        body = [vec![2], reference(value)].concat();
        weight += 50 + value.len() as u64;
    }
    body.extend(bitmap.to_le_bytes());
    body.extend(hashes);
    below.insert(0, weighed(body, weight));
    (below, weight)
}

fn path(nibbles: &[u8], flag: u8) -> Vec<u8> {
    let (first, pairs) = match nibbles.len() % 2 {
        1 => (flag + 0x10 + nibbles[0], &nibbles[1..]),
        _ => (flag, nibbles),
    };
    std::iter::once(first).chain(pairs.chunks(2).map(|pair| pair[0] * 16 + pair[1])).collect()
}

fn bytes(path: &[u8]) -> Vec<u8> {
    [&(path.len() as u32).to_le_bytes(), path].concat()
}

fn reference(value: &Value) -> Vec<u8> {
    [&(value.len() as u32).to_le_bytes()[..], &hash(value).0].concat()
}

fn weighed(body: Vec<u8>, weight: u64) -> Vec<u8> {
    [body, weight.to_le_bytes().to_vec()].concat()
}
