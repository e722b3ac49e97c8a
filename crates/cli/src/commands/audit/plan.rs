//! Writes the deletions that audits call for to files.

use crate::error::CliError;
use crate::tools::{Context, shell_word, write_document};
use keyway::guard::DeletePlan;
use near_primitives::views::ActionView;
use std::fs;
use std::path::Path;

/// Creates `directory` and writes `plan.json`, with the reasons, and one file for each transaction,
/// in the form that `tx send --actions` reads.
///
/// # Errors
/// If it exists already, so that it cannot contain an older plan's deletions; if it cannot be
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

/// What to do next: the commands that send the plans.
pub(super) fn next(context: &Context, directory: &Path, plans: &[DeletePlan]) -> String {
    const NAMED: usize = 5;
    let files = plans.iter().flat_map(|plan| {
        (1..=plan.transactions.len()).map(move |number| (&plan.account_id, number))
    });
    let commands: Vec<String> = files
        .map(|(account, number)| {
            let file = directory.join(format!("{account}-{number}.json"));
            let file = shell_word(&file.display().to_string());
            let send = format!("tx send {account} {account} --actions {file}");
            format!("  {}", context.command(&send))
        })
        .collect();
    let place = directory.display();
    if commands.is_empty() {
        return format!("there is nothing to delete; {place}/plan.json says what is kept, and why");
    }
    let mut lines = vec![format!("nothing was sent; read {place}/plan.json, then send:")];
    lines.extend(commands.iter().take(NAMED).cloned());
    match commands.len().saturating_sub(NAMED) {
        0 => {}
        more => lines.push(format!("  and {more} more, one for each other file in {place}")),
    }
    lines.push("send soon: a key is deleted even if it is used in the meantime".to_owned());
    lines.join("\n")
}
