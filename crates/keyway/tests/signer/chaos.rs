//! A proxy that loses requests to a node, and answers from it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A proxy that stops when it is dropped.
pub(crate) struct Chaos {
    pub(crate) addr: SocketAddr,
    tally: Arc<Tally>,
    acceptor: JoinHandle<()>,
}

/// What a proxy may lose.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Victims {
    /// All requests and answers.
    All,
    /// Only those about transactions.
    Transactions,
}

#[derive(Default)]
struct Tally {
    seen: AtomicU64,
    lost_requests: AtomicU64,
    lost_answers: AtomicU64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Luck {
    Good,
    RequestLost,
    AnswerLost,
}

impl Chaos {
    /// Forwards to `node`, and loses 5 % of the victims' requests and 5 % of their answers.
    pub(crate) async fn before(node: SocketAddr, victims: Victims) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let tally = Arc::new(Tally::default());
        let counted = tally.clone();
        let acceptor = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let tally = counted.clone();
                // A connection ends with its first loss, or when either side closes it.
                tokio::spawn(async move { drop(carry(client, node, victims, &tally).await) });
            }
        });
        Chaos { addr, tally, acceptor }
    }

    /// How many requests and how many answers were lost.
    pub(crate) fn lost(&self) -> (u64, u64) {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (count(&self.tally.lost_requests), count(&self.tally.lost_answers))
    }
}

impl Drop for Chaos {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

async fn carry(
    mut client: TcpStream,
    node: SocketAddr,
    victims: Victims,
    tally: &Tally,
) -> std::io::Result<()> {
    let mut node = TcpStream::connect(node).await?;
    client.set_nodelay(true)?;
    node.set_nodelay(true)?;
    loop {
        let request = message(&mut client).await?;
        let luck = tally.luck(victims, &request);
        if luck == Luck::RequestLost {
            return Ok(());
        }
        node.write_all(&request).await?;
        let answer = message(&mut node).await?;
        if luck == Luck::AnswerLost {
            return Ok(());
        }
        client.write_all(&answer).await?;
    }
}

/// Reads one HTTP message with a content length.
async fn message(from: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if from.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let length = content_length(&String::from_utf8_lossy(&bytes[..head]));
    while bytes.len() < head + length {
        if from.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(bytes)
}

fn content_length(head: &str) -> usize {
    let lower = head.to_ascii_lowercase();
    let value = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
    value.unwrap().trim().parse().unwrap()
}

impl Tally {
    /// The same luck for the n-th request in each run.
    fn luck(&self, victims: Victims, request: &[u8]) -> Luck {
        let text = String::from_utf8_lossy(request);
        let is_about_a_transaction = text.contains("send_tx") || text.contains("tx_status");
        if victims == Victims::Transactions && !is_about_a_transaction {
            return Luck::Good;
        }
        match mix(self.seen.fetch_add(1, Ordering::Relaxed)) % 100 {
            0..5 => {
                self.lost_requests.fetch_add(1, Ordering::Relaxed);
                Luck::RequestLost
            }
            5..10 => {
                self.lost_answers.fetch_add(1, Ordering::Relaxed);
                Luck::AnswerLost
            }
            _ => Luck::Good,
        }
    }
}

/// A pseudorandom number (splitmix64).
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
