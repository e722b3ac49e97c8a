//! The formula for Homebrew, from its template and the checksums of a release.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The formula with the version of the workspace and the checksums in the file `sums`.
///
/// # Errors
/// If a file cannot be read, or `sums` lacks an archive.
pub(crate) fn filled(root: &Path, sums: &Path) -> Result<String, String> {
    let read = |path: &Path| {
        fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let version = version(&read(&root.join("Cargo.toml"))?)?;
    fill(&read(&root.join(TEMPLATE))?, &version, &read(sums)?)
}

/// The version in the workspace's Cargo.toml.
///
/// # Errors
/// If it has none.
pub(crate) fn version(manifest: &str) -> Result<String, String> {
    let line = manifest.lines().find_map(|line| line.strip_prefix("version = \""));
    let version = line.and_then(|line| line.strip_suffix('"'));
    version.map(str::to_owned).ok_or_else(|| "Cargo.toml has no version".to_owned())
}

fn fill(template: &str, version: &str, sums: &str) -> Result<String, String> {
    let sums: BTreeMap<&str, &str> = sums
        .lines()
        .filter_map(|line| line.split_once("  "))
        .filter(|(sum, _)| sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .map(|(sum, file)| (file, sum))
        .collect();
    let mut text =
        template.replace("@VERSION@", version).replace("@URL@", &format!("{RELEASES}/v{version}"));
    while let Some((before, rest)) = text.split_once("@SHA256 ") {
        let (target, after) = rest.split_once('@').ok_or("the template has an open @SHA256")?;
        let archive = format!("keyway-{version}-{target}.tar.gz");
        let sum = sums.get(archive.as_str()).ok_or_else(|| {
            format!("there is no checksum of {archive}: build it, then run sha256sum")
        })?;
        text = format!("{before}{sum}{after}");
    }
    Ok(text)
}

/// The formula with blanks.
pub(crate) const TEMPLATE: &str = "packaging/homebrew/keyway.rb";

const RELEASES: &str = "https://github.com/keyway/keyway/releases/download";

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(targets: &[&str]) -> String {
        let line = |target: &&str| format!("{}  keyway-1.2.3-{target}.tar.gz\n", "ab".repeat(32));
        targets.iter().map(line).collect()
    }

    #[test]
    fn every_blank_is_filled() {
        let template = fs::read_to_string(crate::root().join(TEMPLATE)).unwrap();
        let targets = [
            "aarch64-apple-darwin",
            "x86_64-apple-darwin",
            "aarch64-unknown-linux-gnu",
            "x86_64-unknown-linux-gnu",
        ];
        let formula = fill(&template, "1.2.3", &sums(&targets)).unwrap();
        assert!(!formula.contains('@'), "{formula}");
        assert!(
            formula.contains("/v1.2.3/keyway-1.2.3-aarch64-apple-darwin.tar.gz\""),
            "{formula}"
        );
        assert_eq!(formula.matches(&"ab".repeat(32)).count(), targets.len());
        let missing = fill(&template, "1.2.3", &sums(&targets[1..])).unwrap_err();
        assert!(missing.contains("keyway-1.2.3-aarch64-apple-darwin.tar.gz"), "{missing}");
    }
}
