//! The deletions that audits lead to, as files.

use crate::error::CliError;
use crate::tools::{Context, shell_word, write_document};
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

/// What to do next: the commands that send the plans, for whoever read them.
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
        return format!("nothing is to be deleted; what is kept and why is in {place}/plan.json");
    }
    let mut lines = vec![format!("nothing is sent; read {place}/plan.json, then send:")];
    lines.extend(commands.iter().take(NAMED).cloned());
    match commands.len().saturating_sub(NAMED) {
        0 => {}
        more => lines.push(format!("  and {more} more, one for each file beside it")),
    }
    lines.push(
        "a key that is used in the meantime would go all the same: do not wait long".to_owned(),
    );
    lines.join("\n")
}
