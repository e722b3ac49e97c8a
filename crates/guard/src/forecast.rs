//! Forecast: how much gas and how many calls a key can still pay for, and what ends it.

mod usage;
mod words;

pub use usage::Usage;

use crate::facts::{AccountFacts, ChainFacts};
use crate::scene::{Scene, largest};
use crate::units::gas;
use keyway_rules::{Cost, Rule, RuleVerdict, gas_refund};
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::account::AccessKeyPermission;
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::Transaction;
use near_primitives::types::{AccountId, Balance, Gas};
use serde::Serialize;

/// Forecasts what happens to `public_key` if it signs the call of `usage` again and again, each time after
/// the refund of the call before, at the prices of `chain`.
///
/// It is assumed that nothing else spends from the account or pays it, and that its storage does not grow.
/// If the account calls its own contract, and the protocol pays a contract's account part of the gas
/// that it burns, the account will have more than forecast: [`Precision::AtLeast`].
///
/// ```
/// use keyway_rules::{Protocol, Rule};
/// use keyway_guard::{AccountFacts, ChainFacts, KeyFacts, Usage, forecast};
/// use near_crypto::{KeyType, PublicKey};
/// use near_primitives::account::{
///     AccessKey, AccessKeyPermission, Account, AccountContract, FunctionCallPermission,
/// };
/// use near_primitives::types::{Balance, Gas};
///
/// let chain = ChainFacts {
///     protocol: Protocol::new(86, "localnet")?,
///     gas_price: Balance::from_yoctonear(100_000_000),
///     height: 100,
/// };
/// let public_key = PublicKey::empty(KeyType::ED25519);
/// let permission = AccessKeyPermission::FunctionCall(FunctionCallPermission {
///     allowance: Some(Balance::from_millinear(250)),
///     receiver_id: "game.near".to_owned(),
///     method_names: Vec::new(),
/// });
/// let account = AccountFacts {
///     account_id: "alice.near".parse()?,
///     account: Account::new(Balance::from_near(5), Balance::ZERO, AccountContract::None, 182),
///     keys: vec![KeyFacts {
///         public_key: public_key.clone().into(),
///         access_key: AccessKey { nonce: 99_000_000, permission },
///         gas_key_nonces: Vec::new(),
///     }],
/// };
///
/// // Gas is bought at ten times the price it burns at: a quarter of a NEAR is not 300 Tgas.
/// let play = Usage::new("game.near".parse()?, "play", Gas::from_teragas(300));
/// let seen = forecast(&chain, &account, &public_key, &play)?;
/// assert_eq!((seen.calls_left, seen.ended_by), (Some(0), Some(Rule::Allowance)));
/// assert_eq!(seen.largest_gas.map(|gas| gas.as_gas() / 10_u64.pow(12)), Some(249));
///
/// let play = Usage::new("game.near".parse()?, "play", Gas::from_teragas(100)).burning(Gas::from_teragas(2));
/// let seen = forecast(&chain, &account, &public_key, &play)?;
/// assert_eq!(seen.calls_left, Some(646));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ForecastError`] if the account has no such key, or if the call is to burn more gas than it buys.
pub fn forecast(
    chain: &ChainFacts,
    account: &AccountFacts,
    public_key: &PublicKey,
    usage: &Usage,
) -> Result<Forecast, ForecastError> {
    let handle = PublicKeyHandle::from(public_key);
    let key = account.key(&handle).ok_or_else(|| ForecastError::NoSuchKey {
        account_id: account.account_id.clone(),
        public_key: Box::new(public_key.clone()),
    })?;
    let transaction = usage.transaction(&account.account_id, public_key, key);
    Call::new(chain, account, &transaction, usage)?.foresee(public_key)
}

