//! A dumped state on disk, as neard lays it out.

use super::Dump;
use crate::error::{DumpError, FileError};
use crate::files::{Access, read_json, write_whole};
use crate::home::{CONFIG_FILE, Home, write_key};
use serde::Serialize;
use serde_json::{Value, json};
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// One file that holds everything.
///
/// # Errors
/// When it cannot be written.
pub(super) fn file(path: &Path, dump: &Dump<'_>) -> Result<(), DumpError> {
    Ok(json_file(path, dump)?)
}

/// A home directory whose records are in a file beside the genesis.
///
/// # Errors
/// When it cannot be written.
pub(super) fn directory(dir: &Path, home: &Home, dump: &Dump<'_>) -> Result<(), DumpError> {
    fs::create_dir_all(dir)
        .map_err(|source| FileError::Unwritable { path: dir.to_owned(), source })?;
    json_file(&dir.join(RECORDS_FILE), &dump.records)?;
    json_file(&dir.join(&home.config.genesis_file), &dump.config)?;
    write_key(&dir.join(&home.config.validator_key_file), &home.validator_key)?;
    write_key(&dir.join(&home.config.node_key_file), &home.node_key)?;
    let mut config: Value = read_json(&home.dir.join(CONFIG_FILE))?;
    config["genesis_records_file"] = json!(RECORDS_FILE);
    Ok(json_file(&dir.join(CONFIG_FILE), &config)?)
}

fn json_file(path: &Path, value: &impl Serialize) -> Result<(), FileError> {
    write_whole(path, Access::Shared, |file| {
        let mut writer = BufWriter::new(file);
        serde_json::to_writer_pretty(&mut writer, value).map_err(io::Error::from)?;
        writer.flush()
    })
}

/// neard's name for the file of records.
const RECORDS_FILE: &str = "records.json";
