//! Where gas keys are topped up from.

use super::SignerSource;
use crate::policy::amounts;
use keyway::{AccountId, NearToken};
use serde::Deserialize;

/// The account that gas keys are topped up from, and the limits of that.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TopUpConfig {
    /// The treasury's account.
    pub account: AccountId,
    /// What signs for it.
    pub signer: SignerSource,
    /// Gas keys with less than this are topped up.
    #[serde(deserialize_with = "amounts::near")]
    pub below: NearToken,
    /// To so much.
    #[serde(deserialize_with = "amounts::near")]
    pub to: NearToken,
    /// The most for all keys in one run.
    #[serde(deserialize_with = "amounts::near")]
    pub at_most: NearToken,
}
