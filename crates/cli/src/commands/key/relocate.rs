//! `key move`: moves secret keys from one place to another.

use crate::error::CliError;
use crate::tools::{
    Consent, Context, DeadSecrets, Kept, KeyName, Vault, VaultName, short, some_of,
};
use clap::Args;
use keyway::keys::KeyFile;
use keyway::protocol::PublicKey;
use keyway::{AccountId, KeyPair};
use near_crypto::PublicKeyHandle;
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// Arguments of `key move`.
#[derive(Args, Debug)]
#[command(after_help = "\
The secret is written, read back and compared before it is removed from its old
place.

Examples:
  keyway key move alice.near --to encrypted
      every key of alice.near in the key files
  keyway key move alice.near ed25519:… --to keychain
      this one
  keyway key move alice.near --from encrypted --to files")]
pub(crate) struct MoveArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The keys; a long key can be named by its hash [default: all that are in --from]
    #[arg(value_name = "PUBLIC_KEY")]
    public_keys: Vec<KeyName>,
    /// Where they are now
    #[arg(long, value_enum, value_name = "PLACE", default_value_t)]
    from: VaultName,
    /// Where to move them
    #[arg(long, value_enum, value_name = "PLACE")]
    to: VaultName,
    /// Also remove, without asking, a seed phrase that is stored with a key and cannot be moved
    #[arg(long)]
    yes_forget: bool,
}

impl MoveArgs {
    /// Moves the secrets, one after another.
    ///
    /// # Errors
    /// [`CliError::NotAtHand`] if one of them is not found, and [`CliError::NotConfirmed`] if a
    /// seed phrase would be lost: nothing is moved then. If a place cannot be used.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        if self.from == self.to {
            return Err(CliError::Invalid("--from and --to name the same place".to_owned()));
        }
        let from = Vault::open(context, self.from).await?;
        let pairs = self.pairs(&from)?;
        self.agree_to_lose_phrases(context, &pairs).await?;
        let to = Vault::open_to_keep(context, self.to).await?;
        let mut moved = Vec::new();
        for pair in &pairs {
            moved.push(self.one(context, &from, &to, pair).await?);
        }
        context.answer.give(&AllMoved { account: self.account.clone(), moved })
    }

    fn pairs(&self, from: &Vault) -> Result<Vec<KeyPair>, CliError> {
        let there = from.list(&self.account)?;
        let missing = |public_key: PublicKeyHandle| CliError::NotAtHand {
            account: self.account.clone(),
            public_key,
        };
        let wanted: Vec<PublicKey> = match self.public_keys.as_slice() {
            [] => there,
            names => {
                let find = |name: &KeyName| {
                    let key = there.iter().find(|key| short(key) == name.handle());
                    key.cloned().ok_or_else(|| missing(name.handle()))
                };
                names.iter().map(find).collect::<Result<_, _>>()?
            }
        };
        if wanted.is_empty() {
            return Err(CliError::Invalid(format!(
                "no secret key of {} was found there: name another place with --from",
                self.account
            )));
        }
        let read =
            |key: &PublicKey| from.read(&self.account, key)?.ok_or_else(|| missing(key.into()));
        wanted.iter().map(read).collect()
    }

    /// A key file may contain the seed phrase of its key, which belongs to other keys as well.
    async fn agree_to_lose_phrases(
        &self,
        context: &Context,
        pairs: &[KeyPair],
    ) -> Result<(), CliError> {
        if self.from != VaultName::Files {
            return Ok(());
        }
        let files = context.key_files().await?;
        let files = pairs.iter().flat_map(|pair| files.files_of(&self.account, pair.public_key()));
        let with_phrase = |path: &PathBuf| KeyFile::has_seed_phrase(path).unwrap_or(true);
        let lost: Vec<_> =
            files.filter(with_phrase).map(|path| path.display().to_string()).collect();
        if lost.is_empty() {
            return Ok(());
        }
        let danger = format!(
            "The seed phrase in {} will be removed: the key is moved to the new place, the phrase is not.",
            some_of(&lost)
        );
        let (word, given) = (self.account.as_str(), self.yes_forget);
        Consent { danger: &danger, word, flag: "--yes-forget", given }.ask()
    }

    async fn one(
        &self,
        context: &Context,
        from: &Vault,
        to: &Vault,
        pair: &KeyPair,
    ) -> Result<Moved, CliError> {
        let (account, key) = (&self.account, pair.public_key());
        let kept = to.keep_once(account, pair)?;
        if to.read(account, key)?.as_ref() != Some(pair) {
            return Err(CliError::Invalid(format!(
                "{} was written but reads back as another key: the old copy was kept",
                short(key)
            )));
        }
        let removed = match self.from {
            VaultName::Files => {
                let mut dead =
                    DeadSecrets::find(context, account, std::slice::from_ref(key)).await?;
                dead.keep_only(Some(VaultName::Files));
                dead.forget().whole()?.removed
            }
            VaultName::Encrypted | VaultName::Keychain => {
                from.erase(account, key)?;
                Vec::new()
            }
        };
        Ok(Moved { public_key: key.clone(), kept, removed })
    }
}

#[derive(Serialize)]
struct AllMoved {
    account: AccountId,
    moved: Vec<Moved>,
}

#[derive(Serialize)]
struct Moved {
    public_key: PublicKey,
    #[serde(flatten)]
    kept: Kept,
    #[serde(rename = "removed_files", skip_serializing_if = "Vec::is_empty")]
    removed: Vec<PathBuf>,
}

impl fmt::Display for AllMoved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Moved { public_key, kept, removed } in &self.moved {
            writeln!(f, "{} of {}, now {kept}", short(public_key), self.account)?;
            let removed = removed.iter().map(PathBuf::as_path).map(Path::display);
            for path in removed {
                writeln!(f, "removed {path}")?;
            }
        }
        Ok(())
    }
}
