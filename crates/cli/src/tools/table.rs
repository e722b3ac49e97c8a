//! Tables that fit the terminal.

use super::words::headed;
use comfy_table::{ContentArrangement, presets};
use console::measure_text_width;
use keyway::keys::printable;
use std::fmt::{self, Display, Write};
use std::io::IsTerminal;

/// A table with a header. The content of its cells is escaped.
#[derive(Debug)]
pub(crate) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The content of a cell.
#[derive(Debug)]
pub(crate) struct Cell(String);

impl Cell {
    /// Whatever has words.
    pub(crate) fn new(content: impl Display) -> Self {
        Self(content.to_string())
    }
}

impl Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An empty table with this header.
pub(crate) fn table<const N: usize>(head: [&str; N]) -> Table {
    Table { head: head.map(str::to_owned).to_vec(), rows: Vec::new() }
}

impl Table {
    /// Adds a row below the others.
    pub(crate) fn add_row(&mut self, cells: impl IntoIterator<Item = impl Display>) -> &mut Self {
        let cells = cells.into_iter().map(|cell| printable(&cell.to_string()).into_owned());
        self.rows.push(cells.collect());
        self
    }

    /// The table for the kind of stdout, without trailing blanks, with its header in bold.
    pub(crate) fn trim_fmt(&self) -> String {
        headed(&self.fitted(page_width()))
    }

    /// Complete if stdout is not a terminal or the table fits; else with shortened keys and
    /// amounts; if that is too wide as well, one block for each row.
    fn fitted(&self, width: Option<usize>) -> String {
        let whole = lines(&self.head, &self.rows);
        let Some(width) = width.filter(|width| widest(&whole) > *width) else { return whole };
        let rows = self.rows.iter().map(|row| row.iter().map(|cell| shortened(cell)).collect());
        let short = lines(&self.head, &rows.collect::<Vec<_>>());
        if widest(&short) <= width {
            return format!("{short}\n{SHORTENED}");
        }
        self.blocks()
    }

    fn blocks(&self) -> String {
        let indent =
            self.head.iter().map(|name| measure_text_width(name)).max().unwrap_or_default();
        let mut text = String::new();
        for row in &self.rows {
            let mut cells = self.head.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
            if let Some((_, first)) = cells.next() {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{first}");
            }
            for (name, cell) in cells {
                let _ = writeln!(text, "  {name:<indent$}  {cell}");
            }
        }
        text.truncate(text.trim_end().len());
        text
    }
}

fn lines(head: &[String], rows: &[Vec<String>]) -> String {
    let mut table = comfy_table::Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(head);
    table.add_rows(rows);
    table.trim_fmt()
}

fn widest(text: &str) -> usize {
    text.lines().map(measure_text_width).max().unwrap_or_default()
}

/// Shows both ends of a key, and four decimals of an amount.
fn shortened(cell: &str) -> String {
    let words = cell.split(' ').map(|word| short_key(word).or_else(|| short_amount(word)));
    let words = words.zip(cell.split(' ')).map(|(short, word)| short.unwrap_or(word.to_owned()));
    words.collect::<Vec<_>>().join(" ")
}

/// `ed25519:FNnR…x9Qz`
fn short_key(word: &str) -> Option<String> {
    let (curve, body) = word.split_once(':')?;
    let is_key = body.len() > 30 && body.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let (first, last) = (body.get(..SHOWN)?, body.get(body.len().checked_sub(SHOWN)?..)?);
    is_key.then(|| format!("{curve}:{first}…{last}"))
}

/// `~0.2498`
fn short_amount(word: &str) -> Option<String> {
    let (whole, decimals) = word.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_long = digits(whole) && digits(decimals) && decimals.len() > SHOWN + 2;
    is_long.then(|| format!("~{whole}.{}", &decimals[..SHOWN]))
}

/// The width of the terminal on stdout; `None` if stdout is not a terminal, so that nothing needs
/// to be shortened.
#[expect(clippy::disallowed_methods, reason = "the command line reads the environment")]
pub(crate) fn page_width() -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    said.or_else(|| console::Term::stdout().size_checked().map(|(_, columns)| columns.into()))
}

/// Characters shown at each end of a key, and decimals of an amount.
const SHOWN: usize = 4;

const SHORTENED: &str = "(shortened to fit: a pipe or --json shows everything)";

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ed25519:FNnRGqaPbvq9Zd8WcPN2vQzMJBqxBcGfSRDdGnZLx9Qz";

    fn keys() -> Table {
        let mut keys = table(["public key", "access", "contract", "gas budget"]);
        keys.add_row([KEY, "full", "", "no limit"]);
        keys.add_row([KEY, "function call", "game.near", "0.2498380137845776 NEAR"]);
        keys
    }

    #[test]
    fn what_is_piped_is_whole() {
        let text = keys().fitted(None);
        assert_eq!(text.matches(KEY).count(), 2, "{text}");
        assert!(text.contains("0.2498380137845776 NEAR") && widest(&text) > 100, "{text}");
        assert_eq!(keys().fitted(Some(200)), text);
    }

    #[test]
    fn eighty_columns_are_enough() {
        let text = keys().fitted(Some(80));
        assert!(widest(&text) <= 80, "{text}");
        assert!(text.contains("ed25519:FNnR…x9Qz") && text.contains("~0.2498 NEAR"), "{text}");
        assert!(text.ends_with(SHORTENED), "{text}");
    }

    #[test]
    fn where_nothing_fits_a_row_is_a_block() {
        let text = keys().fitted(Some(40));
        assert_eq!(text.matches(KEY).count(), 2, "{text}");
        assert!(text.contains("\n  gas budget  0.2498380137845776 NEAR"), "{text}");
    }

    #[test]
    fn a_cell_stays_in_its_cell() {
        let mut names = table(["functions", "x"]);
        names.add_row(["a\nfaked row\u{1b}[2J", "\u{202e}"]);
        let text = names.fitted(None);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.contains("a\\nfaked row\\u{1b}[2J") && text.contains("\\u{202e}"), "{text}");
    }
}
