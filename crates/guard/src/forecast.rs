//! What a key can still do: how much gas, how many calls, and what ends it.

mod usage;
mod words;

pub use usage::Usage;

use crate::facts::{AccountFacts, ChainFacts};
use crate::scene::{Scene, largest};
use crate::units::gas;
use keyway_rules::{Cost, Rule, Ruling, gas_refund};
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::account::AccessKeyPermission;
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::Transaction;
use near_primitives::types::{AccountId, Balance, Gas};
use serde::Serialize;

/// Foresees what becomes of `public_key` when it signs the call of `usage` again and again, each
/// after the refund of the one before, at the prices of `chain`.
///
/// Nothing else may draw on the account meanwhile or pay it, and its storage may not grow. Where the
/// account calls its own contract, and the protocol gives a contract's account a part of what it
/// burns, the account has more than is foreseen: [`Precision::AtLeast`].
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
/// [`ForecastError`] when the account has no such key, or more gas is to burn than is bought.
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

/// What a key can still do. `Display` says it in lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Forecast {
    /// The key.
    pub public_key: PublicKey,
    /// What pays for its gas.
    pub source: Source,
    /// What is there to pay with now, yoctoNEAR; the account's balance where nothing limits the key
    /// itself.
    pub funds: Balance,
    /// The most gas that the call can attach now; none when it is refused with any.
    pub largest_gas: Option<Gas>,
    /// What one call takes before it runs.
    pub price: Cost,
    /// How close `spent_per_call`, `calls_left` and `left` are.
    pub precision: Precision,
    /// What one call costs when all refunds have come, yoctoNEAR.
    pub spent_per_call: Balance,
    /// Calls that are taken before the first is refused; none when there is no end.
    pub calls_left: Option<u64>,
    /// What is left of `funds` after these calls, yoctoNEAR.
    pub left: Balance,
    /// The rule that the next call then breaks.
    pub ended_by: Option<Rule>,
    /// The error that the chain then gives.
    pub refusal: Option<InvalidTxError>,
}

/// How close a forecast is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// To the unit.
    Exact,
    /// The account's own contract is called and gives it back a part of the gas that it burns,
    /// which depends on what burns where: at least so many calls, at most so much spent on each.
    AtLeast,
}

/// What a key's gas is paid from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Source {
    /// The account, as far as the key's allowance goes.
    Allowance,
    /// The account, without a limit.
    Account,
    /// The gas key's own balance.
    GasKey,
}

/// Why nothing can be foreseen.
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
    /// A price is beyond all numbers.
    #[error("the price of the call is beyond all numbers; attach less gas")]
    Overflow,
}

impl Forecast {
    /// The allowance, or the gas key's balance, that `calls` such calls need when each waits for
    /// the refund of the one before, yoctoNEAR. None when it is beyond all numbers.
    #[must_use]
    pub fn needed_for(&self, calls: u64) -> Option<Balance> {
        let Some(before_last) = calls.checked_sub(1) else { return Some(Balance::ZERO) };
        let spent = self.spent_per_call.checked_mul(before_last.into())?;
        spent.checked_add(self.price.total)
    }

    /// As [`Forecast::needed_for`], when no call waits for a refund.
    #[must_use]
    pub fn needed_at_once(&self, calls: u64) -> Option<Balance> {
        self.price.total.checked_mul(calls.into())
    }
}

/// One call of many, and what it takes.
struct Call<'a> {
    scene: Scene<'a>,
    cost: Cost,
    /// What it costs in the end, yoctoNEAR.
    spent: Balance,
    /// Whether a part of that comes back to the account besides.
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

    /// A reward raises what the account has, never an allowance or the balance of a gas key.
    fn precision(&self, source: Source, ended_by: Option<Rule>) -> Precision {
        let by_key = matches!(ended_by, Some(Rule::Allowance | Rule::GasKeyBalance));
        match self.rewarded && (source == Source::Account || !by_key) {
            true => Precision::AtLeast,
            false => Precision::Exact,
        }
    }

    /// How many calls are taken; none where there is no end.
    fn calls_left(&self) -> Option<u64> {
        if self.spent.is_zero() {
            return (!self.scene.is_accepted()).then_some(0);
        }
        let taken = |calls: u64| self.after(calls).is_some_and(|scene| scene.is_accepted());
        // The call after so many that all but one were taken.
        let before_last = largest(u64::MAX, &mut |calls| taken(calls));
        Some(before_last.map_or(0, |calls| calls.saturating_add(1)))
    }

    /// The scene when `calls` calls have been taken and refunded; none when they cannot all be paid.
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

/// More than a transaction may attach at any version.
const MOST_GAS: Gas = Gas::from_teragas(1_000);

/// What pays, and how much it has where the key has a limit of its own.
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
    scene.survey().into_iter().find_map(|judged| match judged.ruling {
        Ruling::Fail { error } => Some((judged.rule, error)),
        _ => None,
    })
}
