//! Which protocol version a new chain speaks.

use crate::error::CliError;
use keyway_rules::Protocol;
use near_primitives::types::ProtocolVersion;
use near_primitives::version::PROTOCOL_VERSION;

/// The version that was `asked` for on the command line, else the one in the environment, which is
/// for programs that start a node and pass no flag; else the newest.
///
/// # Errors
/// When the environment names one that this program does not know.
pub(crate) fn chosen(asked: Option<ProtocolVersion>) -> Result<ProtocolVersion, CliError> {
    match (asked, environment()) {
        (Some(version), _) => Ok(version),
        (None, Some(text)) => read(&text).map_err(|why| CliError::Value { flag: VARIABLE, why }),
        (None, None) => Ok(PROTOCOL_VERSION),
    }
}

/// A version that this program knows.
///
/// # Errors
/// Anything else, with the versions that there are.
pub(crate) fn read(text: &str) -> Result<ProtocolVersion, String> {
    let (oldest, newest) = (Protocol::SUPPORTED.start(), Protocol::SUPPORTED.end());
    let known = text.trim().parse().ok().filter(|version| Protocol::SUPPORTED.contains(version));
    known.ok_or_else(|| format!("this program knows the protocol versions {oldest} to {newest}"))
}

#[expect(clippy::disallowed_methods, reason = "the command line is the reader of the environment")]
fn environment() -> Option<String> {
    let text = std::env::var_os(VARIABLE).filter(|text| !text.is_empty())?;
    Some(text.to_string_lossy().into_owned())
}

/// The variable that decides where no flag does.
const VARIABLE: &str = "KEYWAY_PROTOCOL_VERSION";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_versions_are_taken_and_others_are_told_which_there_are() {
        for version in Protocol::SUPPORTED {
            assert_eq!(read(&version.to_string()), Ok(version));
        }
        for text in ["83", "89", "157", "latest", "-1", ""] {
            assert!(read(text).unwrap_err().ends_with("84 to 88"), "{text}");
        }
        assert!(Protocol::SUPPORTED.contains(&PROTOCOL_VERSION));
    }
}
