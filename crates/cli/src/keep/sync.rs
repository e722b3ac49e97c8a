//! The journal's way to the disk's surface.

use std::fs::File;
use std::io;
use std::sync::Arc;

/// Forces a file to the disk.
#[derive(Debug)]
pub(super) struct ToDisk(pub(super) Arc<File>);

impl keyway_rpc::Sync for ToDisk {
    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}
