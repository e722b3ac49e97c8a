//! Accounts that act: with a key, or impersonated.

use crate::action::{Action, intent, read_delegate};
use crate::answer::{answer, written};
use crate::number::{Bytes, object};
use crate::outcome;
use crate::problem::Problem;
use crate::runtime::wait;
use keyway::sandbox::Impersonated;
use keyway::{Client, Intent, Outcome, SandboxAccount, Signer};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An account of a sandbox that can act.
#[derive(Debug)]
pub struct Actor {
    client: Client,
    account: Account,
}

#[derive(Debug)]
enum Account {
    Signs(Box<SandboxAccount>),
    Impersonated(Box<Impersonated>),
}

/// What an account can be asked to do.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum ActorRequest {
    /// Executes a transaction, with all its receipts.
    Execute(Transaction),
    /// Executes a transaction on a copy of the chain.
    Simulate(Transaction),
    /// Signs a transaction without sending it.
    Sign(Transaction),
    /// Signs a delegate action, which a relayer can send.
    SignDelegate {
        /// What it does.
        #[serde(flatten)]
        transaction: Transaction,
    },
    /// Sends a delegate action of another account, and pays for it.
    Relay {
        /// What [`ActorRequest::SignDelegate`] gave.
        signed: Bytes,
    },
    /// The account and the key that it signs with.
    Describe {},
}

/// The actions of a transaction.
#[derive(Clone, Debug, Deserialize)]
pub struct Transaction {
    receiver: Option<String>,
    actions: Vec<Action>,
    /// For a delegate action: the blocks after which it expires.
    #[serde(default = "default_blocks")]
    blocks: u64,
}

/// What came of a request.
#[derive(Serialize)]
#[serde(untagged)]
enum Done {
    Outcome(#[serde(serialize_with = "outcome::write")] Outcome),
    Value(Value),
}

fn default_blocks() -> u64 {
    DELEGATE_BLOCKS
}

impl Actor {
    pub(crate) fn signing(client: Client, account: SandboxAccount) -> Self {
        Self { client, account: Account::Signs(Box::new(account)) }
    }

    pub(crate) fn impersonated(client: Client, account: Impersonated) -> Self {
        Self { client, account: Account::Impersonated(Box::new(account)) }
    }

    /// Carries out an [`ActorRequest`] in JSON.
    #[must_use]
    pub fn run(&self, request: &str) -> String {
        answer(request, |request| self.carry_out(request))
    }

    /// As [`Actor::run`] if that is short, so that it may be done on a thread that must not wait; none, and
    /// nothing is done, if it is not.
    #[must_use]
    pub fn run_if_short(&self, request: &str) -> Option<String> {
        if request.len() > SHORT_REQUEST {
            return None;
        }
        let Account::Signs(account) = &self.account else { return None };
        let Ok(ActorRequest::Execute(transaction)) = serde_json::from_str(request) else {
            return None;
        };
        let result = account.execute_if_short(transaction.intent().ok()?)?;
        Some(written(result.map(Done::Outcome).map_err(Problem::from)))
    }

    fn carry_out(&self, request: ActorRequest) -> Result<Done, Problem> {
        match request {
            ActorRequest::Execute(transaction) => {
                let intent = transaction.intent()?;
                let outcome = match &self.account {
                    Account::Signs(account) => account.execute(intent),
                    Account::Impersonated(account) => account.execute(intent),
                };
                Ok(Done::Outcome(outcome?))
            }
            ActorRequest::Simulate(transaction) => {
                let intent = transaction.intent()?;
                let outcome = match &self.account {
                    Account::Signs(account) => account.simulate(intent),
                    Account::Impersonated(account) => account.simulate(intent),
                };
                Ok(Done::Outcome(outcome?))
            }
            ActorRequest::Sign(transaction) => {
                let signed = self.signing_account()?.sign(transaction.intent()?)?;
                let bytes = borsh::to_vec(&signed).map_err(|error| unwritable(&error))?;
                Ok(Done::Value(
                    json!({"hash": signed.get_hash(), "transaction": Bytes::text(&bytes)}),
                ))
            }
            ActorRequest::SignDelegate { transaction } => {
                let signer = self.signer()?;
                let signed = wait(signer.delegate(transaction.intent()?, transaction.blocks))?;
                let bytes = borsh::to_vec(&signed).map_err(|error| unwritable(&error))?;
                Ok(Done::Value(json!(Bytes::text(&bytes))))
            }
            ActorRequest::Relay { signed } => {
                let outcome = wait(self.signer()?.relay(read_delegate(&signed)?))?;
                Ok(Done::Outcome(outcome))
            }
            ActorRequest::Describe {} => Ok(Done::Value(self.description())),
        }
    }

    /// The account's name; and its key, if it signs.
    pub(crate) fn description(&self) -> Value {
        match &self.account {
            Account::Impersonated(account) => json!({"account_id": account.id()}),
            Account::Signs(account) => Value::Object(object([
                ("account_id", json!(account.id())),
                ("public_key", json!(account.public_key())),
                ("secret_key", json!(*account.key_pair().expose_secret_text())),
            ])),
        }
    }

    fn signing_account(&self) -> Result<&SandboxAccount, Problem> {
        match &self.account {
            Account::Signs(account) => Ok(account),
            Account::Impersonated(account) => {
                let message = format!(
                    "{} is impersonated and has no key to sign with; use `account`",
                    account.id()
                );
                Err(Problem { class: "Key", ..Problem::argument("Key.NotFound", message) })
            }
        }
    }

    fn signer(&self) -> Result<Signer, Problem> {
        let account = self.signing_account()?;
        Ok(Signer::new(self.client.clone(), account.id(), account.key_pair().clone())?)
    }
}

impl Transaction {
    fn intent(&self) -> Result<Intent, Problem> {
        intent(self.receiver.as_deref(), &self.actions)
    }
}

fn unwritable(error: &std::io::Error) -> Problem {
    Problem::sandbox("Sandbox.Chain.Failed", format!("it cannot be written as borsh: {error}"))
}

/// About a minute of mainnet.
const DELEGATE_BLOCKS: u64 = 100;

/// The length of a request that is read quickly, bytes. No account needs a longer one for a few actions without contracts.
const SHORT_REQUEST: usize = 16 * 1024;
