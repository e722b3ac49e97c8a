//! Errors of sandboxes, one of each kind.

use crate::error::{Error, SandboxError};
use keyway_chain::{
    FastForwardError, GenesisError, LoadError, MineError, PatchError, SnapshotError, TimeError,
};
use std::io;
use std::sync::Arc;

pub(super) fn errors() -> Vec<Error> {
    let account_id: near_primitives::types::AccountId = "alice.near".parse().unwrap();
    let patch = PatchError::MissingAccount { kind: "Data", account_id: account_id.clone() };
    let too_far = FastForwardError::TooFar { delta_height: 9_000_000_000, most: 25_000_000 };
    let name = || "before-claim".to_owned();
    let (asked_ns, now_ns) = (1_767_225_600_000_000_000, 1_767_225_601_000_000_000);
    [
        SandboxError::Genesis(Arc::new(GenesisError::NoValidators)),
        SandboxError::AccountExists { account_id },
        SandboxError::TimeRunsBack { asked_ns, now_ns },
        SandboxError::Time(TimeError::NoStep),
        SandboxError::Mine(MineError::TooMany { blocks: 5_000, most: 1_000 }),
        patch.into(),
        too_far.into(),
        SandboxError::NotDumped("no space left on device".to_owned()),
        SandboxError::NotLoaded(Arc::new(LoadError::NotADump)),
        SnapshotError::Unknown { name: name() }.into(),
        SnapshotError::NameTaken { name: name() }.into(),
        SandboxError::Listen(Arc::new(io::Error::other("too many open files"))),
        SandboxError::Fork("ref.fork does not have account a.near".to_owned()),
        SandboxError::NoFork,
        SandboxError::NoTransaction,
        SandboxError::Chain("no state".to_owned()),
    ]
    .map(Error::from)
    .into()
}
