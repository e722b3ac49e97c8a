//! Acting: a form, a review of what it will do, and the operation.

mod forms;
mod links;
mod review;

pub(super) use forms::call as call_fields;
pub(super) use links::{of_account, of_key, of_transaction};

use crate::act::{Draft, Operation, Review, Sent, draft, intent_of, run};
use crate::console::HOME;
use crate::failure::Failure;
use crate::fields::{Fields, Problem};
use crate::layout::{Content, Section};
use crate::powers::Own;
use crate::visit::{PageForm, Visit};
use crate::writer::Act;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use keyway::protocol::{Action, CryptoHash, PublicKey};
use keyway::rotation::{LocalState, Rotation, RotationStep};
use keyway::{AccountId, KeyPair};
use maud::html;
use review::Secret;
use serde::Deserialize;

/// What can be done here.
pub(crate) async fn list(visit: Visit) -> Response {
    let page = async {
        own(&visit)?;
        Ok(Content::new("Act", Section::Act, forms::list()))
    };
    visit.show(page).await
}

/// The form for an operation.
pub(crate) async fn form(
    visit: Visit,
    Path(name): Path<String>,
    Query(fields): Query<Fields>,
) -> Response {
    let page = async {
        own(&visit)?;
        let operation = operation(&name)?;
        let body = forms::form(&visit, operation, &fields, &[]).await;
        Ok(Content::new(operation.title(), Section::Act, body).kind("Act"))
    };
    visit.show(page).await
}

/// What a filled form will do. A new key is made here, and is nowhere but on this page.
pub(crate) async fn review(
    visit: Visit,
    Path(name): Path<String>,
    Act(fields): Act<Fields>,
) -> Response {
    let operation = match operation(&name) {
        Ok(operation) => operation,
        Err(failure) => return visit.fail(failure).await,
    };
    let pair = operation.makes_a_key(&fields).then(KeyPair::random_ed25519);
    let new_key = pair.as_ref().map(KeyPair::public_key);
    let draft = match draft(operation, &fields, new_key) {
        Ok(draft) => draft,
        Err(problems) => return again(&visit, operation, &fields, &problems).await,
    };
    let page = async {
        let draft = match (operation, new_key) {
            (Operation::Rotate, Some(new_key)) => rotation(&visit, &fields, draft, new_key).await?,
            _ => draft,
        };
        let actors = &own(&visit)?.actors;
        let reviewed = Review::of(visit.client(), actors, &draft.account, draft.intent).await?;
        let secret = pair.as_ref().map(|pair| Secret(pair.expose_secret_text()));
        let body = review::page(&visit, operation, &reviewed, secret.as_ref(), &[]);
        Ok(Content::new(operation.title(), Section::Act, body).kind("Review"))
    };
    visit.show(page).await
}

/// What a review page sends.
#[derive(Deserialize)]
pub(crate) struct Order {
    operation: String,
    account: AccountId,
    receiver: AccountId,
    /// Actions in borsh and base64, as they were reviewed.
    actions: String,
    /// The account's name, typed where something is lost.
    #[serde(default)]
    confirm: String,
    /// Set if the page showed a new secret.
    #[serde(default)]
    new_secret: String,
    /// Set if that was saved.
    #[serde(default)]
    saved: String,
}

/// Does what was reviewed, and leads to its trace.
pub(crate) async fn submit(visit: Visit, Act(order): Act<Order>) -> Response {
    let done = async {
        let operation = operation(&order.operation)?;
        let actors = &own(&visit)?.actors;
        let intent = intent_of(&order.receiver, &actions(&order.actions)?);
        // The chain may have changed since.
        let review = Review::of(visit.client(), actors, &order.account, intent).await?;
        let problems = order.unconfirmed(&review);
        if !problems.is_empty() {
            let body = review::page(&visit, operation, &review, None, &problems);
            return Ok(Err(Content::new(operation.title(), Section::Act, body).kind("Review")));
        }
        let way = review.way.as_ref().map_err(|why| Failure::refused(why.clone()))?;
        run(visit.client(), &review, way).await.map(Ok).map_err(Failure::of_act)
    };
    match visit.limited(done).await {
        Ok(Ok(Sent::Run(hash))) => Redirect::to(&format!("{HOME}/tx/{hash}")).into_response(),
        Ok(Ok(Sent::Waiting(hash))) => visit.page(StatusCode::ACCEPTED, &waiting(&hash)).await,
        Ok(Err(content)) => visit.page(StatusCode::UNPROCESSABLE_ENTITY, &content).await,
        Err(failure) => visit.fail(failure).await,
    }
}