/// What a key can still pay for. `Display` writes it in lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Forecast {
    /// The key.
    pub public_key: PublicKey,
    /// What pays for its gas.
    pub source: Source,
    /// The funds there are now, yoctoNEAR; if nothing limits the key itself, the account's balance.
    pub funds: Balance,
    /// The most gas that the call can attach now; none if it is refused with any.
    pub largest_gas: Option<Gas>,
    /// The price of one call before it runs.
    pub price: Cost,
    /// How close `spent_per_call`, `calls_left` and `left` are.
    pub precision: Precision,
    /// The price of one call after all refunds, yoctoNEAR.
    pub spent_per_call: Balance,
    /// Calls that are accepted before the first refusal; none if there is no end.
    pub calls_left: Option<u64>,
    /// What is left of `funds` after these calls, yoctoNEAR.
    pub left: Balance,
    /// The rule that the next call then breaks.
    pub ended_by: Option<Rule>,
    /// The refusal of that call.
    pub refusal: Option<InvalidTxError>,
}

/// How close a forecast is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// Exact to the yoctoNEAR.
    Exact,
    /// The account's own contract is called, and part of the gas that it burns is paid back to it, depending
    /// on what burns it. There are at least this many calls, and each costs at most this much.
    AtLeast,
}

/// Where the money for a key's gas comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Source {
    /// The account, up to the key's allowance.
    Allowance,
    /// The account, without a limit.
    Account,
    /// The gas key's own balance.
    GasKey,
}

/// Why there is no forecast.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ForecastError {
    /// The account does not have the key.
    #[error("{account_id} has no key {public_key}")]
    NoSuchKey {
        /// The account.
        account_id: AccountId,
        /// The key.
        public_key: Box<PublicKey>,
    },
    /// A call cannot burn more gas than is bought for it.
    #[error(
        "a call that buys {} in all cannot burn {}; attach more, or say that it burns less",
        gas(*.bought), gas(*.burnt)
    )]
    BurnsTooMuch {
        /// What is bought for what runs, fees included.
        bought: Gas,
        /// What is to burn of it.
        burnt: Gas,
    },
    /// The price overflows.
    #[error("the price of the call overflows; attach less gas")]
    Overflow,
}

impl Forecast {
    /// The allowance, or the gas key's balance, that `calls` such calls need if each waits for the refund of
    /// the one before, yoctoNEAR. None if it overflows.
    #[must_use]
    pub fn needed_for(&self, calls: u64) -> Option<Balance> {
        let Some(before_last) = calls.checked_sub(1) else { return Some(Balance::ZERO) };
        let spent = self.spent_per_call.checked_mul(before_last.into())?;
        spent.checked_add(self.price.total)
    }

    /// As [`Forecast::needed_for`], if no call waits for a refund.
    #[must_use]
    pub fn needed_at_once(&self, calls: u64) -> Option<Balance> {
        self.price.total.checked_mul(calls.into())
    }
}

/// One of many calls, and its price.
struct Call<'a> {
    scene: Scene<'a>,
    cost: Cost,
    /// The price after all refunds, yoctoNEAR.
    spent: Balance,
    /// Whether part of that is also paid back to the account.
    rewarded: bool,
}

impl<'a> Call<'a> {
    fn new(
        chain: &'a ChainFacts,
        account: &AccountFacts,
        transaction: &Transaction,
        usage: &Usage,
    ) -> Result<Self, ForecastError> {
        let scene = Scene::new(chain, Some(account), transaction);
        let cost = scene.cost().ok_or(ForecastError::Overflow)?;
        let bought = cost.gas_bought;
        let burnt = usage.burnt_of(&cost);
        if burnt > bought {
            return Err(ForecastError::BurnsTooMuch { bought, burnt });
        }
        let refund = gas_refund(&chain.protocol, chain.gas_price, &cost, burnt)
            .map_err(|_| ForecastError::Overflow)?;
        let spent = cost.total.checked_sub(refund).ok_or(ForecastError::Overflow)?;
        let rewarded = burnt > Gas::ZERO
            && usage.is_for(&account.account_id)
            && account.account.contract().is_some()
            && *chain.protocol.config.fees.burnt_gas_reward.numer() > 0;
        Ok(Self { scene, cost, spent, rewarded })
    }

