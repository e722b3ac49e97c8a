//! One request for a page: what it may do, how its page is rendered, and for how long.

use crate::console::Console;
use crate::failure::Failure;
use crate::html::Now;
use crate::layout::{self, Content, Section};
use crate::writer::Writer;
use axum::extract::FromRequestParts;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use keyway::Client;
use maud::{Markup, html};
use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;
use tokio::time::timeout;

/// A request for a page.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) console: Console,
    /// Set if this browser may write.
    pub(crate) writer: Option<Writer>,
    pub(crate) form: PageForm,
    pub(crate) uri: Uri,
}

/// How a page is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageForm {
    /// For a browser that is connected to this console.
    Served,
    /// As one file that opens anywhere: no script, no links into the console.
    Saved,
}

impl FromRequestParts<Console> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Infallible> {
        let own = console.shared.powers.own();
        let writer = own.and_then(|own| Writer::of(own, &parts.headers));
        let saved =
            parts.uri.query().is_some_and(|query| query.split('&').any(|it| it == "save=1"));
        let form = if saved { PageForm::Saved } else { PageForm::Served };
        Ok(Self { console: console.clone(), writer, form, uri: parts.uri.clone() })
    }
}

impl Visit {
    /// The client of the chain.
    pub(crate) fn client(&self) -> &Client {
        &self.console.shared.client
    }

    /// The time of the newest block.
    ///
    /// # Errors
    /// If the node does not answer.
    pub(crate) async fn now(&self) -> Result<Now, Failure> {
        Ok(Now(self.client().block().await?.timestamp_ns))
    }

    /// Makes a page within the limits of time and number, and renders it or why there is none.
    pub(crate) async fn show(
        &self,
        page: impl Future<Output = Result<Content, Failure>>,
    ) -> Response {
        match self.limited(page).await {
            Ok(content) if self.form == PageForm::Saved => self.saved(&content).await,
            Ok(content) => self.page(StatusCode::OK, &content).await,
            Err(failure) => self.fail(failure).await,
        }
    }

    /// A part of a page, for the script.
    pub(crate) async fn fragment(
        &self,
        part: impl Future<Output = Result<Option<Markup>, Failure>>,
    ) -> Response {
        match self.limited(part).await {
            Ok(Some(part)) => html(part),
            Ok(None) => StatusCode::NO_CONTENT.into_response(),
            Err(failure) => (failure.status, failure.text).into_response(),
        }
    }

    /// The page of a failure.
    pub(crate) async fn fail(&self, failure: Failure) -> Response {
        let body = html! {
            p.lead { (crate::html::foreign(&failure.text)) "." }
            p { (failure.help) }
        };
        self.page(failure.status, &Content::new(failure.title, Section::Other, body)).await
    }

    /// Does work within the limits of time and number.
    ///
    /// # Errors
    /// Those of the work, or that it took too long.
    pub(crate) async fn limited<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let limited = async {
            let _place = self.console.shared.room.acquire().await.map_err(|_| Failure::busy())?;
            work.await
        };
        timeout(LONGEST, limited).await.unwrap_or_else(|_| Err(Failure::too_slow()))
    }

    /// A page with this status.
    pub(crate) async fn page(&self, status: StatusCode, content: &Content) -> Response {
        let chain_id = timeout(NAME_WITHIN, self.console.shared.chain_id()).await.ok().flatten();
        (status, html(layout::served(self, chain_id, content))).into_response()
    }

    async fn saved(&self, content: &Content) -> Response {
        let chain_id = timeout(NAME_WITHIN, self.console.shared.chain_id()).await.ok().flatten();
        let name = format!("attachment; filename=\"{}.html\"", file_name(&content.title));
        let mut response = html(layout::saved(chain_id, content));
        if let Ok(name) = HeaderValue::from_str(&name) {
            response.headers_mut().insert(CONTENT_DISPOSITION, name);
        }
        response
    }
}

fn html(markup: Markup) -> Response {
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], markup.into_string()).into_response()
}

/// A file name made of the letters, digits and dots of a title.
fn file_name(title: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    title.chars().map(plain).take(80).collect()
}

/// How long a page may take to make.
const LONGEST: Duration = Duration::from_secs(20);

/// How long a page waits for the chain's name.
const NAME_WITHIN: Duration = Duration::from_secs(2);
