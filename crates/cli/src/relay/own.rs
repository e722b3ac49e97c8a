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
use keyway_relay::lately::{Spending, reach};
use keyway_relay::own::{LaneKey, OwnAccount};
use keyway_relay::policy::Policy;
use keyway_relay::rotate::ask;
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

At least: if each request costs the most that the policy allows. Likely: at
the mean cost of the last hour, which running instances know.

Ends with exit code 12 if something is wrong: a key that can do more than the
policy needs, a key that is no lane, a balance below the budget of a day.")]
pub(crate) struct AuditArgs {
    /// The relayer's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Address of a running instance; repeat it for each [default: `listen` of the configuration]
    #[arg(long, value_name = "URL")]
    instance: Vec<String>,
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
        let (own, spending) = on_a_runtime(async {
            let own = OwnAccount::look(&config, &environment).await?;
            Ok::<_, CliError>((own, self.spending(&config).await?))
        })??;
        let report = Report::new(&own, &policy, &spending);
        answer.give(&report)?;
        match report.findings.len() {
            0 => Ok(()),
            1 => Err(CliError::Found("1 finding about the relayer's account".to_owned())),
            many => Err(CliError::Found(format!("{many} findings about the relayer's account"))),
        }
    }
}

impl AuditArgs {
    /// What the instances spent lately; nothing if none was named and none runs here.
    async fn spending(&self, config: &Config) -> Result<Vec<Spending>, CliError> {
        if self.instance.is_empty() {
            let here = ask(&format!("http://{}", config.listen)).await;
            return Ok(here.map_or_else(|_| Vec::new(), |view| view.spending));
        }
        let mut spending = Vec::new();
        for url in &self.instance {
            spending.extend(ask(url).await?.spending);
        }
        Ok(spending)
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
    /// How many it pays for at the mean cost of the last hour, if something was spent then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pays_for_likely: Option<u128>,
    /// What a request cost on average, yoctoNEAR.
    #[serde(skip_serializing_if = "Option::is_none")]
    mean_cost: Option<String>,
    /// How long the money lasts at the rate of the last hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    lasts_seconds: Option<u128>,
    #[serde(skip)]
    shown: String,
}

impl Report {
    fn new(own: &OwnAccount, policy: &Policy, spending: &[Spending]) -> Self {
        let dearest =
            policy.apps.values().map(|app| app.per_call.as_yoctonear()).max().unwrap_or(0);
        let lane = |key: LaneKey| {
            let pays_from = key.pays_from.unwrap_or(own.available());
            // All keys without funds of their own share the account's.
            let is_own = key.pays_from.is_some();
            let of_key = spending.iter().filter(|it| !is_own || it.public_key == key.public_key);
            let reach = reach(of_key, pays_from, is_own);
            let shown = match key.pays_from {
                Some(own) => format_near(own),
                None => "the account".to_owned(),
            };
            Lane {
                public_key: key.public_key.to_string(),
                lanes: key.lanes,
                pays_from: key.pays_from.map(|amount| amount.as_yoctonear().to_string()),
                pays_for_at_least: pays_from.as_yoctonear().checked_div(dearest).unwrap_or(0),
                pays_for_likely: reach.map(|reach| reach.requests),
                mean_cost: reach.map(|reach| reach.mean.as_yoctonear().to_string()),
                lasts_seconds: reach.map(|reach| reach.seconds),
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
            let mut table =
                table(["key", "lanes", "pays from", "requests at least", "likely", "for"]);
            for lane in lanes {
                let (rows, least) = (lane.lanes.to_string(), lane.pays_for_at_least.to_string());
                let likely = lane.pays_for_likely.map_or_else(unknown, |count| count.to_string());
                let time = lane.lasts_seconds.map_or_else(unknown, in_words);
                let (key, from) = (lane.public_key.clone(), lane.shown.clone());
                table.add_row([key, rows, from, least, likely, time]);
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

fn unknown() -> String {
    "-".to_owned()
}

/// A time in its largest whole unit.
fn in_words(seconds: u128) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
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
