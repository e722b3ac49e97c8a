//! Chain control: time, blocks and snapshots of a chain of one's own.

mod confirm;
mod orders;
mod snapshots;

use super::act::sign_in_first;
use super::form::{Filled, Text};
use crate::console::HOME;
use crate::failure::Failure;
use crate::fields::{Fields, Problem};
use crate::html::instant;
use crate::layout::{Content, Section};
use crate::visit::Visit;
use crate::writer::{Act, FORM_FIELD};
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use orders::{Done, Order};
use serde::Deserialize;
use serde_json::json;
use snapshots::Snapshots;

/// The page.
pub(crate) async fn show(visit: Visit, Query(fields): Query<Fields>) -> Response {
    visit.show(async { page(&visit, Filled::new(&fields)).await }).await
}

/// Does what a form asks for, or shows first what will be lost.
pub(crate) async fn submit(
    visit: Visit,
    Path(name): Path<String>,
    Act(fields): Act<Fields>,
) -> Response {
    let done = async {
        control(&visit)?;
        let Some(order) = Order::read(&name, &fields)? else {
            return Err(Failure::not_found("There is no such page", name, "See “Control”."));
        };
        let order = match order {
            Ok(order) => order,
            Err(problems) => return Ok(Next::Again(again(&visit, &fields, &problems).await?)),
        };
        if order.loses() && !fields.is_on("confirmed") {
            return Ok(Next::Show(confirm::page(&visit, &name, &order).await?));
        }
        match order.run(visit.client()).await {
            Ok(done) => Ok(Next::Done(done)),
            Err(error) => {
                let problems = [Problem { field: "", says: error.to_string() }];
                Ok(Next::Again(again(&visit, &fields, &problems).await?))
            }
        }
    };
    match visit.limited(done).await {
        Ok(Next::Done(done)) => {
            Redirect::to(&format!("{HOME}/control?done={}", done.name())).into_response()
        }
        Ok(Next::Show(content)) => visit.page(StatusCode::OK, &content).await,
        Ok(Next::Again(content)) => visit.page(StatusCode::UNPROCESSABLE_ENTITY, &content).await,
        Err(failure) => visit.fail(failure).await,
    }
}

/// What follows a form.
enum Next {
    Done(Done),
    Show(Content),
    Again(Content),
}

async fn again(visit: &Visit, fields: &Fields, problems: &[Problem]) -> Result<Content, Failure> {
    page(visit, Filled { fields, problems }).await
}

async fn page(visit: &Visit, filled: Filled<'_>) -> Result<Content, Failure> {
    control(visit)?;
    let client = visit.client();
    let time: Time = client.request("keyway_time_show", json!({})).await?;
    let sealing: Sealing = client.request("keyway_sealing_show", json!({})).await?;
    let snapshots: Snapshots = client.request("keyway_snapshot_list", json!({})).await?;
    let body = html! {
        @if let Some(done) = Done::named(filled.fields.text("done")) {
            div.notice.good role="status" { p { (done.words()) } }
        }
        (sign_in_first(visit))
        (filled.summary())
        div.columns.even {
            section aria-labelledby="time-title" { (time_part(visit, &time, filled)) }
            section aria-labelledby="blocks-title" { (blocks_part(visit, &sealing, filled)) }
        }
        section aria-labelledby="snapshots-title" { (snapshots.shown(visit, filled)) }
        section aria-labelledby="reset-title" {
            h2 #reset-title { "Begin again" }
            p.note { "Goes back to the chain’s first block and deletes all snapshots. The next page says what is lost." }
            (one_button(visit, "reset", "Reset the chain", true))
        }
    };
    Ok(Content::new("Chain control", Section::Control, body))
}

/// The newest block's time, and what the next one's follows.
#[derive(Deserialize)]
struct Time {
    height: u64,
    time: String,
    mode: String,
    step_nanosec: Option<String>,
    ahead_nanosec: Option<String>,
}

impl Time {
    fn mode(&self) -> String {
        match self.mode.as_str() {
            "frozen" => "stands still".to_owned(),
            "stepped" => {
                let step = self.step_nanosec.as_deref().and_then(|text| text.parse::<u64>().ok());
                let milliseconds = step.unwrap_or_default() / 1_000_000;
                format!("moves by {milliseconds} ms with each block")
            }
            _ => {
                let ahead = self.ahead_nanosec.as_deref().and_then(|text| text.parse::<i64>().ok());
                match ahead.unwrap_or_default() / 1_000_000_000 {
                    0 => "runs with the node’s clock".to_owned(),
                    1.. => "runs, ahead of the node’s clock".to_owned(),
                    _ => "runs, behind the node’s clock".to_owned(),
                }
            }
        }
    }
}

