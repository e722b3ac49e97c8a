//! `chain fork status`: where the fork begins, and what it asked the network for.

use crate::commands::chain::control;
use crate::error::CliError;
use crate::tools::{Context, counted};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;

/// Arguments of `chain fork status`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway chain fork status
  keyway chain fork status --json")]
pub(super) struct StatusArgs {}

/// What the node says.
#[derive(Debug, Deserialize, Serialize)]
struct Status {
    chain_id: String,
    block_height: u64,
    block_hash: String,
    protocol_version: u32,
    gas: String,
    missing: String,
    assumed_absent: u64,
    rows: u64,
    row_bytes: u64,
    requests: u64,
    limited: u64,
    failed: u64,
    bytes: u64,
    hits: u64,
    shared: u64,
    misses: u64,
    endpoints: Vec<EndpointStatus>,
    file: Option<String>,
    cache: Option<String>,
    cache_trouble: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
struct EndpointStatus {
    endpoint: String,
    requests: u64,
    pace: f64,
    trouble: Option<String>,
}

impl StatusArgs {
    /// Shows it.
    ///
    /// # Errors
    /// As [`control`].
    pub(super) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let status: Status = control(context, "keyway_fork_status", json!({})).await?;
        context.answer.give(&status)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "fork of {} at block {}", self.chain_id, self.block_height)?;
        writeln!(f, "block hash  {}", self.block_hash)?;
        writeln!(f, "protocol    {}, gas of writes: {}", self.protocol_version, self.gas)?;
        let rows = counted(self.rows as usize, "row");
        writeln!(f, "known       {rows}, {} KiB", self.row_bytes.div_ceil(1024))?;
        if self.missing == "absent" {
            let assumed = counted(self.assumed_absent as usize, "account");
            writeln!(f, "missing     {assumed} assumed absent (--fork-missing absent)")?;
        }
        let Self { requests, bytes, limited, failed, hits, shared, misses, .. } = self;
        let kib = bytes.div_ceil(1024);
        writeln!(f, "requests    {requests} ({kib} KiB), {limited} limited, {failed} failed")?;
        writeln!(f, "reads       {hits} known, {misses} fetched, {shared} waited for another")?;
        if self.endpoints.is_empty() {
            writeln!(f, "network     none: the fork is offline")?;
        }
        for one in &self.endpoints {
            let EndpointStatus { endpoint, requests, pace, trouble } = one;
            writeln!(f, "network     {endpoint}: {requests} requests, at most {pace:.1} a second")?;
            if let Some(trouble) = trouble {
                writeln!(f, "            last trouble: {trouble}")?;
            }
        }
        if let Some(file) = &self.file {
            writeln!(f, "file        {file}")?;
        }
        match (&self.cache, &self.cache_trouble) {
            (_, Some(why)) => writeln!(f, "cache       none: {why}"),
            (Some(path), None) => writeln!(f, "cache       {path}"),
            (None, None) => writeln!(f, "cache       none"),
        }
    }
}
