//! What docs/rpc.md says of each method. The tests below write that page from the table and see
//! that neither a method nor a test is missing.

mod own;
mod traces;

/// Methods that are one in all but name, and what is to be said of them.
struct Row {
    methods: &'static [&'static str],
    served: Served,
    /// How an answer differs from nearcore's, and why; or why there is none.
    note: &'static str,
    /// The tests that cover it, as `file::function` below `tests/`.
    tests: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Served {
    AsNearcore,
    Differs,
    No,
}
use Served::{AsNearcore, Differs, No};

const fn row(
    methods: &'static [&'static str],
    served: Served,
    note: &'static str,
    tests: &'static [&'static str],
) -> Row {
    Row { methods, served, note, tests }
}

const ROWS: &[Row] = &[
    row(
        &["block"],
        Differs,
        "`approvals` is empty: a header here is signed when somebody looks, and approvals would be part of its hash. `near-final` and `final` give the genesis while nothing else is final, where nearcore has no answer for a moment.",
        &[
            "samples::answers_of_methods_without_history_have_nearcores_shape",
            "history::headers_carry_their_producers_signature_and_no_approvals",
            "bad_input::blocks_and_chunks",
            "bad_input::an_unknown_height_below_the_head_is_told_apart",
        ],
    ),
    row(
        &["block_effects", "EXPERIMENTAL_changes_in_block"],
        AsNearcore,
        "",
        &["changes::block_effects_name_each_thing_that_was_touched"],
    ),
    row(
        &["broadcast_tx_async"],
        AsNearcore,
        "",
        &["waiting::a_refusal_is_told_by_the_status_call_not_by_sending_without_waiting"],
    ),
    row(
        &["broadcast_tx_commit"],
        AsNearcore,
        "",
        &["samples::answers_about_transactions_have_nearcores_shape"],
    ),
    row(
        &["changes", "EXPERIMENTAL_changes"],
        Differs,
        "An account or key that is named twice is answered once.",
        &[
            "changes::a_deleted_account_takes_all_that_it_had_with_it",
            "changes::keys_that_come_and_go_are_seen_one_by_one_and_all_together",
            "history::patched_data_and_code_show_as_changes",
        ],
    ),
    row(
        &["chunk"],
        Differs,
        "`encoded_merkle_root` is of a chunk in one part: there is nobody to send parts to.",
        &[
            "samples::answers_of_methods_without_history_have_nearcores_shape",
            "history::a_transfer_shows_in_chunks_changes_and_receipts",
        ],
    ),
    row(
        &["client_config"],
        Differs,
        "Only the settings that mean something here.",
        &["history::small_methods_answer"],
    ),
    row(
        &["EXPERIMENTAL_call_function"],
        AsNearcore,
        "",
        &[
            "contracts::a_failed_view_says_what_an_outcome_would_say",
            "history::a_contract_can_be_seen_and_called",
        ],
    ),
    row(
        &["EXPERIMENTAL_congestion_level"],
        Differs,
        "Always 0: nobody else fills the only shard.",
        &["history::small_methods_answer"],
    ),
    row(
        &["EXPERIMENTAL_light_client_block_proof"],
        AsNearcore,
        "",
        &[
            "light_client::every_block_is_proved_from_a_later_one",
            "light_client::what_cannot_be_proved_is_an_error_in_nearcores_words",
        ],
    ),
    row(
        &["EXPERIMENTAL_protocol_config"],
        Differs,
        "`runtime_config` has the members of the newest near-parameters, some of them newer than the protocol version, and those that it dropped and older typed clients ask for: `deterministic_account_ids`, `eth_implicit_global_contract`, `saturating_float_to_int`.",
        &[
            "samples::answers_of_methods_without_history_have_nearcores_shape",
            "samples::typed_clients_of_earlier_nodes_find_the_members_that_newer_ones_dropped",
        ],
    ),
    row(
        &["EXPERIMENTAL_receipt"],
        AsNearcore,
        "",
        &["samples::answers_about_transactions_have_nearcores_shape"],
    ),
    row(
        &["EXPERIMENTAL_receipt_to_tx"],
        Differs,
        "Every receipt is found by its id; the hints `block_height`, `shard_id` and `window` are read and not needed.",
        &["history::a_transfer_shows_in_chunks_changes_and_receipts"],
    ),
    row(
        &["EXPERIMENTAL_split_storage_info"],
        Differs,
        "There is no cold storage: `cold_head_height` and `hot_db_kind` are null.",
        &["history::small_methods_answer"],
    ),
    row(
        &["EXPERIMENTAL_validators_ordered"],
        AsNearcore,
        "",
        &["history::a_jump_moves_the_head_and_ends_epochs"],
    ),
    row(
        &["EXPERIMENTAL_view_access_key", "EXPERIMENTAL_view_account", "EXPERIMENTAL_view_code"],
        AsNearcore,
        "",
        &["bad_input::queries", "samples::answers_of_methods_without_history_have_nearcores_shape"],
    ),
    row(
        &["EXPERIMENTAL_view_access_key_list"],
        Differs,
        "As `query` with `view_access_key_list`; nearcore calls a list that is too long an internal error here.",
        &[
            "keys::from_protocol_87_on_lists_without_pages_have_at_most_a_hundred_keys",
            "keys::pages_hold_what_is_asked_for_and_at_most_a_hundred_keys",
        ],
    ),
    row(
        &["EXPERIMENTAL_view_gas_key_nonces"],
        AsNearcore,
        "",
        &["samples::answers_about_gas_keys_have_nearcores_shape"],
    ),
    row(
        &["EXPERIMENTAL_view_state"],
        AsNearcore,
        "",
        &["history::contract_data_is_listed_whole_or_in_pages", "bad_input::queries"],
    ),
    row(
        &["gas_price"],
        AsNearcore,
        "",
        &["samples::answers_of_methods_without_history_have_nearcores_shape"],
    ),
    row(
        &["genesis_config", "EXPERIMENTAL_genesis_config"],
        AsNearcore,
        "",
        &["samples::answers_of_methods_without_history_have_nearcores_shape"],
    ),
    row(
        &["health"],
        Differs,
        "Healthy while inputs are taken and the chain can be read; else `INTERNAL_ERROR` of cause `UNHEALTHY` with the reason, and 503 on the page `/health`. A chain that seals its own blocks is never behind.",
        &[
            "envelope::methods_without_parameters_take_any_empty_ones",
            "journal::the_health_page_says_why_nothing_more_is_taken",
        ],
    ),
    row(
        &["light_client_proof", "EXPERIMENTAL_light_client_proof"],
        AsNearcore,
        "",
        &[
            "light_client::a_transactions_and_its_receipts_outcomes_are_proved_down_from_the_head",
            "light_client::what_cannot_be_proved_is_an_error_in_nearcores_words",
        ],
    ),
    row(
        &["maintenance_windows", "EXPERIMENTAL_maintenance_windows"],
        AsNearcore,
        "",
        &[
            "validators::only_the_producer_has_no_maintenance_window",
            "history::a_jump_moves_the_head_and_ends_epochs",
        ],
    ),
    row(
        &["network_info"],
        Differs,
        "There are no peers.",
        &["envelope::methods_without_parameters_take_any_empty_ones"],
    ),
    row(
        &["next_light_client_block"],
        Differs,
        "Approvals are made when they are asked for, by the one producer. `{}`, where nearcore answers `UNKNOWN_BLOCK`, before the first block is final.",
        &["light_client::a_client_follows_the_chain_through_epochs"],
    ),
    row(
        &["query"],
        Differs,
        "Lists of access keys are as the protocol version's node has them: up to 86 one without paging parameters has all keys; from 87 on one of more than 100 is `TOO_MANY_ACCESS_KEYS`. `view_access_keys_limit` of config.json sets another limit, for pages too.",
        &[
            "samples::what_needs_no_chain_is_answered_to_the_letter",
            "samples::answers_of_methods_without_history_have_nearcores_shape",
            "keys::all_keys_are_listed_when_no_page_is_asked_for",
            "keys::from_protocol_87_on_lists_without_pages_have_at_most_a_hundred_keys",
            "keys::the_settings_decide_how_many_keys_are_listed",
            "history::contract_data_is_listed_whole_or_in_pages",
            "history::too_much_data_is_shown_in_pages_only",
            "contracts::the_code_of_an_account_is_that_of_its_global_contract",
            "bad_input::queries",
        ],
    ),
    row(
        &["sandbox_fast_forward"],
        Differs,
        "Returns when the head is there; the block is final two blocks later, as on nearcore, and at once where no blocks follow by themselves (`--no-ticks`). Other inputs may come in between. What is too far or too short is a `HANDLER_ERROR` of cause `INVALID_FAST_FORWARD`.",
        &["history::a_jump_moves_the_head_and_ends_epochs", "bad_input::the_sandbox"],
    ),
    row(
        &["sandbox_patch_state"],
        Differs,
        "Writes in a block of its own. Records that contradict the state or each other are a `HANDLER_ERROR` of cause `INVALID_PATCH`; nearcore writes most of them.",
        &[
            "changes::a_deleted_account_takes_all_that_it_had_with_it",
            "bad_input::the_sandbox",
            "browsers::a_page_from_somewhere_reads_and_sends_but_does_not_rewrite_the_chain",
        ],
    ),
    row(
        &["send_tx"],
        AsNearcore,
        "",
        &[
            "samples::answers_about_transactions_have_nearcores_shape",
            "waiting::every_level_of_waiting_is_answered_at_once",
            "waiting::sending_again_answers_what_became_of_it",
            "bad_input::transactions",
        ],
    ),
    row(
        &["status"],
        AsNearcore,
        "",
        &["samples::answers_of_methods_without_history_have_nearcores_shape"],
    ),
    row(
        &["tx", "tx_status", "EXPERIMENTAL_tx_status"],
        AsNearcore,
        "",
        &[
            "waiting::a_young_transaction_is_as_far_as_was_asked_and_never_goes_back",
            "waiting::a_transaction_that_could_be_final_elsewhere_is_final",
            "waiting::from_protocol_87_on_a_timeout_says_what_was_seen",
            "samples::answers_about_transactions_have_nearcores_shape",
            "waiting::a_status_call_that_overtakes_the_transaction_waits_for_it",
            "waiting::nobody_waits_for_ever",
        ],
    ),
    row(
        &["validators"],
        AsNearcore,
        "",
        &[
            "samples::answers_of_methods_without_history_have_nearcores_shape",
            "validators::a_stake_is_proposed_then_next_then_current",
            "validators::only_the_running_epoch_is_told_shard_by_shard",
        ],
    ),
    row(
        &["EXPERIMENTAL_indexer_block"],
        No,
        "nearcore serves it where `rpc.enable_indexer_rpc` is set, which it is not by default.",
        &["envelope::an_unknown_method_is_named"],
    ),
    row(
        &[
            "EXPERIMENTAL_light_client_chunk_execution_proof",
            "EXPERIMENTAL_light_client_execution_outcome_proof",
            "EXPERIMENTAL_light_client_state_proof",
        ],
        No,
        "They prove what SPICE blocks hold, and no protocol version up to 88 has such blocks.",
        &["envelope::an_unknown_method_is_named"],
    ),
    row(
        &[
            "adv_check_store",
            "adv_disable_doomslug",
            "adv_disable_header_sync",
            "adv_get_saved_blocks",
            "adv_produce_blocks",
            "adv_produce_chunks",
            "adv_set_weight",
            "adv_switch_to_height",
        ],
        No,
        "They make a validator misbehave in a network; nearcore has them in test builds only.",
        &["envelope::an_unknown_method_is_named"],
    ),
];