#[derive(Deserialize)]
struct Sealing {
    mode: String,
    interval_ms: Option<u64>,
    waiting: u64,
}

impl Sealing {
    fn words(&self) -> String {
        match (self.mode.as_str(), self.interval_ms) {
            ("off", _) => "by hand".to_owned(),
            ("every", Some(interval)) => format!("every {interval} ms"),
            _ => "as transactions arrive".to_owned(),
        }
    }
}

fn time_part(visit: &Visit, time: &Time, filled: Filled<'_>) -> Markup {
    html! {
        h2 #time-title { "Time" }
        dl.facts.one {
            div { dt { "Newest block" } dd.number { (time.height) } }
            div { dt { "Its time" } dd { (instant(&time.time)) } }
            div { dt { "The time" } dd { (time.mode()) } }
        }
        (form(visit, "time", html! {
            (filled.choice("how", "Change it", &[
                ("ahead", "Move it ahead by the length below"),
                ("set", "Set it to the moment below"),
                ("freeze", "Let it stand still"),
                ("step", "Let it step by the length below with each block"),
                ("free", "Let it run with the node’s clock"),
            ], false))
            (filled.text(Text { name: "span", label: "Length", note: "With its unit: 500ms, 30s, 5m, 2h or 180d.", usual: "" }))
            (filled.text(Text { name: "moment", label: "Moment", note: "UTC, as in 2027-05-01T12:00:00Z. Time goes forward only; a snapshot goes back.", usual: "" }))
            p.buttons { button.primary type="submit" disabled[visit.writer.is_none()] { "Change the time" } }
        }))
    }
}

fn blocks_part(visit: &Visit, sealing: &Sealing, filled: Filled<'_>) -> Markup {
    html! {
        h2 #blocks-title { "Blocks" }
        dl.facts.one {
            div { dt { "Sealed" } dd { (sealing.words()) } }
            div { dt { "Waiting" } dd { (sealing.waiting) (if sealing.waiting == 1 { " transaction" } else { " transactions" }) } }
        }
        (form(visit, "mine", html! {
            (filled.text(Text { name: "blocks", label: "Blocks to seal now", note: "1 to 1,000,000.", usual: "1" }))
            p.buttons { button.primary type="submit" disabled[visit.writer.is_none()] { "Mine" } }
        }))
        (form(visit, "sealing", html! {
            (filled.choice("mode", "When blocks are sealed", &[
                ("on", "As transactions arrive, and empty ones in between"),
                ("off", "By hand only"),
                ("every", "At an interval"),
            ], false))
            (filled.text(Text { name: "interval_ms", label: "Interval, milliseconds", note: "1 to 3,600,000.", usual: "" }))
            p.buttons { button.primary type="submit" disabled[visit.writer.is_none()] { "Change sealing" } }
        }))
    }
}

/// A form of this page.
fn form(visit: &Visit, name: &str, inside: Markup) -> Markup {
    html! {
        form.card method="post" action={ (HOME) "/control/" (name) } autocomplete="off" {
            @if let Some(writer) = &visit.writer {
                input type="hidden" name=(FORM_FIELD) value=(writer.form_value());
            }
            (inside)
        }
    }
}

/// A form that is a button alone.
fn one_button(visit: &Visit, name: &str, words: &str, danger: bool) -> Markup {
    html! {
        form.alone method="post" action={ (HOME) "/control/" (name) } {
            @if let Some(writer) = &visit.writer {
                input type="hidden" name=(FORM_FIELD) value=(writer.form_value());
            }
            button.danger[danger] type="submit" disabled[visit.writer.is_none()] { (words) }
        }
    }
}

/// Whether this chain can be controlled from here.
fn control(visit: &Visit) -> Result<(), Failure> {
    match visit.console.shared.powers.own() {
        Some(own) if own.control => Ok(()),
        Some(_) => Err(Failure::forbidden(
            "chain control is off",
            "The node was started with --no-cheats: start it without that.",
        )),
        None => Err(Failure::forbidden(
            "this console only looks at a node",
            "To control a chain, run one of your own: `keyway run`, or `keyway run --fork testnet`.",
        )),
    }
}
