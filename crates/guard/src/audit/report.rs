//! Audits as text: a block for each key, a line for each finding, and each remedy once.

use super::finding::Finding;
use super::rule::{Level, Rule};
use super::{Accepted, Audit};
use crate::units::counted;
use crate::wrapped;
use near_crypto::PublicKeyHandle;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// Audits in lines of 80 columns. Findings that the baseline accepts are only counted; JSON and SARIF list
/// them.
///
/// Many keys with the same findings share a block.
#[derive(Clone, Copy, Debug)]
pub struct AuditReport<'a> {
    audits: &'a [Audit],
    least: Level,
    summary: bool,
}

impl<'a> AuditReport<'a> {
    /// All findings.
    #[must_use]
    pub fn new(audits: &'a [Audit]) -> Self {
        Self { audits, least: Level::Note, summary: false }
    }

    /// Lists findings of level `least` or graver, and counts the rest.
    #[must_use]
    pub fn from_level(self, least: Level) -> Self {
        Self { least, ..self }
    }

    /// Counts findings by rule, and lists none.
    #[must_use]
    pub fn summarized(self) -> Self {
        Self { summary: true, ..self }
    }

    fn is_listed(&self, finding: &Finding) -> bool {
        !finding.suppressed && finding.level >= self.least
    }
}

impl fmt::Display for AuditReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for audit in self.audits {
            let keys = counted(audit.keys as u64, "key");
            writeln!(f, "{}: {keys}, before block {}", audit.account_id, audit.height)?;
            match self.summary {
                true => by_rule(f, audit, self.least)?,
                false => self.listed(f, audit)?,
            }
            stale(f, &audit.stale)?;
            writeln!(f)?;
        }
        if !self.summary {
            self.remedies(f)?;
        }
        writeln!(f, "{}", Totals::of(self.audits))
    }
}

impl AuditReport<'_> {
    fn listed(&self, f: &mut fmt::Formatter<'_>, audit: &Audit) -> fmt::Result {
        let listed = audit.findings.iter().filter(|finding| self.is_listed(finding));
        let (of_keys, of_account): (Vec<_>, Vec<_>) =
            listed.partition(|finding| finding.public_key.is_some());
        for finding in of_account {
            line(f, finding.level, finding.rule, &finding.evidence.brief())?;
        }
        blocks(audit, of_keys).iter().try_for_each(|block| write!(f, "\n{block}"))
    }

    fn remedies(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.audits.iter().flat_map(|audit| &audit.findings);
        let mut rules: Vec<Rule> =
            found.filter(|finding| self.is_listed(finding)).map(|finding| finding.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        if rules.is_empty() {
            return Ok(());
        }
        writeln!(f, "What to do:")?;
        for rule in rules {
            writeln!(f, "{}", wrapped(&format!("  {}  ", rule.id()), rule.remedy()))?;
        }
        writeln!(f)
    }
}

/// Keys with the same findings.
struct Block<'a> {
    grant: String,
    keys: Vec<&'a PublicKeyHandle>,
    /// The findings of each key, in the same order of rules.
    findings: Vec<Vec<&'a Finding>>,
}

/// This many keys with the same findings share a block.
const MANY: usize = 4;

/// The blocks, in the order of their gravest findings.
fn blocks<'a>(audit: &Audit, findings: Vec<&'a Finding>) -> Vec<Block<'a>> {
    let mut blocks: Vec<Block<'a>> = Vec::new();
    let mut places: HashMap<&PublicKeyHandle, usize> = HashMap::new();
    for finding in findings {
        let Some(key) = &finding.public_key else { continue };
        let place = *places.entry(key).or_insert(blocks.len());
        match blocks.get_mut(place) {
            Some(block) => block.findings[0].push(finding),
            None => {
                let grant = audit.notes.get(key).map(|noted| noted.grant.to_string());
                let (grant, findings) = (grant.unwrap_or_default(), vec![vec![finding]]);
                blocks.push(Block { grant, keys: vec![key], findings });
            }
        }
    }
    together(blocks)
}

