use super::*;
use near_vm_runner::CompiledContract;
use near_vm_runner::logic::errors::{CompilationError, PrepareError};
use std::fs;
use std::path::PathBuf;

fn contracts() -> [(CryptoHash, CompiledContractInfo); 2] {
    let code = CompiledContract::Code((0..200).collect());
    let error = CompilationError::PrepareError(PrepareError::Deserialization);
    let failed = CompiledContract::CompileModuleError(error);
    [(code, b"code"), (failed, b"fail")].map(|(compiled, name)| {
        (near_primitives::hash::hash(name), CompiledContractInfo { wasm_bytes: 9, compiled })
    })
}

fn file(data: &Path, name: &CryptoHash) -> PathBuf {
    data.join(COMPILED).join(name.to_string())
}

fn on_desk(data: &Path, name: &CryptoHash) -> PathBuf {
    data.join(COMPILED).join(DESK).join(name.to_string())
}

/// A flipped bit in a compiled contract was run as it was: it gave wrong answers that were final,
/// or ended the process.
#[test]
fn what_was_changed_on_the_disk_is_a_miss() {
    let dir = tempfile::tempdir().unwrap();
    for (name, contract) in contracts() {
        let cache = of_home(dir.path());
        cache.put(&name, contract.clone()).unwrap();
        let file = file(dir.path(), &name);
        let whole = fs::read(&file).unwrap();
        assert_eq!(of_home(dir.path()).get(&name).unwrap().as_ref(), Some(&contract));
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            fs::write(&file, flipped).unwrap();
            let found = cache.get(&name).unwrap();
            assert!(found.is_none_or(|found| found == contract), "bit {bit}");
        }
        for length in 0..whole.len() {
            fs::write(&file, &whole[..length]).unwrap();
            assert_eq!(cache.get(&name).unwrap(), None, "cut at {length}");
            assert!(!cache.has(&name).unwrap(), "cut at {length}");
        }
        cache.put(&name, contract.clone()).unwrap();
        assert_eq!(cache.get(&name).unwrap(), Some(contract));
    }
}

#[test]
fn what_the_vm_reads_was_just_checked() {
    let dir = tempfile::tempdir().unwrap();
    let [(name, code), _] = contracts();
    of_home(dir.path()).put(&name, code.clone()).unwrap();
    fs::write(on_desk(dir.path(), &name), "damaged").unwrap();
    let cache = of_home(dir.path());
    assert!(cache.has(&name).unwrap());
    let handle = cache.handle();
    let handle = &*handle;
    assert_eq!(handle.get(&name).unwrap(), Some(code));
    let loading = || Ok::<_, ()>((1, Box::new(()) as Box<dyn std::any::Any + Send>));
    handle.memory_cache().try_lookup(name, loading, |_| ()).unwrap();
    assert!(cache.has(&name).unwrap());
    assert!(!on_desk(dir.path(), &name).exists(), "it is loaded");
}

#[test]
fn a_contract_does_not_pass_for_another() {
    let dir = tempfile::tempdir().unwrap();
    let cache = of_home(dir.path());
    let [(one, code), (other, _)] = contracts();
    cache.put(&one, code).unwrap();
    fs::copy(file(dir.path(), &one), file(dir.path(), &other)).unwrap();
    assert_eq!(cache.get(&other).unwrap(), None);
}

#[test]
fn another_key_opens_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let [(name, code), _] = contracts();
    of_home(dir.path()).put(&name, code.clone()).unwrap();
    assert_eq!(temporary(dir.path()).get(&name).unwrap(), None);
    fs::write(dir.path().join(seal::FILE), [7; 32]).unwrap();
    assert_eq!(of_home(dir.path()).get(&name).unwrap(), None);
    fs::write(dir.path().join(seal::FILE), "damaged").unwrap();
    let cache = of_home(dir.path());
    cache.put(&name, code.clone()).unwrap();
    assert_eq!(of_home(dir.path()).get(&name).unwrap(), Some(code));
}

/// Every call failed once the directory was removed under a running node.
#[test]
fn a_directory_that_was_removed_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let (cache, [(name, code), _]) = (of_home(dir.path()), contracts());
    fs::remove_dir_all(dir.path().join(COMPILED)).unwrap();
    assert_eq!(cache.get(&name).unwrap(), None);
    cache.put(&name, code.clone()).unwrap();
    assert_eq!(cache.get(&name).unwrap(), Some(code));
    assert!(cache.has(&name).unwrap());
}

#[test]
fn a_place_that_takes_nothing_is_no_error() {
    let dir = tempfile::tempdir().unwrap();
    let [(name, code), _] = contracts();
    let before = of_home(dir.path());
    fs::remove_dir_all(dir.path().join(COMPILED)).unwrap();
    fs::write(dir.path().join(COMPILED), "in the way").unwrap();
    for cache in [before, of_home(dir.path())] {
        cache.put(&name, code.clone()).unwrap();
        assert_eq!(cache.get(&name).unwrap(), None);
        assert!(!cache.has(&name).unwrap());
    }
}

#[test]
#[cfg(unix)]
fn only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let [(name, code), _] = contracts();
    of_home(dir.path()).put(&name, code).unwrap();
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(dir.path().join(COMPILED)), 0o700);
    assert_eq!(mode(dir.path().join(COMPILED).join(DESK)), 0o700);
    assert_eq!(mode(file(dir.path(), &name)), 0o600);
    assert_eq!(mode(on_desk(dir.path(), &name)), 0o600);
    assert_eq!(mode(dir.path().join(seal::FILE)), 0o600);
}
