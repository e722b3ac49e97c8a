//! What a forked node says of its network.

use keyway_fork::{ForkMissing, ForkStatus};
use std::path::Path;

/// Where the chain began, for the first line.
pub(super) fn origin(status: &ForkStatus, home: Option<&Path>) -> String {
    let place = home.map_or("in memory".to_owned(), |dir| format!("home {}", dir.display()));
    format!(", {place},\nforked from block {}", status.block_hash)
}

/// What a user should know of a fork; `find` tells the tools where the node is.
pub(super) fn text(status: &ForkStatus, has_home: bool, find: &str) -> String {
    let source = match (&status.file, status.endpoints.as_slice()) {
        (Some(file), []) => format!("from {file} alone"),
        (file, endpoints) => {
            let names: Vec<_> = endpoints.iter().map(|one| one.endpoint.as_str()).collect();
            let file = file.as_ref().map(|file| format!("from {file}, then "));
            format!("{}from {}", file.unwrap_or_default(), names.join(", "))
        }
    };
    let cache = match (&status.cache, &status.cache_trouble) {
        (_, Some(why)) => format!("\nNothing is kept on disk: {why}"),
        (Some(path), None) => format!("\nWhat was read is kept in {path}"),
        (None, None) => String::new(),
    };
    let missing = match status.missing {
        ForkMissing::Absent => ABSENT,
        ForkMissing::Error => "",
    };
    let end = match has_home {
        true => "Ctrl-C stops the node; the next run goes on from there.",
        false => "Ctrl-C stops the node and discards its chain.",
    };
    let chain_id = &status.chain_id;
    format!(
        "\n\nAccounts, keys and contracts are read {source}, when they are needed.{cache}{missing}\n\
         Nothing is ever sent to {chain_id}: what happens here stays here.\n\n\
         Try, in another terminal:\n\n\
         {find}  keyway key list ACCOUNT\n\
         \u{20} keyway chain fork status\n\
         \u{20} keyway chain fork freeze {chain_id}.fork\n\n\
         {end}"
    )
}

const ABSENT: &str = "\nWARNING: --fork-missing absent: accounts that cannot be read count as absent, also\n\
     those that exist. Each is named here when that happens.";
