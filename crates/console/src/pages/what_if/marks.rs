//! Which receipts of the tree differ, and how.

use super::values;
use crate::html::foreign;
use keyway::client::WhatIf;
use keyway::protocol::CryptoHash;
use keyway::trace::{Changed, Difference, Frame, Trace};
use maud::{Markup, html};
use std::collections::HashMap;

/// The differences by receipt.
pub(super) struct Marks<'t> {
    by_receipt: HashMap<CryptoHash, Vec<&'t Difference>>,
}

impl<'t> Marks<'t> {
    /// Those of the trace with the change.
    pub(super) fn of(tried: &'t WhatIf) -> Self {
        let mut by_place: HashMap<&str, Vec<&Difference>> = HashMap::new();
        for it in tried.differences.iter().filter(|it| it.changed != Changed::Removed) {
            by_place.entry(&it.place).or_default().push(it);
        }
        let places = places(&tried.after).into_iter();
        let found =
            places.filter_map(|(receipt, place)| Some((receipt, by_place.remove(&*place)?)));
        Self { by_receipt: found.collect() }
    }

    /// The mark at a frame.
    pub(super) fn at(&self) -> impl Fn(&Frame) -> Option<Markup> {
        |frame| {
            let differences = self.by_receipt.get(&frame.receipt_id)?;
            Some(html! {
                ul.differs aria-label="What differs here" {
                    @for it in differences.iter().take(SHOWN) { li { (words(it)) } }
                }
            })
        }
    }
}

fn words(difference: &Difference) -> Markup {
    let what = difference.what.replace('_', " ");
    let (was, is) = values(difference);
    html! {
        @match difference.changed {
            Changed::Added => "new: it was not there",
            _ => { (what) ": " del { (foreign(&cut(&was))) } " → " ins { (foreign(&cut(&is))) } },
        }
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Each receipt's place in the tree, as differences name it: `1.2` is the second receipt of the first.
fn places(trace: &Trace) -> Vec<(CryptoHash, String)> {
    let mut known: HashMap<CryptoHash, String> = HashMap::new();
    let mut children: HashMap<CryptoHash, usize> = HashMap::new();
    let mut places = Vec::with_capacity(trace.frames.len());
    for frame in &trace.frames {
        let nth = children.entry(frame.parent).or_insert(0);
        *nth += 1;
        let place = match known.get(&frame.parent) {
            Some(parent) => format!("{parent}.{nth}"),
            None => nth.to_string(),
        };
        known.insert(frame.receipt_id, place.clone());
        places.push((frame.receipt_id, place));
    }
    places
}

/// Differences at one receipt.
const SHOWN: usize = 20;

/// Characters of a value.
const LENGTH: usize = 200;
