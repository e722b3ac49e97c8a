//! Queries to a chain, and transactions for it.

mod account;
mod answers;
mod block;
mod builder;
mod changes;
mod chunk;
mod code;
mod control;
mod deliver;
mod delivery;
mod envelope;
pub(crate) mod facts;
mod keys;
mod known_blocks;
mod legacy;
mod protocol;
mod recent;
mod send;
mod state;
mod trace;
mod validators;
mod view;
mod waiting;

pub use account::{Account, Contract};
pub use block::{Block, BlockReference};
pub use builder::ClientBuilder;
pub use changes::{Changes, ChangesOf};
pub use chunk::{Chunk, ChunkReference, Receipt, ReceiptContent};
pub use code::Code;
pub use deliver::{Copies, Delivered};
pub(crate) use delivery::{DeliveryStep, End, RefusalKind, Submission};
pub use keys::{AccountKey, AccountKeys, PublicKeyHandle};
use protocol::KnownProtocol;
pub use protocol::{Protocol, Status};
pub use recent::{RecentTransaction, RecentTransactions};
pub use send::{Patience, WaitUntil};
pub use state::Entry;
pub use trace::WhatIf;
pub use validators::{Validator, ValidatorStake, Validators};
pub use view::{Called, View};
pub use waiting::TimeLimit;

use crate::amount::shortened;
use crate::error::{ArgumentError, ArgumentProblem, ArgumentSite, Error, QueryError};
use crate::transport::{Deadline, EndpointError, Transport};
use envelope::{Answer, Found};
use known_blocks::{CatchUp, KnownBlocks};
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, BlockHeight};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;
use waiting::{Wait, Waiting, earlier};

/// Queries a chain and sends transactions to it. Clones share its connections.
///
/// Queries of state refer to the newest block, or to the one set by [`Client::at`]; for answers that must agree with each
/// other, use [`Client::pinned`].
///
/// There may be several nodes behind one address, a few seconds apart. If the node that answers does not have a block that
/// the address reported before, the client waits for it for up to 6 seconds.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
    at: BlockReference,
    /// When waiting ends, if the call around this query has a limit.
    until: Option<Deadline>,
}

/// Shared by the clones of a client.
#[derive(Debug)]
struct Shared {
    transport: Arc<dyn Transport>,
    patience: Patience,
    protocol: KnownProtocol,
    waiting: Arc<Waiting>,
    known_blocks: KnownBlocks,
    /// The chain id that is expected, and the one that was found.
    expected: Option<String>,
    found: OnceCell<String>,
}

/// The settings of a client beside its transport.
#[derive(Debug, Default)]
struct Settings {
    patience: Patience,
    time_limit: Option<TimeLimit>,
    chain_id: Option<String>,
}

impl Client {
    /// NEAR's test network, at public endpoints, which limit requests.
    pub fn testnet() -> Self {
        builder::public(&builder::TESTNET)
    }

    /// NEAR's main network, at public endpoints, which limit requests.
    pub fn mainnet() -> Self {
        builder::public(&builder::MAINNET)
    }

    /// A node on this machine at its usual port, `http://127.0.0.1:3030`.
    pub fn local() -> Self {
        builder::public(&builder::LOCAL)
    }

    /// The node at this address.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{Client, Sandbox};
    ///
    /// let sandbox = Sandbox::new();
    /// let server = sandbox.listen()?;
    /// let client = Client::http(&server.url())?;
    /// assert_eq!(client.block().await?.height, 0);
    /// assert!(Client::http("ftp://127.0.0.1").is_err());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If it is not an HTTP address.
    pub fn http(url: &str) -> Result<Self, EndpointError> {
        Client::builder().endpoint(crate::transport::Endpoint::new(url)?).build()
    }

