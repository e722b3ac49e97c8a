//! What an act will do, before anything is signed: who signs, what it costs, what it can lose.

use super::actor::Actors;
use super::loss;
use keyway::client::Account;
use keyway::guard::{Cost, explain, key_weakness, misfits, outlook, unsigned};
use keyway::outcome::describe_action;
use keyway::protocol::{Action, PublicKey};
use keyway::{AccountId, Client, Error, Intent, KeyPair, Signer, Step, format_near};
use near_crypto::{KeyType, PublicKeyHandle};

/// An act, ready to be done.
#[derive(Debug)]
pub(crate) struct Review {
    /// The account that acts.
    pub(crate) account: AccountId,
    /// Where the transaction goes.
    pub(crate) receiver: AccountId,
    /// What it does.
    pub(crate) actions: Vec<Action>,
    /// How the account acts; why it cannot, if so.
    pub(crate) way: Result<Way, String>,
    /// What it costs at most.
    pub(crate) cost: Option<Cost>,
    /// What is certain to fail when it runs.
    pub(crate) will_fail: Option<String>,
    /// What is odd about it.
    pub(crate) warnings: Vec<String>,
    /// What is lost for good. Each needs a confirmation.
    pub(crate) losses: Vec<String>,
}

/// How an account acts.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// With its development key.
    Key(Box<KeyPair>),
    /// Without a key.
    Impersonation,
}

impl Review {
    /// Looks at an act on the present state of the chain.
    ///
    /// # Errors
    /// If the account does not exist, the intent is invalid or the chain cannot be queried.
    pub(crate) async fn of(
        client: &Client,
        actors: &Actors,
        account: &AccountId,
        intent: Intent,
    ) -> Result<Self, Error> {
        let (receiver, actions) = intent.resolve(account)?;
        let now = client.pinned().await?;
        let known = now.account(account).await?;
        let chain = now.chain_facts().await?;
        // Neither the cost nor what happens depends on the key, but for a gas key.
        let any_key = PublicKey::empty(KeyType::ED25519);
        let transaction = unsigned(account, &any_key, None, &receiver, actions.clone());
        let neighbours = now.neighbours(&transaction).await?;
        let will_fail = outlook(&chain, &transaction, &neighbours).map(|why| why.to_string());
        let keys = match *account == receiver {
            true => now.access_keys(account).await?,
            false => Vec::new(),
        };
        Ok(Self {
            cost: explain(&chain, None, &transaction).cost,
            way: way(client, actors, account, &receiver, &actions).await,
            will_fail,
            warnings: warnings(&now, &known, &actions).await,
            losses: loss::losses(account, &keys, &actions),
            account: account.clone(),
            receiver,
            actions,
        })
    }

    /// Each action in words, with everything that it grants or sends.
    pub(crate) fn words(&self) -> Vec<String> {
        self.actions.iter().map(describe_action).collect()
    }

    /// The actions, to be done.
    pub(crate) fn intent(&self) -> Intent {
        intent(&self.receiver, &self.actions)
    }
}

/// Actions for `receiver`.
pub(crate) fn intent(receiver: &AccountId, actions: &[Action]) -> Intent {
    let steps = actions.iter().cloned().map(Step::raw);
    steps.fold(Intent::to(receiver), Intent::then)
}

/// The development key if it can sign this, else impersonation where that is possible.
async fn way(
    client: &Client,
    actors: &Actors,
    account: &AccountId,
    receiver: &AccountId,
    actions: &[Action],
) -> Result<Way, String> {
    let signed = match actors.key_of(account) {
        Some(pair) => match can_sign(client, account, &pair, receiver, actions).await {
            Ok(()) => return Ok(Way::Key(Box::new(pair))),
            Err(error) => Some(error),
        },
        None => None,
    };
    match (signed, actors.impersonation) {
        (_, true) => Ok(Way::Impersonation),
        (Some(error), false) => Err(error.to_string()),
        (None, false) => Err(NO_KEY.to_owned()),
    }
}

async fn can_sign(
    client: &Client,
    account: &AccountId,
    pair: &KeyPair,
    receiver: &AccountId,
    actions: &[Action],
) -> Result<(), Error> {
    let signer = Signer::new(client.clone(), account, pair.clone())?;
    match signer.check(intent(receiver, actions)).await?.refusal {
        None => Ok(()),
        Some(refusal) => Err(refusal.into()),
    }
}

/// What is odd about keys that are added. What the chain does not answer is left out.
async fn warnings(client: &Client, account: &Account, actions: &[Action]) -> Vec<String> {
    let mut found = Vec::new();
    for action in actions {
        let Action::AddKey(add) = action else { continue };
        let handle = PublicKeyHandle::from(&add.public_key);
        found.extend(key_weakness(&handle).map(|weakness| weakness.to_string()));
        let Some(calls) = add.access_key.permission.function_call_permission() else { continue };
        let named = !calls.method_names.is_empty();
        if let Ok(callable) = client.callable(&calls.receiver_id, named).await {
            found.extend(misfits(calls, &callable).iter().map(ToString::to_string));
        }
        if let Some(allowance) = calls.allowance.filter(|limit| *limit >= account.total) {
            let (limit, total) = (format_near(allowance), format_near(account.total));
            let who = &account.account_id;
            found.push(format!("the allowance of {limit} is no limit: {who} has {total}"));
        }
    }
    found
}

const NO_KEY: &str = "the node has no development key for this account, and chain control, which acts \
                      without keys, is off";
