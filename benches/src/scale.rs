//! What grows with the number of accounts: chains of many sizes, measured one after the other.

pub(crate) mod genesis;
mod picture;
mod step;

use crate::note;
use keyway_bench::Problem;
use std::fs;
use std::path::Path;
use step::Step;

/// The sizes that are measured when no others are asked for.
pub(crate) const SIZES: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// Measures the node of `binary` with so many accounts each time, and draws what grows.
///
/// # Errors
/// When a node does not start, or answers with an error.
pub(crate) fn run(binary: &Path, sizes: &[u64], picture: Option<&Path>) -> Result<String, Problem> {
    let mut steps = Vec::new();
    for accounts in sizes {
        note(&format!("{accounts} accounts"));
        steps.push(Step::measure(binary, *accounts)?);
    }
    if let Some(path) = picture {
        fs::write(path, picture::draw(&steps))?;
    }
    Ok(table(&steps))
}

/// A table as the documents have it: a line a figure, a column a size.
fn table(steps: &[Step]) -> String {
    let columns = |cell: &dyn Fn(&Step) -> String| {
        steps.iter().map(|step| format!(" {} |", cell(step))).collect::<String>()
    };
    let mut lines = vec![
        format!("| accounts |{}", columns(&|step| picture::count(step.accounts))),
        format!("|---|{}", columns(&|_| "---:".to_owned()).replace(' ', "")),
    ];
    for figure in &step::FIGURES {
        lines.push(format!("| {} |{}", figure.name, columns(&|step| figure.text(step))));
    }
    lines.join("\n")
}
