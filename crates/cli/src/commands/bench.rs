//! `bench`: puts load on a node and says how fast it is.

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
  keyway bench                        10,000 transfers on the local node
  keyway bench --workload calls --wait final
                                      calls of a contract, with function-call keys
  keyway bench --network http://10.0.0.5:3030 --from me.near --duration 60 --connections 64
  keyway bench --json > before.json   for a comparison

Accounts, keys and a contract that does nothing are made under --from before the clock starts. When
it has stopped they are deleted, and what they still own goes back. With --transactions all are
signed beforehand; with --duration signing goes on meanwhile, in one thread with the sending.")]
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
    /// Send for so many seconds instead
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    duration: Option<u64>,
    /// How far a transaction is waited for
    #[arg(long, value_enum, default_value_t)]
    wait: Wait,
    /// How many requests are under way at once, each on a connection of its own
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// How many accounts send; at least as many as connections
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    accounts: u16,
    /// Who pays [default: the account that --key-file names; else near, on a node of this machine
    /// where it has the key that everybody knows, as on every chain that `keyway` began]
    #[arg(long = "from", id = "payer", value_name = "ACCOUNT")]
    payer: Option<AccountId>,
    /// What each account is given to spend
    #[arg(long, value_name = "AMOUNT", value_parser = parse_near, default_value = "1 NEAR")]
    fund: NearToken,
    #[command(flatten)]
    signing: SigningArgs,
    /// Which chain, and how to answer.
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
    /// Calls of a contract that does nothing, signed with function-call keys
    Calls,
    /// Both in turns
    Mixed,
}

/// How far a transaction is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wait {
    /// Until it is in a block
    Included,
    /// Until it and its receipts ran
    #[default]
    Executed,
    /// Until all of that is final
    Final,
}

impl BenchArgs {
    /// Makes the accounts, sends, tells, and cleans up.
    ///
    /// # Errors
    /// When the accounts cannot be made. What goes wrong with single transactions is counted.
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

    /// Who pays, with the key for it.
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

/// The account that every new chain has with a key that everybody knows, on a node of this machine
/// that serves such a chain.
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

/// Chains where nobody's key may be one that everybody knows, wherever the node is.
const PUBLIC: [&str; 2] = ["mainnet", "testnet"];

/// Nothing is repeated: what gets lost is counted.
const OPTIONS: HttpOptions = HttpOptions {
    timeout: Duration::from_secs(30),
    connect_timeout: Duration::from_secs(5),
    retries: Retries::NONE,
    max_answer_bytes: 1024 * 1024,
};
