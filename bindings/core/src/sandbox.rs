//! A sandbox and what belongs to it.

use crate::actor::Actor;
use crate::answer::answer;
use crate::number::Integer;
use crate::problem::Problem;
use crate::request::Request;
use crate::runtime::wait;
use crate::source::Source;
use keyway::KeyPair;
use keyway::sandbox::{SandboxServer, Service};
use serde::Deserialize;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A chain in this process. A clone is a copy of the chain, with a future of its own.
#[derive(Clone, Debug)]
pub struct Sandbox {
    inner: keyway::Sandbox,
}

/// The settings of a new sandbox; each may be left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    chain_id: Option<String>,
    protocol_version: Option<u32>,
    /// Nanoseconds since 1970.
    time_ns: Option<Integer>,
    /// In blocks.
    epoch_length: Option<u64>,
    /// In blocks.
    validity_period: Option<u64>,
    /// In blocks.
    keep_blocks: Option<u64>,
}

/// The chain at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    inner: keyway::sandbox::Snapshot,
}

/// JSON-RPC over HTTP to a sandbox; it stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    inner: SandboxServer,
}

impl Sandbox {
    /// A new chain with these settings, [`Options`] in JSON.
    ///
    /// # Errors
    /// If a setting is invalid.
    pub fn new(options: &str) -> Result<Self, Problem> {
        let options: Options =
            serde_json::from_str(options).map_err(|error| Problem::unreadable(&error))?;
        let mut builder = keyway::Sandbox::builder();
        if let Some(chain_id) = options.chain_id {
            builder = builder.chain_id(chain_id);
        }
        if let Some(version) = options.protocol_version {
            builder = builder.protocol_version(version);
        }
        if let Some(time) = options.time_ns {
            builder = builder.time(moment(time)?);
        }
        if let Some(blocks) = options.epoch_length {
            builder = builder.epoch_length(blocks);
        }
        if let Some(blocks) = options.validity_period {
            builder = builder.validity_period(blocks);
        }
        if let Some(blocks) = options.keep_blocks {
            builder = builder.keep_blocks(blocks);
        }
        Ok(Self { inner: builder.build()? })
    }

    /// A sandbox that goes on from another chain, a [`Source`] in JSON.
    ///
    /// # Errors
    /// If the file or the network cannot be read.
    pub fn open(source: &str) -> Result<Self, Problem> {
        let source: Source =
            serde_json::from_str(source).map_err(|error| Problem::unreadable(&error))?;
        Ok(Self { inner: source.open()? })
    }

    /// Carries out a [`Request`] in JSON.
    #[must_use]
    pub fn run(&self, request: &str) -> String {
        answer(request, |request: Request| request.carry_out(&self.inner))
    }

    /// An account that signs with this secret key, or else with the key that is derived from its name.
    ///
    /// # Errors
    /// If there is no such account, or the key is not a secret key.
    pub fn account(&self, account_id: &str, secret_key: Option<&str>) -> Result<Actor, Problem> {
        let key_pair = match secret_key {
            Some(text) => read_key_pair(text)?,
            None => keyway::Sandbox::known_key(account_id)?,
        };
        let account = self.inner.account_with_key(account_id, key_pair)?;
        Ok(Actor::signing(self.inner.client(), account))
    }

    /// An account that acts without a key.
    ///
    /// # Errors
    /// If the account id is invalid.
    pub fn impersonate(&self, account_id: &str) -> Result<Actor, Problem> {
        Ok(Actor::impersonated(self.inner.client(), self.inner.impersonate(account_id)?))
    }

    /// The chain as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { inner: self.inner.snapshot() }
    }

    /// Goes back to a snapshot.
    ///
    /// # Errors
    /// None in normal use.
    pub fn revert(&self, snapshot: &Snapshot) -> Result<(), Problem> {
        Ok(self.inner.revert(&snapshot.inner)?)
    }

    /// Serves the chain on a free port of this machine. If `live`, time passes and blocks are sealed by themselves.
    ///
    /// # Errors
    /// If there is no free port or thread.
    pub fn listen(&self, live: bool) -> Result<Server, Problem> {
        let server = if live { self.inner.listen_live() } else { self.inner.listen() };
        Ok(Server { inner: server? })
    }

    /// The JSON-RPC service, which answers the bodies of POST requests.
    #[must_use]
    pub fn service(&self) -> Service {
        self.inner.service().clone()
    }

    /// Answers the body of one POST request; waits for the answer.
    #[must_use]
    pub fn rpc(&self, body: &str) -> String {
        let answer = wait(self.inner.service().answer(body.as_bytes()));
        String::from_utf8_lossy(&answer.body).into_owned()
    }
}

impl Server {
    /// Its address, `http://127.0.0.1:…`.
    #[must_use]
    pub fn url(&self) -> String {
        self.inner.url()
    }
}

impl Snapshot {
    /// The height of its newest block.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.inner.height()
    }
}

/// The time of this many nanoseconds since 1970.
///
/// # Errors
/// If they overflow.
pub(crate) fn moment(nanoseconds: Integer) -> Result<SystemTime, Problem> {
    Ok(UNIX_EPOCH + Duration::from_nanos(nanoseconds.as_u64("the time in nanoseconds")?))
}

/// The key pair of a secret key.
///
/// # Errors
/// If the text is none. It is not quoted.
pub(crate) fn read_key_pair(secret_key: &str) -> Result<KeyPair, Problem> {
    secret_key.parse().map_err(|error| {
        let message = format!("this is not a secret key ({error}): write it as in \"ed25519:…\"");
        Problem::argument("Argument.SecretKey.Invalid", message)
    })
}
