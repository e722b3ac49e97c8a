//! Writers take turns: what waits in an instance is written in one transaction, under one lock of the database.
//!
//! Nearly every write changes the counters of the whole relayer, so writes could not run beside each other anyway. With
//! turns there is no deadlock, nothing to retry, and one sync of the disk for many operations.

use super::address::Address;
use super::failed;
use crate::store::StoreError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement, Transaction};

/// Hands operations to the task that writes. The task ends when this is dropped.
pub(super) struct Turns {
    jobs: mpsc::Sender<Job>,
}

/// A transaction of one turn.
pub(super) struct Turn<'c> {
    transaction: Transaction<'c>,
    statements: &'c Statements,
    /// The database's clock when the turn began, milliseconds since the Unix epoch.
    pub(super) now_ms: u64,
}

type Work<'w> = Pin<Box<dyn Future<Output = Done> + Send + 'w>>;
type Job = Box<dyn for<'w> FnOnce(&'w Turn<'w>) -> Work<'w> + Send>;

/// What to do when the turn is committed, or is not.
struct Done {
    /// Why the turn cannot be committed: a statement failed.
    broken: Option<StoreError>,
    answer: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
}

/// Statements that were prepared on a connection, by their text.
#[derive(Default)]
pub(super) struct Statements(
    tokio::sync::Mutex<std::collections::HashMap<&'static str, Statement>>,
);

impl Turns {
    pub(super) fn start(address: Address) -> Self {
        let (jobs, queue) = mpsc::channel(WAITING);
        tokio::spawn(write_in_turns(address, queue));
        Self { jobs }
    }

    /// Does `work` in a turn; returns when that is committed.
    ///
    /// # Errors
    /// The error of `work`, which must not have written anything then; or if the database cannot be used. Then it is
    /// unknown whether something was written.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl for<'w> FnOnce(
            &'w Turn<'w>,
        )
            -> Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'w>>
        + Send
        + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |turn| {
            let work = work(turn);
            Box::pin(async move {
                let result = work.await;
                let broken = match &result {
                    Err(error @ StoreError::Unavailable { .. }) => Some(error.clone()),
                    _ => None,
                };
                let answer = Box::new(move |committed: Result<(), StoreError>| {
                    // Whoever asked may be gone.
                    let _ = tell.send(committed.and(result));
                });
                Done { broken, answer }
            })
        });
        let ended = || unavailable("its task has ended");
        match tokio::time::timeout(HAND_OVER_WITHIN, self.jobs.send(job)).await {
            Ok(sent) => sent.map_err(|_| ended())?,
            Err(_) => return Err(unavailable("too many writes wait for the database")),
        }
        // The task drops a job that it cannot begin.
        told.await.map_err(|_| unavailable("the database does not answer"))?
    }
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Turns")
    }
}

async fn write_in_turns(address: Address, mut queue: mpsc::Receiver<Job>) {
    let (mut jobs, mut connection) = (Vec::new(), None);
    while queue.recv_many(&mut jobs, TOGETHER).await > 0 {
        let mut answers = Vec::with_capacity(jobs.len());
        let turn = commit(&address, &mut connection, jobs.drain(..), &mut answers);
        let committed = match tokio::time::timeout(TURN_WITHIN, turn).await {
            Ok(committed) => committed,
            Err(_) => Err(unavailable("a turn took too long")),
        };
        if let Err(error) = &committed {
            tracing::warn!(%error, "a turn of the store failed");
            connection = None;
        }
        for answer in answers {
            answer(committed.clone());
        }
    }
}

type Answers = Vec<Box<dyn FnOnce(Result<(), StoreError>) + Send>>;

async fn commit(
    address: &Address,
    connection: &mut Option<(Client, Statements)>,
    jobs: impl Iterator<Item = Job>,
    answers: &mut Answers,
) -> Result<(), StoreError> {
    // Before the jobs: one that is dropped tells its caller that there was no answer.
    let (client, statements) = match connection.take().filter(|(client, _)| !client.is_closed()) {
        Some(open) => connection.insert(open),
        None => connection.insert((address.connect().await?, Statements::default())),
    };
    let transaction = client.transaction().await.map_err(failed)?;
    lock(&transaction).await?;
    let now = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
    let row = transaction.query_one(&*statements.of(&transaction, now).await?, &[]).await;
    let now_ms = u64::try_from(row.map_err(failed)?.get::<_, i64>(0)).unwrap_or(0);
    let turn = Turn { transaction, statements, now_ms };
    let mut broken = None;
    for job in jobs {
        let done = job(&turn).await;
        answers.push(done.answer);
        broken = done.broken;
        if broken.is_some() {
            break;
        }
    }
    match broken {
        // Dropped, it is rolled back.
        Some(error) => Err(error),
        None => turn.transaction.commit().await.map_err(failed),
    }
}

/// Waits until it is this transaction's turn; that ends with the transaction.
///
/// # Errors
/// If the database cannot be used, or no turn comes in time.
pub(super) async fn lock(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let lock = format!("SELECT pg_advisory_xact_lock({LOCK})");
    transaction.batch_execute(&lock).await.map_err(failed)
}

impl Statements {
    async fn of(
        &self,
        transaction: &Transaction<'_>,
        text: &'static str,
    ) -> Result<Box<Statement>, StoreError> {
        let mut known = self.0.lock().await;
        if let Some(statement) = known.get(text) {
            return Ok(Box::new(statement.clone()));
        }
        let statement = transaction.prepare(text).await.map_err(failed)?;
        known.insert(text, statement.clone());
        Ok(Box::new(statement))
    }
}

impl Turn<'_> {
    /// The first row of a query, if there is one.
    pub(super) async fn row(
        &self,
        text: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, StoreError> {
        let statement = self.statements.of(&self.transaction, text).await?;
        self.transaction.query_opt(&*statement, values).await.map_err(failed)
    }

    pub(super) async fn rows(
        &self,
        text: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let statement = self.statements.of(&self.transaction, text).await?;
        self.transaction.query(&*statement, values).await.map_err(failed)
    }

    /// Writes; returns how many rows were changed.
    pub(super) async fn write(
        &self,
        text: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, StoreError> {
        let statement = self.statements.of(&self.transaction, text).await?;
        self.transaction.execute(&*statement, values).await.map_err(failed)
    }
}

fn unavailable(why: &str) -> StoreError {
    StoreError::Unavailable { why: why.to_owned(), source: None }
}

/// A number that no other program of the database should lock.
const LOCK: i64 = 0x6b65_7977_6179;
/// How many operations may wait in an instance.
const WAITING: usize = 4_096;
/// How many of them are written in one turn.
const TOGETHER: usize = 128;
const HAND_OVER_WITHIN: std::time::Duration = std::time::Duration::from_secs(5);
/// Longer than any of the server's own limits, which end a turn before.
const TURN_WITHIN: std::time::Duration = std::time::Duration::from_secs(30);
