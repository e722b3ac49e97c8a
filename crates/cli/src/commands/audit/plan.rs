//! The deletions that audits lead to, as files.

use crate::error::CliError;
use crate::tools::write_document;
use keyway::guard::DeletePlan;
use near_primitives::views::ActionView;
use std::fs;
use std::path::Path;

/// Makes `directory` and writes into it `plan.json`, with the reasons, and a file for the actions of
/// each transaction, as `tx send --actions` takes them.
///
/// # Errors
/// When it is there already, so that what an older plan deletes is not among it; when it cannot be
/// written.
pub(super) fn write(directory: &Path, plans: &[DeletePlan]) -> Result<(), CliError> {
    fs::create_dir(directory).map_err(|source| CliError::File {
        doing: "make the directory",
        path: directory.to_owned(),
        source,
    })?;
    write_document(&directory.join("plan.json"), &plans)?;
    for plan in plans {
        for (number, planned) in (1..).zip(&plan.transactions) {
            let file = directory.join(format!("{}-{number}.json", plan.account_id));
            let actions: Vec<_> = planned.actions.iter().cloned().map(ActionView::from).collect();
            write_document(&file, &actions)?;
        }
    }
    Ok(())
}
