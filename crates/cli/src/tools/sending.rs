//! Flags of the commands that send: dry run, and how long to wait.

use super::context::Context;
use super::sent::SignedWith;
use super::signing::SigningArgs;
use crate::error::CliError;
use clap::{Args, ValueEnum};
use keyway::outcome::describe_action;
use keyway::protocol::PublicKey;
use keyway::{
    AccountId, ExecuteOptions, Foreseen, Intent, NearToken, Outcome, Signer, WaitUntil, format_near,
};
use near_primitives::types::Gas;
use serde::Serialize;
use std::fmt;

/// Checks before sending.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct SendingArgs {
    /// Show what would be signed, what it costs, and whether the chain would accept it. Nothing is
    /// signed or sent. The exit code is 12 if it would be refused or would certainly fail
    #[arg(long, help_heading = "Sending")]
    pub(crate) dry_run: bool,
    /// Send it even if it is certain to fail, and pay its gas
    #[arg(long, help_heading = "Sending", conflicts_with = "dry_run")]
    pub(crate) send_anyway: bool,
}

/// How far to wait for a transaction.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct WaitArgs {
    /// Wait until the transaction has come this far [default: executed-optimistic]
    #[arg(long, value_enum, value_name = "LEVEL", help_heading = "Sending")]
    wait: Option<WaitLevel>,
    /// Do not wait for the outcome: answer once the transaction is in a block
    #[arg(long, conflicts_with = "wait", help_heading = "Sending")]
    no_wait: bool,
}

/// How far a transaction has come, by the names of NEAR's RPC.
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
    /// All of it is final
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

    /// Sends `intent`, even if it is certain to fail, and waits for this level.
    ///
    /// # Errors
    /// The chain's error.
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
    /// Sends `intent` unless it would certainly fail. With `--dry-run` it prints what would happen,
    /// and returns no outcome.
    ///
    /// # Errors
    /// [`CliError::Foreseen`] before anything is sent; [`CliError::Found`] after a dry run of
    /// something that would not succeed; the chain's error.
    pub(crate) async fn execute(
        self,
        context: &Context,
        signing: &SigningArgs,
        signer: &Signer,
        intent: Intent,
    ) -> Result<Option<Outcome>, CliError> {
        self.execute_and_wait(context, signing, signer, intent, WaitArgs::default()).await
    }

    /// Whether to send `intent`; false after a dry run, which has printed its answer.
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

    /// The same, with a level to wait for.
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

/// The error to report: that no key can sign it, or that the chain would refuse it, goes before
/// what would fail.
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

/// Returns an error if `intent` is certain to fail, before it is signed.
///
/// # Errors
/// [`CliError::Foreseen`].
pub(crate) async fn see_that_it_can_work(
    context: &Context,
    signer: &AccountId,
    intent: impl Into<Intent>,
) -> Result<(), CliError> {
    // If the prediction is impossible, the transaction is sent.
    match context.client.foresee(signer, intent).await {
        Ok(Some(foreseen)) => Err(CliError::Foreseen(Box::new(foreseen))),
        Ok(None) | Err(_) => Ok(()),
    }
}

/// Why `intent` would not succeed: the chain would refuse it, or it is certain to fail.
///
/// # Errors
/// If no key can sign it, or the chain cannot be queried.
pub(crate) async fn hindrance(
    context: &Context,
    signing: &SigningArgs,
    signer: &Signer,
    intent: Intent,
) -> Result<Option<String>, CliError> {
    let account = signer.account_id();
    let verdict = match signer.check(intent.clone()).await {
        Ok(verdict) => verdict,
        Err(error) => return Err(signing.explained(context, account, error).await),
    };
    if let Some(refusal) = verdict.refusal {
        return Ok(Some(format!("the chain would refuse it: {refusal}")));
    }
    let foreseen = context.client.foresee(account, intent).await.unwrap_or_default();
    Ok(foreseen.map(|failure| failure.to_string()))
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
        (None, Some(_)) => {
            Err(CliError::Found("it would fail, and its gas would be spent".to_owned()))
        }
        (None, None) => Ok(()),
    }
}

/// The last line of a dry run.
pub(crate) const NOT_SENT: &str = "nothing was signed or sent";

/// What would happen.
#[derive(Serialize)]
struct DryRun {
    dry_run: bool,
    signer: AccountId,
    receiver: AccountId,
    public_key: PublicKey,
    /// In words.
    actions: Vec<String>,
    /// The attached tokens, in yoctoNEAR.
    deposit: Option<NearToken>,
    /// All gas that is bought.
    gas: Option<Gas>,
    /// Its price in yoctoNEAR. Gas that is not burnt is refunded.
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
            (None, None) => writeln!(f, "the chain would accept it")?,
        }
        writeln!(f, "{NOT_SENT}")
    }
}
