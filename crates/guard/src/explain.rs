//! Why a key may sign a transaction or may not: every rule, not only the first one broken.

mod measure;
mod outlook;
mod remedy;
mod repair;
mod words;

pub use measure::Measure;
pub use outlook::{Failure, Neighbour, Wanted, neighbours, outlook};
pub use remedy::Remedy;
pub use repair::Repair;
pub(crate) use words::label;

use crate::facts::{AccountFacts, ChainFacts};
use crate::scene::Scene;
use keyway_engine::{Answer, Cost, Finding, Rule, survey};
use near_crypto::PublicKey;
use near_primitives::action::Action;
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::{SignedTransaction, Transaction};
use near_primitives::types::{AccountId, Balance, Gas};
use serde::{Serialize, Serializer};

/// Explains what the chain would say of `transaction`, whose signature is to come.
///
/// `account` is the signer's, with all its keys; another account's facts count as none. Whether
/// the base block is young enough is not asked.
///
/// ```
/// use keyway_engine::{Protocol, Rule};
/// use keyway_guard::{AccountFacts, ChainFacts, KeyFacts, Repair, explain};
/// use near_crypto::{KeyType, PublicKey};
/// use near_primitives::account::{AccessKey, Account, AccountContract};
/// use near_primitives::transaction::{Transaction, TransactionV0};
/// use near_primitives::types::Balance;
///
/// let chain = ChainFacts {
///     protocol: Protocol::new(86, "localnet")?,
///     gas_price: Balance::from_yoctonear(100_000_000),
///     height: 100,
/// };
/// let public_key = PublicKey::empty(KeyType::ED25519);
/// let account = AccountFacts {
///     account_id: "alice.near".parse()?,
///     account: Account::new(Balance::from_near(5), Balance::ZERO, AccountContract::None, 182),
///     keys: vec![KeyFacts {
///         public_key: public_key.clone().into(),
///         access_key: AccessKey { nonce: 7, ..AccessKey::full_access() },
///         gas_key_nonces: Vec::new(),
///     }],
/// };
/// let transaction = Transaction::V0(TransactionV0 {
///     signer_id: "alice.near".parse()?,
///     public_key,
///     nonce: 7,
///     receiver_id: "bob.near".parse()?,
///     block_hash: Default::default(),
///     actions: Vec::new(),
/// });
/// let explanation = explain(&chain, Some(&account), &transaction);
/// assert_eq!(explanation.broken().collect::<Vec<_>>(), [Rule::Nonce]);
/// assert_eq!(explanation.remedies[0].steps, [Repair::UseNonce { nonce: 8 }]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn explain(
    chain: &ChainFacts,
    account: Option<&AccountFacts>,
    transaction: &Transaction,
) -> Explanation {
    let scene = Scene::new(chain, account, transaction);
    let findings = scene.survey();
    explanation(scene, account, findings)
}

/// As [`explain`], for a signed transaction: its signature is judged too.
#[must_use]
pub fn explain_signed(
    chain: &ChainFacts,
    account: Option<&AccountFacts>,
    transaction: &SignedTransaction,
) -> Explanation {
    let scene = Scene::new(chain, account, &transaction.transaction);
    let findings = survey(&scene.question(), transaction);
    explanation(scene, account, findings)
}

/// What every rule says of a transaction, and what can be done. `Display` says it in lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// Who signs.
    pub signer_id: AccountId,
    /// With which key.
    pub public_key: PublicKey,
    /// Where it would run.
    pub receiver_id: AccountId,
    /// The rules that apply, in the protocol's order.
    pub rules: Vec<Judged>,
    /// The error that the chain gives: that of the first rule broken. None when it accepts.
    pub refusal: Option<InvalidTxError>,
    /// What it costs; none when it is beyond all numbers.
    pub cost: Option<Price>,
    /// Whether it carries actions that another account signed. Those are judged when they run: `rules`
    /// and `refusal` say nothing of them, an [`outlook`] does.
    pub carries_delegate: bool,
    /// What is certain to fail although the chain takes it. `None` where nothing is, where nobody
    /// looked ([`Explanation::looking_ahead`]), and where the chain refuses it.
    pub will_fail: Option<Failure>,
    /// Whether somebody looked.
    #[serde(skip)]
    looked_ahead: bool,
    /// Ways to make the chain accept it, cheapest first. None when it accepts, or when nothing
    /// helps that this key or its account could do.
    pub remedies: Vec<Remedy>,
}

