//! House rules that no compiler checks, as a test.

mod contracts;
mod crates;
mod differences;
mod files;
mod names;
mod papers;
mod release;

use std::path::Path;

/// What breaks the rules in the workspace at `root`, one line each; empty when nothing does.
pub(crate) fn problems(root: &Path) -> Vec<String> {
    let mut problems = Vec::new();
    files::check(root, &mut problems);
    crates::check(root, &mut problems);
    contracts::check(root, &mut problems);
    differences::check(root, &mut problems);
    names::check(root, &mut problems);
    papers::check(root, &mut problems);
    release::check(root, &mut problems);
    problems
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_workspace_is_tidy() {
        let problems = super::problems(&crate::root());
        assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    }
}
