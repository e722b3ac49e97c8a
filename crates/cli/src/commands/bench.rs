//! `bench`: puts load on a node and measures it.

mod account;
mod answer;
mod fleet;
mod line;
mod load;
mod report;
mod tally;
mod turns;

use crate::dev_accounts;
use crate::error::CliError;
use crate::tools::{ChainArgs, Context, SigningArgs, SigningPlace, VaultName, parse_near};
use clap::{Args, ValueEnum};
use fleet::Fleet;
use keyway::keys::KeyFile;
use keyway::transport::{HttpOptions, Retries};
use keyway::{AccountId, NearToken, Signer};
use load::Load;
use report::Report;
use serde::Serialize;
use std::time::Duration;
use turns::Form;

/// Arguments of `bench`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway bench
      10,000 transfers on the local node
  keyway bench --workload calls --wait final
      calls of a contract, with function-call keys
  keyway bench --network http://10.0.0.5:3030 --from me.near --duration 60 \\
      --connections 64
  keyway bench --json > before.json
      for a comparison

Before the clock starts, accounts, keys and an empty contract are created below
--from. When it has stopped they are deleted, and their balance goes back. With
--transactions everything is signed beforehand; with --duration one thread signs
while others send.")]
pub(crate) struct BenchArgs {
    /// What is sent
    #[arg(long, value_enum, default_value_t)]
    workload: Workload,
    /// How many transactions to send
    #[arg(
        long,
        value_name = "N",
        default_value_t = 10_000,
        conflicts_with = "duration",
        value_parser = clap::value_parser!(u64).range(1..=200_000)
    )]
    transactions: u64,
    /// Send for this many seconds instead
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    duration: Option<u64>,
    /// How far each transaction must come before it counts as done
    #[arg(long, value_enum, default_value_t)]
    wait: Wait,
    /// Number of concurrent requests, each on its own connection
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// Number of accounts that send; at least one for each connection
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    accounts: u16,
    /// The account that pays [default: the account of --key-file; else near, on a node of this
    /// machine where it has its well-known key, as on every chain that `keyway` creates]
    #[arg(long = "from", id = "payer", value_name = "ACCOUNT")]
    payer: Option<AccountId>,
    /// Balance of each account
    #[arg(long, value_name = "AMOUNT", value_parser = parse_near, default_value = "1 NEAR")]
    fund: NearToken,
    #[command(flatten)]
    signing: SigningArgs,
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
}

/// What is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Workload {
    /// Transfers of one yoctoNEAR between the accounts
    #[default]
    Transfers,
    /// Calls of an empty contract, signed with function-call keys
    Calls,
    /// Both in turn
    Mixed,
}

/// How far each transaction must come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wait {
    /// It is in a block
    Included,
    /// It and its receipts ran
    #[default]
    Executed,
    /// All of it is final
    Final,
}

impl BenchArgs {
    /// Creates the accounts, sends, reports and cleans up.
    ///
    /// # Errors
    /// If the accounts cannot be created. Failures of single transactions are counted instead.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        if self.accounts < self.connections {
            let (accounts, connections) = (self.accounts, self.connections);
            return Err(CliError::TooFewAccounts { accounts, connections });
        }
        let url = context.network.own_url().ok_or(CliError::PublicNetwork)?;
        let owner = self.owner(context).await?;
        let fleet = Fleet::make(&owner, self.accounts, self.fund).await?;
        let load = Load {
            accounts: fleet.accounts().await?,
            connections: self.connections.into(),
            form: Form { workload: self.workload, wait: self.wait },
            end: self.end(),
            url: url.to_owned(),
            client: context.client.clone(),
        };
        let tally = load.run().await;
        if let Err(error) = fleet.disband().await {
            context.notes.say(format!("note: not all accounts could be deleted: {error}"));
        }
        context.answer.give(&Report::new(self, tally?))
    }

    fn end(&self) -> load::End {
        match self.duration {
            Some(seconds) => load::End::After(Duration::from_secs(seconds)),
            None => load::End::Transactions(self.transactions),
        }
    }

    /// The account that pays, with its key.
    async fn owner(&self, context: &Context) -> Result<Signer, CliError> {
        let payer = match (&self.payer, self.signing.place()) {
            (Some(payer), _) => Some(payer.clone()),
            (None, SigningPlace::File(path)) => KeyFile::read(&path)?.account_id,
            (None, SigningPlace::Vault(VaultName::Files)) if self.signing.sign_with.is_none() => {
                return known_payer(context).await?.ok_or(CliError::PayerNeeded);
            }
            (None, _) => None,
        };
        self.signing.signer(context, &payer.ok_or(CliError::PayerNeeded)?).await
    }
}

/// The account that every new chain has, with its well-known key, if the node is on this machine
/// and its chain has it.
async fn known_payer(context: &Context) -> Result<Option<Signer>, CliError> {
    let near = dev_accounts::founder();
    let here = context.network.is_for_development(dev_accounts::CHAIN);
    let Some(key) = dev_accounts::unsafe_key_pair(&near).filter(|_| here) else { return Ok(None) };
    let chain_id = context.client.status().await?.chain_id;
    if PUBLIC.contains(&chain_id.as_str()) {
        return Ok(None);
    }
    let known = context.client.access_key(&near, key.public_key()).await.is_ok();
    Ok(if known { Some(Signer::new(context.client.clone(), &near, [key])?) } else { None })
}

/// Chains on which no account has a well-known key, wherever the node is.
const PUBLIC: [&str; 2] = ["mainnet", "testnet"];

/// Nothing is retried: lost responses are counted.
const OPTIONS: HttpOptions = HttpOptions {
    timeout: Duration::from_secs(30),
    connect_timeout: Duration::from_secs(5),
    retries: Retries::NONE,
    max_answer_bytes: 1024 * 1024,
};
