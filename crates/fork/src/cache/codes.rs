//! Code by its hash, one file each, for the forks of all blocks and networks.

use crate::private;
use near_primitives::hash::{CryptoHash, hash};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The directory of codes.
#[derive(Debug)]
pub(super) struct Codes {
    dir: PathBuf,
}

impl Codes {
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        private::create_dir(dir)?;
        Ok(Self { dir: dir.to_owned() })
    }

    /// The code with this hash. A file with other bytes is as good as none.
    pub(super) fn get(&self, name: &CryptoHash) -> Option<Vec<u8>> {
        let code = fs::read(self.path(name)).ok()?;
        (hash(&code) == *name).then_some(code)
    }

    /// Keeps code, `synced` to the disk or not. Two processes that do it at once write the same bytes.
    pub(super) fn put(&self, name: &CryptoHash, code: &[u8], synced: bool) -> io::Result<()> {
        let part = self.dir.join(format!("{name}.{}.part", std::process::id()));
        let mut file = private::open(&part)?;
        file.set_len(0)?;
        file.write_all(code)?;
        if synced {
            file.sync_all()?;
        }
        drop(file);
        fs::rename(&part, self.path(name))?;
        if synced { private::sync_dir(&self.dir) } else { Ok(()) }
    }

    fn path(&self, name: &CryptoHash) -> PathBuf {
        self.dir.join(format!("{name}.wasm"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_found_by_its_hash_and_only_if_it_is_intact() {
        let dir = tempfile::tempdir().unwrap();
        let codes = Codes::open(&dir.path().join("code")).unwrap();
        let name = hash(b"wasm");
        assert_eq!(codes.get(&name), None);
        codes.put(&name, b"wasm", false).unwrap();
        codes.put(&name, b"wasm", true).unwrap();
        assert_eq!(codes.get(&name).as_deref(), Some(&b"wasm"[..]));
        fs::write(codes.path(&name), "wasn").unwrap();
        assert_eq!(codes.get(&name), None);
    }
}
