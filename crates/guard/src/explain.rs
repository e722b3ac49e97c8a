//! Why a key can or cannot sign a transaction: every rule, not only the first one broken.

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
use keyway_rules::{Cost, JudgedRule, Rule, RuleVerdict, survey};
use near_crypto::PublicKey;
use near_primitives::action::Action;
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::{SignedTransaction, Transaction};
use near_primitives::types::AccountId;
use serde::Serialize;

/// Explains how the chain would judge `transaction` once it is signed.
///
/// `account` is the signer's, with all its keys; any other account is ignored. The age of the base block
/// is not checked.
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

/// As [`explain`], for a signed transaction; its signature is checked too.
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

/// What each rule says of a transaction, and what can be done. `Display` writes it in lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The account that signs.
    pub signer_id: AccountId,
    /// The key that signs.
    pub public_key: PublicKey,
    /// The account that the actions run on.
    pub receiver_id: AccountId,
    /// The rules that apply, in the protocol's order.
    pub rules: Vec<Judged>,
    /// The refusal, which is the error of the first rule broken; none if the chain accepts it.
    pub refusal: Option<InvalidTxError>,
    /// The cost; none if it overflows.
    pub cost: Option<Cost>,
    /// Whether it carries actions that another account signed. The rules for those are applied when they
    /// run: `rules` and `refusal` do not cover them, an [`outlook`] does.
    pub carries_delegate: bool,
    /// What is certain to fail although the chain accepts the transaction. `None` if nothing is, if the
    /// chain refuses it, or without an outlook ([`Explanation::looking_ahead`]).
    pub will_fail: Option<Failure>,
    /// Whether there was an outlook.
    #[serde(skip)]
    looked_ahead: bool,
    /// Changes after which the chain accepts it, cheapest first. Empty if it is accepted already, or if
    /// nothing that this key or its account could do helps.
    pub remedies: Vec<Remedy>,
}

impl Explanation {
    /// Whether the chain accepts the transaction now. It may still fail when it runs.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.refusal.is_none()
    }

    /// Whether the chain accepts it, and no certain failure is known.
    #[must_use]
    pub fn may_succeed(&self) -> bool {
        self.is_accepted() && self.will_fail.is_none()
    }

    /// Adds the [`outlook`] of the same transaction.
    #[must_use]
    pub fn looking_ahead(self, outlook: Option<Failure>) -> Self {
        let will_fail = if self.is_accepted() { outlook } else { None };
        Self { will_fail, looked_ahead: true, ..self }
    }

    /// The rules that are broken.
    pub fn broken(&self) -> impl Iterator<Item = Rule> + '_ {
        let broken = |judged: &&Judged| matches!(judged.verdict, RuleVerdict::Fail { .. });
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
    pub verdict: RuleVerdict,
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
    let is_accepted = rules.iter().all(|judged| judged.verdict == RuleVerdict::Pass);
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
    rules.iter().find_map(|judged| match &judged.verdict {
        RuleVerdict::Fail { error } => Some(error.clone()),
        _ => None,
    })
}

fn signed_wrongly(rules: &[Judged]) -> bool {
    let wrong = |judged: &Judged| matches!(judged.verdict, RuleVerdict::Fail { .. });
    rules.iter().any(|judged| judged.rule == Rule::Signature && wrong(judged))
}

fn judged(judged: JudgedRule, scene: &Scene<'_>, cost: Option<&Cost>) -> Judged {
    let JudgedRule { rule, verdict } = judged;
    let measure = match &verdict {
        RuleVerdict::Fail { error } => Measure::of_refusal(error, scene),
        RuleVerdict::Pass => cost.and_then(|cost| Measure::of_pass(rule, scene, cost)),
        RuleVerdict::NotJudged { .. } => None,
    };
    Judged { rule, verdict, measure }
}