mod page {
    use super::own::{OWN, Own};
    use super::traces::TRACES;
    use super::{AsNearcore, Differs, No, ROWS, Row, Served};
    use crate::gate::{HEAVY_PER_CORE, HUGE_BODY, LARGE_BODIES, SMALL_BODY};
    use crate::methods::METHODS;
    use crate::server::{FREE, ServerOptions};
    use crate::settings::Settings;
    use keyway_node::{MAX_WAITING, MAX_WAITING_BYTES};
    use std::collections::BTreeSet;
    use std::path::PathBuf;
    use std::time::Duration;

    #[test]
    fn every_method_is_documented_once() {
        let mut documented = BTreeSet::new();
        for row in ROWS {
            for method in row.methods {
                assert!(documented.insert(*method), "{method} has two rows");
                assert_eq!(
                    crate::methods::position(method).is_some(),
                    row.served != No,
                    "{method}"
                );
            }
            assert_eq!(row.note.is_empty(), row.served == AsNearcore, "{:?}", row.methods);
        }
        for own in OWN.iter().chain(TRACES) {
            assert!(documented.insert(own.method), "{} has two rows", own.method);
            assert!(crate::methods::position(own.method).is_some(), "{}", own.method);
        }
        for (method, _) in METHODS {
            assert!(documented.contains(method), "{method} has no row");
        }
    }

