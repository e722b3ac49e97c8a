//! What docs/rpc.md says of the methods that trace.

use super::own::Own;

pub(super) const TRACES: &[Own] = &[
    Own {
        method: "keyway_keys_history",
        params: "`account_id`, `public_key` (all keys), `from_height` (the oldest block that is kept)",
        answer: "`account_id`, `from_height`, `to_height`, `events`, `next_height`",
        errors: "",
        tests: &["traces::the_history_of_keys_is_told_from_the_first_block"],
    },
    Own {
        method: "keyway_trace_call",
        params: "one of `view`, `actions`, `signed`",
        answer: "a trace, or that of a view; nothing is kept",
        errors: "`REFUSED_TRANSACTION`, `UNKNOWN_ACCOUNT`, `UNKNOWN_BLOCK`, `INVALID_PARAMETER`: an action; `TRACE_TOO_LARGE`",
        tests: &["traces::a_call_that_was_not_sent_is_traced_and_not_kept"],
    },
    Own {
        method: "keyway_trace_transaction",
        params: "`tx_hash`",
        answer: "a trace",
        errors: "`UNKNOWN_TRANSACTION`, `REFUSED_TRANSACTION`, `PRUNED_STATE`: the block before its own is gone; `TRACE_TOO_LARGE`",
        tests: &[
            "traces::a_transaction_is_traced_by_its_hash",
            "traces::what_cannot_be_traced_has_a_cause",
        ],
    },
    Own {
        method: "keyway_what_if",
        params: "`tx_hash`, `changes`: at most 100",
        answer: "`before`, `after`, `differences`",
        errors: "as `keyway_trace_transaction`; `INVALID_PARAMETER`: a change that is not possible",
        tests: &["traces::a_past_transaction_is_tried_with_something_changed"],
    },
];
