//! Prices, for people.

use crate::prices::YARDSTICK;

/// A table in Markdown of what was taken, each with its ratio to one ed25519 signature check.
/// `unit` is what the prices count.
pub fn table(unit: &str, prices: &[(&str, f64)]) -> String {
    let yardstick = prices.iter().find(|(name, _)| *name == YARDSTICK).map(|(_, price)| *price);
    let mut lines =
        vec![format!("| work | {unit} | ed25519 checks |"), "|---|---:|---:|".to_owned()];
    for (name, price) in prices {
        let ratio = yardstick.map(|one| format!("{:.3}", price / one)).unwrap_or_default();
        lines.push(format!("| {} | {} | {ratio} |", name.replace('/', ": "), grouped(*price)));
    }
    lines.join("\n") + "\n"
}

/// A whole number, its digits in threes.
fn grouped(price: f64) -> String {
    let digits = format!("{price:.0}");
    let (first, rest) = digits.split_at(digits.len() % 3);
    let threes = rest.as_bytes().chunks(3).map(String::from_utf8_lossy);
    let groups = (!first.is_empty()).then(|| first.into()).into_iter().chain(threes);
    groups.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_stand_beside_one_signature_check() {
        let table = table("ns", &[(YARDSTICK, 40_000.0), ("trie/read a key", 1_234_567.8)]);
        let rows: Vec<&str> = table.lines().collect();
        assert!(rows[2].ends_with("| 40,000 | 1.000 |"), "{table}");
        assert_eq!(rows[3], "| trie: read a key | 1,234,568 | 30.864 |");
        assert_eq!(grouped(999.0), "999");
    }

    #[test]
    fn without_the_yardstick_there_is_no_ratio() {
        assert!(table("ns", &[("trie/read a key", 5.0)]).ends_with("| 5 |  |\n"));
    }
}
