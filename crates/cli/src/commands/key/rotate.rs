//! `key rotate`: a new key in the place of one, with a working key at every moment.

mod drive;
mod error;
mod journal;
mod report;
mod start;

pub(crate) use error::RotateError;

use super::generate::CurveName;
use super::grant::GrantArgs;
use crate::error::CliError;
use crate::tools::{Context, KeyName, SigningArgs, SigningPlace, VaultName};
use clap::Args;
use drive::Drive;
use journal::Journal;
use keyway::AccountId;

/// Arguments of `key rotate`.
#[derive(Args, Debug)]
#[command(after_help = "\
The new secret is written and read back, the new key is added, a transaction signed with it proves
that it works, ACCOUNT.json is pointed to it, and only then is the old key deleted. What was decided
stands in a file without secrets until the end: after a crash, --resume goes on.

Examples:
  keyway key rotate alice.near                    the one key of alice.near that is at hand
  keyway key rotate alice.near ed25519:… --curve ml-dsa-65
                                                  this one, by a post-quantum key
  keyway key rotate alice.near ed25519:… --contract game.near --functions play --allowance '1 NEAR'
                                                  by a key that may do just this
  keyway key rotate alice.near --resume           go on after a crash
  keyway key rotate alice.near --abandon          keep the old key after all")]
pub(crate) struct RotateArgs {
    /// Whose key
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The key that goes, long ones also by their hash [default: the one at hand, if there is just one]
    #[arg(value_name = "OLD_KEY")]
    old_key: Option<KeyName>,
    /// The kind of the new key [default: the old one's]
    #[arg(long, value_enum)]
    curve: Option<CurveName>,
    /// Where to keep the new secret [default: where the signing key is; needed with --key-file and
    /// --key-env]
    #[arg(long, value_enum, value_name = "PLACE")]
    to: Option<VaultName>,
    /// Change both keys in one transaction: nothing is proven before the old key goes
    #[arg(long)]
    atomic: bool,
    /// Go on with a rotation that was interrupted
    #[arg(long, conflicts_with_all = ["old_key", "curve", "to", "atomic", "GrantArgs"])]
    resume: bool,
    /// Take an interrupted rotation back, while the old key is there: the new one is deleted
    #[arg(long, conflicts_with_all = ["old_key", "curve", "to", "atomic", "GrantArgs", "resume"])]
    abandon: bool,
    /// Remove the old secret at the end, instead of setting its file aside. What is in a --key-file
    /// or a variable stays
    #[arg(long, conflicts_with = "abandon")]
    forget_old: bool,
    /// What the new key may do, if not the same as the old one.
    #[command(flatten)]
    grant: GrantArgs,
    #[command(flatten)]
    signing: SigningArgs,
}

impl RotateArgs {
    /// Rotates, goes on, or takes back.
    ///
    /// # Errors
    /// [`RotateError`] when there is nothing to go on with, or too much; what the chain says; what
    /// the disk says. Whatever was done stays written down, and `--resume` goes on.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let place = Journal::place(context, &self.account).await?;
        let drive = if self.resume || self.abandon {
            self.pick_up(context, Journal::read(place, &self.account)?).await?
        } else {
            self.start(context, place).await?
        };
        let report = if self.abandon { drive.take_back().await? } else { drive.run().await? };
        context.answer.give(&report)
    }

    async fn pick_up<'a>(
        &self,
        context: &'a Context,
        mut journal: Journal,
    ) -> Result<Drive<'a>, CliError> {
        journal.forget_old |= self.forget_old;
        let keys = self.signing.keys(context, &self.account).await?;
        Drive::new(context, journal, keys).await
    }

    /// Where the new secret goes: never somewhere less safe than the old one without being told.
    fn vault_name(&self) -> Result<VaultName, CliError> {
        match (self.to, self.signing.place()) {
            (Some(name), _) | (None, SigningPlace::Vault(name)) => Ok(name),
            (None, SigningPlace::File(_) | SigningPlace::Variable(_)) => Err(CliError::Misfit(
                "say where to keep the new secret: --to files, encrypted or keychain".to_owned(),
            )),
        }
    }
}
