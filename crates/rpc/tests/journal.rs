//! Durability: what is acknowledged is in the journal, and what is not in the journal did not happen.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{ALICE, call, encoded, result, service_kept_by, service_with, transfer};
use keyway_chain::{Chain, HeadState, Input};
use keyway_node::{Checkpoints, Journal, Persistence, Sync};
use keyway_rpc::{ServerOptions, bind, serve};
use near_primitives::transaction::SignedTransaction;
use serde_json::json;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// Keeps inputs in memory, until something is to go wrong.
#[derive(Clone, Debug, Default)]
struct Memory {
    inputs: Arc<Mutex<Vec<Input>>>,
    trouble: Arc<Mutex<Option<Trouble>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// The disk has no room.
    Full,
    /// The input cannot be written down.
    Formless,
    /// The same, but once.
    Passing,
    /// A fault of the program.
    Panic,
}

impl Memory {
    fn trouble(&self, trouble: Option<Trouble>) {
        *self.trouble.lock().unwrap() = trouble;
    }

    fn len(&self) -> usize {
        self.inputs.lock().unwrap().len()
    }
}

impl Journal for Memory {
    fn append(&mut self, now_ns: u64, inputs: &[Input], _head: HeadState) -> io::Result<()> {
        assert!(now_ns > 0);
        let trouble = *self.trouble.lock().unwrap();
        match trouble {
            Some(Trouble::Full) => return Err(io::Error::other("no space left on device")),
            Some(Trouble::Formless) => return Err(io::ErrorKind::InvalidInput.into()),
            Some(Trouble::Passing) => {
                self.trouble(None);
                return Err(io::ErrorKind::InvalidInput.into());
            }
            Some(Trouble::Panic) => panic!("for the test"),
            None => {}
        }
        self.inputs.lock().unwrap().extend_from_slice(inputs);
        Ok(())
    }
}

/// A store without room.
struct FullStore;

impl Checkpoints for FullStore {
    fn evict(&mut self, _chain: &Arc<Chain>, _position: u64) -> io::Result<Option<Chain>> {
        Err(io::Error::other("the store is full"))
    }

    fn finish(&mut self, _chain: &Arc<Chain>, _position: u64) -> io::Result<()> {
        Ok(())
    }
}

/// The same, with a disk that must be waited for.
#[derive(Clone, Debug)]
struct Synced {
    memory: Memory,
    disk: Arc<Disk>,
}

#[derive(Debug, Default)]
struct Disk {
    /// A sync waits until the journal has so many inputs.
    patience: usize,
    memory: Memory,
    syncs: Mutex<usize>,
}

impl Sync for Disk {
    fn sync(&self) -> io::Result<()> {
        until(|| self.memory.len() >= self.patience);
        *self.syncs.lock().unwrap() += 1;
        if self.patience == 0 { Err(io::Error::other("the cable is out")) } else { Ok(()) }
    }
}

/// Waits, but not for ever.
fn until(done: impl Fn() -> bool) {
    for _ in 0..10_000 {
        if done() {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

impl Journal for Synced {
    fn append(&mut self, now_ns: u64, inputs: &[Input], head: HeadState) -> io::Result<()> {
        self.memory.append(now_ns, inputs, head)
    }

    fn sync(&self) -> Option<Arc<dyn Sync>> {
        Some(self.disk.clone())
    }
}

fn synced(patience: usize) -> Synced {
    let memory = Memory::default();
    let disk = Arc::new(Disk { patience, memory: memory.clone(), syncs: Mutex::default() });
    Synced { memory, disk }
}

#[test]
fn inputs_that_wait_for_the_disk_together_share_a_sync() {
    let journal = synced(8);
    let service = service_with(journal.clone());
    let before = service.node().snapshot().head().height();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| service.node().tick().unwrap());
        }
    });
    assert_eq!(service.node().snapshot().head().height(), before + 8);
    // One for whoever came first, one for those who came meanwhile.
    assert!(*journal.disk.syncs.lock().unwrap() <= 2);
}