    /// A client with your own endpoints, limits and patience.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// The chain that `transport` reaches.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::transport::InProcess;
    /// use keyway::{Client, Sandbox};
    ///
    /// let sandbox = Sandbox::new();
    /// let client = Client::with_transport(InProcess::new(sandbox.service().clone()));
    /// assert_eq!(client.block().await?.height, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_transport(transport: impl Transport + 'static) -> Self {
        Client::with_transport_and_patience(transport, Patience::default())
    }

    /// The same, with your own patience.
    pub fn with_transport_and_patience(
        transport: impl Transport + 'static,
        patience: Patience,
    ) -> Self {
        Client::with(Arc::new(transport), Settings { patience, ..Settings::default() })
    }

    fn with(transport: Arc<dyn Transport>, settings: Settings) -> Self {
        let shared = Shared {
            transport,
            patience: settings.patience,
            protocol: KnownProtocol::default(),
            waiting: Waiting::new(settings.time_limit),
            known_blocks: KnownBlocks::default(),
            expected: settings.chain_id,
            found: OnceCell::new(),
        };
        Client { shared: Arc::new(shared), at: BlockReference::default(), until: None }
    }

    /// The same chain at another block: `client.at(BlockReference::Final)`, `client.at(120)`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    /// let (client, height) = (sandbox.client(), sandbox.height());
    /// alice.execute(transfer(4.near()).to("near"))?;
    ///
    /// assert!(client.account("alice.near").await?.total < 6.near());
    /// assert_eq!(client.at(height).account("alice.near").await?.total, 10.near());
    /// # Ok(())
    /// # }
    /// ```
    pub fn at(&self, block: impl Into<BlockReference>) -> Self {
        Client { at: block.into(), ..self.clone() }
    }

    /// The same chain at one fixed block, so that all answers agree: this client's block, or the newest final one.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    /// let then = sandbox.client().pinned().await?;
    /// alice.execute(transfer(4.near()).to("near"))?;
    /// assert_eq!(then.account("alice.near").await?.total, 10.near());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Client::block`].
    pub async fn pinned(&self) -> Result<Self, Error> {
        let at = match self.at {
            BlockReference::Hash(_) => return Ok(self.clone()),
            BlockReference::Optimistic => BlockReference::Final,
            other => other,
        };
        Ok(self.at(self.at(at).block().await?.hash))
    }

    /// How long this client and its clones have been waiting for answers without interruption; none if nothing is in
    /// flight.
    #[must_use]
    pub fn waiting(&self) -> Option<Duration> {
        self.shared.waiting.so_far()
    }

    /// Calls any RPC method, with your own types for parameters and result.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use serde_json::{Value, json};
    ///
    /// let client = keyway::Sandbox::new().client();
    /// let answer: Value = client.request("gas_price", json!([null])).await?;
    /// assert!(answer["gas_price"].is_string());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Transport`] if no node answers; otherwise the node's error.
    pub async fn request<P: Serialize, R: DeserializeOwned>(
        &self,
        method: &str,
        params: P,
    ) -> Result<R, Error> {
        let params =
            serde_json::to_value(params).map_err(|error| not_written("params", "JSON", error))?;
        Ok(self.ask(method, params).await?.read()?)
    }

    /// Calls a method, and maps errors as usual.
    async fn ask(&self, method: &str, params: Value) -> Result<Found, Error> {
        self.exchange(method, params).await?.result.map_err(answers::error)
    }

    /// Calls a method; the chain's result or error as it is.
    async fn exchange(&self, method: &str, params: Value) -> Result<Answer, Error> {
        let wait = self.begin();
        let client = self.during(&wait);
        if let Some(expected) = &self.shared.expected {
            client.check_chain(expected).await?;
        }
        client.carry(method, params).await
    }

    /// Sends a request to a node and returns its answer.
    async fn carry(&self, method: &str, params: Value) -> Result<Answer, Error> {
        let request = envelope::request(method, params);
        let transport = &self.shared.transport;
        let reply = match self.until {
            None => transport.send(&request).await?,
            Some(deadline) => transport.send_by(&request, deadline).await?,
        };
        envelope::answer(method, reply).map_err(Error::from)
    }

    /// Checks once that the chain has the expected id.
    async fn check_chain(&self, expected: &str) -> Result<(), Error> {
        let ask = || async {
            let answer = self.carry("status", json!([])).await?;
            let status: Status = answer.result.map_err(answers::error)?.read()?;
            Ok::<_, Error>(status.chain_id)
        };
        let found = self.shared.found.get_or_try_init(ask).await?;
        if found == expected {
            return Ok(());
        }
        let (expected, found) = (expected.to_owned(), found.clone());
        Err(QueryError::WrongChain { expected, found }.into())
    }

    /// Calls a method about this client's block. Waits for a block that the endpoint reported before, because the node
    /// that answers may be behind.
    async fn ask_at(&self, method: &str, params: Value) -> Result<Found, Error> {
        let wait = self.begin();
        let client = self.during(&wait);
        let mut catch_up = CatchUp::begin();
        loop {
            match client.ask(method, params.clone()).await {
                Err(Error::Query(QueryError::UnknownBlock { .. })) => {}
                answer => return answer,
            }
            let block = self.at.to_string();
            if self.shared.transport.is_one_node() || !self.shared.known_blocks.knows(&self.at) {
                return Err(QueryError::UnknownBlock { reference: block }.into());
            }
            if !catch_up.pause().await {
                return Err(QueryError::Disagreement { block, waited: catch_up.lasted() }.into());
            }
        }
    }

    /// Queries the state at this client's block.
    async fn query(&self, kind: &str, mut params: Value) -> Result<Found, Error> {
        params["request_type"] = kind.into();
        self.at.name_in(&mut params);
        let account = params.get("account_id").cloned();
        let found = match self.ask_at("query", params).await {
            Err(error) => return Err(about_account(error, account)),
            Ok(found) => found.of(kind),
        };
        if let Some(AtBlock { block_height, block_hash }) = found.is() {
            self.shared.known_blocks.note(block_height, block_hash);
        }
        match (legacy::missing_account(&found), account.map(serde_json::from_value)) {
            (true, Some(Ok(account_id))) => Err(QueryError::UnknownAccount { account_id }.into()),
            _ => Ok(found),
        }
    }

    /// The same chain, with the deadline of the call that a query belongs to.
    fn during(&self, wait: &Wait) -> Self {
        Client { until: earlier(self.until, wait.deadline()), ..self.clone() }
    }

    /// Begins a call of possibly several requests.
    fn begin(&self) -> Wait {
        self.shared.waiting.begin()
    }
}

