//! Signing in: a browser shows the node's token and gets a cookie for it.

use crate::HOME;
use crate::failure::Failure;
use crate::html::field;
use crate::layout::{Content, Section};
use crate::visit::Visit;
use crate::writer::{Act, cookie, no_cookie};
use axum::extract::Form;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use zeroize::Zeroizing;

/// The form of [`submit`].
#[derive(Deserialize)]
pub(crate) struct SignIn {
    token: String,
}

/// A form without fields.
#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

/// Asks for the token.
pub(crate) async fn ask(visit: Visit) -> Response {
    let page = async { Ok(Content::new("Sign in", Section::SignIn, form(&visit))) };
    visit.show(page).await
}

/// Checks a token that was entered.
pub(crate) async fn submit(visit: Visit, Form(SignIn { token }): Form<SignIn>) -> Response {
    let token = Zeroizing::new(token);
    with_token(&visit, &token).await
}

/// Lets a browser in that has the token, and forgets the address that has it.
pub(crate) async fn with_token(visit: &Visit, token: &str) -> Response {
    let own = visit.console.shared.powers.own();
    match own.filter(|own| own.token.is(token.trim())) {
        Some(own) => ([(SET_COOKIE, cookie(own))], Redirect::to(HOME)).into_response(),
        None if own.is_none() => {
            visit.fail(Failure::forbidden("this console only looks at a node", "There is nothing to sign in to.")).await
        }
        None => {
            visit.fail(Failure::forbidden(
                "this is not the token of this node",
                "Each start of the node has a token of its own: take the link that it printed last.",
            ))
            .await
        }
    }
}

/// Ends what [`with_token`] began.
pub(crate) async fn sign_out(visit: Visit, Act(Nothing {}): Act<Nothing>) -> Response {
    match visit.console.shared.powers.own() {
        Some(own) => ([(SET_COOKIE, no_cookie(own))], Redirect::to(HOME)).into_response(),
        None => Redirect::to(HOME).into_response(),
    }
}

fn form(visit: &Visit) -> Markup {
    if visit.console.shared.powers.own().is_none() {
        return html! { p { "This console only looks at a node, so there is nothing to sign in to." } };
    }
    html! {
        p {
            "Looking needs no token. To act on this chain, open the link that "
            code { "keyway run" }
            " printed when it started, or enter the token in it."
        }
        form.card method="post" action={ (HOME) "/sign-in" } {
            (field("token", "Token", html! {
                input #token type="password" name="token" autocomplete="off" required;
            }))
            button.primary type="submit" { "Sign in" }
        }
    }
}
