//! `tx sign`: a signed transaction, to send later or from another machine, or a delegate action for a relayer.

use super::signed;
use crate::error::CliError;
use crate::tools::{Context, IntentArgs, SigningArgs};
use clap::Args;
use keyway::protocol::{
    BlockHeightDelta, CryptoHash, PublicKey, SignedDelegateAction, SignedTransaction,
};
use keyway::{AccountId, Intent, Offline, Signer};
use serde::Serialize;
use std::fmt;

/// Arguments of `tx sign`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway tx sign alice.near bob.near --transfer '1 NEAR'
  keyway tx sign alice.near bob.near --transfer '1 NEAR' \\
      | ssh online keyway tx send --signed -
  keyway tx sign alice.near bob.near --transfer '1 NEAR' --offline \\
      --sign-with ed25519:… --nonce 87000012 --block-hash 8Ct…
  keyway tx sign alice.near game.near --call play --delegate 100
      a delegate action for a relayer, which pays for it")]
pub(crate) struct SignArgs {
    /// The account that signs
    #[arg(value_name = "SIGNER")]
    sender: AccountId,
    /// The account that receives the transaction
    #[arg(value_name = "RECEIVER")]
    receiver: AccountId,
    #[command(flatten)]
    intent: IntentArgs,
    #[command(flatten)]
    signing: SigningArgs,
    /// Sign a delegate action instead, for a relayer to send and pay for; it is valid for so many
    /// more blocks
    #[arg(long, value_name = "BLOCKS", conflicts_with = "offline")]
    delegate: Option<BlockHeightDelta>,
    /// Ask no node: the next options give what it would answer
    #[arg(long, requires = "nonce", requires = "block_hash", help_heading = "Offline")]
    offline: bool,
    /// A number above the key's nonce
    #[arg(long, requires = "offline", help_heading = "Offline")]
    nonce: Option<u64>,
    /// The nonce row of a gas key
    #[arg(long, value_name = "ROW", requires = "offline", help_heading = "Offline")]
    nonce_index: Option<u16>,
    /// The hash of a recent block: the transaction is valid for about a day from that block
    #[arg(long, value_name = "HASH", requires = "offline", help_heading = "Offline")]
    block_hash: Option<CryptoHash>,
}

impl SignArgs {
    /// Signs; sends nothing.
    ///
    /// # Errors
    /// If the actions are invalid, no key here can sign, or a node would have to be asked with
    /// --offline.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        if let Some(blocks) = self.delegate {
            let intent = self.intent.intent(context, &self.receiver).await?;
            let signer = self.signing.signer(context, &self.sender).await?;
            let signed = signer.delegate(intent, blocks).await?;
            return context.answer.give(&Delegated::from(&signed));
        }
        let signed = match (self.nonce, self.block_hash) {
            (Some(nonce), Some(block_hash)) => {
                let intent = self.intent.intent_offline(context, &self.receiver).await?;
                self.sign_offline(context, intent, nonce, block_hash).await?
            }
            _ => {
                let intent = self.intent.intent(context, &self.receiver).await?;
                self.signing.signer(context, &self.sender).await?.sign(intent).await?
            }
        };
        context.answer.give(&Signed::from(&signed))
    }

    async fn sign_offline(
        &self,
        context: &Context,
        intent: Intent,
        nonce: u64,
        block_hash: CryptoHash,
    ) -> Result<SignedTransaction, CliError> {
        if self.signing.needs_network_name() && context.network.known_name().is_none() {
            return Err(CliError::Invalid(NAMELESS.to_owned()));
        }
        let keys = self.signing.keys(context, &self.sender).await?;
        let public_key = match keys.public_keys(&self.sender).await?.as_slice() {
            [one] => one.clone(),
            several => {
                return Err(CliError::WhichKey {
                    account: self.sender.clone(),
                    has: several.len(),
                });
            }
        };
        let signer = Signer::new(context.client.clone(), &self.sender, keys)?;
        let given = Offline { public_key, nonce, nonce_index: self.nonce_index, block_hash };
        Ok(signer.sign_transaction(intent, given).await?)
    }
}

/// For a network given by its address: its name is part of the path of the key files.
const NAMELESS: &str = "--offline asks no node, but the name of a network that is given by its \
                        address is known only to its node: use --network local, testnet or mainnet";

#[derive(Serialize)]
struct Signed {
    transaction: CryptoHash,
    signer: AccountId,
    receiver: AccountId,
    public_key: PublicKey,
    nonce: u64,
    block_hash: CryptoHash,
    /// Base64 of the bytes.
    signed: String,
}

#[derive(Serialize)]
struct Delegated {
    signer: AccountId,
    receiver: AccountId,
    public_key: PublicKey,
    nonce: u64,
    max_block_height: u64,
    /// Base64 of the bytes.
    delegate: String,
}

impl From<&SignedDelegateAction> for Delegated {
    fn from(signed: &SignedDelegateAction) -> Self {
        let action = &signed.delegate_action;
        Self {
            signer: action.sender_id.clone(),
            receiver: action.receiver_id.clone(),
            public_key: action.public_key.clone(),
            nonce: action.nonce,
            max_block_height: action.max_block_height,
            delegate: signed::text(signed),
        }
    }
}

impl fmt::Display for Delegated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.delegate)
    }
}

impl From<&SignedTransaction> for Signed {
    fn from(signed: &SignedTransaction) -> Self {
        let transaction = &signed.transaction;
        Self {
            transaction: signed.get_hash(),
            signer: transaction.signer_id().clone(),
            receiver: transaction.receiver_id().clone(),
            public_key: transaction.public_key().clone(),
            nonce: transaction.nonce().nonce(),
            block_hash: *transaction.block_hash(),
            signed: signed::text(signed),
        }
    }
}

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.signed)
    }
}
