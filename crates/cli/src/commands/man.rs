//! `man`: manual pages.

use crate::error::CliError;
use clap::{Args, Command};
use clap_mangen::Man;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Arguments of `man`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway man ~/.local/share/man/man1
      then `man keyway` and `man keyway-key-rotate` show them")]
pub(crate) struct ManArgs {
    /// The directory, which is made if it does not exist; pages in it are replaced
    #[arg(value_name = "DIRECTORY")]
    directory: PathBuf,
}

impl ManArgs {
    /// Where the pages are written.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Writes a page for each command of `root`, the whole command line. Returns how many.
    ///
    /// # Errors
    /// If the directory or a page cannot be written.
    pub(crate) fn run(&self, root: &Command) -> Result<usize, CliError> {
        let failed = |source: io::Error| CliError::File {
            doing: "write",
            path: self.directory.clone(),
            source,
        };
        fs::create_dir_all(&self.directory).map_err(failed)?;
        write_pages(&self.directory, root, "keyway").map_err(failed)
    }
}

/// Writes the page of a command, whose name with those above it is `name`, and of those below it.
fn write_pages(directory: &Path, command: &Command, name: &str) -> io::Result<usize> {
    let page = command.clone().disable_help_subcommand(true);
    let page = Man::new(page.display_name(name.to_owned())).title(name.to_owned());
    let mut text = Vec::new();
    page.render(&mut text)?;
    fs::write(directory.join(format!("{name}.1")), text)?;
    let below = command.get_subcommands();
    below
        .filter(|command| !command.is_hide_set() && command.get_name() != "help")
        .map(|command| write_pages(directory, command, &format!("{name}-{}", command.get_name())))
        .try_fold(1, |written, more| Ok(written + more?))
}
