//! What docs/rpc.md says of `keyway_*` methods, in the order of the page.

/// A method that no other node has.
pub(super) struct Own {
    pub(super) method: &'static str,
    /// The members of its parameters, with their defaults and ranges.
    pub(super) params: &'static str,
    pub(super) answer: &'static str,
    /// Causes of a `HANDLER_ERROR`, and when they are answered.
    pub(super) errors: &'static str,
    /// The tests that cover it, as `file::function` below `tests/`.
    pub(super) tests: &'static [&'static str],
}

pub(super) const OWN: &[Own] = &[Own {
    method: "keyway_mine",
    params: "`blocks`: how many, at most 1,000 (1)",
    answer: "head",
    errors: "`INVALID_PARAMETER`: too many blocks",
    tests: &["control::blocks_are_mined_by_hand"],
}];
