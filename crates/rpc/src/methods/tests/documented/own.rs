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

pub(super) const OWN: &[Own] = &[
    Own {
        method: "keyway_time_show",
        params: "none",
        answer: "head of the newest block, and `mode`: `running` with `ahead_nanosec` (how far ahead of the node's clock; negative when behind), `frozen`, or `stepped` with `step_nanosec`; what does not apply is null",
        errors: "",
        tests: &["control::time_is_set_moved_frozen_stepped_and_freed"],
    },
    Own {
        method: "keyway_time_set",
        params: "`time` in RFC 3339, or `time_nanosec` since 1970: after the newest block's, before 2500",
        answer: "as `keyway_time_show`: the new block has that time",
        errors: "`INVALID_TIME`: not after the newest block's, or too late; `INVALID_PARAMETER`: no time",
        tests: &[
            "control::time_is_set_moved_frozen_stepped_and_freed",
            "control::times_that_cannot_be_are_refused_and_change_nothing",
        ],
    },
    Own {
        method: "keyway_time_move",
        params: "`seconds` or `nanosec`, above 0",
        answer: "as `keyway_time_show`",
        errors: "`INVALID_TIME`: 0, or too late; `INVALID_PARAMETER`: no length of time",
        tests: &[
            "control::time_is_set_moved_frozen_stepped_and_freed",
            "control::times_that_cannot_be_are_refused_and_change_nothing",
        ],
    },
    Own {
        method: "keyway_time_freeze",
        params: "none",
        answer: "as `keyway_time_show`",
        errors: "",
        tests: &["control::time_is_set_moved_frozen_stepped_and_freed"],
    },
    Own {
        method: "keyway_time_step",
        params: "`seconds` or `nanosec`, above 0",
        answer: "as `keyway_time_show`",
        errors: "`INVALID_TIME`: 0, or too late; `INVALID_PARAMETER`: no length of time",
        tests: &[
            "control::time_is_set_moved_frozen_stepped_and_freed",
            "control::times_that_cannot_be_are_refused_and_change_nothing",
        ],
    },
    Own {
        method: "keyway_time_free",
        params: "none",
        answer: "as `keyway_time_show`",
        errors: "",
        tests: &["control::time_is_set_moved_frozen_stepped_and_freed"],
    },
    Own {
        method: "keyway_dump",
        params: "`after`: `next` of the answer before (none: the beginning); `snapshot`: a name (none: the chain at its newest block)",
        answer: "`block_height`, `block_hash`; `bytes`, the next part of the file in base64, about 1 MB; `next`, null after the last part",
        errors: "`CANNOT_DUMP`: the block was pruned or reverted; `UNKNOWN_SNAPSHOT`; `INVALID_PARAMETER`",
        tests: &[
            "control::a_dump_comes_in_parts_and_makes_a_chain",
            "snapshots::a_snapshot_is_dumped_without_going_back_to_it",
        ],
    },
    Own {
        method: "keyway_mine",
        params: "`blocks`: how many (1); more than 1,000 are a fast-forward; `interval`: `{seconds}` or `{nanosec}` between two of them (as the time runs)",
        answer: "head",
        errors: "`INVALID_PARAMETER`: the times would end; `INVALID_FAST_FORWARD`: too many blocks",
        tests: &["control::blocks_are_mined_by_hand"],
    },
    Own {
        method: "keyway_sealing_show",
        params: "none",
        answer: "`mode`: `on`, `off` or `every` with `interval_ms`; `waiting`: transactions that wait for a block; `most_waiting`",
        errors: "",
        tests: &["sealing::transactions_wait_until_a_block_is_mined"],
    },
    Own {
        method: "keyway_sealing_set",
        params: "`mode`: `on`, `off`, or `every` with `interval_ms`, 1 to 3,600,000",
        answer: "as `keyway_sealing_show`",
        errors: "`INVALID_PARAMETER`: no interval, one too long, or one without `every`",
        tests: &[
            "sealing::transactions_wait_until_a_block_is_mined",
            "sealing::blocks_come_at_an_interval_until_sealing_is_on_again",
            "sealing::modes_that_cannot_be_are_refused",
        ],
    },
    Own {
        method: "keyway_impersonate",
        params: "`signer_id`, `receiver_id`, and `actions` as nodes show them (of a contract the code) or `actions_base64`, a list of actions in borsh",
        answer: "as `tx`",
        errors: "`INVALID_TRANSACTION`: a rule that is not about keys is broken; `INVALID_PARAMETER`: no actions",
        tests: &["control::any_account_acts_without_its_key"],
    },
    Own {
        method: "keyway_set_balance",
        params: "`account_id`; `amount`, the new unstaked balance in yoctoNEAR, at most 2^120",
        answer: "head",
        errors: "`INVALID_PATCH`: no such account, or too much",
        tests: &["control::rows_are_written_and_deleted_and_balances_set"],
    },
    Own {
        method: "keyway_patch",
        params: "`set`: records as of `sandbox_patch_state` (none); `delete`: a list (empty) of `{\"account\": {account_id}}`, `{\"access_key\": {account_id, public_key}}`, `{\"data\": {account_id, key_base64}}` and `{\"contract\": {account_id}}`. An account's storage usage and code hash follow, unless `set` has its record",
        answer: "head",
        errors: "`INVALID_PATCH`: nothing to delete there, a stake, more than 1,000,000 rows, or parts that contradict each other or the state",
        tests: &[
            "control::rows_are_written_and_deleted_and_balances_set",
            "control::edits_that_cannot_be_are_refused_and_change_nothing",
        ],
    },
    Own {
        method: "keyway_fork_gas",
        params: "`tx_hash`",
        answer: "`gas_burnt`, `gas_burnt_at_most` and `unknown_trie_nodes`, of the transaction and \
            of each of its `outcomes` (with `id`, `executor_id`)",
        errors: "`UNKNOWN_TRANSACTION`",
        tests: &["fork::the_gas_of_a_transaction_is_told_with_its_band"],
    },
    Own {
        method: "keyway_fork_rows",
        params: "`after`: the `next` of the part before (none: the first part)",
        answer: "`records_base64`: records of a fork file ([format.md](format.md)), about 1 MiB; `next`: what to go on with, or null",
        errors: "`NO_FORK`: the chain is no fork",
        tests: &["network::what_a_fork_read_is_told_and_given_away"],
    },
    Own {
        method: "keyway_fork_status",
        params: "none",
        answer: "`chain_id`, `block_height`, `block_hash`, `protocol_version`, `gas`, `missing` (`error` or `absent`) and how many accounts are `assumed_absent`; `rows` known and their `row_bytes`; since the start `requests`, `limited`, `failed`, `bytes`, `hits`, `shared`, `misses`; `endpoints` with `requests`, `pace` and `trouble`; `file`, `cache`, `cache_trouble`",
        errors: "`NO_FORK`: the chain is no fork",
        tests: &["network::what_a_fork_read_is_told_and_given_away"],
    },
    Own {
        method: "keyway_reset",
        params: "none",
        answer: "head, with `left_height`, the height before, and `deleted_snapshots`, their names",
        errors: "",
        tests: &["snapshots::a_reset_names_what_it_drops"],
    },
    Own {
        method: "keyway_snapshot_delete",
        params: "`name`",
        answer: "the snapshot, as in the list",
        errors: "`UNKNOWN_SNAPSHOT`",
        tests: &["snapshots::a_deleted_snapshot_is_unknown"],
    },
    Own {
        method: "keyway_snapshot_list",
        params: "none",
        answer: "`snapshots`, in the order in which they were saved: `name`, `note`, `parent` (null for the first block), `height`, `hash` and `time` of the newest block, `saved` (when), `current` (whether the chain comes from it)",
        errors: "",
        tests: &["snapshots::snapshots_are_saved_listed_and_gone_back_to"],
    },
    Own {
        method: "keyway_snapshot_revert",
        params: "`name`",
        answer: "head, with `left_height`, the height before",
        errors: "`UNKNOWN_SNAPSHOT`",
        tests: &[
            "snapshots::snapshots_are_saved_listed_and_gone_back_to",
            "snapshots::who_waits_for_a_transaction_that_was_abandoned_is_told_so",
        ],
    },
    Own {
        method: "keyway_snapshot_save",
        params: "`name`: 1 to 64 visible ASCII characters and spaces between them; `note`: at most 1,024 bytes (empty)",
        answer: "the snapshot, as in the list",
        errors: "`INVALID_SNAPSHOT`: the name is taken, name or note are not as above, or there are 10,000 snapshots",
        tests: &["snapshots::snapshots_are_saved_listed_and_gone_back_to"],
    },
];
