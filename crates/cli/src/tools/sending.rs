//! What every command that sends takes: to look first, and how long to wait.

use super::context::Context;
use super::sent::SignedWith;
use super::signing::SigningArgs;
use crate::error::CliError;
use clap::{Args, ValueEnum};
use keyway::outcome::describe_action;
use keyway::{
    AccountId, ExecuteOptions, Foreseen, Intent, NearToken, Outcome, PublicKey, Signer, WaitUntil,
    format_near,
};
use near_primitives::types::Gas;
use serde::Serialize;
use std::fmt;

/// Looking before sending.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct SendingArgs {
    /// Show what would be signed, what it costs, and whether the chain would take it. Nothing is
    /// signed or sent, and it ends with exit code 12 if it would be refused or certainly fail
    #[arg(long, help_heading = "Sending")]
    pub(crate) dry_run: bool,
    /// Send it although it is certain to fail, and pay its gas
    #[arg(long, help_heading = "Sending", conflicts_with = "dry_run")]
    pub(crate) send_anyway: bool,
}

/// How long to wait for a transaction.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct WaitArgs {
    /// Wait until the transaction is this far [default: executed-optimistic]
    #[arg(long, value_enum, value_name = "LEVEL", help_heading = "Sending")]
    wait: Option<WaitLevel>,
    /// Do not wait for the outcome: answer when the transaction is in a block
    #[arg(long, conflicts_with = "wait", help_heading = "Sending")]
    no_wait: bool,
}

/// How far a transaction is, in the words of NEAR's RPC.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum WaitLevel {
    /// It is in a block
    Included,
    /// It and its receipts ran, in blocks that may still be replaced
    ExecutedOptimistic,
    /// Its block is final
    IncludedFinal,
    /// It and its receipts ran, and its block is final
    Executed,
    /// All of that is final
    Final,
}

impl WaitArgs {
    /// The level to wait for.
    pub(crate) fn level(self) -> WaitUntil {
        match self.wait {
            None if self.no_wait => WaitUntil::Included,
            None => WaitUntil::default(),
            Some(WaitLevel::Included) => WaitUntil::Included,
            Some(WaitLevel::ExecutedOptimistic) => WaitUntil::ExecutedOptimistic,
            Some(WaitLevel::IncludedFinal) => WaitUntil::IncludedFinal,
            Some(WaitLevel::Executed) => WaitUntil::Executed,
            Some(WaitLevel::Final) => WaitUntil::Final,
        }
    }

    /// Sends `intent`, whatever will become of it, and waits this far.
    ///
    /// # Errors
    /// What the chain answers.
    pub(crate) async fn send(
        self,
        context: &Context,
        signing: &SigningArgs,
        signer: &Signer,
        intent: Intent,
    ) -> Result<Outcome, CliError> {
        let options = ExecuteOptions::default().wait(self.level());
        match context.wait("sending", signer.execute_with(intent, options)).await {
            Ok(outcome) => Ok(outcome),
            Err(error) => Err(signing.explained(context, signer.account_id(), error).await),
        }
    }
}

impl SendingArgs {
    /// Sends what `intent` says, unless it would certainly fail; with `--dry-run` it tells instead
    /// what would happen, and gives no outcome.
    ///
    /// # Errors
    /// [`CliError::Foreseen`] before anything is sent; [`CliError::Found`] after a dry run of what
    /// would not work; what the chain answers.
    pub(crate) async fn execute(
        self,
        context: &Context,
        signing: &SigningArgs,
        signer: &Signer,
        intent: Intent,
    ) -> Result<Option<Outcome>, CliError> {
        self.execute_and_wait(context, signing, signer, intent, WaitArgs::default()).await
    }

    /// Whether `intent` is to be sent: not after a dry run, which has answered.
    ///
    /// # Errors
    /// As [`SendingArgs::execute`], before anything is sent.
    pub(crate) async fn go_on(
        self,
        context: &Context,
        signing: &SigningArgs,
        signer: &Signer,
        intent: &Intent,
    ) -> Result<bool, CliError> {
        if self.dry_run {
            return dry_run(context, signing, signer, intent.clone()).await.map(|()| false);
        }
        if !self.send_anyway
            && let Err(foreseen) =
                see_that_it_can_work(context, signer.account_id(), intent.clone()).await
        {
            return Err(first_hindrance(context, signing, signer, intent.clone(), foreseen).await);
        }
        Ok(true)
    }