/// The block of an answer.
#[derive(Deserialize)]
struct AtBlock {
    block_height: BlockHeight,
    block_hash: CryptoHash,
}

/// Newer nodes name the error of a missing account, but not the account.
fn about_account(error: Error, account: Option<Value>) -> Error {
    let is_missing = matches!(&error, Error::Query(QueryError::Other { name, .. })
        if matches!(name.as_str(), "UNKNOWN_ACCOUNT" | "INVALID_ACCOUNT"));
    match account.map(serde_json::from_value) {
        Some(Ok(account_id)) if is_missing => QueryError::UnknownAccount { account_id }.into(),
        _ => error,
    }
}

/// Reads an account id.
pub(crate) fn account_id(text: &str) -> Result<AccountId, ArgumentError> {
    AccountId::from_str(text).map_err(|error| {
        let (got, why) = (shortened(text), error.to_string());
        ArgumentError::new(
            ArgumentSite::Query,
            "account_id",
            ArgumentProblem::NotAnAccountId { got, why },
        )
    })
}

/// The error of serializing an argument.
fn not_written(field: &'static str, form: &'static str, why: impl ToString) -> ArgumentError {
    let problem = ArgumentProblem::NotWritten { form, why: why.to_string() };
    ArgumentError::new(ArgumentSite::Query, field, problem)
}
