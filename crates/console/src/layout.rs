//! What is around every page.

use crate::assets;
use crate::console::HOME;
use crate::html::foreign;
use crate::visit::{PageForm, Visit};
use crate::writer::FORM_FIELD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A page without what is around it.
#[derive(Debug)]
pub(crate) struct Content {
    /// The heading, which is also the title of the tab. It may be foreign text.
    pub(crate) title: String,
    /// What stands above the heading: what kind of thing this is.
    pub(crate) kind: Option<&'static str>,
    /// Whether the heading is a hash or a key, which is set in other letters.
    pub(crate) coded: bool,
    pub(crate) section: Section,
    pub(crate) body: Markup,
    /// The path of the page as one file; none if it cannot be saved.
    pub(crate) save: Option<String>,
}

/// Which entry of the navigation a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// The first page.
    Overview,
    /// Why a key can sign something or not.
    Explain,
    /// Acting.
    Act,
    /// Chain control.
    Control,
    /// Signing in.
    SignIn,
    /// Any other page.
    Other,
}

impl Content {
    pub(crate) fn new(title: impl Into<String>, section: Section, body: Markup) -> Self {
        Self { title: title.into(), kind: None, coded: false, section, body, save: None }
    }

    /// With what kind of thing it shows.
    pub(crate) fn kind(self, kind: &'static str) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// With a heading that is a hash or a key.
    pub(crate) fn named_by_hash(self) -> Self {
        Self { coded: true, ..self }
    }

    /// With the path that saves it as one file.
    pub(crate) fn save(self, path: String) -> Self {
        Self { save: Some(path), ..self }
    }
}

/// A page of this console.
pub(crate) fn served(visit: &Visit, chain_id: Option<&str>, content: &Content) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                (head_of(content))
                link rel="icon" href=(assets::icon_path());
                link rel="stylesheet" href=(assets::style_path());
                script src=(assets::script_path()) defer {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                (header(visit, chain_id, content))
                main #main tabindex="-1" {
                    (heading(content, PageForm::Served))
                    (content.body)
                }
                footer {
                    p {
                        "Keyway " (env!("CARGO_PKG_VERSION")) ", looking at " (foreign(&visit.console.shared.place)) ". "
                        "Times are UTC, relative ones to the chain’s newest block."
                    }
                }
            }
        }
    }
}

/// A page as one file.
pub(crate) fn saved(chain_id: Option<&str>, content: &Content) -> Markup {
    let policy = format!("default-src 'none'; style-src '{}'", assets::style_hash());
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta http-equiv="Content-Security-Policy" content=(policy);
                (head_of(content))
                style { (PreEscaped(assets::STYLE)) }
            }
            body {
                main #main {
                    (heading(content, PageForm::Saved))
                    (content.body)
                }
                footer {
                    p {
                        "Saved from the console of Keyway " (env!("CARGO_PKG_VERSION"))
                        @if let Some(chain_id) = chain_id { ", chain " (foreign(chain_id)) }
                        ". Times are UTC."
                    }
                }
            }
        }
    }
}

fn head_of(content: &Content) -> Markup {
    html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="color-scheme" content="light dark";
        title { (crate::html::plain(&content.title)) " · Keyway" }
    }
}

fn heading(content: &Content, form: PageForm) -> Markup {
    html! {
        div.heading {
            div {
                @if let Some(kind) = content.kind { p.kind { (kind) } }
                h1.coded[content.coded] { (foreign(&content.title)) }
            }
            @if let Some(path) = content.save.as_ref().filter(|_| form == PageForm::Served) {
                p.tools.served { a.button href=(path) download { "Save as one file" } }
            }
        }
    }
}

fn header(visit: &Visit, chain_id: Option<&str>, content: &Content) -> Markup {
    let own = visit.console.shared.powers.own().is_some();
    html! {
        header.top {
            div.bar {
                a.brand href=(HOME) { "Keyway" }
                p.chain {
                    @match chain_id {
                        Some(chain_id) => span.name { (foreign(chain_id)) },
                        None => span.name { "no answer" },
                    }
                    @if own { span.badge.own { "your chain" } } @else { span.badge { "read-only" } }
                }
                form.search role="search" action={ (HOME) "/search" } {
                    label.hidden for="q" { "Search" }
                    input #q type="search" name="q" placeholder="Account, key, hash or height"
                        autocomplete="off" autocapitalize="off" spellcheck="false" required;
                    button type="submit" { "Search" }
                }
                (navigation(visit, content.section))
            }
        }
    }
}

/// What the navigation shows depends on what one may do.
fn navigation(visit: &Visit, section: Section) -> Markup {
    html! {
        nav aria-label="Console" {
            (entry("Overview", "", section == Section::Overview))
            (entry("Explain", "/explain", section == Section::Explain))
            @if let Some(own) = visit.console.shared.powers.own() {
                (entry("Act", "/act", section == Section::Act))
                @if own.control { (entry("Control", "/control", section == Section::Control)) }
            }
            @if visit.console.shared.powers.own().is_some() {
                @if let Some(writer) = &visit.writer {
                    form method="post" action={ (HOME) "/sign-out" } {
                        input type="hidden" name=(FORM_FIELD) value=(writer.form_value());
                        button.link type="submit" { "Sign out" }
                    }
                } @else {
                    (entry("Sign in", "/sign-in", section == Section::SignIn))
                }
            }
        }
    }
}

fn entry(name: &str, path: &str, here: bool) -> Markup {
    html! {
        a href={ (HOME) (path) } aria-current=[here.then_some("page")] { (name) }
    }
}
