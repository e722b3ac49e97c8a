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
pub(crate) use words::{cost_words, label};

use crate::facts::{AccountFacts, ChainFacts};
use crate::scene::Scene;
use keyway_rules::{Cost, JudgedRule, Rule, Ruling, survey};
use near_crypto::PublicKey;
use near_primitives::action::Action;
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::{SignedTransaction, Transaction};
use near_primitives::types::AccountId;
use serde::Serialize;

/// Explains what the chain would say of `transaction`, whose signature is to come.
///
/// `account` is the signer's, with all its keys; another account's facts count as none. Whether
/// the base block is young enough is not asked.
///
/// ```
/// use keyway_rules::{Protocol, Rule};
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
    let rules = scene.survey();
    explanation(scene, account, rules)
}

/// As [`explain`], for a signed transaction: its signature is judged too.
#[must_use]
pub fn explain_signed(
    chain: &ChainFacts,
    account: Option<&AccountFacts>,
    transaction: &SignedTransaction,
) -> Explanation {
    let scene = Scene::new(chain, account, &transaction.transaction);
    let rules = survey(&scene.facts(), transaction);
    explanation(scene, account, rules)
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
    /// What it costs; none when that overflows.
    pub cost: Option<Cost>,
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
    pub rule: Rule,
    /// What it says.
    #[serde(flatten)]
    pub ruling: Ruling,
    /// What it compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
}

fn explanation(
    scene: Scene<'_>,
    account: Option<&AccountFacts>,
    rules: Vec<JudgedRule>,
) -> Explanation {
    let cost = scene.cost();
    let is_accepted = rules.iter().all(|judged| judged.ruling == Ruling::Pass);
    let rules: Vec<_> = rules.into_iter().map(|rule| judged(rule, &scene, cost.as_ref())).collect();
    let transaction = &scene.transaction;
    Explanation {
        signer_id: transaction.signer_id().clone(),
        public_key: transaction.public_key().clone(),
        receiver_id: transaction.receiver_id().clone(),
        refusal: first_error(&rules),
        cost,
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

fn judged(judged: JudgedRule, scene: &Scene<'_>, cost: Option<&Cost>) -> Judged {
    let JudgedRule { rule, ruling } = judged;
    let measure = match &ruling {
        Ruling::Fail { error } => Measure::of_refusal(error, scene),
        Ruling::Pass => cost.and_then(|cost| Measure::of_pass(rule, scene, cost)),
        Ruling::NotJudged { .. } => None,
    };
    Judged { rule, ruling, measure }
}
