//! The project's chores: `cargo xtask test` is what people and CI run; `tidy`, `examples` and `oldest`
//! are parts of it. `bench` measures, `crash` kills a node under load, `contracts` builds contracts.

mod bench;
mod contracts;
mod examples;
mod formula;
mod oldest;
mod steps;
mod tidy;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use steps::Extent;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["test"] => steps::all(&root(), Extent::Whole),
        ["test", "--quick"] => steps::all(&root(), Extent::Quick),
        ["test", step] => steps::one(&root(), step),
        ["tidy"] => tidy_up(),
        ["contracts"] => contracts::run(&root(), false),
        ["contracts", "--check"] => contracts::run(&root(), true),
        ["examples"] => examples::run(&root()),
        ["formula", sums] => formula::filled(&root(), Path::new(sums)).map(|text| answer(&text)),
        ["oldest"] => oldest::run(&root()),
        ["bench", arguments @ ..] => bench::run(&root(), arguments),
        ["crash", arguments @ ..] => bench::run(&root(), &[&["crash"][..], arguments].concat()),
        _ => Err(usage()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            say(&problem);
            ExitCode::FAILURE
        }
    }
}

fn tidy_up() -> Result<(), String> {
    let problems = tidy::problems(&root());
    if problems.is_empty() {
        return Ok(());
    }
    Err(problems.join("\n"))
}

fn usage() -> String {
    format!(
        "usage:
  cargo xtask test          every check, in this order: {}
  cargo xtask test STEP     one of them
  cargo xtask test --quick  the checks that fail most often, with fewer cases
  cargo xtask tidy          the house rules only
  cargo xtask examples      the library's examples only
  cargo xtask formula FILE  the formula for Homebrew, with the checksums in the file
  cargo xtask oldest        builds with the oldest supported compiler
  cargo xtask contracts     builds the example contracts; --check compares with what is committed
  cargo xtask bench         how fast the node is; --help says more
  cargo xtask crash         kills a node under load; --kills N times, 5 by default",
        steps::names()
    )
}

/// The workspace's directory.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// A result on stdout.
fn answer(text: &str) {
    let _closed = write!(std::io::stdout(), "{text}");
}

/// A line on stderr.
fn say(line: &str) {
    let _closed = writeln!(std::io::stderr(), "{line}");
}
