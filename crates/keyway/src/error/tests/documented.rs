//! Writes docs/errors.md, and formats every kind of error on the way.

mod ours;
mod protocol;
mod sandbox;

use crate::error::Error;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// An error of a kind, and the protocol's name for it, if the chain reports it.
struct Sample {
    error: Error,
    protocol: Option<String>,
}

fn samples() -> Vec<Sample> {
    let ours = ours::errors()
        .into_iter()
        .chain(sandbox::errors())
        .map(|error| Sample { error, protocol: None });
    ours.chain(protocol::refusals()).chain(protocol::failures()).collect()
}

#[test]
fn every_kind_in_the_code_has_a_sample() {
    let sampled: BTreeSet<_> = samples().iter().map(|sample| sample.error.kind()).collect();
    let mut written = BTreeSet::new();
    for path in sources(&here("src/error")) {
        let text = std::fs::read_to_string(path).unwrap();
        written.extend(text.split('"').filter(|word| is_kind(word)).map(str::to_owned));
    }
    let written: BTreeSet<&str> = written.iter().map(String::as_str).collect();
    assert_eq!(written.difference(&sampled).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert_eq!(sampled.difference(&written).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn every_message_is_a_short_plain_sentence() {
    for Sample { error, .. } in samples() {
        let text = error.to_string();
        let first = text.chars().next().unwrap();
        assert!(!first.is_uppercase(), "{text}");
        assert!(!text.ends_with('.') && !text.contains('\n'), "{text}");
        assert!(!text.contains("{ ") && !text.contains("Some("), "Debug in Display: {text}");
        assert!(text.len() < 400, "{text}");
    }
}

#[test]
fn sources_add_something_and_end() {
    for Sample { error, .. } in samples() {
        let mut source = error.source();
        for _ in 0..8 {
            let Some(inner) = source else { break };
            assert!(!inner.to_string().is_empty());
            source = inner.source();
        }
        assert!(source.is_none(), "{error}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how a person asks for the page to be written")]
fn the_page_is_what_the_code_says() {
    let (path, page) = (here("../../docs/errors.md"), page());
    if std::env::var_os("KEYWAY_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/errors.md is out of date: KEYWAY_BLESS=1 cargo test -p keyway --lib documented"
    );
}

/// The section about one kind.
struct Row {
    says: String,
    near_api_ts: BTreeSet<&'static str>,
    protocol: BTreeSet<String>,
}

fn page() -> String {
    let mut rows = BTreeMap::<&str, Row>::new();
    for Sample { error, protocol } in samples() {
        let row = rows.entry(error.kind()).or_insert_with(|| Row {
            says: error.to_string(),
            near_api_ts: BTreeSet::new(),
            protocol: BTreeSet::new(),
        });
        row.near_api_ts.extend(error.near_api_ts_kind());
        row.protocol.extend(protocol);
    }
    let mut page = HEAD.to_owned();
    for (part, about) in PARTS {
        write!(page, "\n## {part}\n\n{about}\n\n{COLUMNS}").unwrap();
        for (kind, row) in &rows {
            if kind.split('.').next() == Some(part) {
                page.push_str(&line(kind, row));
            }
        }
    }
    page
}

fn line(kind: &str, row: &Row) -> String {
    let code = |name: &dyn std::fmt::Display| format!("`{name}`");
    let theirs: Vec<_> = row.near_api_ts.iter().map(|name| code(name)).collect();
    let protocol: Vec<_> = row.protocol.iter().map(|name| code(name)).collect();
    let says = row.says.replace('|', "\\|").replace('<', "&lt;");
    format!("| `{kind}` | {says} | {} | {} |\n", theirs.join(", "), protocol.join(", "))
}

/// A dotted name that begins like this library's.
fn is_kind(word: &str) -> bool {
    let mut parts = word.split('.');
    let known = parts.next().is_some_and(|first| PARTS.iter().any(|(part, _)| *part == first));
    let mut rest = parts.peekable();
    known && rest.peek().is_some() && rest.all(|part| part.chars().all(char::is_alphanumeric))
}

/// The files that contain kinds.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.is_file()).collect();
    files.push(folder.with_extension("rs"));
    files
}

fn here(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

const PARTS: &[(&str, &str)] = &[
    ("Argument", "`Error::Argument`: found where it is written. Nothing was sent."),
    ("Endpoint", "`Error::Endpoint`: the address of a node. Nothing was sent."),
    ("Pool", "`Error::Pool`: no key of the signer's may do it. Nothing was sent."),
    ("Key", "`Error::Key`: the place where the keys rest did not sign. Nothing was sent."),
    ("Refused", "`Error::Refused`: the chain did not take the transaction. It never runs."),
    ("Failed", "`Error::Failed`: the transaction ran and failed. Deposits came back, gas did not."),
    ("Query", "`Error::Query`: a node understood the question and has no good answer."),
    ("Transport", "`Error::Transport`: no node answered."),
    ("Fate", "`Error::Fate`: a transaction was sent, and nobody knows what became of it."),
    ("Sandbox", "`Error::Sandbox`: what only a sandbox can do, and did not."),
];

const COLUMNS: &str = "| kind | says, for example | near-api-ts 0.11 | nearcore |\n\
    | --- | --- | --- | --- |\n";

const HEAD: &str = "# Errors\n\n\
    <!-- Written by `KEYWAY_BLESS=1 cargo test -p keyway --lib documented` from \
    crates/keyway/src/error. -->\n\n\
    Every error has a kind (`Error::kind()`): a name that stays, to match on and to log. Each kind \
    is a variant of a type, with the figures of its message as fields.\n\n\
    near-api-ts puts the method before its names: where this table has \
    `Signer.AccessKey.NotFound`, it says `Client.SendSignedTransaction.Rpc.Signer.AccessKey.NotFound` \
    or `MemorySigner.ExecuteTransaction.Rpc.…`. `Error::near_api_ts_kind()` gives the name as it is \
    here. An empty cell: it has no name for this. Names of nearcore are those of its JSON.\n";
