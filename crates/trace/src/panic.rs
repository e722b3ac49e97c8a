//! Where a contract panicked, if its message says so.

use serde::{Deserialize, Serialize};

/// A place in a contract's source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanicPlace {
    /// The file, as the compiler named it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

/// The place in a panic's message: Rust writes `panicked at src/lib.rs:12:5`, before 1.73
/// `panicked at 'message', src/lib.rs:12:5`; AssemblyScript writes `filename: "a.ts" line: 3`.
#[must_use]
pub fn panic_place(message: &str) -> Option<PanicPlace> {
    rust(message).or_else(|| assembly_script(message))
}

fn rust(message: &str) -> Option<PanicPlace> {
    let (_, rest) = message.split_once("panicked at ")?;
    rest.split([' ', '\n', ',', '\'', '"']).find_map(place)
}

/// `file:line:column`, perhaps with a colon at the end.
fn place(word: &str) -> Option<PanicPlace> {
    let mut parts = word.trim_end_matches(':').rsplitn(3, ':');
    let (column, line, file) = (parts.next()?, parts.next()?, parts.next()?);
    column.parse::<u32>().ok()?;
    let line = line.parse().ok()?;
    let is_file = !file.is_empty() && file.contains('.');
    is_file.then(|| PanicPlace { file: file.to_owned(), line })
}

fn assembly_script(message: &str) -> Option<PanicPlace> {
    let (_, rest) = message.split_once("filename: \"")?;
    let (file, rest) = rest.split_once('"')?;
    let (_, rest) = rest.split_once("line: ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    Some(PanicPlace { file: file.to_owned(), line: digits.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, expected: Option<(&str, u32)>) {
        let expected = expected.map(|(file, line)| PanicPlace { file: file.to_owned(), line });
        assert_eq!(panic_place(message), expected);
    }

    #[test]
    fn the_place_is_read_from_the_message() {
        check(
            "Smart contract panicked: panicked at src/lib.rs:41:9:\nno",
            Some(("src/lib.rs", 41)),
        );
        check("panicked at 'no, really', src/a.rs:7:3", Some(("src/a.rs", 7)));
        check(
            "no \"a:1\", filename: \"assembly/index.ts\" line: 13 col: 3",
            Some(("assembly/index.ts", 13)),
        );
    }

    #[test]
    fn a_message_without_a_place_has_none() {
        for message in ["", "no", "panicked at ", "panicked at x:1", "panicked at http://a:1:2:3x"]
        {
            check(message, None);
        }
    }
}
