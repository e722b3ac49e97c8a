//! The relayer's own account, for its operator: its lanes, an audit of its keys, topping up its gas keys.

use crate::StartError;
use crate::audit::{Audited, Finding, audit, gas_balance};
use crate::config::{Config, ConfigError, Environment};
use crate::policy::Policy;
use crate::top_up::{Payment, TopUp};
use keyway::client::AccountKey;
use keyway::protocol::{AccessKeyPermission, CryptoHash, NonceIndex, PublicKey, PublicKeyHandle};
use keyway::{AccountId, Client, NearToken, Signer, fund_gas_key};

/// The relayer's account, and the keys that sign for its lanes.
#[derive(Debug)]
pub struct OwnAccount {
    client: Client,
    account_id: AccountId,
    available: NearToken,
    keys: Vec<AccountKey>,
    lanes: Vec<PublicKey>,
}

/// A key that signs for lanes, as the chain has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneKey {
    /// The key.
    pub public_key: PublicKey,
    /// How many lanes it has: its nonce rows, or one.
    pub lanes: NonceIndex,
    /// What it pays from: its own balance or allowance; none if it is the account's balance.
    pub pays_from: Option<NearToken>,
}

impl OwnAccount {
    /// Looks at the account and its keys, at one final block.
    ///
    /// # Errors
    /// If the signer cannot be used, or the chain cannot be asked.
    pub async fn look(config: &Config, environment: Environment<'_>) -> Result<Self, StartError> {
        let account_id = config.account.id.clone();
        let signer = config.account.signer.open(&account_id, environment)?;
        let mut lanes = signer.public_keys(&account_id).await.map_err(keyway::Error::from)?;
        if let Some(only) = &config.account.keys {
            lanes.retain(|key| only.contains(key));
        }
        let client = config.chain.client(environment)?;
        let pinned = client.pinned().await?;
        let available = pinned.account(&account_id).await?.available;
        let keys = pinned.access_keys(&account_id).await?;
        Ok(Self { client, account_id, available, keys, lanes })
    }

    /// What the account can spend, yoctoNEAR.
    #[must_use]
    pub fn available(&self) -> NearToken {
        self.available
    }

    /// The account.
    #[must_use]
    pub fn account_id(&self) -> &AccountId {
        &self.account_id
    }

    /// The keys of its lanes that are on chain.
    #[must_use]
    pub fn lane_keys(&self) -> Vec<LaneKey> {
        let on_chain = |public_key: &PublicKey| {
            let handle = PublicKeyHandle::from(public_key);
            let key = self.keys.iter().find(|key| key.public_key == handle)?;
            let permission = &key.access_key.permission;
            let (lanes, pays_from) = match permission {
                AccessKeyPermission::FullAccess => (1, None),
                AccessKeyPermission::FunctionCall(call) => (1, call.allowance),
                AccessKeyPermission::GasKeyFullAccess(gas)
                | AccessKeyPermission::GasKeyFunctionCall(gas, _) => {
                    (gas.num_nonces, gas_balance(permission))
                }
            };
            Some(LaneKey { public_key: public_key.clone(), lanes, pays_from })
        };
        self.lanes.iter().filter_map(on_chain).collect()
    }

    /// Looks for keys that can do more than the policy needs, and for what will stop the relayer.
    #[must_use]
    pub fn audit(&self, policy: &Policy) -> Vec<Finding> {
        let Self { account_id, available, keys, lanes, .. } = self;
        audit(&Audited { account_id, available: *available, keys, lanes, policy })
    }

    /// What `[top_up]` of the configuration would pay to which gas key.
    ///
    /// # Errors
    /// If the configuration has no such table.
    pub fn top_up_plan(&self, config: &Config) -> Result<Vec<Payment>, StartError> {
        let top_up = config.top_up.as_ref().ok_or(ConfigError::NoTopUp)?;
        let limits = TopUp { below: top_up.below, to: top_up.to, at_most: top_up.at_most };
        Ok(limits.plan(&self.keys, &self.lanes))
    }

    /// Makes one payment of the plan. Returns the hash of its transaction.
    ///
    /// # Errors
    /// If the treasury's signer cannot be used, or the transaction is refused or fails.
    pub async fn pay(
        &self,
        config: &Config,
        payment: &Payment,
        environment: Environment<'_>,
    ) -> Result<CryptoHash, StartError> {
        let top_up = config.top_up.as_ref().ok_or(ConfigError::NoTopUp)?;
        let keys = top_up.signer.open(&top_up.account, environment)?;
        let treasury = Signer::new(self.client.clone(), top_up.account.as_str(), keys)
            .map_err(keyway::Error::from)?;
        let fund = fund_gas_key(payment.public_key.to_string(), payment.amount);
        let outcome = treasury.execute(fund.to(self.account_id.as_str())).await?;
        Ok(outcome.transaction_hash())
    }
}
