//! Forms: controls with labels, notes and what is wrong with them.

use crate::fields::{Fields, Problem};
use crate::html::{field, foreign, plain};
use maud::{Markup, html};

/// A form with what was filled in, and what is wrong with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filled<'a> {
    pub(crate) fields: &'a Fields,
    pub(crate) problems: &'a [Problem],
}

/// A control for text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// What to write, or an example.
    pub(crate) note: &'static str,
    /// What is in it at first.
    pub(crate) usual: &'static str,
}

impl<'a> Filled<'a> {
    /// A new form, with what its address gives.
    pub(crate) fn new(fields: &'a Fields) -> Self {
        Self { fields, problems: &[] }
    }

    /// What is wrong, above the form, each with a link to its control.
    pub(crate) fn summary(&self) -> Markup {
        html! {
            @if !self.problems.is_empty() {
                div.notice.bad role="alert" {
                    p { strong { "This cannot be done as it is filled in." } }
                    ul {
                        @for problem in self.problems {
                            li {
                                @if problem.field.is_empty() {
                                    (foreign(&problem.says))
                                } @else {
                                    a href={ "#" (problem.field) } { (words(problem.field)) }
                                    ": " (foreign(&problem.says))
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// A line of text.
    pub(crate) fn text(&self, text: Text) -> Markup {
        self.line(text, None)
    }

    /// A line of text, with suggestions.
    pub(crate) fn suggested(&self, text: Text, suggestions: &[String]) -> Markup {
        let id = format!("{}-list", text.name);
        html! {
            (self.line(text, (!suggestions.is_empty()).then_some(&id)))
            @if !suggestions.is_empty() {
                datalist id=(id) {
                    @for it in suggestions { option value=(plain(it)) {} }
                }
            }
        }
    }

    fn line(&self, text: Text, list: Option<&str>) -> Markup {
        let Text { name, label, .. } = text;
        field(
            name,
            label,
            html! {
                input id=(name) name=(name) value=(self.value(text)) list=[list]
                    aria-invalid=[self.says(name).map(|_| "true")]
                    aria-describedby=[self.described(text)]
                    autocomplete="off" autocapitalize="off" spellcheck="false";
                (self.below(text))
            },
        )
    }

    /// Several lines of text.
    pub(crate) fn lines(&self, text: Text) -> Markup {
        let Text { name, label, .. } = text;
        field(
            name,
            label,
            html! {
                textarea id=(name) name=(name)
                    aria-invalid=[self.says(name).map(|_| "true")]
                    aria-describedby=[self.described(text)]
                    autocapitalize="off" spellcheck="false" { (self.value(text)) }
                (self.below(text))
            },
        )
    }

    /// One of several choices. The first is chosen if nothing else was, unless `must_choose`.
    pub(crate) fn choice(
        &self,
        name: &'static str,
        label: &str,
        choices: &[(&'static str, &str)],
        must_choose: bool,
    ) -> Markup {
        let chosen = match self.fields.text(name) {
            "" if must_choose => "",
            "" => choices.first().map_or("", |(value, _)| value),
            other => other,
        };
        html! {
            fieldset.field id=(name) {
                legend { (label) }
                @for (value, words) in choices {
                    label.choice {
                        input type="radio" name=(name) value=(value) checked[*value == chosen];
                        " " (words)
                    }
                }
                @if let Some(says) = self.says(name) { p.problem { (foreign(says)) } }
            }
        }
    }

    /// A box to check.
    pub(crate) fn check(&self, name: &'static str, label: &str) -> Markup {
        html! {
            label.choice {
                input type="checkbox" id=(name) name=(name) value="on" checked[self.fields.is_on(name)];
                " " (label)
            }
        }
    }

    fn value(&self, text: Text) -> &str {
        match self.fields.exact(text.name) {
            "" if self.problems.is_empty() => text.usual,
            typed => typed,
        }
    }

    fn says(&self, name: &str) -> Option<&str> {
        let found = self.problems.iter().find(|problem| problem.field == name);
        found.map(|problem| problem.says.as_str())
    }

    fn described(&self, text: Text) -> Option<String> {
        let has_words = !text.note.is_empty() || self.says(text.name).is_some();
        has_words.then(|| format!("{}-note", text.name))
    }

    fn below(&self, text: Text) -> Markup {
        html! {
            @if let Some(id) = self.described(text) {
                div id=(id) {
                    @if let Some(says) = self.says(text.name) { p.problem { (foreign(says)) } }
                    @if !text.note.is_empty() { p.note { (text.note) } }
                }
            }
        }
    }
}

/// A field in words.
fn words(name: &str) -> String {
    let known = match name {
        "access" => "What may the key do?",
        "pays" => "What pays for its gas?",
        "key" => "Public key",
        "args" => "Arguments",
        "rows" => "Nonce rows",
        "code_from" => "Contract code",
        "span" => "Length",
        "interval_ms" => "Interval",
        "confirm" => "Confirmation",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