    /// The same, and waits as it is told.
    ///
    /// # Errors
    /// As [`SendingArgs::execute`].
    pub(crate) async fn execute_and_wait(
        self,
        context: &Context,
        signing: &SigningArgs,
        signer: &Signer,
        intent: Intent,
        wait: WaitArgs,
    ) -> Result<Option<Outcome>, CliError> {
        if !self.go_on(context, signing, signer, &intent).await? {
            return Ok(None);
        }
        wait.send(context, signing, signer, intent).await.map(Some)
    }
}

/// What keeps it from being sent: that no key may sign it, or that the chain would refuse it, comes
/// before what would fail.
async fn first_hindrance(
    context: &Context,
    signing: &SigningArgs,
    signer: &Signer,
    intent: Intent,
    foreseen: CliError,
) -> CliError {
    match signer.check(intent).await {
        Ok(verdict) => {
            verdict.refusal.map_or(foreseen, |refusal| keyway::Error::from(refusal).into())
        }
        Err(error) => signing.explained(context, signer.account_id(), error).await,
    }
}

/// Refuses what is certain to fail, before it is signed.
///
/// # Errors
/// [`CliError::Foreseen`].
pub(crate) async fn see_that_it_can_work(
    context: &Context,
    signer: &AccountId,
    intent: impl Into<Intent>,
) -> Result<(), CliError> {
    // What cannot be foreseen is no reason not to send.
    match context.client.foresee(signer, intent).await {
        Ok(Some(foreseen)) => Err(CliError::Foreseen(Box::new(foreseen))),
        Ok(None) | Err(_) => Ok(()),
    }
}

async fn dry_run(
    context: &Context,
    signing: &SigningArgs,
    signer: &Signer,
    intent: Intent,
) -> Result<(), CliError> {
    let account = signer.account_id();
    let (receiver, actions) = intent.resolve(account)?;
    let verdict = match signer.check(intent.clone()).await {
        Ok(verdict) => verdict,
        Err(error) => return Err(signing.explained(context, account, error).await),
    };
    let foreseen = context.client.foresee(account, intent).await.unwrap_or_default();
    let key = SignedWith::of(context, account, &verdict.public_key).await;
    let would = DryRun {
        dry_run: true,
        signer: account.clone(),
        receiver,
        public_key: verdict.public_key.clone(),
        actions: actions.iter().map(describe_action).collect(),
        deposit: verdict.cost.map(|cost| cost.deposit),
        gas: verdict.cost.map(|cost| cost.gas_burnt.saturating_add(cost.gas_bought)),
        gas_price: verdict.cost.map(|cost| cost.gas_cost),
        refusal: verdict.refusal.as_ref().map(ToString::to_string),
        failure: foreseen.as_ref().map(Foreseen::to_string),
        key,
    };
    context.answer.give(&would)?;
    match (would.refusal, would.failure) {
        (Some(_), _) => Err(CliError::Found("the chain would refuse it".to_owned())),
        (None, Some(_)) => Err(CliError::Found("it would fail, and its gas be paid".to_owned())),
        (None, None) => Ok(()),
    }
}

/// What would happen.
#[derive(Serialize)]
struct DryRun {
    dry_run: bool,
    signer: AccountId,
    receiver: AccountId,
    public_key: PublicKey,
    /// In words.
    actions: Vec<String>,
    /// What goes with the actions, yoctoNEAR.
    deposit: Option<NearToken>,
    /// All gas that is bought.
    gas: Option<Gas>,
    /// Its price, yoctoNEAR. What is not burnt comes back.
    gas_price: Option<NearToken>,
    /// Why the chain would refuse it.
    refusal: Option<String>,
    /// Why it would fail.
    failure: Option<String>,
    #[serde(skip)]
    key: SignedWith,
}

impl fmt::Display for DryRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "would sign as {} for {}", self.signer, self.receiver)?;
        for (nth, action) in (1..).zip(&self.actions) {
            writeln!(f, "  {nth}. {action}")?;
        }
        writeln!(f, "with   {}", self.key)?;
        if let (Some(deposit), Some(gas), Some(price)) = (self.deposit, self.gas, self.gas_price) {
            let (gas, price) = (keyway::format_gas(gas), format_near(price));
            writeln!(f, "costs  {} and at most {price} for {gas}", format_near(deposit))?;
        }
        match (&self.refusal, &self.failure) {
            (Some(why), _) => writeln!(f, "the chain would refuse it: {why}")?,
            (None, Some(why)) => writeln!(f, "{why}")?,
            (None, None) => writeln!(f, "the chain would take it")?,
        }
        writeln!(f, "nothing was signed or sent")
    }
}
