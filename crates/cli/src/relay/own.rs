//! `relay audit` and `relay top-up`: the relayer's own account.

use super::{environment, read_policy};
use crate::error::CliError;
use crate::notes::Notes;
use crate::tools::{Answer, table};
use clap::Args;
use keyway::format_near;
use keyway_relay::StartError;
use keyway_relay::audit::Finding;
use keyway_relay::config::Config;
use keyway_relay::own::{LaneKey, OwnAccount};
use keyway_relay::policy::Policy;
use keyway_relay::top_up::Payment;
use serde::Serialize;
use std::fmt;
use std::future::Future;
use std::path::PathBuf;

/// Arguments of `relay audit`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway relay audit --config relay.toml
      the lanes, what they can pay for, and what is wrong with them
  keyway relay audit --config relay.toml --json
      the same for a program

Ends with exit code 12 if something is wrong: a key that can do more than the
policy needs, a key that is no lane, a balance below the budget of a day.")]
pub(crate) struct AuditArgs {
    /// The relayer's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Arguments of `relay top-up`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway relay top-up --config relay.toml --dry-run
      what each gas key would get
  keyway relay top-up --config relay.toml
      pay it, from the account and within the limit of [top_up]

Run it by a timer; it pays nothing while all gas keys have enough.")]
pub(crate) struct TopUpArgs {
    /// The relayer's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Show what would be paid, and pay nothing
    #[arg(long)]
    dry_run: bool,
}

impl AuditArgs {
    /// Looks at the account.
    ///
    /// # Errors
    /// If the configuration cannot be used or the chain cannot be asked; [`CliError::Found`] if something is wrong.
    pub(crate) fn run(&self, answer: Answer) -> Result<(), CliError> {
        let config = Config::load(&self.config).map_err(StartError::from)?;
        let policy = read_policy(&config.policy)?;
        let own = on_a_runtime(OwnAccount::look(&config, &environment))??;
        let report = Report::new(&own, &policy);
        answer.give(&report)?;
        match report.findings.len() {
            0 => Ok(()),
            1 => Err(CliError::Found("1 finding about the relayer's account".to_owned())),
            many => Err(CliError::Found(format!("{many} findings about the relayer's account"))),
        }
    }
}

impl TopUpArgs {
    /// Tops up the gas keys.
    ///
    /// # Errors
    /// If the configuration has no `[top_up]`, the chain cannot be asked, or a payment fails; what was paid before is said.
    pub(crate) fn run(&self, answer: Answer, notes: &Notes) -> Result<(), CliError> {
        let config = Config::load(&self.config).map_err(StartError::from)?;
        on_a_runtime(async {
            let own = OwnAccount::look(&config, &environment).await?;
            let payments = own.top_up_plan(&config)?;
            let mut paid = Vec::new();
            for payment in payments {
                let mut transaction_hash = None;
                if !self.dry_run {
                    let hash = own.pay(&config, &payment, &environment).await?;
                    notes.say(format!(
                        "{} to {}: {hash}",
                        format_near(payment.amount),
                        payment.public_key
                    ));
                    transaction_hash = Some(hash.to_string());
                }
                paid.push(Paid { payment, transaction_hash });
            }
            answer.give(&Paids { payments: paid, dry_run: self.dry_run })
        })?
    }
}

pub(super) fn on_a_runtime<T>(work: impl Future<Output = T>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| CliError::System { source })?;
    Ok(runtime.block_on(work))
}

#[derive(Serialize)]
struct Report {
    account_id: String,
    available: String,
    lanes: Vec<Lane>,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
struct Lane {
    public_key: String,
    lanes: u16,
    /// yoctoNEAR.
    #[serde(skip_serializing_if = "Option::is_none")]
    pays_from: Option<String>,
    /// How many requests it pays for, if each costs the most that the policy allows.
    pays_for_at_least: u128,
    #[serde(skip)]
    shown: String,
}

impl Report {
    fn new(own: &OwnAccount, policy: &Policy) -> Self {
        let dearest =
            policy.apps.values().map(|app| app.per_call.as_yoctonear()).max().unwrap_or(0);
        let lane = |key: LaneKey| {
            let pays_from = key.pays_from.unwrap_or(own.available());
            let shown = match key.pays_from {
                Some(own) => format_near(own),
                None => "the account".to_owned(),
            };
            Lane {
                public_key: key.public_key.to_string(),
                lanes: key.lanes,
                pays_from: key.pays_from.map(|amount| amount.as_yoctonear().to_string()),
                pays_for_at_least: pays_from.as_yoctonear().checked_div(dearest).unwrap_or(0),
                shown,
            }
        };
        Self {
            account_id: own.account_id().to_string(),
            available: format_near(own.available()),
            lanes: own.lane_keys().into_iter().map(lane).collect(),
            findings: own.audit(policy),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account_id, available, lanes, findings } = self;
        writeln!(f, "{account_id} has {available} to spend")?;
        if !lanes.is_empty() {
            let mut table = table(["key", "lanes", "pays from", "requests at least"]);
            for lane in lanes {
                let (rows, requests) = (lane.lanes.to_string(), lane.pays_for_at_least.to_string());
                table.add_row([lane.public_key.clone(), rows, lane.shown.clone(), requests]);
            }
            writeln!(f, "\n{}", table.trim_fmt())?;
        }
        if findings.is_empty() {
            return writeln!(f, "\nno findings");
        }
        writeln!(f)?;
        findings.iter().try_for_each(|finding| writeln!(f, "- {finding}"))
    }
}

#[derive(Serialize)]
struct Paids {
    payments: Vec<Paid>,
    dry_run: bool,
}

#[derive(Serialize)]
struct Paid {
    #[serde(flatten)]
    payment: Payment,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_hash: Option<String>,
}

impl fmt::Display for Paids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.payments.is_empty() {
            return writeln!(f, "all gas keys have enough");
        }
        let word = if self.dry_run { "would get" } else { "got" };
        let mut table = table(["gas key", "had", word]);
        for Paid { payment, .. } in &self.payments {
            let (had, gets) = (format_near(payment.balance), format_near(payment.amount));
            table.add_row([payment.public_key.to_string(), had, gets]);
        }
        writeln!(f, "{}", table.trim_fmt())
    }
}