    fn foresee(self, public_key: &PublicKey) -> Result<Forecast, ForecastError> {
        let key = self.scene.key.as_ref().map(|key| &key.access_key.permission);
        let (source, limit) = key.map_or((Source::Account, None), source);
        let on_account = self.scene.account.as_ref().map(|account| account.amount());
        let funds = limit.or(on_account).unwrap_or(Balance::ZERO);
        let calls_left = self.calls_left();
        let last = calls_left.and_then(|calls| self.after(calls));
        let end = last.as_ref().and_then(end);
        let spent = self.spent.checked_mul(calls_left.unwrap_or(0).into());
        let ended_by = end.as_ref().map(|(rule, _)| *rule);
        Ok(Forecast {
            public_key: public_key.clone(),
            source,
            funds,
            largest_gas: self.scene.largest_gas(MOST_GAS),
            price: self.cost,
            precision: self.precision(source, ended_by),
            spent_per_call: self.spent,
            calls_left,
            left: spent.and_then(|spent| funds.checked_sub(spent)).unwrap_or(Balance::ZERO),
            ended_by,
            refusal: end.map(|(_, error)| error),
        })
    }

    /// A reward increases the account's balance, but no allowance and no gas key's balance.
    fn precision(&self, source: Source, ended_by: Option<Rule>) -> Precision {
        let by_key = matches!(ended_by, Some(Rule::Allowance | Rule::GasKeyBalance));
        match self.rewarded && (source == Source::Account || !by_key) {
            true => Precision::AtLeast,
            false => Precision::Exact,
        }
    }

    /// How many calls are accepted; none if there is no end.
    fn calls_left(&self) -> Option<u64> {
        if self.spent.is_zero() {
            return (!self.scene.is_accepted()).then_some(0);
        }
        let taken = |calls: u64| self.after(calls).is_some_and(|scene| scene.is_accepted());
        // The last call: all others were accepted.
        let before_last = largest(u64::MAX, &mut |calls| taken(calls));
        Some(before_last.map_or(0, |calls| calls.saturating_add(1)))
    }

    /// The scene after `calls` calls and their refunds; none if not all of them can be paid.
    fn after(&self, calls: u64) -> Option<Scene<'a>> {
        let mut scene = self.scene.clone();
        let spent = self.spent.checked_mul(calls.into())?;
        let access_key = &mut scene.key.as_mut()?.access_key;
        if let Some(info) = access_key.gas_key_info_mut() {
            info.balance = info.balance.checked_sub(spent)?;
            return Some(scene);
        }
        if let Some(call) = access_key.permission.function_call_permission_mut()
            && let Some(allowance) = &mut call.allowance
        {
            *allowance = allowance.checked_sub(spent)?;
        }
        let account = scene.account.as_mut()?;
        account.set_amount(account.amount().checked_sub(spent)?);
        Some(scene)
    }
}

/// More than a transaction can attach in any version.
const MOST_GAS: Gas = Gas::from_teragas(1_000);

/// What pays, and how much it has if the key has a limit of its own.
fn source(permission: &AccessKeyPermission) -> (Source, Option<Balance>) {
    match permission {
        AccessKeyPermission::GasKeyFullAccess(info)
        | AccessKeyPermission::GasKeyFunctionCall(info, _) => (Source::GasKey, Some(info.balance)),
        AccessKeyPermission::FunctionCall(call) if call.allowance.is_some() => {
            (Source::Allowance, call.allowance)
        }
        AccessKeyPermission::FunctionCall(_) | AccessKeyPermission::FullAccess => {
            (Source::Account, None)
        }
    }
}

/// The first rule broken, and its error.
fn end(scene: &Scene<'_>) -> Option<(Rule, InvalidTxError)> {
    scene.survey().into_iter().find_map(|judged| match judged.verdict {
        RuleVerdict::Fail { error } => Some((judged.rule, error)),
        _ => None,
    })
}
