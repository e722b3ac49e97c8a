//! A page of documentation, whose code blocks are run one by one in a private directory.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A page, the shell for its blocks, and which of them were run.
///
/// Blocks run unchanged, except that `127.0.0.1:3030` is a free port and `/tmp` a private
/// directory, nodes run in the background, and `cargo` and `npm` are replaced: see [`PRELUDE`].
pub(crate) struct Page {
    name: &'static str,
    blocks: Vec<Block>,
    done: BTreeSet<usize>,
    dir: TempDir,
    port: u16,
}

impl Page {
    /// Reads the page at `name`, a path from the repository's root.
    pub(crate) fn open(name: &'static str) -> Self {
        let blocks = blocks(&fs::read_to_string(root().join(name)).unwrap());
        let dir = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        fs::create_dir_all(dir.path().join("target")).unwrap();
        std::os::unix::fs::symlink(binaries(), dir.path().join("target/release")).unwrap();
        Self { name, blocks, done: BTreeSet::new(), dir, port }
    }

    /// The directory in which the blocks run, also their `/tmp`.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Starts a node, for pages that assume one is running.
    pub(crate) fn start_node(&self) {
        self.shell("keyway run");
    }

    /// Runs a command of `keyway` that is not in the page. Returns its stdout.
    pub(crate) fn keyway(&self, arguments: &str) -> String {
        self.shell(&format!("keyway {arguments}")).text
    }

    /// Runs the block that begins with `start`. It must succeed.
    #[track_caller]
    pub(crate) fn run(&mut self, start: &str) -> Said {
        let block = self.take(start);
        assert_eq!(block.language, "sh", "{}: the block `{start}` is no `sh`", self.name);
        self.shell(&block.code)
    }

    /// Writes the block that begins with `start` to a file, for commands that read it.
    #[track_caller]
    pub(crate) fn save(&mut self, start: &str, file: &str) {
        let block = self.take(start);
        fs::write(self.dir().join(file), block.code).unwrap();
    }

    /// Runs every `sh` block, in order. Returns what all of them said.
    #[track_caller]
    pub(crate) fn run_all(&mut self) -> Said {
        let mut all = Said { text: String::new(), notes: String::new() };
        for (number, block) in self.blocks.iter().enumerate() {
            if block.language == "sh" {
                let said = self.shell(&block.code);
                all.text += &said.text;
                all.notes += &said.notes;
                self.done.insert(number);
            }
        }
        all
    }

    /// Skips the block that begins with `start`, for a `reason`.
    #[track_caller]
    pub(crate) fn not_run(&mut self, start: &str, reason: &str) {
        assert!(!reason.is_empty());
        self.take(start);
    }

    /// Checks that the Rust block that begins with `start` is in an example of the library, which
    /// is run.
    #[track_caller]
    pub(crate) fn is_in_example(&mut self, start: &str, example: &str) {
        let block = self.take(start);
        let path = root().join(format!("crates/keyway/examples/{example}.rs"));
        let lines =
            |text: &str| text.lines().map(|line| format!("{}\n", line.trim())).collect::<String>();
        let example = lines(&fs::read_to_string(&path).unwrap());
        assert!(
            example.contains(&lines(&block.code)),
            "{}: {start} … is not in {path:?}",
            self.name
        );
    }

    /// Checks that every block was run or skipped.
    #[track_caller]
    pub(crate) fn close(self) {
        for (number, block) in self.blocks.iter().enumerate() {
            // The bindings' own tests run these.
            if ["js", "python", "ts"].contains(&block.language.as_str()) {
                continue;
            }
            let first = block.code.lines().next().unwrap_or_default();
            assert!(self.done.contains(&number), "{}: nothing runs the block `{first}`", self.name);
        }
    }

    #[track_caller]
    fn take(&mut self, start: &str) -> Block {
        let number = self.blocks.iter().position(|block| block.code.starts_with(start));
        let number = number.unwrap_or_else(|| panic!("{} has no block `{start}`", self.name));
        self.done.insert(number);
        self.blocks[number].clone()
    }

