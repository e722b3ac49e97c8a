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

impl Relay {
    /// Sends what is due, for ever.
    pub(crate) async fn send_webhooks(self: Arc<Self>) {
        if self.apps.values().all(|app| app.webhook.is_none()) {
            return;
        }
        // A redirect would take the message to an address that nobody configured.
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .timeout(WITHIN)
            .build()
            .expect("the invariant that the options of the client are valid");
        loop {
            match self.store.due_webhooks(TOGETHER, HELD).await {
                Ok(due) if due.is_empty() => tokio::time::sleep(PERIOD).await,
                Ok(due) => {
                    let sent = due.into_iter().map(|webhook| {
                        let (relay, client) = (self.clone(), client.clone());
                        tokio::spawn(async move { relay.send_webhook(&client, webhook).await })
                    });
                    for task in sent.collect::<Vec<_>>() {
                        // A task that ended early leaves its webhook in the store.
                        let _ = task.await;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "webhooks could not be read");
                    tokio::time::sleep(LONG_PERIOD).await;
                }
            }
        }
    }

    async fn send_webhook(&self, client: &reqwest::Client, webhook: Webhook) {
        let taken = match self.apps.get(&webhook.app).and_then(|app| app.webhook.as_ref()) {
            // The app is not configured any more.
            None => Some("dropped"),
            Some((url, secret)) => {
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
                self.store.delay_webhook(webhook.id, pause(webhook.attempts)).await
            }
        };
        if let Err(error) = kept {
            // It stays held for a minute, and is sent again.
            tracing::warn!(request = %webhook.id, %error, "a webhook's end is not stored");
        }
    }
}

/// The pause after so many attempts: 5 seconds, doubled each time, up to 6 hours.
fn pause(attempts: u32) -> Duration {
    Duration::from_secs(5 << attempts.min(12)).min(LONGEST)
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
const LONGEST: Duration = Duration::from_secs(6 * 3_600);
/// How long an app may take to answer.
const WITHIN: Duration = Duration::from_secs(10);
/// How long a webhook belongs to the instance that sends it.
const HELD: Duration = Duration::from_secs(60);
/// How many are sent at once.
const TOGETHER: usize = 32;
const PERIOD: Duration = Duration::from_millis(500);
const LONG_PERIOD: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SecretSource;
    use zeroize::Zeroizing;

    #[test]
    fn pauses_grow_and_end() {
        assert_eq!(pause(0), Duration::from_secs(5));
        assert_eq!(pause(3), Duration::from_secs(40));
        assert_eq!(pause(30), LONGEST.min(Duration::from_secs(5 << 12)));
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
