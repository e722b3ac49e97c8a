//! The load: connections that send one transaction after the other.

use super::account::Account;
use super::answer::{self, Ending};
use super::tally::Tally;
use super::{OPTIONS, Wait, Workload};
use crate::error::CliError;
use indicatif::{ProgressBar, ProgressStyle};
use keyway::transport::{Endpoint, HttpTransport, Request, Transport, Trouble};
use keyway::{Client, CryptoHash};
use near_primitives::serialize::to_base64;
use near_primitives::transaction::SignedTransaction;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// A load to put on a node.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) accounts: Vec<Account>,
    pub(super) connections: usize,
    pub(super) workload: Workload,
    pub(super) wait: Wait,
    pub(super) end: End,
    pub(super) endpoint: Endpoint,
    pub(super) client: Client,
}

/// When it ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// When so many were sent.
    Transactions(u64),
    /// After this time.
    After(Duration),
}

impl Load {
    /// Sends it all, and counts.
    ///
    /// # Errors
    /// When there is no block to sign for, or no connection.
    pub(super) async fn run(self) -> Result<Tally, CliError> {
        let (bases, base) = watch::channel(base(&self.client).await?);
        let client = self.client.clone();
        let bar = progress(self.end);
        let mut connections = self.connections(&base, &bar).await?;
        let keeper = tokio::spawn(async move { keep_fresh(&client, &bases).await });
        let started = Instant::now();
        let mut running = JoinSet::new();
        while let Some(connection) = connections.pop() {
            running.spawn(connection.run(started));
        }
        let mut tally = Tally::new();
        while let Some(counted) = running.join_next().await {
            tally.add(counted.map_err(|error| CliError::System { source: error.into() })?);
        }
        tally.elapsed = started.elapsed();
        keeper.abort();
        bar.finish_and_clear();
        Ok(tally)
    }

    /// The connections, each with its share of the accounts and of the transactions.
    async fn connections(
        self,
        base: &watch::Receiver<CryptoHash>,
        bar: &ProgressBar,
    ) -> Result<Vec<Connection>, CliError> {
        let count = self.connections.max(1);
        let mut shares: Vec<_> = (0..count).map(|_| VecDeque::new()).collect();
        for (number, account) in self.accounts.into_iter().enumerate() {
            shares[number % count].push_back(account);
        }
        let mut signing = JoinSet::new();
        for (number, accounts) in shares.into_iter().enumerate() {
            let transport = HttpTransport::new(vec![self.endpoint.clone()], OPTIONS)
                .map_err(keyway::Error::from)?;
            let signer = Signing { accounts, workload: self.workload, wait: self.wait };
            let (base, bar) = (base.clone(), bar.clone());
            let connection =
                Connection { transport, signer, end: self.end, base, bar, ready: VecDeque::new() };
            let share = self.end.share(number, count);
            // Signing is not what is measured: it is done before the clock starts, by every core.
            signing.spawn_blocking(move || connection.prepared(share));
        }
        let mut prepared = Vec::new();
        while let Some(connection) = signing.join_next().await {
            prepared.push(connection.map_err(|error| CliError::System { source: error.into() })?);
        }
        Ok(prepared)
    }
}

impl End {
    /// How many of the transactions are the `number`th connection's.
    fn share(self, number: usize, connections: usize) -> u64 {
        let Self::Transactions(all) = self else { return 0 };
        let (number, connections) = (number as u64, connections as u64);
        all / connections + u64::from(number < all % connections)
    }
}

struct Connection {
    transport: HttpTransport,
    signer: Signing,
    end: End,
    base: watch::Receiver<CryptoHash>,
    bar: ProgressBar,
    /// Signed and not yet sent.
    ready: VecDeque<Request>,
}

impl Connection {
    fn prepared(mut self, share: u64) -> Self {
        let base = *self.base.borrow();
        self.ready = (0..share).filter_map(|_| self.signer.next(base)).collect();
        self
    }

    async fn run(mut self, started: Instant) -> Tally {
        let mut tally = Tally::new();
        while let Some(request) = self.next(started) {
            let sent = Instant::now();
            let ending = match self.transport.send(&request).await {
                Ok(reply) => answer::read(&reply.body),
                Err(error) => Ending::Bad(name(&error.trouble).to_owned()),
            };
            tally.count(ending, sent.elapsed());
            self.bar.inc(1);
        }
        tally
    }

    fn next(&mut self, started: Instant) -> Option<Request> {
        match self.end {
            End::Transactions(_) => self.ready.pop_front(),
            End::After(time) if started.elapsed() < time => {
                let base = *self.base.borrow();
                self.signer.next(base)
            }
            End::After(_) => None,
        }
    }
}

/// A connection's accounts, which sign in turns.
struct Signing {
    accounts: VecDeque<Account>,
    workload: Workload,
    wait: Wait,
}

impl Signing {
    fn next(&mut self, base: CryptoHash) -> Option<Request> {
        let mut account = self.accounts.pop_front()?;
        let signed = account.sign(self.workload, base);
        self.accounts.push_back(account);
        Some(Request { body: body(&signed, self.wait), repeatable: false })
    }
}

fn body(signed: &SignedTransaction, wait: Wait) -> Vec<u8> {
    let wait_until = match wait {
        Wait::Included => "INCLUDED",
        Wait::Executed => "EXECUTED_OPTIMISTIC",
        Wait::Final => "FINAL",
    };
    let bytes = borsh::to_vec(signed).expect("the invariant that memory takes all writes");
    let transaction = to_base64(&bytes);
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"send_tx","params":{{"signed_tx_base64":"{transaction}","wait_until":"{wait_until}"}}}}"#
    )
    .into_bytes()
}

/// How a report calls a connection's trouble.
fn name(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::Connect(_) => "Connect",
        Trouble::Timeout(_) => "Timeout",
        Trouble::Broken(_) => "Broken",
        Trouble::Status(429 | 503) => "Busy",
        Trouble::Status(_) => "HttpStatus",
        _ => "NoAnswer",
    }
}

async fn base(client: &Client) -> Result<CryptoHash, CliError> {
    Ok(client.at(keyway::BlockReference::Final).block().await?.hash)
}

/// Transactions name a recent block: a long run needs newer ones.
async fn keep_fresh(client: &Client, bases: &watch::Sender<CryptoHash>) {
    loop {
        tokio::time::sleep(FRESH).await;
        // A node that is too busy to tell gets the old one until next time.
        if let Ok(hash) = base(client).await {
            bases.send_replace(hash);
        }
    }
}

fn progress(end: End) -> ProgressBar {
    match end {
        End::Transactions(count) => ProgressBar::new(count),
        End::After(_) => ProgressBar::new_spinner(),
    }
    .with_style(
        ProgressStyle::with_template("{wide_bar} {pos} {per_sec} {eta}")
            .expect("the invariant that the template is one"),
    )
}

/// How often a newer block is asked for.
const FRESH: Duration = Duration::from_secs(5);