impl Explanation {
    /// Whether the chain takes the transaction as things are. It may still fail when it runs.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.refusal.is_none()
    }

    /// Whether the chain takes it, and nothing is known that makes it fail.
    #[must_use]
    pub fn may_succeed(&self) -> bool {
        self.is_accepted() && self.will_fail.is_none()
    }

    /// With what an [`outlook`] on the same transaction says.
    #[must_use]
    pub fn looking_ahead(self, outlook: Option<Failure>) -> Self {
        let will_fail = if self.is_accepted() { outlook } else { None };
        Self { will_fail, looked_ahead: true, ..self }
    }

    /// The rules that are broken.
    pub fn broken(&self) -> impl Iterator<Item = Rule> + '_ {
        let broken = |judged: &&Judged| matches!(judged.ruling, Ruling::Fail { .. });
        self.rules.iter().filter(broken).map(|judged| judged.rule)
    }
}

/// One rule, and what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Judged {
    /// The rule.
    #[serde(serialize_with = "by_name")]
    pub rule: Rule,
    /// What it says.
    #[serde(flatten)]
    pub ruling: Ruling,
    /// What it compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "ruling", rename_all = "snake_case")]
pub enum Ruling {
    /// It is kept.
    Pass,
    /// It is broken.
    Fail {
        /// What the chain says when this is the first rule broken.
        error: InvalidTxError,
    },
    /// It cannot say before another rule is kept.
    NotJudged {
        /// The broken rule in its way.
        #[serde(serialize_with = "by_name")]
        until: Rule,
    },
}

/// What a transaction costs when it is taken. Bought gas that does not burn is paid back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Price {
    /// Tokens that go with the actions, yoctoNEAR.
    pub deposit: Balance,
    /// Gas that burns at once.
    pub gas_burnt: Gas,
    /// Its price, yoctoNEAR.
    pub burnt: Balance,
    /// Gas bought for what follows.
    pub gas_bought: Gas,
    /// Its price, yoctoNEAR.
    pub bought: Balance,
    /// All of it, yoctoNEAR.
    pub total: Balance,
}

impl From<Cost> for Price {
    fn from(cost: Cost) -> Self {
        Self {
            deposit: cost.deposit_cost,
            gas_burnt: cost.gas_burnt,
            burnt: cost.burnt_amount,
            gas_bought: cost.gas_remaining,
            bought: cost.gas_cost.saturating_sub(cost.burnt_amount),
            total: cost.total_cost,
        }
    }
}

fn explanation(
    scene: Scene<'_>,
    account: Option<&AccountFacts>,
    findings: Vec<Finding>,
) -> Explanation {
    let cost = scene.cost();
    let is_accepted = findings.iter().all(|finding| finding.answer == Answer::Pass);
    let rules: Vec<_> =
        findings.into_iter().map(|finding| judged(finding, &scene, cost.as_ref())).collect();
    let transaction = &scene.transaction;
    Explanation {
        signer_id: transaction.signer_id().clone(),
        public_key: transaction.public_key().clone(),
        receiver_id: transaction.receiver_id().clone(),
        refusal: first_error(&rules),
        cost: cost.map(Price::from),
        carries_delegate: transaction.actions().iter().any(Action::is_delegate),
        will_fail: None,
        looked_ahead: false,
        remedies: match is_accepted {
            true => Vec::new(),
            false => remedy::remedies(scene, account, signed_wrongly(&rules)),
        },
        rules,
    }
}

fn first_error(rules: &[Judged]) -> Option<InvalidTxError> {
    rules.iter().find_map(|judged| match &judged.ruling {
        Ruling::Fail { error } => Some(error.clone()),
        _ => None,
    })
}

fn signed_wrongly(rules: &[Judged]) -> bool {
    let wrong = |judged: &Judged| matches!(judged.ruling, Ruling::Fail { .. });
    rules.iter().any(|judged| judged.rule == Rule::Signature && wrong(judged))
}

fn judged(finding: Finding, scene: &Scene<'_>, cost: Option<&Cost>) -> Judged {
    let measure = match &finding.answer {
        Answer::Fail(error) => Measure::of_refusal(error, scene),
        Answer::Pass => cost.and_then(|cost| Measure::of_pass(finding.rule, scene, cost)),
        Answer::NotJudged { .. } => None,
    };
    let ruling = match finding.answer {
        Answer::Pass => Ruling::Pass,
        Answer::Fail(error) => Ruling::Fail { error },
        Answer::NotJudged { until } => Ruling::NotJudged { until },
    };
    Judged { rule: finding.rule, ruling, measure }
}

fn by_name<S: Serializer>(rule: &Rule, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(rule.name())
}
