//! What the relayer knows of the chain: everything as of one final block, asked for again when it is old.

use crate::clock;
use keyway::client::{Account, Block, BlockReference, Client};
use keyway::error::QueryError;
use keyway::guard::{AccountFacts, Callable, ChainFacts, Neighbour, Wanted};
use keyway::protocol::{AccessKey, CryptoHash, Nonce, PublicKey};
use keyway::{AccountId, Error};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::Instant;

/// The chain, seen from the relayer's account.
#[derive(Debug)]
pub(crate) struct Chain {
    client: Client,
    account_id: AccountId,
    last: tokio::sync::Mutex<Option<Look>>,
    /// Looks that began before do not count.
    forgotten: Mutex<Option<Instant>>,
    /// The methods of contracts, by the hash of their code.
    contracts: Mutex<BTreeMap<CryptoHash, Callable>>,
    /// Whether the node is Keyway's own, whose heights run ahead of time under load.
    own_node: OnceCell<bool>,
}

/// One look at the chain.
#[derive(Debug)]
struct Look {
    began: Instant,
    found: Result<Arc<View>, Error>,
}

impl Look {
    /// Whether it answers a caller that asked at an instant. A failure answers those that were waiting when it began.
    fn is_new_enough(&self, asked: Instant, forgotten: Option<Instant>) -> bool {
        let max_age = if self.found.is_ok() { MAX_AGE } else { Duration::ZERO };
        asked <= self.began + max_age && forgotten.is_none_or(|forgotten| forgotten <= self.began)
    }
}

/// The chain after one final block.
#[derive(Debug)]
pub(crate) struct View {
    /// The client, at that block.
    pub(crate) client: Client,
    pub(crate) block: Block,
    pub(crate) facts: ChainFacts,
    /// The relayer's account.
    pub(crate) account: Account,
    /// Whether heights follow time, so that the age of a delegate action can be judged by them.
    pub(crate) heights_follow_time: bool,
    /// Accounts that were asked for at this block.
    neighbours: Mutex<BTreeMap<AccountId, Neighbour>>,
    /// The relayer's keys at this block.
    keys: Mutex<BTreeMap<PublicKey, AccessKey>>,
}

