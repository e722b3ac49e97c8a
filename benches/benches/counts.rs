//! Instructions, counted by Valgrind: `cargo bench -p keyway-bench --bench counts`. They are the same
//! whatever else the machine does.

use keyway_bench::{Hand, Problem, World, YARDSTICK, table, take_prices};
use std::fs;
use std::hint::black_box;
use std::io::{Write, stderr, stdout};
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs itself under Valgrind, which writes a file whenever [`counted`] ends.
fn main() -> Result<(), Problem> {
    if std::env::args().nth(1).as_deref() == Some(UNDER_VALGRIND) {
        // No contracts: their VM wants more addresses than Valgrind has.
        return take_prices(&mut Counts, &World::new()?);
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(writeln!(stderr(), "nothing is counted: valgrind is not installed")?);
    }
    let dir = tempfile::tempdir()?;
    let names = names(dir.path())?;
    let counts = names.lines().zip(1_u32..).map(|(name, number)| {
        Ok((name, instructions(&dir.path().join(format!("counts.{number}")))?))
    });
    let counts = counts.collect::<Result<Vec<_>, Problem>>()?;
    write!(stdout(), "{}", table("instructions", &counts))?;
    hold_to_the_aim(&counts)
}

/// All that the engine does for a transfer, and to authorise a call, costs less than one signature
/// check.
fn hold_to_the_aim(counts: &[(&str, f64)]) -> Result<(), Problem> {
    let sum = |prefix| {
        let part = counts.iter().filter(|(name, _)| name.starts_with(prefix));
        part.map(|(_, count)| count).sum::<f64>()
    };
    let (engine, check) = (sum("engine/"), sum(YARDSTICK));
    if engine < check {
        return Ok(());
    }
    Err(format!("the engine's work takes {engine} instructions, one signature check {check}")
        .into())
}

/// Counts into `dir`; returns what was counted, line by line.
fn names(dir: &Path) -> Result<String, Problem> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no", "--quiet"])
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(format!("--dump-after={COUNTED}"))
        .arg(format!("--callgrind-out-file={}", dir.join("counts").display()))
        .arg(std::env::current_exe()?)
        .arg(UNDER_VALGRIND)
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("valgrind ended with {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// What a file of Callgrind's counted.
fn instructions(file: &Path) -> Result<f64, Problem> {
    let text = fs::read_to_string(file)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals:"));
    Ok(total.ok_or_else(|| format!("{}: no totals", file.display()))?.trim().parse()?)
}

/// Says what it counts.
struct Counts;

impl Hand for Counts {
    fn take_prepared<S, T>(
        &mut self,
        name: &'static str,
        mut prepare: impl FnMut() -> Result<S, Problem>,
        mut work: impl FnMut(&mut S) -> Result<T, Problem>,
    ) -> Result<(), Problem> {
        // The first time makes what later ones find in place.
        work(&mut prepare()?)?;
        let mut made = prepare()?;
        counted(&mut || drop(black_box(work(&mut made))));
        Ok(writeln!(stdout(), "{name}")?)
    }
}

/// Valgrind counts in here alone.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
    // Whatever was called last has to come back here.
    black_box(());
}

const COUNTED: &str = "counts::counted";
const UNDER_VALGRIND: &str = "--under-valgrind";
