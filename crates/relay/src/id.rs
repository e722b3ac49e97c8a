//! Names: of requests, apps, instances, and the keys that make a request unique.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The id of a request. Ids sort by the time at which they were made, to the millisecond.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RequestId([u8; 16]);

impl RequestId {
    /// An id of this moment, milliseconds since the Unix epoch, with 80 random bits.
    #[must_use]
    pub fn new(now_ms: u64, random: [u8; 10]) -> Self {
        let mut bytes = [0; 16];
        let [_, _, time @ ..] = now_ms.to_be_bytes();
        bytes[..6].copy_from_slice(&time);
        bytes[6..].copy_from_slice(&random);
        RequestId(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The id with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        RequestId(bytes)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for RequestId {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let invalid = || InvalidName { what: "request id", needed: "32 hexadecimal digits" };
        let mut bytes = [0; 16];
        // Only lower case, so that each id has one text.
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        if text.len() != 32 {
            return Err(invalid());
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let (high, low) = (digit(pair[0]), digit(pair[1]));
            *byte = high.zip(low).map(|(high, low)| high << 4 | low).ok_or_else(invalid)?;
        }
        Ok(RequestId(bytes))
    }
}

impl From<RequestId> for String {
    fn from(id: RequestId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for RequestId {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
    }
}

/// A text with a rule for its characters and length.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $needed:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// Its text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) {
                    Ok($name(text.to_owned()))
                } else {
                    Err(InvalidName { what: $what, needed: $needed })
                }
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                text.parse()
            }
        }
    };
}

name!(
    /// The name of an app, as configuration and policy call it.
    AppName,
    "app name",
    "1 to 64 of a-z, 0-9, `-` and `_`",
    |text| (1..=64).contains(&text.len())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
);

name!(
    /// What an app calls a request, so that a repeated one is not a second one.
    IdempotencyKey,
    "Idempotency-Key",
    "1 to 128 printable ASCII characters without spaces",
    |text| (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
);

name!(
    /// One running relayer; another one after each start.
    InstanceId,
    "instance id",
    "1 to 64 of a-z, 0-9 and `-`",
    |text| (1..=64).contains(&text.len())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
);

/// A name that is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no {what}; it needs {needed}")]
pub struct InvalidName {
    /// What it should name.
    pub what: &'static str,
    /// What is valid.
    pub needed: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_sorts_by_time_and_has_one_text() {
        let early = RequestId::new(1_790_000_000_000, [0xff; 10]);
        let late = RequestId::new(1_790_000_000_001, [0; 10]);
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(early.to_string().parse(), Ok(early));
        for wrong in ["", "0", &"g".repeat(32), &"A".repeat(32), &"0".repeat(33), &"ä".repeat(16)]
        {
            assert!(matches!(wrong.parse::<RequestId>(), Err(InvalidName { .. })), "{wrong}");
        }
    }

    #[test]
    fn names_have_rules() {
        assert!("chess-2_a".parse::<AppName>().is_ok());
        for wrong in ["", "Chess", "a b", "a\n", &"a".repeat(65)] {
            assert!(matches!(wrong.parse::<AppName>(), Err(InvalidName { .. })), "{wrong}");
        }
        assert!("8f/~".parse::<IdempotencyKey>().is_ok());
        for wrong in ["", "a b", "\u{7f}", "ü", &"a".repeat(129)] {
            assert!(matches!(wrong.parse::<IdempotencyKey>(), Err(InvalidName { .. })), "{wrong}");
        }
    }
}
