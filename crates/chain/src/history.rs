//! A chain's history, in memory and in an archive.

pub(crate) mod archive;
pub(crate) mod branches;
pub(crate) mod checkpoint;
pub(crate) mod collect;
pub(crate) mod evict;
pub(crate) mod gas_band;
pub(crate) mod holds;
pub(crate) mod index;
pub(crate) mod lineage;
pub(crate) mod made;
pub(crate) mod names;
pub(crate) mod packed;
pub(crate) mod prune;
pub(crate) mod resume;
pub(crate) mod snapshots;
pub(crate) mod stored;
pub(crate) mod subtrees;
pub(crate) mod unpacked;
pub(crate) mod work;
