//! What is lost by going back or deleting, before it is done.

use super::orders::{Done, Order};
use super::snapshots::Snapshots;
use crate::console::HOME;
use crate::failure::Failure;
use crate::html::foreign;
use crate::layout::{Content, Section};
use crate::visit::Visit;
use crate::writer::FORM_FIELD;
use maud::{Markup, html};
use serde_json::json;

/// The page.
///
/// # Errors
/// If the chain cannot be queried, or has no such snapshot.
pub(super) async fn page(visit: &Visit, name: &str, order: &Order) -> Result<Content, Failure> {
    let snapshots: Snapshots = visit.client().request("keyway_snapshot_list", json!({})).await?;
    let head = visit.client().block().await?.height;
    let (title, button, loss) = match (order.done(), &order.snapshot) {
        (Done::Reset, _) | (_, None) => {
            ("Reset the chain", "Reset all the same", reset(head, &snapshots))
        }
        (done, Some(name)) => {
            let Some(height) = snapshots.height_of(name) else {
                let text = format!("there is no snapshot {name}");
                return Err(Failure::not_found(
                    "There is no such snapshot",
                    text,
                    "See “Control”.",
                ));
            };
            match done {
                Done::Deleted => (
                    "Delete a snapshot",
                    "Delete it",
                    html! { "The snapshot " strong { (foreign(name)) } " is gone for good. Snapshots that were saved after it stay." },
                ),
                _ => ("Go back to a snapshot", "Go back", revert(name, height, head)),
            }
        }
    };
    let body = html! {
        div.notice.warn { p { (loss) } }
        form.card method="post" action={ (HOME) "/control/" (name) } {
            @if let Some(writer) = &visit.writer {
                input type="hidden" name=(FORM_FIELD) value=(writer.form_value());
            }
            @if let Some(snapshot) = &order.snapshot { input type="hidden" name="name" value=(snapshot); }
            input type="hidden" name="confirmed" value="on";
            p.buttons {
                button.danger type="submit" { (button) }
                " " a.button href={ (HOME) "/control" } { "Cancel" }
            }
        }
    };
    Ok(Content::new(title, Section::Control, body).kind("Review"))
}

fn revert(name: &str, height: u64, head: u64) -> Markup {
    html! {
        "The chain goes back to " strong { (foreign(name)) } " at block " (height) ". "
        @if head > height {
            "Its blocks from " (height.saturating_add(1)) " to " (head)
            ", with their transactions, are unknown afterwards, unless a snapshot has them."
        } @else {
            "Blocks that were sealed on another branch since are unknown afterwards, unless a snapshot has them."
        }
    }
}

fn reset(head: u64, snapshots: &Snapshots) -> Markup {
    let count = snapshots.count();
    html! {
        "All blocks up to " (head) " are gone, and "
        @match count { 0 => "no snapshot is lost", 1 => "so is the one snapshot", _ => { "so are all " (count) " snapshots" } }
        ": the chain begins again at its first block."
    }
}
