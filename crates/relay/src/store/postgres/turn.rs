//! Writers take turns: what waits in an instance is written in one transaction, under one lock of the database.
//!
//! Nearly every write changes the counters of the whole relayer, so writes could not run beside each other anyway. With
//! turns there is no deadlock, nothing to retry, and one sync of the disk for many operations.

use super::address::Address;
use super::failed;
use super::statements::Statements;
use super::working::{Needs, Working};
use crate::store::StoreError;
use std::fmt;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Client, Transaction};

/// Hands operations to the task that writes. The task ends when this is dropped.
pub(super) struct Turns {
    jobs: mpsc::Sender<Job>,
}

/// An operation.
struct Job {
    needs: Needs,
    work: Box<dyn FnOnce(&mut Working) -> Done + Send>,
}

/// What to do when the turn is committed, or is not.
struct Done {
    /// Why the turn cannot be committed.
    broken: Option<StoreError>,
    answer: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
}

impl Turns {
    pub(super) fn start(address: Address) -> Self {
        let (jobs, queue) = mpsc::channel(WAITING);
        tokio::spawn(write_in_turns(address, queue));
        Self { jobs }
    }

    /// Does `work` in a turn on the rows that it `needs`; returns when that is committed.
    ///
    /// # Errors
    /// The error of `work`, which must not have written anything then; or if the database cannot be used. Then it is
    /// unknown whether something was written.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        needs: Needs,
        work: impl FnOnce(&mut Working) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = oneshot::channel();
        let work = Box::new(move |working: &mut Working| {
            let result = work(working);
            let broken = match &result {
                Err(error @ StoreError::Unavailable { .. }) => Some(error.clone()),
                _ => None,
            };
            let answer = Box::new(move |committed: Result<(), StoreError>| {
                // Whoever asked may be gone.
                let _ = tell.send(committed.and(result));
            });
            Done { broken, answer }
        });
        let ended = || unavailable("its task has ended");
        match tokio::time::timeout(HAND_OVER_WITHIN, self.jobs.send(Job { needs, work })).await {
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
        let turn = turn(&address, &mut connection, jobs.drain(..), &mut answers);
        let committed = match tokio::time::timeout(TURN_WITHIN, turn).await {
            Ok(committed) => committed,
            Err(_) => Err(unavailable("a turn took too long")),
        };
        if let Err(error) = &committed {
            tracing::warn!(%error, "a turn of the store failed");
            // Without its connection, the database rolls it back.
            connection = None;
        }
        for answer in answers {
            answer(committed.clone());
        }
    }
}

type Answers = Vec<Box<dyn FnOnce(Result<(), StoreError>) + Send>>;

/// One turn: the rows are read, the operations are done in memory, and what they changed is written and committed.
async fn turn(
    address: &Address,
    connection: &mut Option<(Client, Statements)>,
    jobs: impl Iterator<Item = Job>,
    answers: &mut Answers,
) -> Result<(), StoreError> {
    let (mut needs, mut works) = (Needs::default(), Vec::new());
    for job in jobs {
        needs.add(job.needs);
        works.push(job.work);
    }
    // Before the work: what is dropped tells its caller that there was no answer.
    let (client, statements) = match connection.take().filter(|(client, _)| !client.is_closed()) {
        Some(open) => connection.insert(open),
        None => {
            let client = address.connect().await?;
            let statements = Statements::prepare(&client).await?;
            connection.insert((client, statements))
        }
    };
    let begin = format!("BEGIN; {}", lock());
    let mut working = statements.begin(client, &begin, &needs).await?;
    let mut broken = None;
    for work in works {
        let done = work(&mut working);
        answers.push(done.answer);
        broken = broken.or(done.broken);
    }
    match broken {
        Some(error) => Err(error),
        None => statements.commit(client, &working).await,
    }
}

/// Waits until it is this transaction's turn; that ends with the transaction.
///
/// # Errors
/// If the database cannot be used, or no turn comes in time.
pub(super) async fn wait(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.batch_execute(&lock()).await.map_err(failed)
}

fn lock() -> String {
    format!("SELECT pg_advisory_xact_lock({LOCK})")
}

fn unavailable(why: &str) -> StoreError {
    StoreError::Unavailable { why: why.to_owned(), source: None }
}

/// A number that no other program of the database should lock.
const LOCK: i64 = 0x6b65_7977_6179;
/// How many operations may wait in an instance.
const WAITING: usize = 4_096;
/// How many of them are written in one turn.
const TOGETHER: usize = 512;
const HAND_OVER_WITHIN: std::time::Duration = std::time::Duration::from_secs(5);
/// Longer than any of the server's own limits, which end a turn before.
const TURN_WITHIN: std::time::Duration = std::time::Duration::from_secs(30);
