//! `key import`: imports a secret key.

use super::standing::AtHand;
use crate::error::CliError;
use crate::tools::{Context, SecretText, Vault, VaultName};
use clap::Args;
use keyway::keys::{EnvironmentKey, HdPath, KeyFile, ParseKeyPairError, SeedPhrase};
use keyway::{AccountId, KeyPair};
use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Arguments of `key import`.
#[derive(Args, Debug)]
#[command(after_help = "\
Without --from and --from-env the secret is read from stdin; what you type there
is not shown. A key file that names another account is refused. A secret is
never read from an argument, which every program on this machine can see and
which the shell stores.

Examples:
  keyway key import alice.near
      asks for a secret key or a seed phrase
  keyway key import alice.near --from old-key.json
      a key file of any NEAR tool
  ssh desk cat alice.json | keyway key import alice.near
  pass near/alice | keyway key import alice.near --to encrypted
  keyway key import alice.near --from seed.hex --from-seed
      32 bytes, as many wallets export them
  keyway key import alice.near --from-env NEAR_KEY --to keychain")]
pub(crate) struct ImportArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// Accepted only to report that a secret must not be an argument
    #[arg(hide = true, value_name = "NOTHING", num_args = 0..)]
    in_argument: Vec<SecretText>,
    /// A key file, or a file with a secret key or a seed phrase
    #[arg(long, value_name = "FILE", group = "source")]
    from: Option<PathBuf>,
    /// An environment variable with a secret key
    #[arg(long, value_name = "VARIABLE", group = "source")]
    from_env: Option<String>,
    /// Derivation path of the key, for a seed phrase
    #[arg(long, value_name = "PATH", default_value_t, conflicts_with = "from_env")]
    hd_path: HdPath,
    /// The input is the 32-byte seed of an ed25519 key, in base58, hexadecimal or base64
    #[arg(long, alias = "seed", conflicts_with_all = ["hd_path", "from_env"])]
    from_seed: bool,
    /// Where to save it
    #[arg(long, value_enum, value_name = "PLACE", default_value_t)]
    to: VaultName,
}

impl ImportArgs {
    /// Saves the secret, then shows the key's permission on the chain.
    ///
    /// # Errors
    /// If there is no secret, it is for another account, it cannot be saved, or another key is in
    /// its place. An error of the chain is not an error here: the secret is saved.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let pair = self.secret()?;
        let vault = Vault::open_to_keep(context, self.to).await?;
        let kept = vault.keep_once(&self.account, &pair)?;
        let imported = AtHand::of(context, &self.account, pair.public_key(), kept).await;
        context.answer.give(&imported)
    }

    fn secret(&self) -> Result<KeyPair, CliError> {
        if !self.in_argument.is_empty() {
            return Err(CliError::SecretInArgument);
        }
        if let Some(variable) = &self.from_env {
            let key = EnvironmentKey::from_env(self.account.clone(), variable)?;
            return Ok(key.key_pair().clone());
        }
        // Read once: a pipe cannot be read again.
        let (from, text) = match &self.from {
            Some(path) => (path.as_path(), read(path)?),
            None => (Path::new("stdin"), typed()?),
        };
        if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
            return Ok(KeyFile::parse_of(from, text.as_bytes(), &self.account)?.key_pair);
        }
        self.parse(&text)
    }

    /// One word is a secret key, several words are a seed phrase.
    fn parse(&self, text: &str) -> Result<KeyPair, CliError> {
        // Some editors begin a file with a byte order mark.
        let text = text.trim_start_matches('\u{feff}').trim();
        let unreadable = |why: String| CliError::Value { flag: "the secret", why };
        if text.is_empty() {
            return Err(unreadable("the input is empty".to_owned()));
        }
        // As `key add --out env` writes it.
        let line = text.lines().find_map(|line| line.trim().strip_prefix("NEAR_KEY="));
        let text = line.unwrap_or(text);
        if self.from_seed {
            let seed = KeyPair::from_ed25519_seed_text(text);
            return seed.map_err(|error| unreadable(error.to_string()));
        }
        if text.contains(char::is_whitespace) {
            let phrase = text.parse::<SeedPhrase>();
            let phrase = phrase.map_err(|error| unreadable(error.to_string()))?;
            return Ok(phrase.key_pair(&self.hd_path));
        }
        text.parse::<KeyPair>().map_err(|error| unreadable(reason(&error)))
    }
}

/// What is wrong with a secret key, with the command line's flags.
fn reason(error: &ParseKeyPairError) -> String {
    match error {
        ParseKeyPairError::SeedOrPublicKey => {
            "32 bytes are a public key or a seed, and a secret key has 64: if it is a seed, pass --from-seed".to_owned()
        }
        ParseKeyPairError::NotNears { .. } => {
            format!("{error}: if it is the seed of an ed25519 key, pass --from-seed")
        }
        other => other.to_string(),
    }
}

/// What a user types, without echo, or what is piped in.
fn typed() -> Result<Zeroizing<String>, CliError> {
    if !std::io::stdin().is_terminal() {
        return SecretText::piped();
    }
    let typed = rpassword::prompt_password("Secret key or seed phrase (not shown): ");
    typed.map(Zeroizing::new).map_err(|source| CliError::Stdin { source })
}

fn read(path: &Path) -> Result<Zeroizing<String>, CliError> {
    // Reserved up front, so that no reallocation leaves a copy in memory.
    let mut text = Zeroizing::new(String::with_capacity(LARGEST));
    let read =
        File::open(path).and_then(|file| file.take(LARGEST as u64).read_to_string(&mut text));
    let failed = |source| CliError::File { doing: "read", path: path.to_owned(), source };
    read.map(|_| text).map_err(failed)
}

/// In bytes: more than any key file has.
const LARGEST: usize = 1 << 16;
