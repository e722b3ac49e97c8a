//! The protocol's limits for arguments.

use keyway_rules::Limits;

/// The limits that arguments are checked against: those of the newest protocol version that this build knows. A chain may
/// have others, and decides in the end.
///
/// ```
/// assert_eq!(keyway::action::limits().contract_bytes, 4_194_304);
/// ```
#[must_use]
pub fn limits() -> &'static Limits {
    Limits::newest()
}
