//! Durability: what is acknowledged is in the journal, and what is not in the journal did not happen.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{ALICE, call, encoded, result, service_with, transfer};
use keyway_node::Input;
use keyway_rpc::{Journal, Sync};
use serde_json::json;
use std::io;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Keeps inputs in memory, until it is told to fail.
#[derive(Clone, Debug, Default)]
struct Memory {
    inputs: Arc<Mutex<Vec<Input>>>,
    full: Arc<Mutex<bool>>,
}

impl Journal for Memory {
    fn append(&mut self, now_ns: u64, input: &Input) -> io::Result<()> {
        assert!(now_ns > 0);
        if *self.full.lock().unwrap() {
            return Err(io::Error::other("no space left on device"));
        }
        self.inputs.lock().unwrap().push(input.clone());
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
        for _ in 0..10_000 {
            if self.memory.inputs.lock().unwrap().len() >= self.patience {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        *self.syncs.lock().unwrap() += 1;
        if self.patience == 0 { Err(io::Error::other("the cable is out")) } else { Ok(()) }
    }
}

impl Journal for Synced {
    fn append(&mut self, now_ns: u64, input: &Input) -> io::Result<()> {
        self.memory.append(now_ns, input)
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
    let service = service_with(Box::new(journal.clone()));
    let before = service.chain().head().height();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| service.tick().unwrap());
        }
    });
    assert_eq!(service.chain().head().height(), before + 8);
    // One for whoever came first, one for those who came meanwhile.
    assert!(*journal.disk.syncs.lock().unwrap() <= 2);
}

#[tokio::test]
async fn what_is_not_on_the_disk_is_not_seen_and_the_node_only_reads() {
    let service = service_with(Box::new(synced(0)));
    let sent = transfer(&service, 1);
    let (status, answer) = call(&service, "send_tx", json!([encoded(&sent)])).await;
    assert_eq!(status, 500);
    assert!(answer["error"]["data"].as_str().unwrap().contains("the cable is out"), "{answer}");
    assert!(service.chain().transaction(&sent.get_hash()).unwrap().is_none());
    assert!(service.tick().unwrap_err().to_string().contains("read-only"));
    result(call(&service, "status", json!([])).await);
}

#[tokio::test]
async fn every_accepted_input_is_journalled_once_and_no_other() {
    let journal = Memory::default();
    let service = service_with(Box::new(journal.clone()));
    let sent = transfer(&service, 1);
    result(call(&service, "send_tx", json!([encoded(&sent)])).await);
    result(call(&service, "send_tx", json!([encoded(&sent)])).await);
    let stale = call(&service, "send_tx", json!([encoded(&transfer(&service, 1))])).await;
    assert!(stale.1.get("error").is_some());
    service.tick().unwrap();
    assert_eq!(
        call(&service, "sandbox_fast_forward", json!({"delta_height": u64::MAX})).await.0,
        500
    );
    let record = json!({"Data": {"account_id": ALICE, "data_key": "YQ==", "value": "Yg=="}});
    result(call(&service, "sandbox_patch_state", json!({"records": [record]})).await);
    let inputs = journal.inputs.lock().unwrap();
    assert_eq!(inputs.len(), 3);
    assert_eq!(inputs[0], Input::Transaction(Box::new(sent)));
    assert_eq!(inputs[1], Input::Tick);
    assert!(matches!(inputs[2], Input::Patch(_)));
}

#[tokio::test]
async fn when_the_journal_fails_nothing_happened_and_the_node_only_reads() {
    let journal = Memory::default();
    let service = service_with(Box::new(journal.clone()));
    let sent = transfer(&service, 1);
    *journal.full.lock().unwrap() = true;
    let before = service.chain().head().height();
    let (status, answer) = call(&service, "send_tx", json!([encoded(&sent)])).await;
    assert_eq!((status, &answer["error"]["name"]), (500, &json!("INTERNAL_ERROR")));
    assert!(
        answer["error"]["data"].as_str().unwrap().contains("no space left on device"),
        "{answer}"
    );
    assert_eq!(service.chain().head().height(), before);
    assert!(service.chain().transaction(&sent.get_hash()).unwrap().is_none());

    *journal.full.lock().unwrap() = false;
    assert_eq!(call(&service, "send_tx", json!([encoded(&sent)])).await, (500, answer));
    assert!(service.tick().unwrap_err().to_string().contains("read-only"));
    assert_eq!(call(&service, "sandbox_fast_forward", json!({"delta_height": 1})).await.0, 500);
    result(call(&service, "status", json!([])).await);
    assert!(journal.inputs.lock().unwrap().is_empty());
}
