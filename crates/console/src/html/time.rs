//! Times: how long before the chain's newest block, and the date on request.

use crate::visit::PageForm;
use chrono::{DateTime, SecondsFormat, Utc};
use maud::{Markup, html};

/// The time of the chain's newest block, nanoseconds since 1970. Times are relative to it, because a chain of
/// one's own can be in any year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Now(
    /// Nanoseconds since 1970.
    pub(crate) u64,
);

/// A time: relative in a served page, the date in a saved one.
pub(crate) fn at(form: PageForm, now: Now, time_ns: u64) -> Markup {
    let date = date(time_ns);
    let shown = match form {
        PageForm::Served => relative(now, time_ns),
        PageForm::Saved => date.clone(),
    };
    html! { time datetime=(utc(time_ns).to_rfc3339_opts(SecondsFormat::Secs, true)) title=(date) { (shown) } }
}

fn utc(time_ns: u64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(i64::try_from(time_ns).unwrap_or(i64::MAX))
}

/// A time that the node wrote, to the second.
pub(crate) fn instant(text: &str) -> Markup {
    let whole = text.split('.').next().filter(|whole| whole.len() < text.len());
    let shown = whole.map_or_else(|| text.to_owned(), |whole| format!("{whole}Z"));
    html! { time datetime=(text) title=(text) { (shown) } }
}

/// A date to the second.
pub(crate) fn date(time_ns: u64) -> String {
    utc(time_ns).format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn relative(now: Now, time_ns: u64) -> String {
    let seconds = now.0.abs_diff(time_ns) / 1_000_000_000;
    let (size, unit) = match seconds {
        0 => return "just now".to_owned(),
        1..60 => (seconds, "s"),
        60..3_600 => (seconds / 60, "min"),
        3_600..86_400 => (seconds / 3_600, "h"),
        _ => (seconds / 86_400, "d"),
    };
    let side = if time_ns > now.0 { "later" } else { "ago" };
    format!("{size} {unit} {side}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_relative_to_the_chain() {
        let (second, now) = (1_000_000_000, Now(100_000 * 1_000_000_000));
        let shown = |ago: u64| relative(now, now.0 - ago * second);
        assert_eq!(
            [shown(0), shown(59), shown(61), shown(7_300), shown(90_000)],
            ["just now", "59 s ago", "1 min ago", "2 h ago", "1 d ago"]
        );
        assert_eq!(relative(now, now.0 + 5 * second), "5 s later");
    }

    #[test]
    fn no_time_panics() {
        assert_eq!(date(0), "1970-01-01 00:00:00 UTC");
        assert!(date(u64::MAX).starts_with("2262"));
        let shown = at(PageForm::Saved, Now(0), 1_000_000_000).into_string();
        assert!(shown.contains(">1970-01-01 00:00:01 UTC<"), "{shown}");
    }
}
