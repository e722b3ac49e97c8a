//! Where compiled contracts are kept may fail or be damaged: it costs time, and no outcome changes.

use keyway_protocol_tests::script::{contract, host, text};
use keyway_protocol_tests::{Done, World, act, id, tx};
use near_primitives::hash::CryptoHash;
use near_vm_runner::{CompiledContract, CompiledContractInfo, ContractRuntimeCache};
use std::io;
use std::sync::Arc;

/// What is wrong with the place.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Nothing: but it keeps nothing.
    Forgetful,
    /// The directory is gone.
    Gone,
    /// The disk is full.
    Full,
    /// What was written is read back as something else.
    Damaged,
}

impl ContractRuntimeCache for Place {
    fn handle(&self) -> Box<dyn ContractRuntimeCache> {
        Box::new(*self)
    }

    fn put(&self, _: &CryptoHash, _: CompiledContractInfo) -> io::Result<()> {
        match self {
            Self::Forgetful | Self::Damaged => Ok(()),
            Self::Gone => Err(io::ErrorKind::NotFound.into()),
            Self::Full => Err(io::ErrorKind::StorageFull.into()),
        }
    }

    fn get(&self, _: &CryptoHash) -> io::Result<Option<CompiledContractInfo>> {
        let wasm_bytes = code().len() as u64;
        match self {
            Self::Forgetful | Self::Full => Ok(None),
            Self::Gone => Err(io::ErrorKind::NotFound.into()),
            Self::Damaged => {
                let compiled = CompiledContract::Code(vec![7; 1_000]);
                Ok(Some(CompiledContractInfo { wasm_bytes, compiled }))
            }
        }
    }
}

fn code() -> Vec<u8> {
    contract(&[("hello", vec![host("log_utf8", [text("hello")])])])
}

fn said(version: u32, place: Place) -> (Done, Vec<String>) {
    let mut world = World::compiling_to(version, Arc::new(place));
    world.send(&tx("app.near", "app.near", [act::deploy(&code())])).ok();
    let done = world.send(&tx("bob.near", "app.near", [act::call("hello", 0)])).ok();
    let view = world.chain.view_call(world.chain.head(), &id("app.near"), "hello", &[]);
    (done, view.expect("a view call needs no cache").logs)
}

#[test]
fn a_call_does_not_depend_on_where_compiled_contracts_are_kept() {
    // Until 87 a contract that did not load was another error of the VM.
    for version in [86, 88] {
        let (expected, logs) = said(version, Place::Forgetful);
        assert_eq!((expected.logs(), &logs), (vec!["hello"], &vec!["hello".to_owned()]));
        for place in [Place::Gone, Place::Full, Place::Damaged] {
            let (done, viewed) = said(version, place);
            assert_eq!(done.first().outcome, expected.first().outcome, "{place:?}");
            assert_eq!(viewed, logs, "{place:?}");
        }
    }
}
