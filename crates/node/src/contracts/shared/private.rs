//! Whether a directory is nobody else's.

use crate::files::private_dir;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Makes a directory that nobody but this user and root can write to, also not by renaming one above it. Returns its
/// path without links, which others could change.
///
/// # Errors
/// When it cannot be made, or somebody else can write there. Nothing is made then: as root with the `HOME` of a user
/// this would be in the user's way.
pub(super) fn make(dir: &Path) -> io::Result<PathBuf> {
    // Without unsafe code only a new file tells who this process acts as.
    let user = tempfile::tempfile()?.metadata()?.uid();
    let existing = dir.ancestors().find(|path| path.exists()).unwrap_or(dir);
    private_from(&existing.canonicalize()?, user)?;
    // Those above it too, whatever the umask.
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    private_dir(dir)?;
    let dir = dir.canonicalize()?;
    let made = fs::metadata(&dir)?;
    if made.uid() != user || made.mode() & ANYTHING_OF_OTHERS != 0 {
        return Err(others(&dir));
    }
    private_from(&dir, user)?;
    Ok(dir)
}

/// # Errors
/// When somebody else can write to this directory or to one above it.
fn private_from(dir: &Path, user: u32) -> io::Result<()> {
    for dir in dir.ancestors() {
        let (owner, mode) = fs::metadata(dir).map(|dir| (dir.uid(), dir.mode()))?;
        // In /tmp and the like everybody can write, but only to what is theirs.
        let is_shared = mode & WRITES_OF_OTHERS != 0 && mode & STICKY == 0;
        if is_shared || ![user, ROOT].contains(&owner) {
            return Err(others(dir));
        }
    }
    Ok(())
}

fn others(dir: &Path) -> io::Error {
    let problem = format!("{} can be written to by other users", dir.display());
    io::Error::new(io::ErrorKind::PermissionDenied, problem)
}

const ROOT: u32 = 0;
const ANYTHING_OF_OTHERS: u32 = 0o077;
const WRITES_OF_OTHERS: u32 = 0o022;
const STICKY: u32 = 0o1000;

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn nothing_is_made_where_others_can_write() {
        let parent = tempfile::tempdir().unwrap();
        let (shared, above) = (parent.path().join("shared"), parent.path().join("shared/own"));
        fs::create_dir_all(&above).unwrap();
        mode(&above, 0o755);
        for writable in [0o775, 0o757] {
            mode(&shared, writable);
            let dir = above.join("keyway/contracts");
            let error = make(&dir).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
            assert!(error.to_string().contains("shared can be written to"), "{error}");
            assert!(!above.join("keyway").exists());
        }
        mode(&shared, 0o1777);
        make(&above.join("keyway/contracts")).unwrap();
        for made in ["keyway", "keyway/contracts"] {
            assert_eq!(fs::metadata(above.join(made)).unwrap().mode() & 0o777, 0o700, "{made}");
        }
    }

    #[test]
    fn what_a_link_leads_to_counts() {
        let (parent, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (link, target) = (parent.path().join("link"), elsewhere.path().canonicalize().unwrap());
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert_eq!(make(&link.join("contracts")).unwrap(), target.join("contracts"));
        mode(&target, 0o777);
        let error = make(&link.join("contracts")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    }

    #[test]
    fn an_existing_directory_is_closed_to_others() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("contracts");
        fs::create_dir(&dir).unwrap();
        mode(&dir, 0o777);
        let error = make(&dir).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        mode(&dir, 0o755);
        make(&dir).unwrap();
        assert_eq!(fs::metadata(&dir).unwrap().mode() & 0o777, 0o700);
    }
}
