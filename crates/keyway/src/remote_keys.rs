//! Keys that another machine keeps: a client of a signing service.

use crate::clock;
use crate::transport::{Endpoint, EndpointError};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use keyway_signer::{
    CryptoHash, KeyService, KeyServiceError, Zeroizing, async_trait, printable, without_secrets,
};
use near_crypto::{PublicKey, Signature};
use near_primitives::types::AccountId;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, Url};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// The keys of a signing service, which is asked over HTTP and keeps the secrets. docs/remote-signer.md specifies the
/// protocol; `keyway relay signer` is such a service.
///
/// The service gets whole transactions, so it can apply rules of its own. It cannot sign anything else: delegate actions
/// and messages are refused here. Each signature is verified before it is returned. A call that gets no answer is repeated
/// for up to 10 seconds, because signing the same bytes again does nothing more.
///
/// ```
/// use keyway::RemoteKeys;
/// use keyway::keys::{KeyService, Zeroizing};
///
/// let token = || Zeroizing::new("secret".to_owned());
/// let keys = RemoteKeys::new("https://signer.internal/near", token())?;
/// assert_eq!(keys.place(), "the signing service at https://signer.internal");
/// assert!(!format!("{keys:?}").contains("secret"));
/// assert!(RemoteKeys::new("http://signer.internal", token()).is_err(), "the token would go unencrypted");
/// # Ok::<(), keyway::transport::EndpointError>(())
/// ```
pub struct RemoteKeys {
    endpoint: Endpoint,
    token: Zeroizing<String>,
    client: Client,
    limits: Limits,
}

/// The times of a call.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Of one attempt.
    attempt: Duration,
    /// Of all attempts and the pauses between them.
    call: Duration,
}

impl RemoteKeys {
    /// The service at `url`, which knows the caller by `token`. Nothing is requested yet.
    ///
    /// # Errors
    /// If `url` is no address, names another machine without `https`, or the token cannot be sent in a header.
    pub fn new(url: &str, token: Zeroizing<String>) -> Result<Self, EndpointError> {
        Self::with_limits(url, token, Limits { attempt: ATTEMPT, call: CALL })
    }

    fn with_limits(
        url: &str,
        token: Zeroizing<String>,
        limits: Limits,
    ) -> Result<Self, EndpointError> {
        let endpoint = Endpoint::new(url)?;
        if endpoint.is_in_the_clear() {
            return Err(EndpointError::SecretInTheClear { endpoint: endpoint.to_string() });
        }
        if token.is_empty() || !token.bytes().all(|letter| letter.is_ascii_graphic()) {
            return Err(EndpointError::Header("authorization".to_owned()));
        }
        let mut builder = Client::builder()
            .connect_timeout(limits.attempt)
            .timeout(limits.attempt)
            // A redirect would send the token to another host.
            .redirect(Policy::none());
        if endpoint.is_loopback() {
            builder = builder.no_proxy();
        }
        let client = builder.build();
        let client = client.map_err(|error| EndpointError::Unavailable(error.to_string()))?;
        Ok(Self { endpoint, token, client, limits })
    }

    /// The address of a resource below that of the service.
    fn address(&self, name: &str) -> Result<Url, KeyServiceError> {
        let mut url = self.endpoint.url().clone();
        match url.path_segments_mut() {
            Ok(mut path) => drop(path.pop_if_empty().extend(["v1", name])),
            Err(()) => return Err(unavailable("its address has no path")),
        }
        Ok(url)
    }

    /// Repeats a call while nobody answers it, as long as its time lasts.
    async fn ask<T: DeserializeOwned>(
        &self,
        request: impl Fn() -> RequestBuilder,
        limit: usize,
    ) -> Result<T, Failed> {
        let end = clock::now() + self.limits.call;
        let mut pause = FIRST_PAUSE;
        loop {
            let failed = match self.attempt(request(), limit).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let resume = clock::now() + pause;
            if !failed.again || resume + self.limits.attempt > end {
                return Err(failed);
            }
            tracing::debug!(service = %self.endpoint, why = %failed.why, "asking again");
            tokio::time::sleep_until(resume).await;
            pause *= 2;
        }
    }

    async fn attempt<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        limit: usize,
    ) -> Result<T, Failed> {
        let sent = request.bearer_auth(&*self.token).send().await;
        let response = sent.map_err(|error| Failed::again(self.in_words(error)))?;
        let status = response.status().as_u16();
        let body = self.read(response, limit).await?;
        if status == 200 {
            // What it says instead is not quoted: whoever speaks there may not be the service.
            return serde_json::from_slice(&body)
                .map_err(|_| Failed::lasting(200, "its answer is not that of a signing service"));
        }
        let said = reason(&body).unwrap_or_else(|| "it gives no reason".to_owned());
        Err(Failed { again: matches!(status, 408 | 429 | 500..), status, why: said })
    }

    async fn read(&self, mut response: Response, limit: usize) -> Result<Vec<u8>, Failed> {
        let mut body = Vec::new();
        loop {
            let part = response.chunk().await;
            let part = part.map_err(|error| Failed::again(self.in_words(error)))?;
            let Some(part) = part else { return Ok(body) };
            if part.len() > limit.saturating_sub(body.len()) {
                let why = format!("its answer is longer than {limit} bytes");
                return Err(Failed::lasting(200, &why));
            }
            body.extend_from_slice(&part);
        }
    }

    fn in_words(&self, error: reqwest::Error) -> String {
        if error.is_timeout() {
            return format!("it did not answer within {} ms", self.limits.attempt.as_millis());
        }
        // The address may hold a key.
        let error = error.without_url();
        let mut cause: &dyn std::error::Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        format!("it cannot be reached: {}", printable(&cause.to_string()))
    }
}

