//! Audits in SARIF 2.1.0.

use super::Audit;
use super::finding::Finding;
use super::rule::{Level, Rule};
use serde::Serialize;
use serde_json::Value;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The report of `audits` in SARIF 2.1.0, which code scanning tools read.
///
/// ```
/// let empty = keyway_guard::sarif(&[]);
/// assert_eq!(empty["version"], "2.1.0");
/// assert_eq!(empty["runs"][0]["tool"]["driver"]["rules"][0]["id"], "KW001");
/// ```
#[must_use]
pub fn sarif(audits: &[Audit]) -> Value {
    let results = audits.iter().flat_map(|audit| &audit.findings).map(result).collect();
    let driver = Driver {
        name: "keyway",
        version: env!("CARGO_PKG_VERSION"),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules: Rule::ALL.into_iter().map(descriptor).collect(),
    };
    let runs = [Run { tool: Tool { driver }, results }];
    // Structs of text and numbers always serialize.
    serde_json::to_value(Log { schema: SCHEMA, version: "2.1.0", runs }).unwrap_or(Value::Null)
}

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
struct Run {
    tool: Tool,
    results: Vec<SarifResult>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    information_uri: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    name: &'static str,
    short_description: Text,
    help: Text,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: Level,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: &'static str,
    rule_index: usize,
    level: Level,
    message: Text,
    locations: Vec<Location>,
    partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<PhysicalLocation>,
    logical_locations: [LogicalLocation; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: Artifact,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
    kind: &'static str,
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "keyway/v1")]
    fingerprint: String,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
}

fn descriptor(rule: Rule) -> Descriptor {
    Descriptor {
        id: rule.id(),
        name: rule.name(),
        short_description: Text { text: rule.summary().to_owned() },
        help: Text { text: rule.remedy().to_owned() },
        default_configuration: Configuration { level: rule.level() },
    }
}

fn result(finding: &Finding) -> SarifResult {
    let text = format!("{}: {}. {}", finding.subject(), finding.reason, finding.remedy);
    let accepted = finding.suppressed.then_some(Suppression { kind: "external" });
    SarifResult {
        rule_id: finding.rule.id(),
        rule_index: Rule::ALL.iter().position(|rule| *rule == finding.rule).unwrap_or(0),
        level: finding.level,
        message: Text { text },
        locations: locations(finding),
        partial_fingerprints: Fingerprints { fingerprint: finding.fingerprint.clone() },
        suppressions: accepted.into_iter().collect(),
    }
}

/// One location for each key file; without key files, one for the key or the account.
fn locations(finding: &Finding) -> Vec<Location> {
    let location = |path: Option<&str>| Location {
        physical_location: path
            .map(|path| PhysicalLocation { artifact_location: Artifact { uri: uri(path) } }),
        logical_locations: [LogicalLocation {
            fully_qualified_name: finding.subject(),
            kind: "resource",
        }],
    };
    match finding.evidence.paths().as_slice() {
        [] => vec![location(None)],
        paths => paths.iter().map(|path| location(Some(path))).collect(),
    }
}

/// `path` as a URI: absolute paths with the scheme `file`, unusual bytes percent-encoded.
fn uri(path: &str) -> String {
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let escaped = path.bytes().map(|byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    format!("{scheme}{}", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("/home/a b/ed25519:x.json"), "file:///home/a%20b/ed25519%3Ax.json");
        assert_eq!(uri("keys/a.json"), "keys/a.json");
    }
}
