//! `call`: a function of a contract, in a transaction or only looked at.

use super::outcome::Ran;
use super::view::Looking;
use crate::error::CliError;
use crate::tools::{
    CallInput, ChainArgs, Context, SendingArgs, SigningArgs, WaitArgs, parse_near, read_gas,
};
use clap::{ArgGroup, Args};
use keyway::{AccountId, BlockReference, Gas, Intent, NearToken, call};

/// Arguments of `call`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("how").required(true))]
#[command(after_help = "\
Examples:
  keyway call game.near score --view
  keyway call game.near play --args '{\"move\": 3}' --as alice.near
  keyway call game.near buy --as alice.near --deposit '1 NEAR' --gas '50 Tgas' --dry-run
  jq -c .move game.json | keyway call game.near play --args - --as alice.near")]
pub(crate) struct CallArgs {
    /// Which chain, and how to answer.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// The contract
    #[arg(value_name = "CONTRACT")]
    contract: AccountId,
    /// Its function
    #[arg(value_name = "FUNCTION")]
    function: String,
    /// Call it in a transaction that this account signs
    #[arg(long = "as", value_name = "ACCOUNT", group = "how")]
    caller: Option<AccountId>,
    /// Only look: no transaction, nothing changes, nothing is paid
    #[arg(long, group = "how", conflicts_with_all = ["gas", "deposit", "SigningArgs", "SendingArgs", "WaitArgs"])]
    view: bool,
    /// With --view: as after this block, a height or hash, or `final` [default: the newest]
    #[arg(long, value_parser = super::view::read_block, value_name = "BLOCK")]
    block: Option<BlockReference>,
    #[command(flatten)]
    input: CallInput,
    /// What the call may burn, as in `50 Tgas` [default: 30 Tgas]
    #[arg(long, alias = "prepaid-gas", value_parser = read_gas, value_name = "GAS", help_heading = "The call")]
    gas: Option<Gas>,
    /// Tokens that go with the call, as in `1 yoctoNEAR`
    #[arg(long, alias = "attached-deposit", value_parser = parse_near, value_name = "AMOUNT", help_heading = "The call")]
    deposit: Option<NearToken>,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    sending: SendingArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

impl CallArgs {
    /// Calls.
    ///
    /// # Errors
    /// When there is no such contract or function, when the call is refused or fails.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        if self.caller.is_some() && self.block.is_some() {
            return Err(CliError::Misfit("--block belongs to --view".to_owned()));
        }
        let Some(caller) = &self.caller else {
            let Self { contract, function, block, .. } = self;
            return Looking { contract, function, args: self.input.bytes()?, block: *block }
                .give(context)
                .await;
        };
        let signer = self.signing.signer(context, caller).await?;
        let intent = self.intent()?;
        let sent =
            self.sending.execute_and_wait(context, &self.signing, &signer, intent, self.wait);
        Ran::give_sent(context, sent.await).await
    }

    fn intent(&self) -> Result<Intent, CliError> {
        let mut call = call(&self.contract, &self.function).args(self.input.bytes()?);
        if let Some(gas) = self.gas {
            call = call.gas(gas);
        }
        if let Some(deposit) = self.deposit {
            call = call.deposit(deposit);
        }
        Ok(call.into())
    }
}
