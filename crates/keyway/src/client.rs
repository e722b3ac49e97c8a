//! Questions to a chain, and transactions for it.

mod account;
mod answers;
mod block;
mod builder;
mod code;
mod delivery;
mod envelope;
#[cfg(feature = "sandbox")]
pub(crate) mod facts;
mod keys;
mod legacy;
mod made;
mod protocol;
mod send;
mod view;

pub use account::{Account, Contract};
pub use block::{Block, BlockReference};
pub use builder::ClientBuilder;
pub use code::Code;
pub(crate) use delivery::{Courier, End, Flaw};
pub use keys::{AccountKey, PublicKeyHandle};
pub use made::{Made, MadeLately};
use protocol::KnownProtocol;
pub use protocol::{Protocol, Status};
pub use send::{Patience, WaitUntil};
pub use view::{Called, View};

use crate::amount::shortened;
use crate::error::{ArgumentError, ArgumentProblem, Error, Place};
use crate::transport::{EndpointError, Transport};
use envelope::Answer;
use near_primitives::types::AccountId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::str::FromStr;
use std::sync::Arc;

/// A chain, to be asked and to be sent transactions. Clones share its connections.
///
/// Questions about state are answered as of the newest block; [`Client::at`] asks of another.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
    at: BlockReference,
}

/// What clones of a client have in common.
#[derive(Debug)]
struct Shared {
    transport: Arc<dyn Transport>,
    patience: Patience,
    protocol: KnownProtocol,
}

impl Client {
    /// NEAR's test network, at public endpoints. They limit how much one may ask.
    pub fn testnet() -> Self {
        builder::public(&builder::TESTNET)
    }

    /// NEAR's main network, at public endpoints. They limit how much one may ask.
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
    /// When it is no address of HTTP.
    pub fn http(url: &str) -> Result<Self, EndpointError> {
        Client::builder().endpoint(crate::transport::Endpoint::new(url)?).build()
    }

    /// Endpoints, limits and patience of one's own.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A chain over any transport.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::transport::InProcess;
    /// use keyway::{Client, Sandbox};
    ///
    /// let sandbox = Sandbox::new();
    /// let client = Client::over(InProcess::new(sandbox.service().clone()));
    /// assert_eq!(client.block().await?.height, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn over(transport: impl Transport + 'static) -> Self {
        Client::over_with(transport, Patience::default())
    }

    /// The same with patience of one's own.
    pub fn over_with(transport: impl Transport + 'static, patience: Patience) -> Self {
        let transport = Arc::new(transport);
        let shared = Shared { transport, patience, protocol: KnownProtocol::default() };
        Client { shared: Arc::new(shared), at: BlockReference::default() }
    }

    /// The same chain, asked as of another block: `client.at(BlockReference::Final)`, `client.at(120)`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.account("alice.near").balance(10.near()).create()?;
    /// let (client, height) = (sandbox.client(), sandbox.height());
    /// alice.execute(transfer(4.near()).to("near"))?;
    ///
    /// assert!(client.account("alice.near").await?.total < 6.near());
    /// assert_eq!(client.at(height).account("alice.near").await?.total, 10.near());
    /// # Ok(())
    /// # }
    /// ```
    pub fn at(&self, block: impl Into<BlockReference>) -> Self {
        Client { shared: self.shared.clone(), at: block.into() }
    }

    /// Calls any method of the RPC; parameters and result in its own form.
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
    /// [`Error::Transport`] when no node answers, otherwise what the node says.
    pub async fn request<P: Serialize, R: DeserializeOwned>(
        &self,
        method: &str,
        params: P,
    ) -> Result<R, Error> {
        let params =
            serde_json::to_value(params).map_err(|error| not_written("params", "JSON", error))?;
        let result = self.ask(method, params).await?;
        envelope::read(method, result)
    }

    /// Calls a method; its result, or its error by the general table.
    async fn ask(&self, method: &str, params: Value) -> Result<Value, Error> {
        self.exchange(method, params).await?.result.map_err(answers::error)
    }

    /// Calls a method; whatever the chain says of it.
    async fn exchange(&self, method: &str, params: Value) -> Result<Answer, Error> {
        let request = envelope::request(method, params);
        let reply = self.shared.transport.send(&request).await?;
        envelope::answer(method, reply).map_err(Error::from)
    }

    /// Asks of the state at this client's block.
    async fn query(&self, kind: &str, mut params: Value) -> Result<Value, Error> {
        params["request_type"] = kind.into();
        self.at.name_in(&mut params);
        self.ask("query", params).await
    }
}

/// Reads an account id.
pub(crate) fn account_id(text: &str) -> Result<AccountId, ArgumentError> {
    AccountId::from_str(text).map_err(|error| {
        let (got, why) = (shortened(text), error.to_string());
        ArgumentError::new(Place::Query, "account_id", ArgumentProblem::NotAnAccountId { got, why })
    })
}

/// What could not be written as JSON or borsh.
fn not_written(field: &'static str, form: &'static str, why: impl ToString) -> ArgumentError {
    let problem = ArgumentProblem::NotWritten { form, why: why.to_string() };
    ArgumentError::new(Place::Query, field, problem)
}
