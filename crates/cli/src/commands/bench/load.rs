//! The load: connections that send one transaction after another.

use super::account::Account;
use super::answer::{self, Ending};
use super::line::Line;
use super::tally::Tally;
use super::turns::{Form, Sender, Turns};
use crate::error::CliError;
use hyper::body::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use keyway::Client;
use keyway::protocol::CryptoHash;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// A load for a node.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) accounts: Vec<Account>,
    pub(super) connections: usize,
    pub(super) form: Form,
    pub(super) end: End,
    pub(super) url: String,
    pub(super) client: Client,
}

/// When it ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// After this many transactions.
    Transactions(u64),
    /// After this time.
    After(Duration),
}

impl Load {
    /// Sends everything, and counts.
    ///
    /// # Errors
    /// If there is no block to sign for, or no connection.
    pub(super) async fn run(self) -> Result<Tally, CliError> {
        let (client, form) = (self.client, self.form);
        let bar = progress(self.end);
        let line = |_| Line::new(&self.url);
        let lines = (0..self.connections.max(1)).map(line).collect::<Result<Vec<_>, _>>()?;
        let mut load = Running {
            lines,
            senders: self.accounts.into_iter().map(Sender::new).collect(),
            tally: Tally::new(),
            bar,
        };
        match self.end {
            End::Transactions(count) => {
                let mut left = count;
                while left > 0 {
                    // Signing is not measured: it is done while the clock is stopped, for no longer
                    // than the block stays recent enough on a busy node.
                    let round = left.min(ROUND);
                    load.prepare(round, form, base(&client).await?).await?;
                    load.send(None).await?;
                    left -= round;
                }
            }
            End::After(time) => {
                let (bases, base) = watch::channel(base(&client).await?);
                let keeper = tokio::spawn(async move { keep_fresh(&client, &bases).await });
                load.send(Some(Meanwhile { until: now() + time, base, form })).await?;
                keeper.abort();
            }
        }
        load.bar.finish_and_clear();
        Ok(load.tally)
    }
}

/// A load under way.
struct Running {
    lines: Vec<Line>,
    senders: Vec<Sender>,
    tally: Tally,
    bar: ProgressBar,
}

impl Running {
    /// Lets the accounts sign `count` transactions in total, on every core.
    async fn prepare(&mut self, count: u64, form: Form, base: CryptoHash) -> Result<(), CliError> {
        let mut signing = JoinSet::new();
        let all = self.senders.len() as u64;
        for (number, mut sender) in (0..).zip(self.senders.drain(..)) {
            let share = count / all + u64::from(number < count % all);
            signing.spawn_blocking(move || {
                sender.prepare(share, form, base);
                sender
            });
        }
        self.senders = all_of(signing).await?;
        Ok(())
    }

    /// Sends what the accounts have signed, or sign in the meantime, over all connections.
    async fn send(&mut self, meanwhile: Option<Meanwhile>) -> Result<(), CliError> {
        let turns = Arc::new(Turns::new(std::mem::take(&mut self.senders)));
        let started = now();
        let mut running = JoinSet::new();
        for line in self.lines.drain(..) {
            let (turns, meanwhile, bar) = (turns.clone(), meanwhile.clone(), self.bar.clone());
            running.spawn(Connection { line, turns, meanwhile, bar }.run());
        }
        let done = all_of(running).await?;
        self.tally.elapsed += started.elapsed();
        for (line, tally) in done {
            self.lines.push(line);
            self.tally.add(tally);
        }
        self.senders = turns.done();
        Ok(())
    }
}

async fn all_of<T: 'static>(mut tasks: JoinSet<T>) -> Result<Vec<T>, CliError> {
    let mut done = Vec::new();
    while let Some(task) = tasks.join_next().await {
        done.push(task.map_err(|error| CliError::System { source: error.into() })?);
    }
    Ok(done)
}

/// How accounts sign while they send.
#[derive(Clone, Debug)]
struct Meanwhile {
    until: Instant,
    base: watch::Receiver<CryptoHash>,
    form: Form,
}

impl Meanwhile {
    fn next(&self, sender: &mut Sender) -> Option<Bytes> {
        let base = *self.base.borrow();
        (now() < self.until).then(|| sender.sign(self.form, base))
    }
}

struct Connection {
    line: Line,
    turns: Arc<Turns>,
    meanwhile: Option<Meanwhile>,
    bar: ProgressBar,
}

impl Connection {
    async fn run(mut self) -> (Line, Tally) {
        let mut tally = Tally::new();
        while let Some((sender, request)) = self.turns.next(|sender| match &self.meanwhile {
            Some(meanwhile) => meanwhile.next(sender),
            None => sender.prepared(),
        }) {
            let sent = now();
            let ending = match self.line.post(request).await {
                Ok(body) => answer::read(&body),
                Err(missing) => Ending::Bad(missing.to_owned()),
            };
            tally.count(ending, sent.elapsed());
            self.turns.back(sender);
            self.bar.inc(1);
        }
        (self.line, tally)
    }
}

async fn base(client: &Client) -> Result<CryptoHash, CliError> {
    Ok(client.at(keyway::BlockReference::Final).block().await?.hash)
}

/// Updates the recent block that transactions name, which a long run needs.
async fn keep_fresh(client: &Client, bases: &watch::Sender<CryptoHash>) {
    loop {
        tokio::time::sleep(FRESH).await;
        // A node that is too busy to answer leaves the old block until the next time.
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
            .expect("the invariant that the template is valid"),
    )
}

/// How many transactions are signed for one block.
const ROUND: u64 = 5_000;

/// How often a newer block is queried.
const FRESH: Duration = Duration::from_secs(5);

#[expect(clippy::disallowed_methods, reason = "a load generator measures time")]
fn now() -> Instant {
    Instant::now()
}
