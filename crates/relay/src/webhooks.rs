//! Webhooks: signed, sent until they are taken, and given up in the end.
//!
//! `relay-signature: t=1790000000,v1=…` is the time in seconds and the HMAC-SHA256, in hexadecimal, of `t`, a dot and the
//! body. A receiver compares it, and refuses old times. The same message may come twice: its `id` says so.

use crate::clock;
use crate::config::Secret;
use crate::relay::Relay;
use crate::store::Webhook;
use hmac::{Hmac, Mac};
use reqwest::redirect::Policy;
use sha2::Sha256;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Where the webhooks of an app go.
#[derive(Debug)]
pub(crate) struct Receiver {
    url: String,
    secret: Secret,
    /// Places for webhooks that are sent, or wait for that.
    in_hand: Arc<Semaphore>,
    /// Places for those that are sent.
    sending: Semaphore,
}

impl Receiver {
    pub(crate) fn new(url: String, secret: Secret) -> Self {
        let (in_hand, sending) = (Arc::new(Semaphore::new(IN_HAND)), Semaphore::new(AT_ONCE));
        Receiver { url, secret, in_hand, sending }
    }
}

impl Relay {
    /// Sends what is due, for ever. An app that is slow or away delays no other.
    pub(crate) async fn send_webhooks(self: Arc<Self>) {
        if self.apps.values().all(|app| app.webhook.is_none()) {
            return;
        }
        // A redirect would take the message to an address that nobody configured.
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .timeout(self.config.limits.webhook_within())
            .build()
            .expect("the invariant that the options of the client are valid");
        loop {
            let pause = match self.store.due_webhooks(TOGETHER, HELD).await {
                Ok(due) => {
                    let pause = if due.len() < TOGETHER { PERIOD } else { Duration::ZERO };
                    due.into_iter().for_each(|webhook| self.hand_over(&client, webhook));
                    pause
                }
                Err(error) => {
                    tracing::warn!(%error, "webhooks could not be read");
                    LONG_PERIOD
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Sends a webhook beside others. One for which its app has no place is due again when it is held no more.
    fn hand_over(self: &Arc<Self>, client: &reqwest::Client, webhook: Webhook) {
        let (relay, client) = (self.clone(), client.clone());
        let place = match self.receiver(&webhook).map(|it| it.in_hand.clone().try_acquire_owned()) {
            None => None,
            Some(Ok(place)) => Some(place),
            Some(Err(_)) => return,
        };
        tokio::spawn(async move {
            relay.send_webhook(&client, webhook).await;
            drop(place);
        });
    }

    fn receiver(&self, webhook: &Webhook) -> Option<&Receiver> {
        self.apps.get(&webhook.app)?.webhook.as_ref()
    }

    async fn send_webhook(&self, client: &reqwest::Client, webhook: Webhook) {
        let taken = match self.receiver(&webhook) {
            // The app is not configured any more.
            None => Some("dropped"),
            Some(Receiver { url, secret, sending, .. }) => {
                let _place = sending.acquire().await;
                let signature = signature(secret, clock::unix_ms() / 1_000, &webhook.body);
                let sent = client
                    .post(url)
                    .header("content-type", "application/json")
                    .header("relay-signature", signature)
                    .body(webhook.body.clone())
                    .send()
                    .await;
                match sent {
                    Ok(answer) if answer.status().is_success() => Some("delivered"),
                    Ok(answer) => {
                        tracing::info!(request = %webhook.id, status = answer.status().as_u16(), "a webhook was not taken");
                        None
                    }
                    Err(error) => {
                        let error = error.without_url();
                        tracing::info!(request = %webhook.id, %error, "a webhook was not delivered");
                        None
                    }
                }
            }
        };
        let given_up = (webhook.attempts >= PAUSES).then_some("given_up");
        let kept = match taken.or(given_up) {
            Some(result) => {
                self.metrics.webhooks.with_label_values(&[result]).inc();
                self.store.delete_webhook(webhook.id).await
            }
            None => {
                self.metrics.webhooks.with_label_values(&["failed"]).inc();
                let pause = self.config.limits.webhook_pause(webhook.attempts);
                self.store.delay_webhook(webhook.id, pause).await
            }
        };
        if let Err(error) = kept {
            // It stays held for a minute, and is sent again.
            tracing::warn!(request = %webhook.id, %error, "a webhook's end is not stored");
        }
    }
}

/// The header that proves who sent a body, and when.
fn signature(secret: &Secret, seconds: u64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("the invariant that HMAC takes keys of any length");
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body.as_bytes());
    let mut text = format!("t={seconds},v1=");
    for byte in mac.finalize().into_bytes() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// How often a webhook is tried again: for about two days.
const PAUSES: u32 = 19;
/// How long a webhook belongs to the instance that sends it: longer than it is in hand.
const HELD: Duration = Duration::from_secs(60);
/// How many are taken from the store at once.
const TOGETHER: usize = 64;
/// How many are sent to one app at once, and how many are in hand for it.
const AT_ONCE: usize = 64;
const IN_HAND: usize = 256;
const PERIOD: Duration = Duration::from_millis(500);
const LONG_PERIOD: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Limits, SecretSource};
    use zeroize::Zeroizing;

    #[test]
    fn pauses_grow_and_end() {
        let limits = Limits::default();
        let pause = |failures| limits.webhook_pause(failures);
        assert_eq!(pause(0), Duration::from_secs(5));
        assert_eq!(pause(3), Duration::from_secs(40));
        assert_eq!(pause(30), Duration::from_secs(6 * 3_600));
        let all: Duration = (0..PAUSES).map(pause).sum();
        assert!(all > Duration::from_secs(24 * 3_600), "{all:?}");
    }

    #[test]
    fn a_signature_is_of_time_and_body() {
        let source = SecretSource::Env("X".to_owned());
        let secret = source.read("x", &|_| Some(Zeroizing::new("key".to_owned()))).unwrap();
        // As `printf 1.{} | openssl dgst -sha256 -hmac key` prints it.
        let expected = "1ba6b8171186efc613e8bcc0cbdab2748f24984d7c5a84faa2637afa0e40d224";
        assert_eq!(signature(&secret, 1, "{}"), format!("t=1,v1={expected}"));
    }
}
