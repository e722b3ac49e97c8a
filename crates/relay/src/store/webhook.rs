//! Webhooks that wait to be delivered.

use crate::{AppName, RequestId};
use serde::{Deserialize, Serialize};

/// Names a webhook: there is one for each request at most.
pub type WebhookId = RequestId;

/// A message to an app about the end of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// The request that ended.
    pub id: WebhookId,
    /// The app; its address and secret are in the configuration, not here.
    pub app: AppName,
    /// The body, JSON.
    pub body: String,
    /// How often it was tried.
    pub attempts: u32,
}