impl Chain {
    pub(crate) fn new(client: Client, account_id: AccountId) -> Self {
        Chain {
            client,
            account_id,
            last: tokio::sync::Mutex::default(),
            forgotten: Mutex::default(),
            contracts: Mutex::default(),
            own_node: OnceCell::new(),
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The chain after a final block that was the newest half a second before this call, or later.
    pub(crate) async fn view(&self) -> Result<Arc<View>, Error> {
        self.newest(None).await
    }

    /// The same, but another view than `old`.
    pub(crate) async fn view_after(&self, old: &Arc<View>) -> Result<Arc<View>, Error> {
        self.newest(Some(old)).await
    }

    /// From now on no view counts that was begun before: something in the last one turned out to be old.
    pub(crate) fn forget(&self) {
        *locked(&self.forgotten) = Some(clock::now());
    }

    /// Concurrent callers share one look. What counts is how old it was when they asked, not when it ends: a look at a slow
    /// node can take longer than [`MAX_AGE`], and then each caller would look again, one after another.
    async fn newest(&self, old: Option<&Arc<View>>) -> Result<Arc<View>, Error> {
        let asked = clock::now();
        let mut last = self.last.lock().await;
        let forgotten = *locked(&self.forgotten);
        if let Some(look) = last.as_ref()
            && look.is_new_enough(asked, forgotten)
            && !old.is_some_and(|old| look.found.as_ref().is_ok_and(|view| Arc::ptr_eq(view, old)))
        {
            return look.found.clone();
        }
        let began = clock::now();
        let found = self.look().await.map(Arc::new);
        *last = Some(Look { began, found: found.clone() });
        found
    }

    async fn look(&self) -> Result<View, Error> {
        let block = self.client.at(BlockReference::Final).block().await?;
        let client = self.client.at(block.hash);
        let facts = client.chain_facts().await?;
        let account = client.account(&self.account_id).await?;
        let own_node = self.own_node.get_or_try_init(|| async {
            let status: Value = self.client.request("status", json!([])).await?;
            let build = status.pointer("/version/build").and_then(Value::as_str);
            Ok::<_, Error>(build.is_some_and(|build| build.starts_with("keyway-")))
        });
        let heights_follow_time = !*own_node.await?;
        let (neighbours, keys) = (Mutex::default(), Mutex::default());
        Ok(View { client, block, facts, account, heights_follow_time, neighbours, keys })
    }

    /// What is known of an account that actions run on.
    pub(crate) async fn neighbour(
        &self,
        view: &View,
        account_id: &AccountId,
        wanted: &Wanted,
    ) -> Result<Neighbour, Error> {
        // With keys to look at, the answer is of one request.
        let shared = wanted.keys.is_empty();
        if let Some(known) = locked(&view.neighbours).get(account_id).filter(|_| shared) {
            return Ok(known.clone());
        }
        let neighbour = self.ask_for(view, account_id, wanted).await?;
        if shared {
            let mut known = locked(&view.neighbours);
            if known.len() < MAX_NEIGHBOURS {
                known.insert(account_id.clone(), neighbour.clone());
            }
        }
        Ok(neighbour)
    }

    async fn ask_for(
        &self,
        view: &View,
        account_id: &AccountId,
        wanted: &Wanted,
    ) -> Result<Neighbour, Error> {
        let Some(account) = known(view.client.account(account_id).await)? else {
            return Ok(Neighbour { facts: None, callable: Callable::NoAccount });
        };
        let mut keys = Vec::new();
        for public_key in &wanted.keys {
            if let Some(access_key) = known(view.client.access_key(account_id, public_key).await)? {
                let public_key = public_key.into();
                keys.push(keyway::guard::KeyFacts {
                    public_key,
                    access_key,
                    gas_key_nonces: Vec::new(),
                });
            }
        }
        let callable = match wanted.calls {
            true => self.callable(view, &account).await?,
            false => Callable::Unknown,
        };
        let facts =
            AccountFacts { account_id: account_id.clone(), account: account.record(), keys };
        Ok(Neighbour { facts: Some(facts), callable })
    }

    async fn callable(&self, view: &View, account: &Account) -> Result<Callable, Error> {
        use keyway::client::Contract;
        let hash = match &account.contract {
            Contract::None => return Ok(Callable::NoContract),
            Contract::Own(hash) | Contract::GlobalByHash(hash) => *hash,
            // Its owner can replace it at any time.
            _ => return Ok(Callable::Unknown),
        };
        if let Some(callable) = locked(&self.contracts).get(&hash) {
            return Ok(callable.clone());
        }
        let callable = view.client.callable(&account.account_id, true).await?;
        let mut contracts = locked(&self.contracts);
        if contracts.len() >= MAX_CONTRACTS {
            contracts.clear();
        }
        contracts.insert(hash, callable.clone());
        Ok(callable)
    }
}

impl View {
    /// One of the relayer's keys; none if the account does not have it.
    pub(crate) async fn own_key(&self, public_key: &PublicKey) -> Result<Option<AccessKey>, Error> {
        if let Some(key) = locked(&self.keys).get(public_key) {
            return Ok(Some(key.clone()));
        }
        let asked = self.client.access_key(&self.account.account_id, public_key).await;
        let Some(key) = known(asked)? else { return Ok(None) };
        locked(&self.keys).insert(public_key.clone(), key.clone());
        Ok(Some(key))
    }

    /// A key of another account, and the nonce of a row of it, in the newest final block: a nonce that was used since
    /// this view would cost the relayer a transaction that fails.
    pub(crate) async fn newest_key(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        row: Option<u16>,
    ) -> Result<(Option<AccessKey>, Option<Nonce>), Error> {
        let client = self.client.at(BlockReference::Final);
        let key = known(client.access_key(account_id, public_key).await)?;
        let (Some(row), true) = (row, key.is_some()) else { return Ok((key, None)) };
        let nonces = known(client.gas_key_nonces(account_id, public_key).await)?;
        Ok((key, nonces.and_then(|nonces| nonces.get(usize::from(row)).copied())))
    }
}

/// A missing account or key is a fact, not an error.
pub(crate) fn known<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(Error::Query(
            QueryError::UnknownAccount { .. }
            | QueryError::UnknownAccessKey { .. }
            | QueryError::UnknownGasKey { .. },
        )) => Ok(None),
        Err(error) => Err(error),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How old a final block may be.
const MAX_AGE: Duration = Duration::from_millis(500);
/// How many accounts are remembered at one block.
const MAX_NEIGHBOURS: usize = 4_096;
/// Of how many contracts the methods are remembered.
const MAX_CONTRACTS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use keyway::Sandbox;
    use keyway::transport::{Exchange, InProcess, Request, Transport, TransportError, Trouble};
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A node whose first answer takes longer than a view is valid.
    #[derive(Clone, Debug)]
    struct Slow {
        node: InProcess,
        fails: bool,
        asked: Arc<AtomicUsize>,
    }

    impl Transport for Slow {
        fn send<'a>(&'a self, request: &'a Request) -> Exchange<'a> {
            Box::pin(async move {
                if self.asked.fetch_add(1, Ordering::Relaxed) == 0 {
                    tokio::time::sleep(MAX_AGE * 2).await;
                }
                if self.fails {
                    let (endpoint, trouble) = ("a slow node".to_owned(), Trouble::NotJsonRpc);
                    let may_have_arrived = false;
                    return Err(TransportError {
                        endpoint,
                        attempts: 1,
                        trouble,
                        may_have_arrived,
                    });
                }
                self.node.send(request).await
            })
        }

        fn is_one_node(&self) -> bool {
            true
        }
    }

    /// How many requests reach the node when `callers` ask for a view at once, and what they get.
    async fn asked_by(callers: usize, fails: bool) -> (usize, Vec<Result<Arc<View>, Error>>) {
        let sandbox = Sandbox::new();
        let node = InProcess::new(sandbox.service().clone());
        let slow = Slow { node, fails, asked: Arc::default() };
        let client = Client::with_transport(slow.clone());
        let chain = Arc::new(Chain::new(client, "near".parse().unwrap()));
        let mut views = Vec::new();
        for _ in 0..callers {
            let chain = chain.clone();
            views.push(tokio::spawn(async move { chain.view().await }));
        }
        let mut found = Vec::new();
        for view in views {
            found.push(view.await.unwrap());
        }
        (slow.asked.load(Ordering::Relaxed), found)
    }

    #[tokio::test]
    async fn callers_that_wait_for_a_slow_look_share_it() {
        let (for_one, _) = asked_by(1, false).await;
        let (for_many, views) = asked_by(32, false).await;
        assert_eq!(for_many, for_one);
        assert!(views.iter().all(Result::is_ok));
    }

    #[tokio::test]
    async fn callers_that_wait_for_a_look_that_fails_share_the_next_one() {
        let (asked, views) = asked_by(32, true).await;
        assert_eq!(asked, 2);
        assert!(views.iter().all(Result::is_err));
    }

    #[tokio::test]
    async fn a_forgotten_view_does_not_count() {
        let chain = Chain::new(Sandbox::new().client(), "near".parse().unwrap());
        let first = chain.view().await.unwrap();
        assert!(Arc::ptr_eq(&first, &chain.view().await.unwrap()));
        chain.forget();
        let second = chain.view().await.unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        let third = chain.view_after(&second).await.unwrap();
        assert!(!Arc::ptr_eq(&second, &third));
    }
}
