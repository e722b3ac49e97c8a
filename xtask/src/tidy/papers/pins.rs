//! Numbers in papers: each is the value of a constant, read from the source.

use crate::oldest;
use crate::tidy::differences::sources;
use std::fs;
use std::path::Path;

/// Looks up every number that is pinned.
pub(super) fn check(root: &Path, problems: &mut Vec<String>) {
    for pin in &PINS {
        if let Err(problem) = check_pin(root, pin) {
            problems.push(problem);
        }
    }
    match oldest::stated(root) {
        Ok(version) if read(root, "README.md").contains(&format!("Rust {version} or newer")) => {}
        Ok(version) => problems.push(format!("README.md does not ask for Rust {version} or newer")),
        Err(problem) => problems.push(problem),
    }
}

/// A sentence with a number in it.
struct Pin {
    paper: &'static str,
    /// The sentence, or enough of it; `{}` stands for the number.
    says: &'static str,
    /// A part of the path of the file that has the constant.
    source: &'static str,
    constant: &'static str,
    /// How many of the constant's units make one of the paper's.
    unit: u128,
}

const fn pin(
    paper: &'static str,
    says: &'static str,
    source: &'static str,
    constant: &'static str,
    unit: u128,
) -> Pin {
    Pin { paper, says, source, constant, unit }
}

const MIB: u128 = 1 << 20;

const TERA: u128 = 1_000_000_000_000;

const PINS: [Pin; 13] = [
    pin(
        "ARCHITECTURE.md",
        "until its blocks have burnt {} Tgas",
        "node/include.rs",
        "SHORT_GAS",
        1,
    ),
    pin("bindings/node/README.md", "burns at most {} Tgas", "node/include.rs", "SHORT_GAS", 1),
    pin("docs/format.md", "A genesis of more than {} records", "home/source.rs", "LARGE", 1),
    pin("docs/format.md", "At most {} transactions", "node/src/queue.rs", "MAX_WAITING", 1),
    pin("docs/format.md", "too long ({} MB by an estimate", "bounds.rs", "BYTES", MIB),
    pin("docs/format.md", "or had burnt more than {} Pgas", "bounds.rs", "GAS", 1_000),
    pin("docs/format.md", "from {} blocks or", "persistence.rs", "MOST_BLOCKS_WITHOUT_HOME", 1),
    pin("docs/format.md", "The journal, format {}", "journal/header.rs", "FORMAT", 1),
    pin("docs/format.md", "The store, format {}", "store/src/lib.rs", "FORMAT", 1),
    pin("docs/format.md", "longer than {} bytes", "state/src/row.rs", "INLINE", 1),
    pin("docs/rpc.md", "share a block, up to {} of them", "chain/src/", "MAX_TRANSACTIONS", 1),
    pin("docs/rpc.md", "with more than {} Tgas together", "node/src/queue.rs", "PART_GAS", TERA),
    pin("README.md", "an empty block every {} ms", "home/config.rs", "EMPTY_BLOCK_INTERVAL", 1),
];

fn check_pin(root: &Path, pin: &Pin) -> Result<(), String> {
    let Pin { paper, source, constant, .. } = pin;
    let files = sources(root.join("crates")).into_iter();
    let declared = format!("const {constant}: ");
    let text = files
        .filter(|path| path.to_string_lossy().contains(source))
        .filter_map(|path| fs::read_to_string(path).ok())
        .find(|text| text.contains(&declared));
    let line = text.as_deref().and_then(|text| text.split(&declared).nth(1)?.split(';').next());
    let line =
        line.ok_or_else(|| format!("{paper} is pinned to {source}::{constant}, which is gone"))?;
    let value =
        value(line).ok_or_else(|| format!("{source}::{constant} cannot be read: {line}"))?;
    let said = pin.says.replace("{}", &with_commas(value / pin.unit));
    if read(root, paper).contains(&said) {
        Ok(())
    } else {
        Err(format!("{paper} must say: {said}"))
    }
}

/// The number of `usize = 512 << 20` and the like: sums are of `<<` and `*` alone, units are ignored.
fn value(declaration: &str) -> Option<u128> {
    let (_, value) = declaration.split_once('=')?;
    let inner = value.rsplit_once('(').map_or(value, |(_, inner)| inner).trim_end_matches(')');
    let number = |text: &str| text.trim().replace('_', "").parse::<u128>().ok();
    if let Some((left, right)) = inner.split_once("<<") {
        return number(left)?.checked_shl(u32::try_from(number(right)?).ok()?);
    }
    inner.split('*').try_fold(1_u128, |product, factor| product.checked_mul(number(factor)?))
}

fn with_commas(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn read(root: &Path, paper: &str) -> String {
    fs::read_to_string(root.join(paper)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_read() {
        for (declaration, number) in [
            ("usize = 512 << 20", 512 << 20),
            ("u64 = 64 * 1_024", 65_536),
            ("Gas = Gas::from_teragas(3_000)", 3_000),
            ("u32 = 4", 4),
        ] {
            assert_eq!(value(declaration), Some(number), "{declaration}");
        }
        assert_eq!(value("usize = OTHER"), None);
    }

    #[test]
    fn numbers_are_written_as_papers_do() {
        assert_eq!(
            [2_000, 999, 1_000_000, 1_024].map(with_commas),
            ["2,000", "999", "1,000,000", "1,024"]
        );
    }

    #[test]
    fn another_number_and_a_lost_constant_are_found() {
        let root = crate::root();
        let checked = |says, constant| {
            check_pin(&root, &pin("docs/format.md", says, "bounds.rs", constant, MIB))
        };
        assert_eq!(checked("too long ({} MB by an estimate", "BYTES"), Ok(()));
        assert!(
            checked("too long ({} GB by an estimate", "BYTES").unwrap_err().contains("must say")
        );
        assert!(checked("{}", "GONE").unwrap_err().contains("is gone"));
    }
}
