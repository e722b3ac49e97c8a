//! A sandbox's chain as a file.

use super::Sandbox;
use super::core::Core;
use crate::error::{Error, SandboxError};
use keyway_chain::{Chain, ChainOptions, DumpReader, DumpedEntries, seeded_key};
use keyway_node::shared_contracts;
use near_crypto::InMemorySigner;
use std::io::{Read, Write};
use std::sync::Arc;

impl Sandbox {
    /// Writes the chain as it is now: a dump, which [`Sandbox::load`] and `keyway run --load` read.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox};
    ///
    /// let sandbox = Sandbox::new();
    /// sandbox.create_account("alice.near").balance(10.near()).create()?;
    /// let mut file = Vec::new(); // or File::create("state.keyway")?
    /// sandbox.dump(&mut file)?;
    ///
    /// let again = Sandbox::load(file.as_slice())?;
    /// assert_eq!(again.balance("alice.near")?, 10.near());
    /// assert_eq!(again.height(), sandbox.height());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`SandboxError::NotDumped`] if the file cannot be written.
    pub fn dump(&self, file: impl Write) -> Result<(), Error> {
        write(&self.chain(), file)
    }

    /// Writes a named snapshot as [`Sandbox::dump`] writes the chain, which stays as it is.
    ///
    /// # Errors
    /// [`SandboxError::Snapshot`] if there is none with this name; otherwise as [`Sandbox::dump`].
    pub fn dump_snapshot(&self, name: &str, file: impl Write) -> Result<(), Error> {
        write(&self.chain().at_snapshot(name).map_err(SandboxError::Snapshot)?, file)
    }

    /// A sandbox that goes on where a dumped chain was: its first block is that chain's newest. The same calls then make
    /// the same blocks, hash for hash, as in any other sandbox from this dump.
    ///
    /// # Errors
    /// [`SandboxError::NotLoaded`] if it is not a dump, of another format, or damaged.
    pub fn load(file: impl Read) -> Result<Self, Error> {
        let not_loaded = |error| SandboxError::NotLoaded(Arc::new(error));
        let dump = DumpReader::open(std::io::BufReader::new(file)).map_err(not_loaded)?;
        let signer = dump.genesis().validators.first().map(|validator| {
            let key = seeded_key(validator.account_id.as_str());
            InMemorySigner::from_secret_key(validator.account_id.clone(), key)
        });
        let options = ChainOptions { signer, ..ChainOptions::default() };
        let chain = Chain::load(dump, options, shared_contracts()).map_err(not_loaded)?;
        Ok(Self { core: Core::new(chain, None) })
    }
}

fn write(chain: &Chain, mut file: impl Write) -> Result<(), Error> {
    let not_dumped = |reason: String| SandboxError::NotDumped(reason);
    file.write_all(&chain.dump_head()).map_err(|error| not_dumped(error.to_string()))?;
    let mut next = Some((Vec::new(), 0));
    while let Some((after, before)) = next {
        let after = Some(after.as_slice()).filter(|after| !after.is_empty());
        let entries = DumpedEntries::of(chain.head(), after, before);
        let entries = entries.map_err(|error| not_dumped(error.to_string()))?;
        file.write_all(&entries.frames).map_err(|error| not_dumped(error.to_string()))?;
        next = entries.next;
    }
    file.flush().map_err(|error| not_dumped(error.to_string()).into())
}
