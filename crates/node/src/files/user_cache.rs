//! Where a user's programs keep what they can get again.

use std::path::PathBuf;

/// This user's directory for what can be fetched or made again: `$XDG_CACHE_HOME` or `~/.cache`; on macOS
/// `~/Library/Caches`, on Windows `%LOCALAPPDATA%`. None if the environment names none.
#[must_use]
pub fn user_cache_dir() -> Option<PathBuf> {
    let home = std::env::home_dir;
    if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library").join("Caches"))
    } else {
        variable("XDG_CACHE_HOME").or_else(|| home().map(|home| home.join(".cache")))
    }
    .filter(|path| path.is_absolute())
}

#[expect(clippy::disallowed_methods, reason = "only the environment says where a user's files are")]
fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}
