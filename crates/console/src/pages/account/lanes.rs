//! The lives of keys as lines from left to right.

use crate::html;
use keyway::trace::{KeyEventKind, KeyHistory};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// A line for each key: from its addition to its deletion, with a tick for each use. The table of events
/// has the same in words, so the picture is hidden from screen readers.
pub(super) fn lanes(history: &KeyHistory, at: u64) -> Markup {
    let lanes = of(history);
    let shown: Vec<_> = lanes.iter().take(LANES).collect();
    let scale = Scale { from: history.from_height, to: history.to_height };
    let height = ROW * shown.len() as u64 + 4;
    html! {
        @if shown.is_empty() {
            p.empty { "No key changed in these blocks." }
        } @else {
            div.lanes {
                ul.names aria-hidden="true" { @for (key, _) in &shown { li { (html::short(key)) } } }
                svg viewBox={ "0 0 " (WIDTH) " " (height) } preserveAspectRatio="none" aria-hidden="true" {
                    @for (nth, (_, lane)) in shown.iter().enumerate() {
                        @let y = ROW * nth as u64 + ROW / 2;
                        @for (from, to) in &lane.spans {
                            @let x = scale.x(*from);
                            rect.span x=(x) y=(y - 3) width=(scale.x(*to).saturating_sub(x).max(2)) height="6" rx="3" {}
                        }
                        @for use_at in &lane.uses { rect.use x=(scale.x(*use_at)) y=(y - 8) width="2" height="16" {} }
                        @for gone in &lane.deleted { rect.gone x=(scale.x(*gone).saturating_sub(2)) y=(y - 8) width="4" height="16" {} }
                    }
                    rect.cursor data-cursor data-from=(scale.from) data-to=(scale.to) x=(scale.x(at)) y="0" width="2" height=(height) {}
                }
            }
            @if lanes.len() > LANES { p.note { (lanes.len() - LANES) " more keys are in the table only" } }
        }
    }
}

#[derive(Debug, Default)]
struct Lane {
    begun: Option<u64>,
    spans: Vec<(u64, u64)>,
    uses: Vec<u64>,
    deleted: Vec<u64>,
}

fn of(history: &KeyHistory) -> BTreeMap<&str, Lane> {
    let mut lanes: BTreeMap<&str, Lane> = BTreeMap::new();
    for event in &history.events {
        let (lane, at) = (lanes.entry(&event.public_key).or_default(), event.block_height);
        match &event.kind {
            KeyEventKind::Existed { .. } => lane.begun = Some(history.from_height),
            KeyEventKind::Added { .. } => lane.begun = Some(at),
            KeyEventKind::Used { .. } if lane.uses.len() < TICKS => lane.uses.push(at),
            KeyEventKind::Deleted => {
                lane.deleted.push(at);
                lane.spans.extend(lane.begun.take().map(|from| (from, at)));
            }
            _ => {}
        }
    }
    for lane in lanes.values_mut() {
        lane.spans.extend(lane.begun.take().map(|from| (from, history.to_height)));
    }
    lanes
}

/// From heights to places.
struct Scale {
    from: u64,
    to: u64,
}

impl Scale {
    fn x(&self, height: u64) -> u64 {
        let span = u128::from(self.to.saturating_sub(self.from)).max(1);
        let part = u128::from(height.clamp(self.from, self.to.max(self.from)) - self.from);
        u64::try_from(part * u128::from(WIDTH) / span).unwrap_or(WIDTH).min(WIDTH - 2)
    }
}

const WIDTH: u64 = 1_000;
const ROW: u64 = 26;
/// Keys that have a line.
const LANES: usize = 16;
/// Ticks of a line.
const TICKS: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_height_has_a_place() {
        let scale = Scale { from: 100, to: 200 };
        assert_eq!([0, 100, 150, 200, u64::MAX].map(|at| scale.x(at)), [0, 0, 500, 998, 998]);
        assert_eq!(Scale { from: 7, to: 7 }.x(7), 0);
        assert_eq!(Scale { from: 9, to: 7 }.x(8), 0);
    }
}
