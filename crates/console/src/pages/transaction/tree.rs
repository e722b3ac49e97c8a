//! The receipts of a transaction as a tree that can be folded.

use super::frame;
use crate::visit::PageForm;
use keyway::protocol::CryptoHash;
use keyway::trace::{Cause, Frame, Trace};
use maud::{Markup, html};
use std::collections::{HashMap, HashSet};

/// What is written at a frame besides what it did.
pub(crate) type Mark<'m> = &'m dyn Fn(&Frame) -> Option<Markup>;

/// The whole tree.
pub(crate) fn tree(form: PageForm, trace: &Trace) -> Markup {
    marked(form, trace, &|_| None)
}

/// The whole tree, with a mark at some frames.
pub(crate) fn marked(form: PageForm, trace: &Trace, mark: Mark<'_>) -> Markup {
    let placed = placed(&trace.frames);
    let shown = &placed[..placed.len().min(FRAMES)];
    let open = open(trace);
    let more = (placed.len() - shown.len()) as u64 + trace.omitted_frames;
    html! {
        @if trace.frames.is_empty() {
            p.empty { "It made no receipt." }
        } @else {
            div.tree data-tree {
                (branch(form, shown, 0, &open, mark))
            }
            @if more > 0 {
                p.note { (more) " receipts are not on this page; `keyway tx trace` shows up to 2,000." }
            }
        }
    }
}

/// A frame and how deep it is drawn.
type Placed<'t> = (usize, &'t Frame);

/// Each receipt before those that it made.
fn placed(frames: &[Frame]) -> Vec<Placed<'_>> {
    let known: HashSet<CryptoHash> = frames.iter().map(|frame| frame.receipt_id).collect();
    let mut children: HashMap<CryptoHash, Vec<&Frame>> = HashMap::new();
    let mut waiting: Vec<Placed<'_>> = Vec::new();
    for frame in frames.iter().rev() {
        match known.contains(&frame.parent) && frame.parent != frame.receipt_id {
            true => children.entry(frame.parent).or_default().push(frame),
            false => waiting.push((0, frame)),
        }
    }
    let mut placed = Vec::with_capacity(frames.len());
    while let Some((level, frame)) = waiting.pop() {
        placed.push((level, frame));
        // Each list is taken once, so a circle of parents would end.
        let made = children.remove(&frame.receipt_id).unwrap_or_default();
        // Deeper ones are drawn at the deepest level: pages and parsers have limits.
        let next = (level + 1).min(DEEPEST);
        waiting.extend(made.into_iter().map(|frame| (next, frame)));
    }
    placed
}

/// The frames at `level`, each with those below it.
fn branch(
    form: PageForm,
    placed: &[Placed<'_>],
    level: usize,
    open: &Open,
    mark: Mark<'_>,
) -> Markup {
    html! {
        ol {
            @for (frame, below) in groups(placed, level) {
                li #(frame.receipt_id) {
                    details.frame open[open.is(frame, level)] {
                        summary { (frame::summary(frame)) }
                        @if let Some(mark) = mark(frame) { (mark) }
                        div.body { (frame::body(form, frame)) }
                        @if !below.is_empty() { (branch(form, below, level + 1, open, mark)) }
                    }
                }
            }
        }
    }
}

/// Cuts a list before each frame that is not below `level`.
fn groups<'p, 't>(mut rest: &'p [Placed<'t>], level: usize) -> Vec<(&'t Frame, &'p [Placed<'t>])> {
    let mut groups = Vec::new();
    while let Some(((_, frame), after)) = rest.split_first() {
        let end = after.iter().position(|(other, _)| *other <= level).unwrap_or(after.len());
        let (below, next) = after.split_at(end);
        groups.push((*frame, below));
        rest = next;
    }
    groups
}

/// Which frames are unfolded at first: all of a small tree, else the way to the failure.
struct Open {
    all: bool,
    way: HashSet<CryptoHash>,
}

impl Open {
    fn is(&self, frame: &Frame, level: usize) -> bool {
        if frame.kind.is_refund() {
            return false;
        }
        self.all || level == 0 || self.way.contains(&frame.receipt_id)
    }
}

fn open(trace: &Trace) -> Open {
    let mut way = HashSet::new();
    if let Some(Cause::Failed { first, .. }) = trace.cause() {
        let mut at = Some(first);
        while let Some(frame) = at.filter(|frame| way.insert(frame.receipt_id)) {
            at = trace.frame(&frame.parent);
        }
    }
    Open { all: trace.frames.len() <= SMALL, way }
}

/// Frames on a page.
const FRAMES: usize = 500;
/// Frames of a tree that is shown unfolded.
const SMALL: usize = 12;
/// Levels of lists in lists.
const DEEPEST: usize = 12;
