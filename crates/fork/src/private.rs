//! Files and directories for their owner alone, and how much of them is kept.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Creates a directory, with those above it.
pub(crate) fn create_dir(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Opens a file to read and write; creates it if it is missing.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Lets the names in a directory survive a power cut.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

/// Removes the files below `dir` that were written longest ago until the others have at most `most`
/// bytes. `but` stays. What cannot be removed stays too.
pub(crate) fn keep_below(dir: &Path, but: &Path, most: u64) {
    let mut files = Vec::new();
    for dir in [dir.to_owned(), dir.join("code")] {
        files.extend(fs::read_dir(dir).into_iter().flatten().flatten().filter_map(|entry| {
            let found = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some(Kept { written: found.modified().ok()?, bytes: found.len(), path: entry.path() })
        }));
    }
    let mut bytes: u64 = files.iter().map(|file| file.bytes).sum();
    files.sort();
    for file in files {
        if bytes <= most {
            return;
        }
        let is_ours = [Some("rows"), Some("wasm"), Some("part")]
            .contains(&file.path.extension().and_then(|extension| extension.to_str()));
        if is_ours && file.path != but && fs::remove_file(&file.path).is_ok() {
            bytes -= file.bytes;
        }
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Kept {
    written: SystemTime,
    bytes: u64,
    path: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_files_are_removed_first() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        for (age, name) in ["ours.rows", "old.rows", "foreign.txt", "new.rows"].iter().enumerate() {
            fs::write(path(name), [0; 100]).unwrap();
            let written = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(age as u64);
            File::options().write(true).open(path(name)).unwrap().set_modified(written).unwrap();
        }
        keep_below(dir.path(), &path("ours.rows"), 300);
        let left = |name: &str| path(name).exists();
        assert!(left("ours.rows") && !left("old.rows") && left("foreign.txt") && left("new.rows"));
        keep_below(dir.path(), &path("ours.rows"), 0);
        assert!(left("ours.rows") && left("foreign.txt") && !left("new.rows"));
    }
}
