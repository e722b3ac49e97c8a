//! Times: `cargo bench -p keyway-bench --bench times`, with whatever Criterion takes after `--`.

use criterion::{BatchSize, Criterion};
use keyway_bench::{Hand, Problem, World, table, take_call, take_prices};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn main() -> Result<(), Problem> {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("criterion");
    let criterion = Criterion::default()
        .output_directory(&dir)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let mut times = Times { criterion, names: Vec::new() };
    let world = World::new()?;
    take_prices(&mut times, &world)?;
    take_call(&mut times, &world)?;
    times.criterion.final_summary();
    if std::env::args().any(|word| word == "--bench") {
        let names = times.names.iter();
        let medians: Vec<_> = names.filter_map(|name| Some((*name, median(&dir, name)?))).collect();
        write!(std::io::stdout(), "{}", table("ns", &medians))?;
    }
    Ok(())
}

/// Criterion, and what it was given.
struct Times {
    criterion: Criterion,
    names: Vec<&'static str>,
}

impl Hand for Times {
    fn take<T>(
        &mut self,
        name: &'static str,
        mut work: impl FnMut() -> Result<T, Problem>,
    ) -> Result<(), Problem> {
        work()?;
        self.names.push(name);
        self.criterion.bench_function(name, |bencher| bencher.iter(&mut work));
        Ok(())
    }

    fn take_prepared<S, T>(
        &mut self,
        name: &'static str,
        mut prepare: impl FnMut() -> Result<S, Problem>,
        mut work: impl FnMut(&mut S) -> Result<T, Problem>,
    ) -> Result<(), Problem> {
        work(&mut prepare()?)?;
        self.names.push(name);
        let mut prepare = || prepare().expect("what was prepared once can be prepared again");
        self.criterion.bench_function(name, |bencher| {
            bencher.iter_batched_ref(
                &mut prepare,
                |made| work(made).map(drop),
                BatchSize::PerIteration,
            );
        });
        Ok(())
    }
}

/// What Criterion last found for `name`, nanoseconds; none where it never ran.
fn median(dir: &Path, name: &str) -> Option<f64> {
    let found: PathBuf = dir.join(name.replace('/', "_")).join("new/estimates.json");
    let found: serde_json::Value = serde_json::from_slice(&fs::read(found).ok()?).ok()?;
    found["median"]["point_estimate"].as_f64()
}
