//! Pages that cannot be shown: what happened, and what to do.

use axum::http::StatusCode;
use keyway::Error;
use keyway::error::QueryError;
use keyway::rotation::RotationError;

/// Why a page cannot be shown.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    /// What happened, in a few words.
    pub(crate) title: String,
    /// What happened, as a sentence; it may quote foreign text.
    pub(crate) text: String,
    /// What to do next.
    pub(crate) help: String,
}

impl Failure {
    fn new(status: StatusCode, title: &str, text: impl Into<String>, help: &str) -> Self {
        let (title, help) = (title.to_owned(), help.to_owned());
        Self { status, title, text: text.into(), help }
    }

    /// Something that does not exist.
    pub(crate) fn not_found(title: &str, text: impl Into<String>, help: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, title, text, help)
    }

    /// Something in the request that is not what it should be.
    pub(crate) fn bad_request(text: impl Into<String>, help: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "This request is not understood", text, help)
    }

    /// Something that this browser may not do.
    pub(crate) fn forbidden(text: impl Into<String>, help: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "This is not allowed", text, help)
    }

    /// What was asked for was not done.
    pub(crate) fn of_act(error: Error) -> Self {
        match &error {
            Error::Refused(_) | Error::Pool(_) | Error::Key(_) => Self::refused(error.to_string()),
            _ => error.into(),
        }
    }

    /// A transaction that is in no block.
    pub(crate) fn refused(text: String) -> Self {
        let help = "It is in no block and cost nothing. “Explain” says what each rule says of it, key by key.";
        Self::new(StatusCode::CONFLICT, "This was refused", text, help)
    }

    /// A rotation that cannot be done.
    pub(crate) fn of_rotation(error: RotationError) -> Self {
        let help = "Nothing was changed. See the account’s keys.";
        Self::new(StatusCode::CONFLICT, "This key cannot be rotated here", error.to_string(), help)
    }

    /// The page took too long.
    pub(crate) fn too_slow() -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            "This page took too long",
            "the node did not answer in time",
            "Try again in a moment. If the node is far away or busy, pages with less on them are quicker.",
        )
    }

    /// Too many pages are being made.
    pub(crate) fn busy() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "The console is busy",
            "too many pages are being made at the same time",
            "Try again in a moment.",
        )
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match &error {
            Error::Argument(_) => Self::bad_request(
                text,
                "Check what you typed: names of accounts are lower case, hashes have 43 or 44 characters.",
            ),
            Error::Query(query) => of_query(query, text),
            Error::Transport(_) => Self::new(
                StatusCode::BAD_GATEWAY,
                "The node does not answer",
                text,
                "Check that the node runs and that its address is right; then load this page again.",
            ),
            _ => Self::new(StatusCode::BAD_GATEWAY, "The node gave no answer to this", text, AGAIN),
        }
    }
}

fn of_query(error: &QueryError, text: String) -> Failure {
    match error {
        QueryError::UnknownAccount { .. } => Failure::not_found(
            "There is no such account",
            text,
            "Check the spelling and the network: an account of testnet is unknown on mainnet. On a fork, names exist as of the block that the fork began with.",
        ),
        QueryError::UnknownAccessKey { .. } | QueryError::UnknownGasKey { .. } => {
            Failure::not_found(
                "The account has no such key",
                text,
                "It may have been deleted, or belong to another account: the account's timeline shows keys that are gone.",
            )
        }
        QueryError::UnknownBlock { .. } | QueryError::ForgottenBlock { .. } => Failure::not_found(
            "There is no such block here",
            text,
            "Heights are skipped on networks and by fast-forwards, and nodes forget old blocks. Try a neighbouring height.",
        ),
        QueryError::UnknownTransaction { .. } => Failure::not_found(
            "There is no such transaction here",
            text,
            "Check the hash. A transaction that was refused is in no block, and nodes forget old ones.",
        ),
        QueryError::UnknownRpcMethod { method } if method.starts_with("keyway_") => Failure::new(
            StatusCode::NOT_IMPLEMENTED,
            "This node cannot tell",
            text,
            "Only keyway's own nodes can run transactions again and know the history of keys.",
        ),
        QueryError::Malformed(_) => Failure::bad_request(text, "Check what you typed."),
        QueryError::Other { name, .. } => of_other(name, text),
        _ => Failure::new(StatusCode::BAD_GATEWAY, "The node gave no answer to this", text, AGAIN),
    }
}

/// Errors of keyway's own methods, and of nodes.
fn of_other(name: &str, text: String) -> Failure {
    match name {
        "UNKNOWN_TRANSACTION" => Failure::not_found(
            "There is no such transaction here",
            text,
            "Check the hash. A transaction that was refused is in no block, and nodes forget old ones.",
        ),
        "UNKNOWN_BLOCK" | "UNKNOWN_CHUNK" | "PRUNED_STATE" => Failure::not_found(
            "The node does not have this block any more",
            text,
            "A node that runs with --keep-blocks forgets old blocks.",
        ),
        "UNKNOWN_ACCOUNT" | "UNKNOWN_RECEIPT" => {
            Failure::not_found("It does not exist here", text, "Check what you typed.")
        }
        "TRACE_TOO_LARGE" => Failure::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "This transaction is too large to run again",
            text,
            "Its outcome is still known: `keyway tx show HASH SIGNER`.",
        ),
        _ => Failure::new(StatusCode::BAD_GATEWAY, "The node gave no answer to this", text, AGAIN),
    }
}

/// Whether a node does not know the method, as all nodes but keyway's do not know `keyway_…`.
pub(crate) fn is_unknown_method(error: &Error) -> bool {
    matches!(error, Error::Query(QueryError::UnknownRpcMethod { .. }))
}

const AGAIN: &str = "Load this page again. If it stays, ask the node directly to see its answer.";
