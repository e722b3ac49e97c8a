//! A node on a port of this machine, and signers of its accounts.

use crate::chaos::Chaos;
use keyway::client::Patience;
use keyway::transport::{Endpoint, HttpOptions, HttpTransport, Retries};
use keyway::{Client, KeyPair, NearToken, Signer};
use keyway_chain::{Chain, LocalAccount, LocalChain, local_genesis};
use keyway_node::{WallClock, shared_contracts};
use keyway_rpc::{ServerOptions, Service, Settings, bind, serve};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::task::JoinHandle;

/// A node that stops when it is dropped.
pub(crate) struct Node {
    pub(crate) service: Service,
    pub(crate) addr: SocketAddr,
    server: JoinHandle<()>,
}

impl Node {
    /// A chain with Alice, Bob and a relayer, who own 1,000,000 NEAR each.
    pub(crate) fn start() -> Self {
        let chain = LocalChain::in_memory(86);
        let accounts = ["alice.near", "bob.near", "relayer.near"].map(|name| LocalAccount {
            account_id: name.parse().unwrap(),
            public_key: key_pair(name).public_key().clone(),
            amount: NearToken::from_near(1_000_000),
            locked: NearToken::ZERO,
        });
        let genesis = local_genesis(&chain, &accounts);
        let chain = Chain::new(&genesis, shared_contracts()).unwrap();
        let settings = Settings { wait: Duration::from_millis(250), ..Settings::default() };
        let service = Service::new(keyway_node::Node::in_memory(chain, WallClock), settings);
        let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let addr = listener.local_addr().unwrap();
        let serving = service.clone();
        let server = tokio::spawn(async move {
            let _ticker = serving.node().tick_every(Duration::from_millis(500));
            serve(listener, serving.clone(), ServerOptions::default(), std::future::pending())
                .await
                .unwrap();
        });
        Node { service, addr, server }
    }

    /// A client with a direct connection.
    pub(crate) fn client(&self) -> Client {
        client(self.addr, Retries::default())
    }

    /// A signer for `account` with its first key, over a direct connection.
    pub(crate) fn signer(&self, account: &str) -> Signer {
        Signer::new(self.client(), account, key_pair(account)).unwrap()
    }

    /// A client with an unreliable connection.
    pub(crate) fn client_through(&self, chaos: Option<&Chaos>, retries: Retries) -> Client {
        client(chaos.map_or(self.addr, |chaos| chaos.addr), retries)
    }

    /// An account's balance, yoctoNEAR.
    pub(crate) async fn balance(&self, account: &str) -> u128 {
        self.client().account(account).await.unwrap().total.as_yoctonear()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The key derived from `name`.
pub(crate) fn key_pair(name: &str) -> KeyPair {
    let mut seed = [0; 32];
    seed[..name.len()].copy_from_slice(name.as_bytes());
    KeyPair::from_ed25519_seed(&seed)
}

fn client(addr: SocketAddr, retries: Retries) -> Client {
    let endpoint = Endpoint::new(&format!("http://{addr}")).unwrap();
    let options = HttpOptions { retries, ..HttpOptions::default() };
    Client::with_transport_and_patience(
        HttpTransport::new(vec![endpoint], options).unwrap(),
        Patience { rounds: 20, pause: Duration::from_millis(50) },
    )
}
