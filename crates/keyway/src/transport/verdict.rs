//! Decides which answers are the chain's, and which mean that the node is in trouble.

use super::Trouble;
use super::body::{Body, NodeError, parse_body};

/// The meaning of an HTTP answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The chain's answer, good or bad. A retry would not change it.
    Answer,
    /// The node or a gateway is in trouble. A retry may succeed.
    NodeTrouble(Trouble),
    /// An answer of a node without the data. This endpoint will not have it, another one may.
    AnswerElsewhere,
    /// The endpoint refuses the request. Another one may not.
    Refusal(Trouble),
}

/// Error names of nearcore that are about the node, not about the chain.
const TROUBLES: [&str; 8] = [
    "BUSY",
    "DOES_NOT_TRACK_SHARD",
    "INTERNAL_ERROR",
    "NODE_IS_SYNCING",
    "NOT_SYNCED_YET",
    "NO_NEW_BLOCKS",
    "NO_SYNCED_BLOCKS",
    "UNAVAILABLE_SHARD",
];

/// Error names for data that an archival node still has.
const FORGOTTEN: [&str; 1] = ["GARBAGE_COLLECTED_BLOCK"];

/// Decides by HTTP status and body.
pub(super) fn judge(status: u16, body: &[u8]) -> Verdict {
    match parse_body(body) {
        Ok(Body::Error(error)) => of_error(status, &error),
        Ok(Body::Result) => Verdict::Answer,
        Ok(Body::Neither) | Err(_) => not_json_rpc(status),
    }
}

/// Decides on an answer of a gateway, a load balancer, or something that is not a NEAR node at all.
fn not_json_rpc(status: u16) -> Verdict {
    match status {
        200..=299 => Verdict::Refusal(Trouble::NotJsonRpc),
        408 | 425 | 429 | 500..=599 => Verdict::NodeTrouble(Trouble::Status(status)),
        _ => Verdict::Refusal(Trouble::Status(status)),
    }
}

fn of_error(status: u16, error: &NodeError) -> Verdict {
    let name = error.name();
    let nameless = name.is_empty();
    if error.is_about_too_many_requests() || (nameless && status == 429) {
        return Verdict::NodeTrouble(Trouble::RateLimited { message: error.words() });
    }
    if nameless && matches!(status, 408 | 425 | 500..=599) {
        let name = format!("HTTP status {status}");
        return Verdict::NodeTrouble(Trouble::Node { name, message: error.words() });
    }
    if FORGOTTEN.contains(&name) {
        return Verdict::AnswerElsewhere;
    }
    if !TROUBLES.contains(&name) {
        return Verdict::Answer;
    }
    Verdict::NodeTrouble(Trouble::Node { name: name.to_owned(), message: error.words() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, expected: Verdict) {
        assert_eq!(judge(status, body.as_bytes()), expected, "{status} {body}");
    }

    fn error(name: &str) -> String {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"error":{{"name":"HANDLER_ERROR","code":-32000,
            "message":"Server error","data":"words","cause":{{"name":"{name}","info":{{}}}}}}}}"#
        )
    }

    #[test]
    fn results_are_answers_whatever_the_status() {
        check(200, r#"{"jsonrpc":"2.0","id":1,"result":{"a":1}}"#, Verdict::Answer);
        check(200, r#"{"jsonrpc":"2.0","id":1,"result":null}"#, Verdict::Answer);
        check(503, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, Verdict::Answer);
    }

    #[test]
    fn the_chains_refusals_are_answers() {
        for name in ["UNKNOWN_ACCOUNT", "INVALID_TRANSACTION", "UNKNOWN_TRANSACTION", "MADE_UP"] {
            check(200, &error(name), Verdict::Answer);
        }
        check(408, &error("TIMEOUT_ERROR"), Verdict::Answer);
        check(422, &error("UNKNOWN_BLOCK"), Verdict::Answer);
        check(400, &error("PARSE_ERROR"), Verdict::Answer);
    }

    #[test]
    fn the_nodes_troubles_are_not() {
        for name in TROUBLES {
            let trouble = Trouble::Node { name: name.to_owned(), message: "words".to_owned() };
            check(200, &error(name), Verdict::NodeTrouble(trouble));
        }
        check(200, &error("GARBAGE_COLLECTED_BLOCK"), Verdict::AnswerElsewhere);
    }

    #[test]
    fn an_error_without_a_name_is_judged_by_its_code_and_its_status() {
        let limited = |message: &str| {
            Verdict::NodeTrouble(Trouble::RateLimited { message: message.to_owned() })
        };
        check(200, r#"{"error":{"code":-429,"message":"slow down"}}"#, limited("slow down"));
        check(200, r#"{"code":-429,"message":"slow down"}"#, limited("slow down"));
        check(200, r#"{"error":{"code":-429}}"#, limited(""));
        check(429, r#"{"error":{"code":1,"message":"wait"}}"#, limited("wait"));
        check(200, r#"{"error":{"code":-32000,"message":"no","cause":null}}"#, Verdict::Answer);
        let trouble = Trouble::Node { name: "HTTP status 503".into(), message: "later".into() };
        check(503, r#"{"error":{"code":1,"message":"later"}}"#, Verdict::NodeTrouble(trouble));
        check(500, &error("UNKNOWN_BLOCK"), Verdict::Answer);
    }

    #[test]
    fn gateways_are_told_from_nodes() {
        for status in [408, 429, 500, 502, 503, 504] {
            check(status, "busy", Verdict::NodeTrouble(Trouble::Status(status)));
        }
        for status in [301, 401, 403, 404, 405, 413] {
            check(status, "<html>", Verdict::Refusal(Trouble::Status(status)));
        }
        check(200, "<html>", Verdict::Refusal(Trouble::NotJsonRpc));
        check(200, "{}", Verdict::Refusal(Trouble::NotJsonRpc));
        check(200, "", Verdict::Refusal(Trouble::NotJsonRpc));
    }
}
