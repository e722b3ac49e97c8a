//! Compiled contracts on disk that are damaged, missing or in the way: results must stay correct.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod common;

use common::{Node, command, init};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::{TempDir, tempdir};

/// Returns `42`, after work that any flipped bit is likely to affect.
const CONTRACT: &str = r#"(module
    (import "env" "value_return" (func $return (param i64 i64)))
    (memory (export "memory") 1)
    (func (export "answer") (local $i i32) (local $sum i32)
        (loop $again
            (local.set $sum (i32.add (local.get $sum) (i32.mul (local.get $i) (i32.const 3))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 100))))
        (if (i32.ne (local.get $sum) (i32.const 14850)) (then unreachable))
        (i32.store16 (i32.const 0) (i32.const 0x3234))
        (call $return (i64.const 2) (i64.const 0))))"#;

/// A home and a contract to deploy on it.
struct Bench {
    home: TempDir,
    wasm: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let home = tempdir().unwrap();
        init(home.path());
        let wasm = home.path().join("contract.wasm");
        fs::write(&wasm, wat::parse_str(CONTRACT).unwrap()).unwrap();
        Self { home, wasm }
    }

    fn compiled(&self) -> PathBuf {
        self.home.path().join("data/compiled")
    }

    /// Every compiled contract in the home.
    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.compiled()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_file()).collect()
    }

    fn deploy(&self, node: &Node) {
        send(node, self.home.path(), &["--deploy", self.wasm.to_str().unwrap()]);
    }
}

/// A transaction of test.near to itself, which must succeed.
#[track_caller]
fn send(node: &Node, home: &Path, actions: &[&str]) -> Value {
    let mut command = command(["tx", "send", "test.near", "test.near", "--json"]);
    command.args(["--network", &format!("http://{}", node.addr), "--key-file"]);
    let output = command.arg(home.join("validator_key.json")).args(actions).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn view(node: &Node) {
    let call = json!({
        "request_type": "call_function", "finality": "final", "account_id": "test.near",
        "method_name": "answer", "args_base64": "",
    });
    let answer = node.call("query", call);
    assert_eq!(answer["result"], json!([b'4', b'2']), "{answer}");
}

/// A flipped bit in a compiled contract gave wrong results, or ended the node.
#[test]
fn damaged_files_change_no_answer() {
    let bench = Bench::new();
    let node = Node::on(bench.home.path());
    bench.deploy(&node);
    view(&node);
    node.signal("TERM");
    let files = bench.files();
    assert!(!files.is_empty());
    for round in 0..40 {
        for file in &files {
            let mut bytes = fs::read(file).unwrap();
            let at = bytes.len() * round / 40 + round;
            bytes[at] ^= 1 << (round % 8);
            fs::write(file, bytes).unwrap();
        }
        let node = Node::on(bench.home.path());
        view(&node);
        if round % 8 == 0 {
            send(&node, bench.home.path(), &["--call", "answer"]);
        }
        let (status, said) = node.signal("TERM");
        assert!(status.success(), "{round}: {said}");
    }
}

#[test]
fn a_whole_file_spares_compiling_again() {
    let bench = Bench::new();
    let node = Node::on(bench.home.path());
    bench.deploy(&node);
    node.signal("TERM");
    let [file] = &bench.files()[..] else { panic!("{:?}", bench.files()) };
    let before = fs::metadata(file).unwrap().modified().unwrap();
    let node = Node::on(bench.home.path());
    view(&node);
    view(&node);
    assert_eq!(fs::metadata(file).unwrap().modified().unwrap(), before);
    let desk = fs::read_dir(bench.compiled().join("loading")).unwrap();
    assert_eq!(desk.count(), 0, "what is loaded leaves no file to be read unchecked");
}

/// Every call and view failed until the next start.
#[test]
fn a_removed_directory_costs_only_compiling() {
    let bench = Bench::new();
    let node = Node::on(bench.home.path());
    fs::remove_dir_all(bench.compiled()).unwrap();
    bench.deploy(&node);
    view(&node);
    send(&node, bench.home.path(), &["--call", "answer"]);
    assert_eq!(bench.files().len(), 1);
    fs::remove_dir_all(bench.compiled()).unwrap();
    view(&node);
    let (_, said) = node.signal("TERM");
    assert!(!said.contains("compiled"), "{said}");
}

#[test]
fn a_place_that_takes_nothing_is_told_once() {
    let bench = Bench::new();
    let node = Node::on(bench.home.path());
    fs::remove_dir_all(bench.compiled()).unwrap();
    fs::write(bench.compiled(), "in the way").unwrap();
    bench.deploy(&node);
    for _ in 0..3 {
        view(&node);
        send(&node, bench.home.path(), &["--call", "answer"]);
    }
    let (status, said) = node.signal("TERM");
    assert!(status.success());
    assert_eq!(said.matches("compiled contracts cannot be kept").count(), 1, "{said}");
    view(&Node::on(bench.home.path()));
}

#[test]
fn a_node_in_memory_keeps_its_directory_to_itself() {
    use std::os::unix::fs::PermissionsExt;
    let temp = tempdir().unwrap();
    let mut shell = std::process::Command::new("sh");
    let script = "umask 0; exec \"$@\"";
    shell.args(["-c", script, "sh", env!("CARGO_BIN_EXE_keyway"), "run", "--no-ticks"]);
    shell.env("TMPDIR", temp.path());
    let node = Node::spawn(shell);
    let own = fs::read_dir(temp.path()).unwrap().next().unwrap().unwrap();
    assert_eq!(own.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    drop(node);
}

#[test]
fn what_a_home_keeps_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let home = bench.home.path().to_str().unwrap();
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "umask 0; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_keyway")]);
    shell.args(["--home", home, "run", "--no-ticks"]);
    let node = Node::spawn(shell);
    bench.deploy(&node);
    node.signal("TERM");
    let mut open = vec![bench.home.path().join("data")];
    let mut seen = 0;
    while let Some(path) = open.pop() {
        let metadata = fs::metadata(&path).unwrap();
        let most = if metadata.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(metadata.permissions().mode() & 0o777, most, "{}", path.display());
        if metadata.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        seen += 1;
    }
    assert!(seen >= 7, "journal, store, lock, key and a contract: {seen}");
}