/// What is said of a transaction that no block has yet.
fn waiting(hash: &CryptoHash) -> Content {
    let body = html! {
        div.notice.warn { p { strong { "It is sent, and waits for a block." } " Blocks are sealed by hand or at a long interval." } }
        p {
            a href={ (HOME) "/control" } { "Seal a block" } ", then see "
            (crate::html::transaction(PageForm::Served, hash)) "."
        }
    };
    Content::new("Waiting for a block", Section::Act, body).kind("Transaction")
}

impl Order {
    fn unconfirmed(&self, review: &Review) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !review.losses.is_empty() && self.confirm.trim() != self.account.as_str() {
            let says = format!("type {} to show that this is meant", self.account);
            problems.push(Problem { field: "confirm", says });
        }
        if !self.new_secret.is_empty() && self.saved.is_empty() {
            let says = "the new secret is shown on the page before this one only: go back, save it, and check the box".to_owned();
            problems.push(Problem { field: "", says });
        }
        problems
    }
}

/// The form again, with what is wrong.
async fn again(
    visit: &Visit,
    operation: Operation,
    fields: &Fields,
    problems: &[Problem],
) -> Response {
    let page = async {
        let body = forms::form(visit, operation, fields, problems).await;
        Ok(Content::new(operation.title(), Section::Act, body).kind("Act"))
    };
    match visit.limited(page).await {
        Ok(content) => visit.page(StatusCode::UNPROCESSABLE_ENTITY, &content).await,
        Err(failure) => visit.fail(failure).await,
    }
}

/// Replaces the key of a form by `new_key`, in one transaction.
async fn rotation(
    visit: &Visit,
    fields: &Fields,
    draft: Draft,
    new_key: &PublicKey,
) -> Result<Draft, Failure> {
    let keys = visit.client().access_keys(&draft.account).await?;
    let not_a_key = |_| Failure::bad_request("this is not a public key", "Go back and check it.");
    let old_key = fields.text("key").parse::<PublicKey>().map_err(not_a_key)?;
    let rotation = Rotation::new(draft.account.clone(), old_key, new_key.clone(), &keys);
    let mut rotation = rotation.map_err(Failure::of_rotation)?;
    rotation.atomic = true;
    let local = LocalState { secret: true, main: true };
    match rotation.next(&keys, local).map_err(Failure::of_rotation)? {
        RotationStep::Swap(intent) => Ok(Draft { intent, ..draft }),
        _ => Err(Failure::bad_request(
            "the new key is on the account already",
            "Go back and begin again: a new key is made then.",
        )),
    }
}

/// The chain of one's own.
fn own(visit: &Visit) -> Result<&Own, Failure> {
    visit.console.shared.powers.own().ok_or_else(|| {
        Failure::forbidden(
            "this console only looks at a node",
            "To act, run a chain of your own: `keyway run`, or `keyway run --fork testnet`.",
        )
    })
}

fn operation(name: &str) -> Result<Operation, Failure> {
    Operation::named(name).ok_or_else(|| {
        let text = format!("nothing is at /console/act/{name}");
        Failure::not_found("There is no such page", text, "See what can be done at “Act”.")
    })
}

fn actions(text: &str) -> Result<Vec<Action>, Failure> {
    let bytes = BASE64_STANDARD.decode(text).ok();
    bytes.and_then(|bytes| borsh::from_slice(&bytes).ok()).ok_or_else(|| {
        Failure::bad_request("the actions cannot be read", "Go back to the form and send it again.")
    })
}

/// A notice for a browser that may not write.
pub(super) fn sign_in_first(visit: &Visit) -> maud::Markup {
    html! {
        @if visit.writer.is_none() {
            div.notice.warn {
                p {
                    strong { "This browser only looks. " }
                    "To act, open the link that the node printed when it started, or "
                    a href={ (HOME) "/sign-in" } { "sign in" } " with its token."
                }
            }
        }
    }
}
