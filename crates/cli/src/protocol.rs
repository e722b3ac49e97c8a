//! The protocol version of a new chain.

use crate::error::CliError;
use keyway_rules::Protocol;
use near_primitives::types::ProtocolVersion;
use near_primitives::version::PROTOCOL_VERSION;

/// The version `asked` for on the command line, else the one in the environment (for programs that
/// start a node without flags), else the newest.
///
/// # Errors
/// If the environment names a version that this program does not support.
pub(crate) fn chosen(asked: Option<ProtocolVersion>) -> Result<ProtocolVersion, CliError> {
    match (asked, environment()) {
        (Some(version), _) => Ok(version),
        (None, Some(text)) => read(&text).map_err(|why| CliError::Value { flag: VARIABLE, why }),
        (None, None) => Ok(PROTOCOL_VERSION),
    }
}

/// A supported version.
///
/// # Errors
/// For anything else, with the supported versions.
pub(crate) fn read(text: &str) -> Result<ProtocolVersion, String> {
    let (oldest, newest) = (Protocol::SUPPORTED.start(), Protocol::SUPPORTED.end());
    let known = text.trim().parse().ok().filter(|version| Protocol::SUPPORTED.contains(version));
    known.ok_or_else(|| format!("this program supports the protocol versions {oldest} to {newest}"))
}

#[expect(clippy::disallowed_methods, reason = "the command line reads the environment")]
fn environment() -> Option<String> {
    let text = std::env::var_os(VARIABLE).filter(|text| !text.is_empty())?;
    Some(text.to_string_lossy().into_owned())
}

/// The environment variable that is used without a flag.
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