    #[test]
    fn every_row_names_tests_that_exist() {
        let of_rows = ROWS.iter().map(|row| (row.methods, row.tests));
        let of_own =
            OWN.iter().chain(TRACES).map(|own| (std::slice::from_ref(&own.method), own.tests));
        for (methods, tests) in of_rows.chain(of_own) {
            assert!(!tests.is_empty(), "{methods:?}");
            for test in tests {
                let (file, function) = test.split_once("::").unwrap();
                let path = here(&format!("tests/{file}.rs"));
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                assert!(text.contains(&format!("fn {function}(")), "{test} is nowhere");
            }
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "how a person asks for the page to be written")]
    fn the_page_is_what_the_table_says() {
        let (path, page) = (here("../../docs/rpc.md"), page());
        if std::env::var_os("KEYWAY_BLESS").is_some() {
            std::fs::write(&path, &page).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == page,
            "docs/rpc.md is out of date: KEYWAY_BLESS=1 cargo test -p keyway-rpc documented"
        );
    }

    fn page() -> String {
        let mut page = head();
        for row in ROWS {
            page.push_str(&line(row));
        }
        page.push_str(OWN_HEAD);
        for own in OWN {
            page.push_str(&own_line(own));
        }
        page.push_str(TRACES_HEAD);
        for own in TRACES {
            page.push_str(&own_line(own));
        }
        page
    }

