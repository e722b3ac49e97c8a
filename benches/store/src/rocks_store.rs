//! RocksDB: log-structured, in C++.

use crate::{Problem, Row, Store, Table};
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DB, Options, WriteBatch, WriteOptions,
};
use std::path::Path;

pub(crate) struct Rocks(DB);

impl Store for Rocks {
    const NAME: &'static str = "rocksdb";

    fn open(dir: &Path) -> Result<Self, Problem> {
        let mut blocks = BlockBasedOptions::default();
        blocks.set_block_cache(&Cache::new_lru_cache(CACHE));
        blocks.set_bloom_filter(10.0, false);
        let mut options = Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_block_based_table_factory(&blocks);
        let families =
            ["nodes", "history"].map(|name| ColumnFamilyDescriptor::new(name, options.clone()));
        Ok(Self(DB::open_cf_descriptors(&options, dir, families)?))
    }

    fn write(&self, rows: &[Row], sync: bool) -> Result<(), Problem> {
        let mut batch = WriteBatch::default();
        for (table, key, value) in rows {
            let family = self.0.cf_handle(name(*table)).ok_or("no such table")?;
            batch.put_cf(family, key, value);
        }
        let mut options = WriteOptions::default();
        options.set_sync(sync);
        Ok(self.0.write_opt(&batch, &options)?)
    }

    fn get(&self, table: Table, key: &[u8; 32]) -> Result<Option<Vec<u8>>, Problem> {
        let family = self.0.cf_handle(name(table)).ok_or("no such table")?;
        Ok(self.0.get_cf(family, key)?)
    }
}

fn name(table: Table) -> &'static str {
    match table {
        Table::Nodes => "nodes",
        Table::History => "history",
    }
}

/// Bytes of cache, the same for every candidate.
const CACHE: usize = 64 << 20;
