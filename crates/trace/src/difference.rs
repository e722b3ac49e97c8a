//! What differs between two traces: of a transaction as it was, and as it would have been.

use crate::bytes::Bytes;
use crate::frame::{Frame, FrameResult};
use crate::value::{Status, Trace};
use near_primitives::hash::CryptoHash;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// One thing that differs between two traces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The receipt, by its place in the tree: `1` is what the transaction became, `1.2` the second
    /// receipt that it made; empty for the transaction itself.
    pub place: String,
    /// The receipt's account and method.
    pub name: String,
    /// What differs, such as `gas_burnt`.
    pub what: String,
    /// How.
    pub changed: Changed,
}

/// How something differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// Only the second trace has it.
    Added,
    /// Only the first trace has it.
    Removed,
    /// Both have it, with other values.
    Values {
        /// In the first trace.
        before: String,
        /// In the second.
        after: String,
    },
}

/// What differs from `before` to `after`, receipts in the order of their places. Ids and heights are
/// not compared.
#[must_use]
pub fn differences(before: &Trace, after: &Trace) -> Vec<Difference> {
    let mut found = Vec::new();
    let whole = |trace: &Trace| fields_of_transaction(trace);
    compare("", "", whole(before), whole(after), &mut found);
    let (old, new) = (places(before), places(after));
    let all: BTreeMap<&Place, ()> = old.keys().chain(new.keys()).map(|place| (place, ())).collect();
    for place in all.into_keys() {
        match (old.get(place), new.get(place)) {
            (Some(was), Some(is)) if was.name() == is.name() => {
                compare(
                    &text(place),
                    &is.name(),
                    fields(before, was),
                    fields(after, is),
                    &mut found,
                );
            }
            (was, is) => {
                found.extend(was.map(|was| lone(place, was, Changed::Removed)));
                found.extend(is.map(|is| lone(place, is, Changed::Added)));
            }
        }
    }
    found
}

impl Trace {
    /// The receipt at a place that [`Difference::place`] names.
    #[must_use]
    pub fn frame_at(&self, place: &str) -> Option<&Frame> {
        places(self).into_iter().find(|(known, _)| text(known) == place).map(|(_, frame)| frame)
    }
}

/// The position of a receipt among those of its parent, for each level, from 1.
type Place = Vec<usize>;

fn text(place: &Place) -> String {
    place.iter().map(usize::to_string).collect::<Vec<_>>().join(".")
}

fn lone(place: &Place, frame: &Frame, changed: Changed) -> Difference {
    Difference { place: text(place), name: frame.name(), what: "receipt".to_owned(), changed }
}

fn places(trace: &Trace) -> BTreeMap<Place, &Frame> {
    let mut by_id: HashMap<CryptoHash, Place> = HashMap::new();
    let mut children: HashMap<CryptoHash, usize> = HashMap::new();
    let mut places = BTreeMap::new();
    for frame in &trace.frames {
        let nth = children.entry(frame.parent).or_insert(0);
        *nth += 1;
        let mut place = by_id.get(&frame.parent).cloned().unwrap_or_default();
        place.push(*nth);
        by_id.insert(frame.receipt_id, place.clone());
        places.insert(place, frame);
    }
    places
}

type Fields = Vec<(String, String)>;

fn fields_of_transaction(trace: &Trace) -> Fields {
    let status = match &trace.status {
        Status::Pending => "pending".to_owned(),
        Status::Succeeded(value) => format!("returned {}", value.brief()),
        Status::Failed(error) => format!("failed: {error}"),
    };
    vec![
        ("status".to_owned(), status),
        ("gas_burnt".to_owned(), trace.gas_burnt.as_gas().to_string()),
        ("converting_gas".to_owned(), trace.conversion.gas_burnt.as_gas().to_string()),
    ]
}

fn fields(trace: &Trace, frame: &Frame) -> Fields {
    let mut fields = vec![
        ("result".to_owned(), result(trace, frame)),
        ("deposit".to_owned(), frame.deposit().as_yoctonear().to_string()),
        ("gas_attached".to_owned(), frame.gas_attached.as_gas().to_string()),
        ("gas_burnt".to_owned(), frame.gas_burnt.as_gas().to_string()),
    ];
    for (nth, action) in frame.actions.iter().enumerate() {
        let number = nth.saturating_add(1);
        if let Some(args) = &action.args {
            fields.push((format!("arguments of action {number}"), args.brief()));
        }
        for (line, log) in action.logs.iter().enumerate() {
            fields.push((format!("log {} of action {number}", line + 1), log.text.clone()));
        }
    }
    for entry in &frame.storage.entries {
        let value = entry.after.as_ref().or(entry.before.as_ref());
        let value = value.map_or("none".to_owned(), Bytes::brief);
        fields.push((format!("storage {}", entry.key.brief()), value));
    }
    fields
}

fn result(trace: &Trace, frame: &Frame) -> String {
    match &frame.result {
        FrameResult::Pending => "pending".to_owned(),
        FrameResult::Returned(value) => format!("returned {}", value.brief()),
        FrameResult::Continued(next) => {
            let name = trace.frame(next).map_or("another receipt".to_owned(), Frame::name);
            format!("continued by {name}")
        }
        FrameResult::Failed { error, .. } => format!("failed: {error}"),
    }
}

fn compare(place: &str, name: &str, before: Fields, after: Fields, found: &mut Vec<Difference>) {
    let mut new: BTreeMap<String, String> = after.iter().cloned().collect();
    let mut push = |what: String, changed| {
        found.push(Difference { place: place.to_owned(), name: name.to_owned(), what, changed });
    };
    for (what, before) in before {
        match new.remove(&what) {
            Some(after) if after == before => {}
            Some(after) => push(what, Changed::Values { before, after }),
            None => push(what, Changed::Removed),
        }
    }
    for (what, _) in after {
        if new.remove(&what).is_some() {
            push(what, Changed::Added);
        }
    }
}