    fn own_line(Own { method, params, answer, errors, tests }: &Own) -> String {
        let tests = code(tests);
        format!("| `{method}` | {params} | {answer} | {errors} | {tests} |\n")
    }

    fn code(names: &[&str]) -> String {
        let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        quoted.join(", ")
    }

    fn line(row: &Row) -> String {
        let (methods, tests) = (code(row.methods), code(row.tests));
        format!("| {methods} | {} | {} | {tests} |\n", word(row.served), row.note)
    }

    fn word(served: Served) -> &'static str {
        match served {
            AsNearcore => "as nearcore",
            Differs => "differs",
            No => "not served",
        }
    }

    fn here(path: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
    }

    /// The limits are the constants that the code goes by.
    fn head() -> String {
        let options = ServerOptions::default();
        let settings = Settings::default();
        let mib = |bytes: usize| format!("{} MiB", bytes / 1024 / 1024);
        let kib = |bytes: usize| format!("{} KiB", bytes / 1024);
        let s = |time: Duration| format!("{} s", time.as_secs());
        let wait = s(settings.wait);
        let busy = format!("`BUSY` after {wait}");
        let limits = [
            ("size of a request's body".to_owned(), format!("{}; of a home, `rpc.limits_config.json_payload_max_size`", mib(options.body_limit)), "413".to_owned()),
            ("time for a body to arrive".to_owned(), s(options.body_within), "408".to_owned()),
            (format!("bodies being received or parsed, without the first {} of each", kib(FREE)), format!("{}, or as much as one body may have", mib(options.bodies)), "503".to_owned()),
            (format!("bodies above {} that are parsed at the same time", kib(SMALL_BODY)), format!("{LARGE_BODIES}; above {} 1", mib(HUGE_BODY)), busy.clone()),
            (format!("answers not yet sent, without those up to {}", kib(FREE)), mib(options.answers), "503".to_owned()),
            ("time for a request's head, between requests, and until the client reads more of an answer".to_owned(), s(options.idle), "the connection is closed".to_owned()),
            ("connections".to_owned(), format!("{}, or as many files as the node may open", thousands(options.connections)), "idle connections are closed first; those with a request in flight stay".to_owned()),
            ("heavy reads at the same time".to_owned(), format!("{HEAVY_PER_CORE} per core"), busy.clone()),
            ("`sandbox_*` and `keyway_*` requests that change the chain, at the same time".to_owned(), "1".to_owned(), busy),
            ("gas of a view call".to_owned(), "`max_gas_burnt` of the protocol version's `limit_config`".to_owned(), "`CONTRACT_EXECUTION_ERROR`".to_owned()),
            ("transactions that wait for the chain".to_owned(), format!("{}, of {} together", thousands(MAX_WAITING), mib(MAX_WAITING_BYTES)), "`BUSY`".to_owned()),
            ("time that a request waits for the chain and its transaction".to_owned(), wait, "`TIMEOUT_ERROR`; `broadcast_tx_async` and `NONE` are answered as if it had been accepted. A transaction that was accepted is still executed.".to_owned()),
        ];
        let mut head = INTRODUCTION.to_owned();
        for (what, limit, then) in limits {
            head.push_str(&format!("| {what} | {limit} | {then} |\n"));
        }
        head + REST
    }

    fn thousands(number: usize) -> String {
        format!("{},{:03}", number / 1_000, number % 1_000)
    }

    const INTRODUCTION: &str = "\
        # JSON-RPC\n\n\
        <!-- Written by `KEYWAY_BLESS=1 cargo test -p keyway-rpc documented` from \
        crates/rpc/src/methods/tests/documented.rs. -->\n\n\
        POST `/` accepts NEAR's JSON-RPC 2.0. GET answers at `/status`, `/health`, \
        `/network_info` and `/metrics`. Batches are refused, as by nearcore. \"As nearcore\" \
        means that answers were compared with exchanges recorded from nearcore (protocol 86), or \
        are built from its wire types and tested. Differences outside single methods are in \
        [differences.md](differences.md).\n\n\
        ## Limits\n\n\
        | what | limit | when exceeded |\n\
        | --- | --- | --- |\n";

    const REST: &str = "\n\
        `BUSY` is the cause of an `INTERNAL_ERROR` with HTTP status 503: nothing was done, and \
        the same request can succeed a moment later. Heavy reads are view calls, code, contract \
        data, lists of access keys, `chunk`, `changes`, `block_effects`, light-client proofs, \
        and reads with a body above 64 KiB. They do not hold up reads of one or two values. \
        While it is parsed, JSON can take ninety times its size in memory. A read is not started \
        if its client has disconnected; once started, it runs to completion.\n\n\
        Transactions that wait at the same time share a block, up to 128 of them. They are \
        executed as nearcore executes the transactions of one block, so their calls interleave. \
        Calls with more than 300 Tgas together do not share a block, so that one answer does not \
        wait for the calls behind it.\n\n\
        ## Errors of the node's own\n\n\
        | cause | of | means |\n\
        | --- | --- | --- |\n\
        | `BUSY` | `INTERNAL_ERROR`, 503 | see above |\n\
        | `READ_ONLY` | `INTERNAL_ERROR`, 500 | writing to disk failed, so the node accepts \
        nothing until it is restarted; the text says what to check |\n\
        | `UNHEALTHY` | `INTERNAL_ERROR`, 500 | from `health`: the node does not write, and why \
        |\n\
        | `INVALID_PATCH`, `INVALID_FAST_FORWARD`, `INVALID_TIME` | `HANDLER_ERROR`, 200 | the \
        arguments of a `sandbox_*` or `keyway_*` method are invalid; retrying does not help |\n\
        | `CHEATS_OFF` | `HANDLER_ERROR`, 200 | a `sandbox_*` or `keyway_*` method of a node \
        that was started with `--no-cheats` |\n\
        | `INVALID_PARAMETER` | `HANDLER_ERROR`, 200 | a parameter of a `keyway_*` method is out \
        of its range; the text has the value and the range |\n\
        | `UNKNOWN_ON_FORK` | `HANDLER_ERROR`, 200 | what a fork cannot know of its network: \
        proofs, light-client blocks, and what the block that it begins with wrote |\n\
        | `INPUT_NOT_RECORDED` | `HANDLER_ERROR`, 200 | the input is too large for the journal |\n\
        | `ORIGIN_NOT_ALLOWED` | `HANDLER_ERROR`, 403 | see below |\n\n\
        ## Levels of waiting\n\n\
        A transaction is final before its request is answered. On a network, finality takes two \
        more blocks. So for the time of two block intervals `final_execution_status` is the \
        level that was requested, or a higher one if that was reported before; after that, and \
        for `tx` with `NONE`, it is `FINAL`. The rest of the answer is final from the start.\n\n\
        ## Browsers\n\n\
        A browser lets any page that somebody visits send requests to this machine.\n\n\
        - `rpc.cors_allowed_origins` in config.json lists the origins whose pages can read \
        answers; `*`, which `init` writes, allows all. Such pages can read and send \
        transactions, as on a public node.\n\
        - `sandbox_*` methods, and those `keyway_*` methods that change the chain, list its snapshots or show its sealing, are for programs, which send no `Origin`, for pages of this \
        machine (`http` or `https`, and `localhost`, `*.localhost`, `127.0.0.0/8` or `[::1]`), \
        and for origins listed in `rpc.cors_allowed_origins`. `*` is not enough: 403 \
        `ORIGIN_NOT_ALLOWED`.\n\
        - `Host` must be an address, a single-word name (`localhost`, a service of a compose \
        file), a name that public DNS cannot have (below `localhost`, `local`, `internal`, \
        `test`, `home.arpa`), or one listed in `rpc.allowed_hosts` of config.json, with or \
        without a port (`*`: any). Otherwise every path is answered with 403. This prevents DNS \
        rebinding, by which a page could reach this machine under its own name.\n\n\
        ## Methods\n\n\
        Tests are named by file and function below `crates/rpc/tests/`.\n\n\
        | method | status | how and why | tests |\n\
        | --- | --- | --- | --- |\n";

    const TRACES_HEAD: &str = "\n\
        ## Traces\n\n\
        Methods of keyway's own that say what transactions did, or would do: see \
        [trace.md](trace.md). They change nothing, so `--no-cheats` leaves them on.\n\n\
        | method | parameters | answer | errors | tests |\n\
        | --- | --- | --- | --- | --- |\n";

    const OWN_HEAD: &str = "\n\
        ## Chain control\n\n\
        Methods of keyway's own, for a chain of one's own: see \
        [chain-control.md](chain-control.md). `keyway run --no-cheats` turns them off. Parameters \
        are one JSON object; an unknown member is a `PARSE_ERROR`. Amounts of tokens and times in \
        nanoseconds are text with a whole number. *head* is the newest block after the change: \
        `{height, hash, time, time_nanosec}`, with `time` in RFC 3339. The change is durable \
        when the answer arrives. Besides the errors in the table, each can answer `BUSY`, \
        `READ_ONLY` and `CHEATS_OFF`, and those that change the chain, list its snapshots or show \
        its sealing `ORIGIN_NOT_ALLOWED`.\n\n\
        | method | parameters | answer | errors | tests |\n\
        | --- | --- | --- | --- | --- |\n";
}
