use super::*;
use near_primitives::hash::{CryptoHash, hash};
use near_vm_runner::{CompiledContract, CompiledContractInfo};
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

fn contract(number: u8) -> (CryptoHash, CompiledContractInfo) {
    let compiled = CompiledContract::Code(vec![number; 400]);
    (hash(&[number]), CompiledContractInfo { wasm_bytes: 9, compiled })
}

/// The user's cache directory, and another for temporary files.
struct Places {
    caches: tempfile::TempDir,
    temporary: tempfile::TempDir,
}

impl Places {
    fn new() -> Self {
        Self { caches: tempfile::tempdir().unwrap(), temporary: tempfile::tempdir().unwrap() }
    }

    fn open(&self) -> Arc<dyn ContractRuntimeCache> {
        open(Some(self.caches.path()), self.temporary.path())
    }

    fn shared(&self) -> PathBuf {
        self.caches.path().join("keyway").join("contracts")
    }

    fn in_temporary(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.temporary.path()).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

#[test]
fn what_one_process_compiled_another_has() {
    let (places, (name, code)) = (Places::new(), contract(1));
    let (one, other) = (places.open(), places.open());
    one.put(&name, code.clone()).unwrap();
    assert!(other.has(&name).unwrap());
    assert_eq!(other.get(&name).unwrap(), Some(code.clone()));
    drop((one, other));
    assert_eq!(places.open().get(&name).unwrap(), Some(code));
    assert_eq!(places.in_temporary(), [] as [PathBuf; 0]);
}

#[test]
fn damage_is_a_miss() {
    let (places, (name, code)) = (Places::new(), contract(1));
    places.open().put(&name, code.clone()).unwrap();
    let file = places.shared().join(name.to_string());
    let mut bytes = fs::read(&file).unwrap();
    bytes[7] ^= 1;
    fs::write(&file, bytes).unwrap();
    let cache = places.open();
    assert!(!cache.has(&name).unwrap());
    cache.put(&name, code.clone()).unwrap();
    assert_eq!(places.open().get(&name).unwrap(), Some(code));
}

#[test]
fn processes_that_start_at_once_share_what_they_compile() {
    let places = Places::new();
    let caches: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..16)
            .map(|number| {
                let places = &places;
                scope.spawn(move || {
                    let (cache, (name, code)) = (places.open(), contract(number));
                    cache.put(&name, code).unwrap();
                    cache
                })
            })
            .collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    for cache in caches {
        for number in 0..16 {
            let (name, code) = contract(number);
            assert_eq!(cache.get(&name).unwrap(), Some(code), "contract {number}");
        }
    }
}

#[test]
fn where_others_could_write_nothing_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let (places, (name, code)) = (Places::new(), contract(1));
    fs::set_permissions(places.caches.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let cache = places.open();
    cache.put(&name, code.clone()).unwrap();
    assert!(cache.has(&name).unwrap());
    assert_eq!(cache.get(&name).unwrap(), Some(code));
    assert!(!places.caches.path().join("keyway").exists());
    assert_eq!(places.in_temporary().len(), 1);
    drop(cache);
    assert_eq!(places.in_temporary(), [] as [PathBuf; 0]);
}

#[test]
fn without_any_place_contracts_are_in_memory() {
    let (places, (name, code)) = (Places::new(), contract(1));
    let nowhere = places.temporary.path().join("nowhere");
    let cache = open(None, &nowhere);
    cache.put(&name, code.clone()).unwrap();
    assert!(cache.has(&name).unwrap());
    assert_eq!(cache.get(&name).unwrap(), Some(code));
    assert!(!nowhere.exists());
}

#[test]
fn files_are_bounded_and_the_oldest_goes() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits { loaded: 1, disk_bytes: 1_000 };
    let cache = Compiled::open(dir.path(), Key::random(), limits, &dir.path().join(DESK), None);
    for number in 1..=3 {
        let (name, code) = contract(number);
        cache.put(&name, code).unwrap();
    }
    let kept = [1, 2, 3].map(|number| cache.get(&contract(number).0).unwrap().is_some());
    assert_eq!(kept, [false, true, true]);
}

#[test]
fn what_was_never_finished_goes_an_hour_later() {
    let places = Places::new();
    drop(places.open());
    let (old, new) = (places.shared().join("old.temp"), places.shared().join("new.temp"));
    for file in [&old, &new] {
        fs::write(file, "half").unwrap();
    }
    let written = fs::metadata(&new).unwrap().modified().unwrap();
    let options = File::options().write(true).open(&old).unwrap();
    options.set_modified(written - Duration::from_secs(2 * UNFINISHED_SECONDS)).unwrap();
    drop(places.open());
    assert!(!old.exists());
    assert!(new.exists());
}
