//! What a release is made of names the same version, systems and compiler everywhere.

use crate::formula;
use crate::oldest;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Compares manifests, the release workflow, the image and the formula.
pub(super) fn check(root: &Path, problems: &mut Vec<String>) {
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    match formula::version(&read("Cargo.toml")) {
        Err(problem) => problems.push(problem),
        Ok(version) => {
            let versions = [
                ("bindings/node/package.json", format!("\"version\": \"{version}\"")),
                ("bindings/node/README.md", format!("dist/keyway-{version}.tgz")),
                ("bindings/python/pyproject.toml", format!("\nversion = \"{version}\"")),
            ];
            for (path, words) in versions {
                if !read(path).contains(&words) {
                    problems.push(format!("{path} must say {}, as Cargo.toml does", words.trim()));
                }
            }
        }
    }
    match oldest::stated(root) {
        Err(problem) => problems.push(problem),
        Ok(compiler) => {
            if !read(IMAGE).contains(&format!("FROM rust:{compiler}-")) {
                problems.push(format!("{IMAGE} must build with Rust {compiler}"));
            }
        }
    }
    let platforms = platforms(&read(PLATFORMS));
    let built = built(&read(WORKFLOW));
    if platforms != built {
        problems.push(format!("{WORKFLOW} builds {built:?}, but {PLATFORMS} has {platforms:?}"));
    }
    let targets: BTreeSet<_> = platforms.values().collect();
    for target in blanks(&read(formula::TEMPLATE)) {
        if !targets.contains(&target) {
            problems.push(format!("{} needs {target}, which is not built", formula::TEMPLATE));
        }
    }
}

/// The targets by the name of the package for Node.js.
fn platforms(json: &str) -> BTreeMap<String, String> {
    let all: BTreeMap<String, Value> = serde_json::from_str(json).unwrap_or_default();
    let target = |it: &Value| it["target"].as_str().unwrap_or_default().to_owned();
    all.iter().map(|(name, it)| (name.clone(), target(it))).collect()
}

/// The same, as the matrix of the workflow has it: a line `- platform:` and then one `target:`.
fn built(workflow: &str) -> BTreeMap<String, String> {
    let mut lines = workflow.lines().map(str::trim);
    let mut found = BTreeMap::new();
    while let Some(line) = lines.next() {
        let Some(platform) = line.strip_prefix("- platform: ") else { continue };
        let target = lines.next().and_then(|line| line.strip_prefix("target: "));
        found.insert(platform.to_owned(), target.unwrap_or_default().to_owned());
    }
    found
}

fn blanks(template: &str) -> impl Iterator<Item = String> {
    template.split("@SHA256 ").skip(1).filter_map(|rest| Some(rest.split_once('@')?.0.to_owned()))
}

const IMAGE: &str = "Dockerfile";

const PLATFORMS: &str = "bindings/node/platforms.json";

const WORKFLOW: &str = ".github/workflows/release.yml";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_target_in_the_workflow_is_seen() {
        let workflow = "include:\n  - platform: a\n    target: x\n  - platform: b\n    target: y\n";
        let json = r#"{"a": {"target": "x"}, "b": {"target": "y"}}"#;
        assert_eq!(built(workflow), platforms(json));
        assert_ne!(built(&workflow.replace('y', "z")), platforms(json));
        assert_ne!(built(""), platforms(json));
    }

    #[test]
    fn another_version_is_seen() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("Cargo.toml"), "version = \"9.9.9\"\nrust-version = \"1.95\"\n")
            .unwrap();
        let mut problems = Vec::new();
        check(root.path(), &mut problems);
        for path in ["package.json", "pyproject.toml", "Dockerfile", "README.md"] {
            assert!(problems.iter().any(|problem| problem.contains(path)), "{path}: {problems:?}");
        }
    }
}
