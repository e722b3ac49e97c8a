//! The protocol's limits that arguments are checked against.

use keyway_rules::Limits;

/// The protocol's limits that are checked when an action is written: those of the newest version that
/// this build knows. The chain decides in the end: it may have changed them.
///
/// ```
/// assert_eq!(keyway::action::limits().contract_bytes, 4_194_304);
/// ```
#[must_use]
pub fn limits() -> &'static Limits {
    Limits::newest()
}
