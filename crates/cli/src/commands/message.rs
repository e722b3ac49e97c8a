//! `message`: signed messages that prove possession of a key (NEP-413).

mod sign;
mod verify;

use crate::error::CliError;
use crate::tools::{ChainArgs, Context};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use keyway::keys::Message;

/// Arguments of `message`.
#[derive(Args, Debug)]
pub(crate) struct MessageArgs {
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// The subcommand.
    #[command(subcommand)]
    command: MessageCommand,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
enum MessageCommand {
    /// Sign a message, as wallets do for a login
    Sign(sign::SignArgs),
    /// Verify a signed message, and check on the chain that the account has the key
    Verify(verify::VerifyArgs),
}

impl MessageArgs {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// As the subcommand.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match &self.command {
            MessageCommand::Sign(args) => args.run(context).await,
            MessageCommand::Verify(args) => args.run(context).await,
        }
    }
}

/// The content of a message.
#[derive(Args, Debug)]
struct TextArgs {
    /// The text
    #[arg(long, value_name = "TEXT")]
    text: String,
    /// The recipient: an account or a domain
    #[arg(long, value_name = "NAME")]
    recipient: String,
    /// Callback URL, to which a web wallet sends its answer
    #[arg(long, value_name = "URL")]
    callback_url: Option<String>,
}

impl TextArgs {
    fn message(&self, nonce: Option<&str>) -> Result<Message, CliError> {
        let mut message = Message::new(&self.text, &self.recipient);
        message.callback_url.clone_from(&self.callback_url);
        if let Some(nonce) = nonce {
            message.nonce = read_nonce(nonce)?;
        }
        Ok(message)
    }
}

fn read_nonce(text: &str) -> Result<[u8; 32], CliError> {
    let wrong = |why: String| CliError::Value { flag: "--nonce", why };
    let bytes = STANDARD.decode(text).map_err(|_| wrong("it is not base64".to_owned()))?;
    bytes
        .try_into()
        .map_err(|bytes: Vec<u8>| wrong(format!("it has {} bytes, not 32", bytes.len())))
}
