//! The newest block, as the answers of `keyway_*` methods have it.

use chrono::{DateTime, SecondsFormat};
use keyway_chain::Chain;
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use serde::Serialize;

/// The newest block of a chain.
#[derive(Debug, Serialize)]
pub(super) struct Head {
    height: BlockHeight,
    hash: CryptoHash,
    /// RFC 3339, in UTC.
    time: String,
    /// Nanoseconds since the Unix epoch, as text: JSON numbers of some clients are not exact.
    time_nanosec: String,
}

impl Head {
    pub(super) fn of(chain: &Chain) -> Self {
        let header = &chain.head().header;
        Self {
            height: header.height(),
            hash: *header.hash(),
            time: rfc3339(header.raw_timestamp()),
            time_nanosec: header.raw_timestamp().to_string(),
        }
    }
}

/// A time in nanoseconds since the Unix epoch, in RFC 3339.
pub(super) fn rfc3339(time_ns: u64) -> String {
    let (seconds, rest) = (time_ns / SECOND_NS, time_ns % SECOND_NS);
    let time = DateTime::from_timestamp(seconds.cast_signed(), u32::try_from(rest).unwrap_or(0));
    time.unwrap_or_default().to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

const SECOND_NS: u64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_as_exactly_as_they_are() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_809_129_600_000_000_000), "2027-05-01T00:00:00Z");
        assert_eq!(rfc3339(1_809_129_600_000_000_001), "2027-05-01T00:00:00.000000001Z");
        assert_eq!(rfc3339(u64::MAX), "2554-07-21T23:34:33.709551615Z");
    }
}
