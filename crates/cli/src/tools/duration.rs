//! Parses and prints durations.

use super::words::counted;
use std::time::Duration;

/// A duration with its unit: `7 days`, `12h`, `30 minutes`, `45 s`.
///
/// # Errors
/// For any other text.
pub(crate) fn read_duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let seconds: u64 = match unit.trim() {
        "s" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => MINUTE,
        "h" | "hour" | "hours" => HOUR,
        "d" | "day" | "days" => DAY,
        "w" | "week" | "weeks" => 7 * DAY,
        _ => return Err(HOW.to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| HOW.to_owned())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(|| HOW.to_owned())
}

/// A timeout: a duration as above, a number of seconds, or a number of `ms`.
///
/// # Errors
/// For any other text, or 0.
pub(crate) fn read_timeout(text: &str) -> Result<Duration, String> {
    let wrong = || "it is not a duration: write it as in `30 s`, `500 ms` or `2 min`".to_owned();
    let trimmed = text.trim();
    let millis = trimmed.strip_suffix("ms").map(|number| number.trim().parse::<u64>());
    let seconds = trimmed.parse::<u64>();
    let duration = match (millis, seconds) {
        (Some(millis), _) => Duration::from_millis(millis.map_err(|_| wrong())?),
        (None, Ok(seconds)) => Duration::from_secs(seconds),
        (None, Err(_)) => read_duration(trimmed).map_err(|_| wrong())?,
    };
    match duration.is_zero() {
        true => Err("it is 0: write a time above 0".to_owned()),
        false => Ok(duration),
    }
}

/// The duration in its two largest units, to the nearest minute: `6 days 23 hours`.
pub(crate) fn words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < MINUTE {
        return counted(seconds, "second");
    }
    let minutes = seconds.saturating_add(MINUTE / 2) / MINUTE;
    let units =
        [(minutes / (24 * 60), "day"), (minutes / 60 % 24, "hour"), (minutes % 60, "minute")];
    let said = units.into_iter().skip_while(|(count, _)| *count == 0).take(2);
    let said = said.filter(|(count, _)| *count > 0).map(|(count, unit)| counted(count, unit));
    said.collect::<Vec<_>>().join(" ")
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

const HOW: &str = "it is not a duration: write it as in `7 days`, `12 h` or `30 minutes`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read() {
        for (text, seconds) in [
            ("7 days", 7 * DAY),
            ("12h", 12 * HOUR),
            ("1 week", 7 * DAY),
            (" 90 min ", 5_400),
            ("0s", 0),
        ] {
            assert_eq!(read_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "7", "days", "-1 day", "1.5 days", "7 moons", "99999999999999999999 s"] {
            assert_eq!(read_duration(text), Err(HOW.to_owned()), "{text}");
        }
        assert_eq!(read_duration(&format!("{} weeks", u64::MAX)), Err(HOW.to_owned()));
    }

    #[test]
    fn timeouts_are_read() {
        for (text, millis) in
            [("30", 30_000), ("2 s", 2_000), ("500ms", 500), ("1 ms", 1), ("1 min", 60_000)]
        {
            assert_eq!(read_timeout(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["0", "0 s", "0ms"] {
            assert_eq!(read_timeout(text).unwrap_err(), "it is 0: write a time above 0", "{text}");
        }
        for text in ["", "-1", "1.5", "soon", "ms"] {
            let error = read_timeout(text).unwrap_err();
            assert!(error.starts_with("it is not a duration"), "{text}: {error}");
        }
    }

    #[test]
    fn spans_are_told_in_two_units() {
        for (seconds, said) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (89, "1 minute"),
            (HOUR - 2, "1 hour"),
            (30 * DAY - 2, "30 days"),
            (DAY + HOUR + MINUTE, "1 day 1 hour"),
            (DAY + MINUTE, "1 day"),
        ] {
            assert_eq!(words(Duration::from_secs(seconds)), said);
        }
        assert!(!words(Duration::MAX).is_empty());
    }
}
