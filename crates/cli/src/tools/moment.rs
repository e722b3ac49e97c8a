//! Parses instants and lengths of time for a chain's clock.

use super::duration::read_duration;
use chrono::{DateTime, NaiveDate, NaiveTime};
use std::time::Duration;

/// An instant, or a way ahead of the present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instant {
    /// Nanoseconds since the Unix epoch.
    At(u64),
    /// So much later.
    Ahead(Duration),
}

/// `2027-05-01`, `2027-05-01T12:00:00Z` or `+180d`.
///
/// # Errors
/// For any other text.
pub(crate) fn read_moment(text: &str) -> Result<Instant, String> {
    match text.strip_prefix('+') {
        Some(span) => read_span(span).map(Instant::Ahead),
        None => read_time(text).map(Instant::At),
    }
}

/// A date (its beginning in UTC) or an instant in RFC 3339, in nanoseconds since the Unix epoch.
///
/// # Errors
/// For any other text, and for times before 1970 and after [`END_NS`].
pub(crate) fn read_time(text: &str) -> Result<u64, String> {
    let instant = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d");
    let time = instant.or_else(|_| date().map(|date| date.and_time(NaiveTime::MIN).and_utc()));
    let time = time.map_err(|_| {
        "it is not a time: write it as in 2027-05-01 or 2027-05-01T12:00:00Z".to_owned()
    })?;
    let seconds = u64::try_from(time.timestamp()).ok();
    seconds
        .and_then(|seconds| seconds.checked_mul(1_000_000_000))
        .and_then(|whole| whole.checked_add(u64::from(time.timestamp_subsec_nanos())))
        .filter(|nanoseconds| *nanoseconds <= END_NS)
        .ok_or_else(|| "times go from 1970 to 2500".to_owned())
}

/// A length of time above 0, with its unit: `1s`, `500 ms`, `180 days`.
///
/// # Errors
/// For any other text.
pub(crate) fn read_span(text: &str) -> Result<Duration, String> {
    let millis = text.trim().strip_suffix("ms").map(|number| number.trim().parse::<u64>());
    let span = match millis {
        Some(millis) => Duration::from_millis(millis.map_err(|_| HOW.to_owned())?),
        None => read_duration(text).map_err(|_| HOW.to_owned())?,
    };
    match span.is_zero() {
        true => Err("it is 0: write a time above 0".to_owned()),
        false if span.as_nanos() > u128::from(END_NS) => {
            Err("it is too long: times end in the year 2500".to_owned())
        }
        false => Ok(span),
    }
}

/// The beginning of the year 2500, where a chain's times end, nanoseconds since the Unix epoch.
const END_NS: u64 = 16_725_225_600_000_000_000;

const HOW: &str = "it is not a length of time: write it as in `1s`, `500ms` or `180d`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_dates_instants_or_ways_ahead() {
        let may = 1_809_129_600_000_000_000;
        for text in ["2027-05-01", "2027-05-01T00:00:00Z", "2027-05-01T02:00:00+02:00"] {
            assert_eq!(read_moment(text), Ok(Instant::At(may)), "{text}");
        }
        let days = Duration::from_secs(180 * 86_400);
        assert_eq!(read_moment("+180d"), Ok(Instant::Ahead(days)));
        assert_eq!(read_moment("+500ms"), Ok(Instant::Ahead(Duration::from_millis(500))));
        for text in ["", "+", "+0s", "-1d", "2027-13-01", "2027-05-01 12:00", "tomorrow", "180d"] {
            assert!(read_moment(text).unwrap_err().starts_with("it is "), "{text}");
        }
        for text in ["1969-12-31", "2500-01-01T00:00:01Z", "9999-12-31T23:59:59Z"] {
            assert_eq!(read_moment(text).unwrap_err(), "times go from 1970 to 2500", "{text}");
        }
    }

    #[test]
    fn times_after_2262_are_read_and_endless_lengths_refused() {
        // Times ended where signed nanoseconds do, and a length that no chain can take was sent.
        assert_eq!(read_moment("2500-01-01"), Ok(Instant::At(END_NS)));
        let nanosecond = Instant::At(10_413_792_000_000_000_001);
        assert_eq!(read_moment("2300-01-01T00:00:00.000000001Z"), Ok(nanosecond));
        let error = read_moment("+99999999d").unwrap_err();
        assert_eq!(error, "it is too long: times end in the year 2500");
    }
}