#[tokio::test]
async fn what_is_not_on_the_disk_is_not_seen_and_the_node_only_reads() {
    let service = service_with(synced(0));
    let sent = transfer(&service, 1);
    let (status, answer) = call(&service, "send_tx", json!([encoded(&sent)])).await;
    assert_eq!(status, 500);
    assert!(answer["error"]["data"].as_str().unwrap().contains("the cable is out"), "{answer}");
    assert!(service.node().snapshot().transaction(&sent.get_hash()).unwrap().is_none());
    assert!(service.node().tick().unwrap_err().to_string().contains("read-only"));
    result(call(&service, "status", json!([])).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_goes_on_while_others_wait_for_the_disk_and_nobody_hears_of_it_early() {
    let journal = synced(3);
    let service = service_with(journal.clone());
    let sent = [1, 2, 3].map(|nonce| transfer(&service, nonce));
    let mut answers = Vec::new();
    for (number, transaction) in sent.iter().enumerate() {
        let (service, encoded) = (service.clone(), encoded(transaction));
        if number == 2 {
            // Two are in the journal, the first waits for the third in its sync.
            let unseen = |tx: &SignedTransaction| {
                service.node().snapshot().transaction(&tx.get_hash()).unwrap().is_none()
            };
            assert!(sent.iter().all(unseen));
            assert!(answers.iter().all(|answer: &JoinHandle<_>| !answer.is_finished()));
        }
        let asked = async move { call(&service, "send_tx", json!([encoded])).await };
        answers.push(tokio::spawn(asked));
        let memory = journal.memory.clone();
        tokio::task::spawn_blocking(move || until(|| memory.len() > number)).await.unwrap();
        assert_eq!(journal.memory.len(), number + 1);
    }
    for (answer, transaction) in answers.into_iter().zip(&sent) {
        result(answer.await.unwrap());
        assert!(service.node().snapshot().transaction(&transaction.get_hash()).unwrap().is_some());
    }
    assert!(*journal.disk.syncs.lock().unwrap() <= 2);
}

#[tokio::test]
async fn an_input_without_a_form_is_refused_and_others_are_not() {
    let journal = Memory::default();
    let service = service_with(journal.clone());
    journal.trouble(Some(Trouble::Formless));
    let sent = transfer(&service, 1);
    let (status, answer) = call(&service, "send_tx", json!([encoded(&sent)])).await;
    let cause = &answer["error"]["cause"]["name"];
    assert_eq!((status, cause), (200, &json!("INPUT_NOT_RECORDED")), "{answer}");
    assert!(service.node().snapshot().transaction(&sent.get_hash()).unwrap().is_none());
    journal.trouble(None);
    result(call(&service, "send_tx", json!([encoded(&sent)])).await);
    assert_eq!(journal.len(), 1);
}

#[tokio::test]
async fn a_panic_costs_those_whom_it_met_and_nobody_after_them() {
    let journal = Memory::default();
    let service = service_with(journal.clone());
    journal.trouble(Some(Trouble::Panic));
    let sent = transfer(&service, 1);
    let (status, answer) = call(&service, "send_tx", json!([encoded(&sent)])).await;
    assert_eq!(status, 500);
    assert!(answer["error"]["data"].as_str().unwrap().contains("look it up"), "{answer}");
    assert!(service.node().snapshot().transaction(&sent.get_hash()).unwrap().is_none());
    journal.trouble(None);
    result(call(&service, "send_tx", json!([encoded(&sent)])).await);
    assert_eq!(journal.len(), 1);
}

#[tokio::test]
async fn what_is_in_the_journal_stands_though_the_store_fails() {
    let journal = Memory::default();
    let service = service_kept_by(Persistence::new(journal.clone()).with_checkpoints(FullStore));
    let sent = transfer(&service, 1);
    result(call(&service, "send_tx", json!([encoded(&sent)])).await);
    assert!(service.node().snapshot().transaction(&sent.get_hash()).unwrap().is_some());
    assert_eq!(journal.len(), 1);
    let refused = service.node().tick().unwrap_err().to_string();
    assert!(refused.contains("read-only") && refused.contains("the store is full"), "{refused}");
    assert_eq!(journal.len(), 1);
}

#[tokio::test]
async fn every_accepted_input_is_journalled_once_and_no_other() {
    let journal = Memory::default();
    let service = service_with(journal.clone());
    let sent = transfer(&service, 1);
    result(call(&service, "send_tx", json!([encoded(&sent)])).await);
    result(call(&service, "send_tx", json!([encoded(&sent)])).await);
    let stale = call(&service, "send_tx", json!([encoded(&transfer(&service, 1))])).await;
    assert!(stale.1.get("error").is_some());
    service.node().tick().unwrap();
    let refused = call(&service, "sandbox_fast_forward", json!({"delta_height": u64::MAX})).await;
    assert_eq!((refused.0, &refused.1["error"]["name"]), (200, &json!("HANDLER_ERROR")));
    let record = json!({"Data": {"account_id": ALICE, "data_key": "YQ==", "value": "Yg=="}});
    result(call(&service, "sandbox_patch_state", json!({"records": [record]})).await);
    let inputs = journal.inputs.lock().unwrap();
    assert_eq!(inputs.len(), 3);
    assert_eq!(inputs[0], Input::transaction(sent));
    assert_eq!(inputs[1], Input::Tick);
    assert!(matches!(inputs[2], Input::Patch(_)));
}

#[tokio::test]
async fn when_the_journal_fails_nothing_happened_and_the_node_only_reads() {
    let journal = Memory::default();
    let service = service_with(journal.clone());
    let sent = transfer(&service, 1);
    journal.trouble(Some(Trouble::Full));
    let before = service.node().snapshot().head().height();
    let (status, answer) = call(&service, "send_tx", json!([encoded(&sent)])).await;
    assert_eq!((status, &answer["error"]["name"]), (500, &json!("INTERNAL_ERROR")));
    assert_eq!(answer["error"]["cause"]["name"], "READ_ONLY");
    assert!(
        answer["error"]["data"].as_str().unwrap().contains("no space left on device"),
        "{answer}"
    );
    assert_eq!(service.node().snapshot().head().height(), before);
    assert!(service.node().snapshot().transaction(&sent.get_hash()).unwrap().is_none());

    journal.trouble(None);
    assert_eq!(call(&service, "send_tx", json!([encoded(&sent)])).await, (500, answer));
    assert!(service.node().tick().unwrap_err().to_string().contains("read-only"));
    assert_eq!(call(&service, "sandbox_fast_forward", json!({"delta_height": 1})).await.0, 500);
    // A node that takes nothing more called itself healthy.
    let (status, answer) = call(&service, "health", json!([])).await;
    assert_eq!((status, &answer["error"]["cause"]["name"]), (500, &json!("UNHEALTHY")));
    assert!(answer["error"]["data"].as_str().unwrap().contains("no space left on device"));
    result(call(&service, "status", json!([])).await);
    assert!(journal.inputs.lock().unwrap().is_empty());
}

/// A GET of `path`, whole.
async fn get(addr: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_health_page_says_why_nothing_more_is_taken() {
    let journal = Memory::default();
    let service = service_with(journal.clone());
    let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let addr = listener.local_addr().unwrap();
    let options = ServerOptions::default();
    tokio::spawn(serve(listener, service.clone(), options, std::future::pending()));
    assert!(get(addr, "/health").await.starts_with("HTTP/1.1 200 "));
    journal.trouble(Some(Trouble::Full));
    service.node().tick().unwrap_err();
    let answer = get(addr, "/health").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("no space left on device"), "{answer}");
    assert!(get(addr, "/status").await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn an_error_that_passes_does_not_end_the_ticking() {
    let journal = Memory::default();
    journal.trouble(Some(Trouble::Passing));
    let service = service_with(journal.clone());
    let _ticker = service.node().tick_every(Duration::from_millis(1));
    let memory = journal.clone();
    tokio::task::spawn_blocking(move || until(|| memory.len() > 0)).await.unwrap();
    assert!(journal.len() > 0);
}