#[async_trait]
impl KeyService for RemoteKeys {
    async fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        let mut url = self.address("keys")?;
        url.query_pairs_mut().append_pair("account", account_id.as_str());
        let asked = self.ask(|| self.client.get(url.clone()), KEYS_BYTES).await;
        let KeyList { keys } = asked.map_err(|failed| failed.in_general())?;
        if keys.len() > MAX_KEYS {
            let why = format!("it lists {} keys, and {MAX_KEYS} are the most", keys.len());
            return Err(unavailable(&why));
        }
        let mut listed = Vec::with_capacity(keys.len());
        for key in keys {
            if !listed.contains(&key) {
                listed.push(key);
            }
        }
        Ok(listed)
    }

    async fn sign(
        &self,
        _account_id: &AccountId,
        _public_key: &PublicKey,
        _bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        let why = "a signing service signs whole transactions only, not hashes".to_owned();
        Err(KeyServiceError::Refused { why })
    }

    async fn sign_transaction(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        transaction: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        let url = self.address("sign")?;
        let order = SignOrder {
            account: account_id.clone(),
            public_key: public_key.clone(),
            transaction: BASE64_STANDARD.encode(transaction),
        };
        let body = serde_json::to_vec(&order).expect("invariant: an order has string keys");
        let request = || {
            let post = self.client.post(url.clone());
            post.header(CONTENT_TYPE, "application/json").body(body.clone())
        };
        let Signed { signature } =
            self.ask(request, SIGNATURE_BYTES).await.map_err(|failed| match failed.status {
                403 => KeyServiceError::Refused { why: failed.why },
                404 => KeyServiceError::NoKey {
                    account_id: account_id.clone(),
                    public_key: Box::new(public_key.clone()),
                },
                _ => failed.in_general(),
            })?;
        match signature.verify(CryptoHash::hash_bytes(transaction).as_ref(), public_key) {
            true => Ok(signature),
            false => {
                Err(KeyServiceError::WrongSignature { public_key: Box::new(public_key.clone()) })
            }
        }
    }

    fn place(&self) -> String {
        format!("the signing service at {}", self.endpoint)
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteKeys({})", self.endpoint)
    }
}

/// What a signing service answers to `GET /v1/keys?account=ID`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyList {
    /// The keys that it signs with for the account.
    pub keys: Vec<PublicKey>,
}

/// What a signing service is asked by `POST /v1/sign`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignOrder {
    /// The account that signs.
    pub account: AccountId,
    /// Its key.
    pub public_key: PublicKey,
    /// The whole transaction, borsh in base64.
    pub transaction: String,
}

/// What a signing service answers to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The signature of the SHA-256 of the transaction's bytes.
    pub signature: Signature,
}

/// A call without a useful answer.
struct Failed {
    /// Whether the next attempt may end otherwise.
    again: bool,
    /// The HTTP status; 0 if there was none.
    status: u16,
    why: String,
}

impl Failed {
    fn again(why: String) -> Self {
        Failed { again: true, status: 0, why }
    }

    fn lasting(status: u16, why: &str) -> Self {
        Failed { again: false, status, why: why.to_owned() }
    }

    fn in_general(self) -> KeyServiceError {
        match self.status {
            0 | 200 => unavailable(&self.why),
            401 => unavailable("it does not accept the token (status 401)"),
            status => unavailable(&format!("status {status}, {}", self.why)),
        }
    }
}

fn unavailable(why: &str) -> KeyServiceError {
    KeyServiceError::Unavailable { why: why.to_owned() }
}

/// `error.message` of an answer, fit to be shown.
fn reason(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let message = answer.pointer("/error/message")?.as_str()?;
    let short: String = without_secrets(message).chars().take(LONGEST_REASON).collect();
    Some(printable(&short).into_owned())
}

/// The time of one attempt.
const ATTEMPT: Duration = Duration::from_secs(4);
/// The time of a call, with its repetitions.
const CALL: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The most keys that a service may list.
const MAX_KEYS: usize = 1_024;
/// The longest list of keys, bytes: 1,024 of ML-DSA-65, in text.
const KEYS_BYTES: usize = 4 << 20;
/// The longest answer to an order, bytes; a signature of ML-DSA-65 has about 4,600.
const SIGNATURE_BYTES: usize = 16 << 10;
/// The longest reason that is shown, characters.
const LONGEST_REASON: usize = 300;

#[cfg(test)]
mod tests;
