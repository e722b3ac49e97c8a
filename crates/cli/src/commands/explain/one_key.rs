//! Every rule for one key.

use anstyle::{AnsiColor, Style};
use keyway::guard::{Explanation, Ruling};
use serde::Serialize;
use std::fmt;

/// An explanation.
#[derive(Serialize)]
pub(super) struct OneKey {
    accepted: bool,
    #[serde(flatten)]
    told: Explanation,
}

impl From<Explanation> for OneKey {
    fn from(told: Explanation) -> Self {
        Self { accepted: told.is_accepted(), told }
    }
}

impl OneKey {
    /// The key, whether it may, and why not.
    pub(super) fn row(&self) -> [String; 3] {
        let broken = self.told.rules.iter().filter(|judged| is_broken(&judged.ruling));
        let reasons: Vec<_> =
            broken.map(|judged| format!("{}: {}", judged.rule.name(), judged.says())).collect();
        let verdict = if self.accepted { "accepted" } else { "refused" };
        [self.told.public_key.to_string(), verdict.to_owned(), reasons.join("; ")]
    }
}

impl fmt::Display for OneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.told.to_string().lines() {
            let style = style(line);
            writeln!(f, "{style}{line}{style:#}")?;
        }
        Ok(())
    }
}

/// Green and red where people look first.
fn style(line: &str) -> Style {
    let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
    if line.starts_with("accepted") {
        return colour(AnsiColor::Green).bold();
    }
    if line.starts_with("refused") {
        return colour(AnsiColor::Red).bold();
    }
    match line.trim_start().split(' ').next() {
        Some("FAIL") => colour(AnsiColor::Red),
        Some("?") => colour(AnsiColor::Yellow),
        Some("mend:") => colour(AnsiColor::Cyan),
        _ => Style::new(),
    }
}

fn is_broken(ruling: &Ruling) -> bool {
    matches!(ruling, Ruling::Fail { .. })
}