/// Joins blocks if many are alike.
fn together(blocks: Vec<Block<'_>>) -> Vec<Block<'_>> {
    let mut alike: BTreeMap<_, usize> = BTreeMap::new();
    for block in &blocks {
        *alike.entry(block.likeness()).or_default() += 1;
    }
    alike.retain(|_, count| *count >= MANY);
    let (mut merged, mut places): (Vec<Block<'_>>, BTreeMap<_, usize>) = Default::default();
    for block in blocks {
        let likeness = block.likeness();
        let place =
            alike.contains_key(&likeness).then(|| *places.entry(likeness).or_insert(merged.len()));
        match place.and_then(|place| merged.get_mut(place)) {
            Some(other) => {
                other.keys.extend(block.keys);
                other.findings.extend(block.findings);
            }
            None => merged.push(block),
        }
    }
    merged
}

impl Block<'_> {
    fn likeness(&self) -> (String, Vec<(Rule, Level)>) {
        let findings = self.findings[0].iter().map(|finding| (finding.rule, finding.level));
        (self.grant.clone(), findings.collect())
    }
}

impl fmt::Display for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMED: usize = 2;
        let grant = if self.grant.is_empty() { String::new() } else { format!(": {}", self.grant) };
        match self.keys.as_slice() {
            [key] => writeln!(f, "{}", wrapped("", &format!("{key}{grant}")))?,
            keys => {
                writeln!(f, "{}", wrapped("", &format!("{} keys{grant}", keys.len())))?;
                keys.iter().take(NAMED).try_for_each(|key| writeln!(f, "  {key}"))?;
                writeln!(f, "  and {} more: --json lists them", keys.len() - NAMED)?;
            }
        }
        let [first, others @ ..] = self.findings.as_slice() else { return Ok(()) };
        for (index, finding) in first.iter().enumerate() {
            let brief = finding.evidence.brief();
            let same = others.iter().all(|found| found[index].evidence.brief() == brief);
            let brief = if same { brief } else { finding.evidence.of_several() };
            line(f, finding.level, finding.rule, &brief)?;
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, level: Level, rule: Rule, brief: &str) -> fmt::Result {
    let prefix = format!("  {:<7} {}  ", level.to_string(), rule.id());
    writeln!(f, "{}", wrapped(&prefix, brief))
}

/// How many findings each rule has.
fn by_rule(f: &mut fmt::Formatter<'_>, audit: &Audit, least: Level) -> fmt::Result {
    let mut counts: BTreeMap<(std::cmp::Reverse<Level>, Rule), (usize, usize)> = BTreeMap::new();
    for finding in audit.findings.iter().filter(|finding| finding.level >= least) {
        let count = counts.entry((std::cmp::Reverse(finding.level), finding.rule)).or_default();
        count.0 += 1;
        count.1 += usize::from(finding.suppressed);
    }
    for ((level, rule), (all, accepted)) in counts {
        let (level, name) = (level.0.to_string(), rule.to_string());
        let accepted =
            if accepted == 0 { String::new() } else { format!(" ({accepted} accepted)") };
        writeln!(f, "  {level:<7} {name:<31} {all:>4}{accepted}")?;
    }
    Ok(())
}

fn stale(f: &mut fmt::Formatter<'_>, stale: &[Accepted]) -> fmt::Result {
    const NAMED: usize = 3;
    for Accepted { rule, fingerprint, .. } in stale.iter().take(NAMED) {
        let text = format!("the baseline accepts {rule} ({fingerprint}), which is no longer found");
        writeln!(f, "{}", wrapped("  ", &text))?;
    }
    match stale.len().saturating_sub(NAMED) {
        0 => Ok(()),
        more => writeln!(f, "  and {more} more that are no longer found"),
    }
}

/// The number of findings by level, and of those that a baseline accepts.
struct Totals {
    errors: u64,
    warnings: u64,
    notes: u64,
    accepted: u64,
}

impl Totals {
    fn of(audits: &[Audit]) -> Self {
        let found = || audits.iter().flat_map(|audit| &audit.findings);
        let of = |level| found().filter(|finding| finding.level == level).count() as u64;
        Self {
            errors: of(Level::Error),
            warnings: of(Level::Warning),
            notes: of(Level::Note),
            accepted: found().filter(|finding| finding.suppressed).count() as u64,
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = counted(self.errors, "error");
        let warnings = counted(self.warnings, "warning");
        let notes = counted(self.notes, "note");
        write!(f, "{errors}, {warnings}, {notes}")?;
        match self.accepted {
            0 => Ok(()),
            accepted => write!(f, " ({accepted} accepted)"),
        }
    }
}

#[cfg(test)]
mod tests {
    mod report;
}
