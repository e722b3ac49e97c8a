//! `call`: calls a contract's function in a transaction, or views its result.

use super::outcome::Ran;
use super::view::Called;
use crate::error::CliError;
use crate::tools::{ChainArgs, Context, SendingArgs, SigningArgs, WaitArgs, parse_near, read_gas};
use clap::{ArgGroup, Args};
use keyway::{AccountId, BlockReference, Gas, NearToken};

/// Arguments of `call`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("how").required(true))]
#[command(after_help = "\
Examples:
  keyway call game.near score --view
  keyway call game.near play --args '{\"move\": 3}' --as alice.near
  keyway call game.near buy --as alice.near --deposit '1 NEAR' --gas '50 Tgas' \\
      --dry-run
  jq -c .move game.json | keyway call game.near play --args - --as alice.near")]
pub(crate) struct CallArgs {
    #[command(flatten)]
    called: Called,
    /// Call it in a transaction signed by this account
    #[arg(long = "as", value_name = "ACCOUNT", group = "how")]
    caller: Option<AccountId>,
    /// Only view the result: no transaction, no change, no cost
    #[arg(long, group = "how", conflicts_with_all = ["gas", "deposit", "SigningArgs", "SendingArgs", "WaitArgs"])]
    view: bool,
    /// With --view: the state after this block, given by height or hash, or `final` [default: the
    /// newest]
    #[arg(long, value_parser = super::view::read_block, value_name = "BLOCK")]
    block: Option<BlockReference>,
    /// Gas for the call, as in `50 Tgas` [default: 30 Tgas]
    #[arg(long, alias = "prepaid-gas", value_parser = read_gas, value_name = "GAS", help_heading = "The call")]
    gas: Option<Gas>,
    /// Tokens to attach to the call, as in `1 yoctoNEAR`
    #[arg(long, alias = "attached-deposit", value_parser = parse_near, value_name = "AMOUNT", help_heading = "The call")]
    deposit: Option<NearToken>,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    sending: SendingArgs,
    #[command(flatten)]
    wait: WaitArgs,
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
}

impl CallArgs {
    /// Calls the function.
    ///
    /// # Errors
    /// If the contract or function does not exist, or the call is refused or fails.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        if self.caller.is_some() && self.block.is_some() {
            return Err(CliError::Invalid("--block requires --view".to_owned()));
        }
        let Some(caller) = &self.caller else { return self.called.look(context, self.block).await };
        let signer = self.signing.signer(context, caller).await?;
        let call = self.called.call(self.gas, self.deposit)?;
        let sent =
            self.sending.execute_and_wait(context, &self.signing, &signer, call.into(), self.wait);
        Ran::give_sent(context, sent.await).await
    }
}
