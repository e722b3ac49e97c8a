//! redb: one file, a B-tree that is copied on write.

use crate::{Problem, Row, Store, Table};
use redb::{Database, Durability, ReadableDatabase, TableDefinition};
use std::path::Path;

const NODES: TableDefinition<'static, &[u8; 32], &[u8]> = TableDefinition::new("nodes");
const HISTORY: TableDefinition<'static, &[u8; 32], &[u8]> = TableDefinition::new("history");

pub(crate) struct Redb(Database);

impl Store for Redb {
    const NAME: &'static str = "redb";

    fn open(dir: &Path) -> Result<Self, Problem> {
        let database = Database::builder().set_cache_size(CACHE).create(dir.join("store"))?;
        Ok(Self(database))
    }

    fn write(&self, rows: &[Row], sync: bool) -> Result<(), Problem> {
        let mut batch = self.0.begin_write()?;
        batch.set_durability(if sync { Durability::Immediate } else { Durability::None })?;
        {
            let mut nodes = batch.open_table(NODES)?;
            let mut history = batch.open_table(HISTORY)?;
            for (table, key, value) in rows {
                let table = if *table == Table::Nodes { &mut nodes } else { &mut history };
                table.insert(key, &**value)?;
            }
        }
        Ok(batch.commit()?)
    }

    fn get(&self, table: Table, key: &[u8; 32]) -> Result<Option<Vec<u8>>, Problem> {
        let table = if table == Table::Nodes { NODES } else { HISTORY };
        let table = self.0.begin_read()?.open_table(table)?;
        Ok(table.get(key)?.map(|value| value.value().to_vec()))
    }
}

/// redb whose nodes stand under numbers: new ones come to lie side by side.
pub(crate) struct Numbered(Redb);

impl Store for Numbered {
    const NAME: &'static str = "redb-numbered";
    const NUMBERED: bool = true;

    fn open(dir: &Path) -> Result<Self, Problem> {
        Redb::open(dir).map(Self)
    }

    fn write(&self, rows: &[Row], sync: bool) -> Result<(), Problem> {
        self.0.write(rows, sync)
    }

    fn get(&self, table: Table, key: &[u8; 32]) -> Result<Option<Vec<u8>>, Problem> {
        self.0.get(table, key)
    }
}

/// Bytes of cache, the same for every candidate.
const CACHE: usize = 64 << 20;
