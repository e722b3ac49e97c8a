//! The load: connections that send one transaction after the other.

use super::account::Account;
use super::answer::{self, Ending};
use super::line::Line;
use super::tally::Tally;
use super::{Wait, Workload};
use crate::error::CliError;
use hyper::body::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
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
    pub(super) url: String,
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
        let (end, client) = (self.end, self.client.clone());
        let bar = progress(end);
        let mut connections = self.connections(&bar)?;
        let mut tally = Tally::new();
        match end {
            End::Transactions(count) => {
                let mut left = count;
                while left > 0 {
                    // Signing is not what is measured: it is done while the clock stands, for no
                    // more than a busy node takes while the block that is named is recent.
                    let round = left.min(ROUND);
                    connections = signed(connections, round, base(&client).await?).await?;
                    connections = send(connections, &mut tally).await?;
                    left -= round;
                }
            }
            End::After(time) => {
                let (bases, base) = watch::channel(base(&client).await?);
                let keeper = tokio::spawn(async move { keep_fresh(&client, &bases).await });
                let until = Instant::now() + time;
                for connection in &mut connections {
                    connection.until = Some((until, base.clone()));
                }
                send(connections, &mut tally).await?;
                keeper.abort();
            }
        }
        bar.finish_and_clear();
        Ok(tally)
    }

    /// The connections, each with its share of the accounts.
    fn connections(self, bar: &ProgressBar) -> Result<Vec<Connection>, CliError> {
        let count = self.connections.max(1);
        let mut shares: Vec<_> = (0..count).map(|_| VecDeque::new()).collect();
        for (number, account) in self.accounts.into_iter().enumerate() {
            shares[number % count].push_back(account);
        }
        let connection = |accounts| {
            Ok(Connection {
                line: Line::new(&self.url)?,
                signer: Signing { accounts, workload: self.workload, wait: self.wait },
                ready: VecDeque::new(),
                until: None,
                bar: bar.clone(),
            })
        };
        shares.into_iter().map(connection).collect()
    }
}

/// Lets the connections sign `count` transactions in all, on every core.
async fn signed(
    connections: Vec<Connection>,
    count: u64,
    base: CryptoHash,
) -> Result<Vec<Connection>, CliError> {
    let mut signing = JoinSet::new();
    let (all, mut number) = (connections.len() as u64, 0);
    for mut connection in connections {
        let share = count / all + u64::from(number < count % all);
        number += 1;
        signing.spawn_blocking(move || {
            connection.ready = (0..share).filter_map(|_| connection.signer.next(base)).collect();
            connection
        });
    }
    all_of(signing).await
}

/// Sends what the connections have, at the same time, and adds it up.
async fn send(
    connections: Vec<Connection>,
    tally: &mut Tally,
) -> Result<Vec<Connection>, CliError> {
    let started = Instant::now();
    let mut running = JoinSet::new();
    for connection in connections {
        running.spawn(connection.run());
    }
    let done = all_of(running).await?;
    tally.elapsed += started.elapsed();
    let (connections, counted): (Vec<_>, Vec<_>) = done.into_iter().unzip();
    counted.into_iter().for_each(|counted| tally.add(counted));
    Ok(connections)
}

async fn all_of<T: 'static>(mut tasks: JoinSet<T>) -> Result<Vec<T>, CliError> {
    let mut done = Vec::new();
    while let Some(task) = tasks.join_next().await {
        done.push(task.map_err(|error| CliError::System { source: error.into() })?);
    }
    Ok(done)
}

struct Connection {
    line: Line,
    signer: Signing,
    /// Signed and not yet sent.
    ready: VecDeque<Bytes>,
    /// Until when it signs more itself, and for which block.
    until: Option<(Instant, watch::Receiver<CryptoHash>)>,
    bar: ProgressBar,
}

impl Connection {
    async fn run(mut self) -> (Self, Tally) {
        let mut tally = Tally::new();
        while let Some(request) = self.next() {
            let sent = Instant::now();
            let ending = match self.line.post(request).await {
                Ok(body) => answer::read(&body),
                Err(missing) => Ending::Bad(missing.to_owned()),
            };
            tally.count(ending, sent.elapsed());
            self.bar.inc(1);
        }
        (self, tally)
    }

    fn next(&mut self) -> Option<Bytes> {
        let Some((until, base)) = &self.until else { return self.ready.pop_front() };
        let base = *base.borrow();
        if Instant::now() < *until { self.signer.next(base) } else { None }
    }
}

/// A connection's accounts, which sign in turns.
struct Signing {
    accounts: VecDeque<Account>,
    workload: Workload,
    wait: Wait,
}

impl Signing {
    fn next(&mut self, base: CryptoHash) -> Option<Bytes> {
        let mut account = self.accounts.pop_front()?;
        let signed = account.sign(self.workload, base);
        self.accounts.push_back(account);
        Some(body(&signed, self.wait))
    }
}

fn body(signed: &SignedTransaction, wait: Wait) -> Bytes {
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
    .into()
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

/// How many transactions are signed for one block.
const ROUND: u64 = 5_000;

/// How often a newer block is asked for.
const FRESH: Duration = Duration::from_secs(5);
