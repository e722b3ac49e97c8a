//! `?wait=10s`: how long a caller waits for an outcome.

use crate::error::Refused;
use serde::Deserialize;
use std::time::Duration;
use utoipa::IntoParams;

/// How long to wait.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Wait {
    /// How long to wait for the end of the request, as in `10s` or `500ms`; the answer comes earlier if it ends. The
    /// instance limits it (30 s by default).
    #[param(example = "10s")]
    wait: Option<String>,
}

impl Wait {
    pub(super) fn duration(&self) -> Result<Duration, Refused> {
        let Some(text) = &self.wait else { return Ok(Duration::ZERO) };
        let (digits, unit) = match text.strip_suffix("ms") {
            Some(digits) => (digits, 1),
            None => (text.strip_suffix('s').unwrap_or_default(), 1_000),
        };
        let sound = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let ms = digits.parse::<u64>().ok().filter(|_| sound).and_then(|n| n.checked_mul(unit));
        ms.map(Duration::from_millis)
            .ok_or_else(|| Refused::NotRead("wait is written as in `10s` or `500ms`".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        let wait = Wait { wait: Some(text.to_owned()) };
        let got = wait.duration().ok().map(|time| time.as_millis());
        assert_eq!(got, expected.map(u128::from), "{text}");
    }

    #[test]
    fn times_have_units() {
        check("10s", Some(10_000));
        check("500ms", Some(500));
        check("0s", Some(0));
        for wrong in ["", "s", "10", "1.5s", "-1s", "+1s", "1m", "99999999999999999999s"] {
            check(wrong, None);
        }
        assert_eq!(Wait::default().duration().unwrap(), Duration::ZERO);
    }
}
