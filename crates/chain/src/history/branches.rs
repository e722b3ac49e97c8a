//! Branches in an archive. Each names the one before it, so what a head or a snapshot adds to the archive
//! does not grow with the number of reverts before it.

use crate::history::archive::Archive;
use crate::history::lineage::{Lineage, Part};
use crate::history::stored;
use borsh::{BorshDeserialize, BorshSerialize};
use keyway_engine::StateError;
use near_primitives::types::BlockHeight;
use std::collections::BTreeMap;
use std::io;

/// A branch in the archive.
#[derive(BorshSerialize, BorshDeserialize)]
struct Branch {
    /// Its first height.
    first: BlockHeight,
    /// The branch of the heights below; none if it has all of them.
    before: Option<u64>,
}

/// The lineage of a head or a snapshot, as it is written there.
#[derive(Debug)]
pub(crate) enum StoredLineage {
    /// Ends with this branch, whose entry leads to the others.
    Of(u64),
    /// All branches. Formats 4 and 5 had them in each head and each snapshot.
    Parts(Vec<Part>),
}

/// The bytes of the branches of `lineages` from the number `first` on, by number. The archive has those
/// below.
pub(crate) fn new_branches<'a>(
    lineages: impl Iterator<Item = &'a Lineage>,
    first: u64,
) -> Vec<(u64, Vec<u8>)> {
    let mut new = BTreeMap::new();
    for lineage in lineages {
        let parts = lineage.newest_first().take_while(|(part, _)| part.branch >= first);
        for (Part { first, branch }, before) in parts {
            // Lineages that share a branch share those before it.
            if new.insert(branch, stored::encode(&Branch { first, before })).is_some() {
                break;
            }
        }
    }
    new.into_iter().collect()
}

/// Reads lineages from an archive. They share what they have in common.
pub(crate) struct Lineages<'a> {
    archive: &'a dyn Archive,
    /// By their newest branch.
    known: BTreeMap<u64, Lineage>,
}

impl<'a> Lineages<'a> {
    pub(crate) fn of(archive: &'a dyn Archive) -> Self {
        Self { archive, known: BTreeMap::new() }
    }

    /// The lineage that `stored` stands for.
    ///
    /// # Errors
    /// When the archive cannot be read, or a branch is not there or not after the one before it.
    pub(crate) fn read(&mut self, stored: StoredLineage) -> Result<Lineage, StateError> {
        match stored {
            StoredLineage::Of(branch) => self.ending_with(branch),
            StoredLineage::Parts(parts) => self.joined(None, parts),
        }
    }

    fn ending_with(&mut self, newest: u64) -> Result<Lineage, StateError> {
        let (mut known, mut later, mut next) = (None, Vec::new(), Some(newest));
        while let Some(branch) = next {
            known = self.known.get(&branch).cloned();
            if known.is_some() {
                break;
            }
            let what = || format!("branch {branch}");
            let missing = || StateError::Corrupt { what: format!("{}: missing", what()) };
            let bytes = self.archive.branch(branch)?.ok_or_else(missing)?;
            let Branch { first, before } = stored::decode(&bytes, what)?;
            later.push(Part { first, branch });
            next = match before {
                // It could lead back to itself.
                Some(before) if before >= branch => return Err(no_lineage()),
                before => before,
            };
        }
        later.reverse();
        self.joined(known, later)
    }

    /// `known` with `parts` after it.
    fn joined(
        &mut self,
        mut known: Option<Lineage>,
        parts: Vec<Part>,
    ) -> Result<Lineage, StateError> {
        for part in parts {
            let later = known.as_ref().is_none_or(|known| known.newest() < part.branch);
            let lineage = match self.known.get(&part.branch).filter(|_| later) {
                Some(lineage) => lineage.clone(),
                None => Lineage::joined(known.as_ref(), part).ok_or_else(no_lineage)?,
            };
            self.known.insert(part.branch, lineage.clone());
            known = Some(lineage);
        }
        known.ok_or_else(no_lineage)
    }
}

impl BorshSerialize for Lineage {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        (OF, self.newest()).serialize(writer)
    }
}

impl BorshDeserialize for StoredLineage {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let parts = match u32::deserialize_reader(reader)? {
            OF => return Ok(Self::Of(u64::deserialize_reader(reader)?)),
            parts => parts,
        };
        // A number that damage made too large ends with the bytes.
        let parts = (0..parts).map(|_| Part::deserialize_reader(reader));
        Ok(Self::Parts(parts.collect::<io::Result<_>>()?))
    }
}

fn no_lineage() -> StateError {
    StateError::Corrupt { what: "the branches of a chain: they do not ascend".to_owned() }
}

/// What a lineage begins with since format 6. Those of formats 4 and 5 began with the number of their
/// parts, which is lower.
const OF: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::chain::{MemoryArchive, chain};
    use std::sync::Arc;

    /// Heights 0 to 9 on branch 0, 10 to 19 on branch 3, and then branch 5.
    fn lineage() -> Lineage {
        Lineage::default().branched(10, 3).branched(20, 5)
    }

    fn archive_with(branches: Vec<(u64, Vec<u8>)>) -> Arc<MemoryArchive> {
        let memory = Arc::new(MemoryArchive::default());
        let mut checkpoint = chain().checkpoint(0).unwrap();
        checkpoint.branches = branches;
        memory.put(&checkpoint);
        memory
    }

    fn written(lineage: &Lineage) -> StoredLineage {
        StoredLineage::try_from_slice(&borsh::to_vec(lineage).unwrap()).unwrap()
    }

    #[test]
    fn an_archive_gets_each_branch_once_and_gives_all_of_them_back() {
        let lineages = [lineage(), lineage().branched(15, 6), lineage().branched(30, 7)];
        let numbers = |first| {
            let new = new_branches(lineages.iter(), first).into_iter();
            new.map(|(number, _)| number).collect::<Vec<_>>()
        };
        assert_eq!(numbers(0), [0, 3, 5, 6, 7]);
        assert_eq!(numbers(6), [6, 7]);
        let memory = archive_with(new_branches(lineages.iter(), 0));
        let mut read = Lineages::of(&*memory);
        for lineage in &lineages {
            assert_eq!(read.read(written(lineage)).unwrap(), *lineage);
        }
    }

    #[test]
    fn a_lineage_of_format_5_has_its_parts() {
        let parts = StoredLineage::try_from_slice(
            &borsh::to_vec(&lineage().parts_until_format_5()).unwrap(),
        );
        let memory = archive_with(Vec::new());
        assert_eq!(Lineages::of(&*memory).read(parts.unwrap()).unwrap(), lineage());
    }

    #[test]
    fn what_is_no_lineage_is_refused() {
        let part = |first, branch| Part { first, branch };
        let memory = archive_with(Vec::new());
        let parts = [vec![], vec![part(1, 0)], vec![part(0, 0), part(5, 0)], vec![part(0, 2); 2]];
        for parts in parts {
            let error = Lineages::of(&*memory).read(StoredLineage::Parts(parts)).unwrap_err();
            assert_eq!(error, no_lineage());
        }
        let error = Lineages::of(&*memory).read(StoredLineage::Of(4)).unwrap_err();
        assert_eq!(error, StateError::Corrupt { what: "branch 4: missing".to_owned() });
        for (first, before) in [(3, Some(4)), (3, Some(5)), (3, None)] {
            let memory = archive_with(vec![(4, stored::encode(&Branch { first, before }))]);
            let error = Lineages::of(&*memory).read(StoredLineage::Of(4)).unwrap_err();
            assert_eq!(error, no_lineage());
        }
    }
}
