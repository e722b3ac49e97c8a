//! fjall: log-structured, in Rust.

use crate::{Problem, Row, Store, Table};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use std::path::Path;

pub(crate) struct Fjall {
    database: Database,
    nodes: Keyspace,
    history: Keyspace,
}

impl Store for Fjall {
    const NAME: &'static str = "fjall";

    fn open(dir: &Path) -> Result<Self, Problem> {
        let database = Database::builder(dir).cache_size(CACHE).open()?;
        let nodes = database.keyspace("nodes", KeyspaceCreateOptions::default)?;
        let history = database.keyspace("history", KeyspaceCreateOptions::default)?;
        Ok(Self { database, nodes, history })
    }

    fn write(&self, rows: &[Row], sync: bool) -> Result<(), Problem> {
        let mut batch = self.database.batch();
        for (table, key, value) in rows {
            let table = if *table == Table::Nodes { &self.nodes } else { &self.history };
            batch.insert(table, &key[..], &value[..]);
        }
        batch.commit()?;
        if sync {
            self.database.persist(PersistMode::SyncData)?;
        }
        Ok(())
    }

    fn get(&self, table: Table, key: &[u8; 32]) -> Result<Option<Vec<u8>>, Problem> {
        let table = if table == Table::Nodes { &self.nodes } else { &self.history };
        Ok(table.get(key)?.map(|value| value.to_vec()))
    }
}

/// Bytes of cache, the same for every candidate.
const CACHE: u64 = 64 << 20;