    #[track_caller]
    fn shell(&self, code: &str) -> Said {
        let code = code.replace("127.0.0.1:3030", &format!("127.0.0.1:{}", self.port));
        let code = code.replace("/tmp/", &format!("{}/", self.dir.path().display()));
        let commands =
            code.lines().map(|line| line.strip_prefix("target/release/").unwrap_or(line));
        let code = commands.collect::<Vec<_>>().join("\n").replace("keyway run &", "keyway run");
        let mut bash = Command::new("bash");
        bash.args(["-c", &format!("{PRELUDE}\n{code}")]).current_dir(self.dir.path());
        bash.env_remove("NEAR_CREDENTIALS_DIR").env("HOME", self.dir.path().join("home"));
        bash.env("BINARIES", binaries())
            .env("NODES", self.nodes())
            .env("PORT", self.port.to_string());
        bash.env("NEAR_ENV", format!("http://127.0.0.1:{}", self.port));
        let output = bash.stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let notes = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {}\n{code}\n{text}{notes}", self.name, output.status);
        Said { text, notes: notes.into_owned() }
    }

    /// The file with the process ids of nodes.
    fn nodes(&self) -> PathBuf {
        self.dir.path().join("nodes")
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        for pid in fs::read_to_string(self.nodes()).unwrap_or_default().lines() {
            let _gone = Command::new("kill").arg(pid).stderr(Stdio::null()).status();
        }
    }
}

/// The output of a block.
pub(crate) struct Said {
    text: String,
    notes: String,
}

impl Said {
    /// Checks that stdout or stderr contains `words`.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> &Self {
        let found = self.text.contains(words) || self.notes.contains(words);
        assert!(found, "`{words}` is not in:\n{}{}", self.text, self.notes);
        self
    }

    /// Checks that stdout contains `words` once.
    #[track_caller]
    pub(crate) fn says_once(&self, words: &str) -> &Self {
        assert_eq!(self.text.matches(words).count(), 1, "`{words}` in:\n{}", self.text);
        self
    }
}

#[derive(Clone)]
struct Block {
    language: String,
    code: String,
}

/// The fenced blocks of a page.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                open = Some(Block { language: language.to_owned(), code: String::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.code += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The directory of the built binaries.
fn binaries() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_keyway")).parent().unwrap()
}

/// What replaces a reader at a terminal: a node of `keyway run` stays until the next one starts,
/// `cargo` runs what is already built, and `npm test` is a harness that looks for its binary.
const PRELUDE: &str = r#"
set -euo pipefail
mkdir -p "$HOME"
PATH=$BINARIES:$PATH
keyway() { case " $* " in *" run "*) node "$@" ;; *) command keyway "$@" ;; esac }
node() {
  if [ -s "$NODES" ]; then kill "$(tail -n 1 "$NODES")" && sleep 0.3; fi
  command keyway "$@" --rpc-addr "127.0.0.1:$PORT" > "$NODES.said" 2>&1 &
  echo $! >> "$NODES"
  for _ in $(seq 100); do
    if curl --silent --fail --output /dev/null "http://127.0.0.1:$PORT/status"; then break; fi
    sleep 0.05
  done
  cat "$NODES.said"
}
cargo() {
  case "$*" in
    "run --release -- "*) shift 3; keyway "$@" ;;
    "build --release" | "build --release -p keyway-cli -p keyway-bench" | "xtask test" | "xtask test --quick") ;;
    *) echo "no cargo $* here" >&2; return 1 ;;
  esac
}
npm() {
  local binary=${NEAR_SANDBOX_BINARY_PATH:+$NEAR_SANDBOX_BINARY_PATH/near-sandbox}
  echo "the harness starts $("${binary:-$NEAR_SANDBOX_BIN_PATH}" --version)"
}
"#;
