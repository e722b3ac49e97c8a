//! The chain's snapshots, as a tree.

use super::form;
use crate::console::HOME;
use crate::html::{self, foreign};
use crate::pages::form::{Filled, Text};
use crate::visit::{PageForm, Visit};
use crate::writer::FORM_FIELD;
use maud::{Markup, html};
use serde::Deserialize;

/// All snapshots, in the order in which they were saved.
#[derive(Deserialize)]
pub(super) struct Snapshots {
    snapshots: Vec<Snapshot>,
}

#[derive(Deserialize)]
struct Snapshot {
    name: String,
    note: String,
    parent: Option<String>,
    height: u64,
    time: String,
    current: bool,
}

impl Snapshots {
    /// The height of a snapshot.
    pub(super) fn height_of(&self, name: &str) -> Option<u64> {
        self.snapshots.iter().find(|it| it.name == name).map(|it| it.height)
    }

    pub(super) fn count(&self) -> usize {
        self.snapshots.len()
    }

    /// The tree, and a form to save one more.
    pub(super) fn shown(&self, visit: &Visit, filled: Filled<'_>) -> Markup {
        html! {
            h2 #snapshots-title { "Snapshots" }
            @if self.snapshots.is_empty() {
                p.empty { "None yet. A snapshot is the whole chain at one moment: blocks, state and time. Going back to it costs nothing." }
            } @else {
                ul.snapshots { (self.below(visit, None, 0)) }
                @if self.snapshots.len() > MOST {
                    p.note { "The first " (MOST) " of " (self.snapshots.len()) " are shown." }
                }
            }
            (form(visit, "save", html! {
                div.pair {
                    (filled.text(Text { name: "name", label: "Name", note: "1 to 64 visible ASCII characters.", usual: "" }))
                    (filled.text(Text { name: "note", label: "Note", note: "Optional.", usual: "" }))
                }
                p.buttons { button.primary type="submit" disabled[visit.writer.is_none()] { "Save a snapshot" } }
            }))
        }
    }

    /// The snapshots that were saved after `parent`. Beyond a depth, the rest is listed flat.
    fn below(&self, visit: &Visit, parent: Option<&str>, depth: usize) -> Markup {
        let shown = self.snapshots.iter().take(MOST);
        let children = shown.filter(|it| it.parent.as_deref() == parent);
        html! {
            @for it in children {
                li {
                    (row(visit, it))
                    @if depth < DEEPEST && self.snapshots.iter().any(|child| child.parent.as_deref() == Some(&it.name)) {
                        ul { (self.below(visit, Some(&it.name), depth + 1)) }
                    } @else {
                        (self.flat(visit, &it.name))
                    }
                }
            }
        }
    }

    /// Descendants below the deepest level.
    fn flat(&self, visit: &Visit, parent: &str) -> Markup {
        let mut found: Vec<&Snapshot> = Vec::new();
        let mut names = vec![parent];
        for it in self.snapshots.iter().take(MOST) {
            // A parent was saved before its children.
            if it.parent.as_deref().is_some_and(|parent| names.contains(&parent)) {
                names.push(&it.name);
                found.push(it);
            }
        }
        html! { @for it in found { div.flat { (row(visit, it)) } } }
    }
}

fn row(visit: &Visit, it: &Snapshot) -> Markup {
    html! {
        div.snapshot {
            strong { (foreign(&it.name)) }
            @if it.current { " " span.status.good { "the chain comes from it" } }
            span.soft { " block " (html::block(PageForm::Served, it.height)) ", " (html::instant(&it.time)) }
            @if !it.note.is_empty() { span.soft { " " (foreign(&it.note)) } }
            span.tools {
                (button(visit, "revert", it, "Go back"))
                (button(visit, "delete", it, "Delete"))
            }
        }
    }
}

fn button(visit: &Visit, action: &str, it: &Snapshot, words: &str) -> Markup {
    html! {
        form.alone method="post" action={ (HOME) "/control/" (action) } {
            @if let Some(writer) = &visit.writer {
                input type="hidden" name=(FORM_FIELD) value=(writer.form_value());
            }
            input type="hidden" name="name" value=(it.name);
            button.small type="submit" disabled[visit.writer.is_none()] aria-label={ (words) ": " (it.name) } { (words) }
        }
    }
}

/// Snapshots on the page.
const MOST: usize = 500;

/// Levels of the tree.
const DEEPEST: usize = 12;
