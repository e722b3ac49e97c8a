//! Webhooks over real sockets: what a receiver does wrong, restarts, and receivers that are slow.

use super::gift;
use super::kit::{self, HOOK_SECRET, Kit};
use hmac::{Hmac, Mac};
use keyway_relay::store::Store;
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// What a receiver does with a message.
#[derive(Clone, Copy, Debug)]
enum Does {
    /// Answers so, with more of a head.
    Answer(&'static str),
    /// Nothing, until the sender gives up.
    Hang,
    /// Sends the caller to another address, where it counts who comes.
    Redirect(SocketAddr),
}

/// An app's receiver.
#[derive(Clone, Debug, Default)]
struct Receiver(Arc<Mutex<Received>>);

#[derive(Debug, Default)]
struct Received {
    /// Signatures and bodies.
    messages: Vec<(String, String)>,
    /// How many senders gave up.
    given_up: usize,
}

impl Receiver {
    /// Listens; does with the first message what is first in the script, and answers 200 when that is over.
    async fn start(script: impl IntoIterator<Item = Does>) -> (Self, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (receiver, script) =
            (Self::default(), Arc::new(Mutex::new(VecDeque::from_iter(script))));
        let serving = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (receiver, script) = (serving.clone(), script.clone());
                tokio::spawn(async move { receiver.serve(stream, &script).await });
            }
        });
        (receiver, addr)
    }

    /// One message on a connection.
    async fn serve(&self, stream: TcpStream, script: &Mutex<VecDeque<Does>>) {
        let mut stream = BufReader::new(stream);
        let (mut signature, mut length, mut line) = (String::new(), 0, String::new());
        while stream.read_line(&mut line).await.is_ok_and(|read| read > 2) {
            if let Some((name, value)) = line.split_once(": ") {
                match name.to_ascii_lowercase().as_str() {
                    "relay-signature" => signature = value.trim().to_owned(),
                    "content-length" => length = value.trim().parse().unwrap(),
                    _ => {}
                }
            }
            line.clear();
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        self.0.lock().unwrap().messages.push((signature, String::from_utf8(body).unwrap()));
        let next = script.lock().unwrap().pop_front();
        let head = match next {
            Some(Does::Answer(status)) => status.to_owned(),
            Some(Does::Redirect(to)) => format!("307 Go There\r\nLocation: http://{to}/"),
            None => "200 OK".to_owned(),
            Some(Does::Hang) => {
                // It reads nothing more before the sender closes.
                let _closed = stream.read_u8().await;
                self.0.lock().unwrap().given_up += 1;
                return;
            }
        };
        let answer = format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
    }

    fn messages(&self) -> Vec<(String, String)> {
        self.0.lock().unwrap().messages.clone()
    }

    fn given_up(&self) -> usize {
        self.0.lock().unwrap().given_up
    }

    /// Waits until so many messages came.
    async fn has(&self, count: usize) {
        for _ in 0..3_000 {
            if self.messages().len() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{count} messages were expected, and {:?} came", self.messages());
    }
}

fn webhook(app: &str, addr: SocketAddr) -> String {
    format!("[apps.{app}.webhook]\nurl = \"http://{addr}/\"\nsecret = {{ env = \"HOOK\" }}\n")
}

/// A signature over its time and this body, with the app's secret.
fn is_signed(signature: &str, body: &str) -> bool {
    let (time, proof) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(HOOK_SECRET.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    let expected: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    proof == expected && time.parse::<u64>().is_ok()
}

#[test]
fn a_message_arrives_whatever_its_receiver_does_and_whoever_restarts() {
    let (receiving, first, second) =
        (Runtime::new().unwrap(), Runtime::new().unwrap(), Runtime::new().unwrap());
    let (elsewhere, other) = receiving.block_on(Receiver::start([]));
    let script = [Does::Answer("500 No"), Does::Hang, Does::Hang, Does::Redirect(other)];
    let (receiver, addr) = receiving.block_on(Receiver::start(script));
    let kit = receiving.block_on(Kit::new());
    let patient = format!("{}[limits]\nwebhook_pause_ms = 10\n", webhook("game", addr));
    let id = first.block_on(async {
        let relay = kit.start_with(&patient).await;
        let (status, answer) =
            kit.post(&relay, "/v1/intents?wait=10s", &gift("5", "alice.near")).await;
        assert_eq!((status, &answer["state"]), (200, &json!("succeeded")), "{answer}");
        receiver.has(2).await;
        answer["id"].as_str().unwrap().parse().unwrap()
    });
    // It dies while the receiver hangs, and the message is still held for it. A minute later it would be due again.
    first.shutdown_background();
    second.block_on(async {
        kit.store.delay_webhook(id, Duration::ZERO).await.unwrap();
        let due = kit.store.due_webhooks(8, Duration::ZERO).await.unwrap();
        assert_eq!(due.iter().map(|it| (it.id, it.attempts)).collect::<Vec<_>>(), [(id, 2)]);
        let hasty = format!("{patient}webhook_ms = 100\n");
        let relay = kit.start_with(&hasty).await;
        receiver.has(5).await;
        let delivered = "keyway_relay_webhooks_total{result=\"delivered\"} 1";
        for _ in 0..1_000 {
            let (_, figures) = kit.get_text(&relay, "/metrics").await;
            if figures.contains(delivered) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it was not delivered");
    });
    assert!(elsewhere.messages().is_empty(), "a redirect is not followed");
    let messages = receiver.messages();
    assert_eq!(messages.len(), 5);
    for (signature, body) in &messages {
        assert!(is_signed(signature, body), "{signature} {body}");
        assert!(!is_signed(signature, &format!("{body} ")), "of another body");
        assert_eq!(body, &messages[0].1, "the same message");
    }
    let body: Value = serde_json::from_str(&messages[0].1).unwrap();
    assert_eq!((&body["id"], &body["state"]), (&json!(id.to_string()), &json!("succeeded")));
}

/// A bug: webhooks were taken and sent in batches, and a batch lasted as long as its slowest receiver.
#[tokio::test]
async fn a_receiver_that_is_slow_delays_no_other_app() {
    let (slow, slow_addr) = Receiver::start([Does::Hang; 8]).await;
    let (quick, quick_addr) = Receiver::start([]).await;
    let kit = Kit::new().await;
    let hooks = format!("{}{}", webhook("game", slow_addr), webhook("other", quick_addr));
    let relay = kit.start_with(&hooks).await;
    for _ in 0..3 {
        let (status, answer) = kit.post(&relay, "/v1/intents", &gift("5", "alice.near")).await;
        assert_eq!(status, 202, "{answer}");
    }
    slow.has(3).await;
    let other = gift("5", "alice.near");
    let (status, answer) = kit.post_as(&relay, "/v1/intents", &other, kit::OTHER_KEY, None).await;
    assert_eq!(status, 202, "{answer}");
    quick.has(1).await;
    assert_eq!(slow.given_up(), 0, "nobody has waited for it to give up");
}
