//! The thread that writes: many operations, one commit.

use super::tables::Tables;
use crate::store::StoreError;
use redb::Database;
use std::fmt;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use tokio::sync::{mpsc, oneshot};

/// Hands operations to the thread. The thread has ended when this is dropped, so the file can be opened again.
pub(super) struct Writer {
    /// None while it is dropped.
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// Does its part in a transaction, and returns what to do when the transaction is committed.
type Job = Box<dyn FnOnce(&mut Tables<'_>) -> Done + Send>;

struct Done {
    /// Whether the transaction must not be committed: a table could not be read or written.
    broken: Option<StoreError>,
    answer: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
}

impl Writer {
    pub(super) fn start(database: Arc<Database>) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel(WAITING);
        let thread = thread::Builder::new()
            .name("relay-store".to_owned())
            .spawn(move || work(&database, queue))
            .map_err(|error| StoreError::unavailable("no thread for the store", error))?;
        Ok(Writer { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs `work` in a transaction; returns when that is on disk.
    ///
    /// # Errors
    /// The error of `work`, which must not have written anything then; or if the disk fails.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = oneshot::channel();
        let job = move |tables: &mut Tables<'_>| {
            let result = work(tables);
            let broken = match &result {
                Err(error @ (StoreError::Unavailable { .. } | StoreError::Damaged { .. })) => {
                    Some(error.clone())
                }
                _ => None,
            };
            let answer = Box::new(move |committed: Result<(), StoreError>| {
                // Whoever asked may be gone.
                let _ = tell.send(committed.and(result));
            });
            Done { broken, answer }
        };
        let ended =
            || StoreError::Unavailable { why: "its thread has ended".to_owned(), source: None };
        let jobs = self.jobs.as_ref().ok_or_else(ended)?;
        jobs.send(Box::new(job)).await.map_err(|_| ended())?;
        told.await.map_err(|_| ended())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported to whoever waited for it.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}

fn work(database: &Database, mut queue: mpsc::Receiver<Job>) {
    let mut jobs = Vec::new();
    while queue.blocking_recv_many(&mut jobs, TOGETHER) > 0 {
        let mut answers = Vec::with_capacity(jobs.len());
        let committed = commit(database, jobs.drain(..), &mut answers);
        for answer in answers {
            answer(committed.clone());
        }
    }
}

type Answers = Vec<Box<dyn FnOnce(Result<(), StoreError>) + Send>>;

fn commit(
    database: &Database,
    jobs: impl Iterator<Item = Job>,
    answers: &mut Answers,
) -> Result<(), StoreError> {
    let failed = |error: redb::Error| StoreError::unavailable("the disk failed", error);
    // Before the jobs: a job without a transaction is dropped, and its caller told that the thread ended.
    let transaction = database.begin_write().map_err(|error| failed(error.into()))?;
    let mut broken = None;
    {
        let mut tables = Tables::open(&transaction, super::now_ms())?;
        for job in jobs {
            let done = job(&mut tables);
            answers.push(done.answer);
            broken = broken.or(done.broken);
        }
    }
    match broken {
        None => transaction.commit().map_err(|error| failed(error.into())),
        Some(error) => {
            transaction.abort().map_err(|error| failed(error.into()))?;
            Err(error)
        }
    }
}

/// The most operations that wait for the thread; more wait for a place.
const WAITING: usize = 4096;
/// The most operations in one commit.
const TOGETHER: usize = 512;
