//! Callers: each insists on an answer, whatever happens to instances and connections.

use super::Plan;
use super::setup::{RECEIVER, User};
use crate::clock;
use crate::http::{Answer, Connection};
use crate::instance::{get, post};
use keyway_bench::{Problem, scatter};
use near_crypto::InMemorySigner;
use near_primitives::action::delegate::{DelegateAction, NonDelegateAction, SignedDelegateAction};
use near_primitives::action::{Action, TransferAction};
use near_primitives::serialize::to_base64;
use near_primitives::types::Balance;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

/// The requests that are sent.
#[derive(Debug)]
pub(crate) struct Load<'w> {
    instances: &'w [SocketAddr],
    users: &'w [User],
    plan: Plan,
    next: AtomicU32,
    /// How often a request was made again with the same bytes, and was the same request.
    repeats: AtomicU32,
}

/// How one request ended for its caller.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    /// Which one; its gift has one yoctoNEAR more.
    pub(crate) number: u32,
    pub(crate) way: Outcome,
}

/// What its caller was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It ran in this transaction, and cost so much, yoctoNEAR.
    Ran { hash: String, cost: u128 },
    /// The budget did not pay for it.
    OverBudget,
}

impl<'w> Load<'w> {
    pub(crate) fn new(instances: &'w [SocketAddr], users: &'w [User], plan: Plan) -> Self {
        Self { instances, users, plan, next: AtomicU32::new(0), repeats: AtomicU32::new(0) }
    }

    /// How often a request that was accepted was made again, and was the same request.
    pub(crate) fn repeats(&self) -> u32 {
        self.repeats.load(Ordering::Relaxed)
    }

    /// Sends everything; each user has a thread.
    ///
    /// # Errors
    /// The first answer that should not be.
    pub(crate) fn run(&self) -> Result<Vec<Ended>, Problem> {
        thread::scope(|scope| {
            let working: Vec<_> = (0..)
                .zip(self.users)
                .map(|(number, user)| scope.spawn(move || self.work(number, user)))
                .collect();
            let mut ended = Vec::new();
            for work in working {
                ended.extend(work.join().map_err(|_| "a caller panicked")??);
            }
            Ok(ended)
        })
    }

    fn work(&self, number: u64, user: &User) -> Result<Vec<Ended>, Problem> {
        let mut caller = Caller {
            instances: self.instances,
            chance: scatter(self.plan.seed ^ number << 32),
            nonce: 0,
            user,
            repeats: &self.repeats,
        };
        let mut ended = Vec::new();
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.plan.transactions {
                return Ok(ended);
            }
            let way = caller.insist(number).map_err(|why| format!("request {number}: {why}"))?;
            ended.push(Ended { number, way });
        }
    }
}

/// One user's side.
#[derive(Debug)]
struct Caller<'w> {
    instances: &'w [SocketAddr],
    chance: u64,
    /// Of the last delegate action.
    nonce: u64,
    user: &'w User,
    repeats: &'w AtomicU32,
}

impl Caller<'_> {
    /// Sends a request until it is accepted or refused for good, and asks until it has ended.
    fn insist(&mut self, number: u32) -> Result<Outcome, Problem> {
        let (path, body) = self.request(number)?;
        let bytes = post(path, &body, Some(&format!("request-{number}")));
        let accepted = self.until(&bytes, |answer| matches!(answer.status, 200 | 202 | 403))?;
        let view = read(&accepted)?;
        if accepted.status == 403 {
            return over_budget(&view);
        }
        let id = view["id"].as_str().ok_or("an answer without an id")?.to_owned();
        if self.draw(8) == 0 {
            self.repeat(&bytes, &id)?;
        }
        let ended = self.until(&get(&format!("/v1/requests/{id}?wait=2s")), |answer| {
            answer.status == 200 && read(answer).is_ok_and(|view| has_ended(&view))
        })?;
        let view = read(&ended)?;
        if self.draw(8) == 0 && self.repeat(&bytes, &id)? != view {
            return Err(format!("it has ended, and the same key says otherwise: {view}").into());
        }
        let field = |name: &str| view[name].as_str().unwrap_or_default();
        match field("state") {
            "succeeded" => {
                let (hash, cost) = (field("transaction_hash").to_owned(), field("cost").parse()?);
                Ok(Outcome::Ran { hash, cost })
            }
            _ => Err(format!("it should have succeeded: {view}").into()),
        }
    }

    /// Makes a request again, which must be the same request.
    fn repeat(&mut self, bytes: &str, id: &str) -> Result<Value, Problem> {
        let again = read(&self.until(bytes, |answer| answer.status < 500)?)?;
        if again["id"] != *id {
            return Err(format!("the same key is another request: {again}").into());
        }
        self.repeats.fetch_add(1, Ordering::Relaxed);
        Ok(again)
    }

    /// Every other request is a delegate action, the rest are intents.
    fn request(&mut self, number: u32) -> Result<(&'static str, String), Problem> {
        let deposit = Balance::from_yoctonear(u128::from(number) + 1);
        if number.is_multiple_of(2) {
            let amount = deposit.as_yoctonear().to_string();
            let actions = json!([{ "Transfer": { "deposit": amount } }]);
            let body = json!({ "receiver": RECEIVER, "actions": actions, "user": self.user.id });
            return Ok(("/v1/intents", body.to_string()));
        }
        self.nonce += 1;
        let transfer = NonDelegateAction::try_from(Action::Transfer(TransferAction { deposit }))
            .map_err(|_| "a transfer is no delegate action")?;
        let delegate_action = DelegateAction {
            sender_id: self.user.id.parse()?,
            receiver_id: RECEIVER.parse()?,
            actions: vec![transfer],
            nonce: self.nonce,
            max_block_height: MAX_HEIGHT,
            public_key: self.user.key.public_key(),
        };
        let sender = delegate_action.sender_id.clone();
        let signer = InMemorySigner::from_secret_key(sender, self.user.key.clone());
        let signed = SignedDelegateAction::sign(&signer, delegate_action);
        let body = json!({ "delegate": to_base64(&borsh::to_vec(&signed)?) });
        Ok(("/v1/relay", body.to_string()))
    }

    /// Sends the same bytes to any instance, again and again, until an answer is `good`.
    fn until(&mut self, bytes: &str, good: impl Fn(&Answer) -> bool) -> Result<Answer, Problem> {
        let mut last = String::from("no answer");
        let begun = clock::now();
        while begun.elapsed() < INSISTS {
            let instance = usize::try_from(self.draw(self.instances.len() as u64)).unwrap_or(0);
            let answer = Connection::open_for(self.instances[instance], ANSWER_WITHIN)
                .and_then(|mut connection| connection.send(bytes.as_bytes()));
            match answer {
                Ok(answer) if good(&answer) => return Ok(answer),
                Ok(answer) => {
                    let text = String::from_utf8_lossy(&answer.body).into_owned();
                    if text.contains("InvalidNonce") || (400..500).contains(&answer.status) {
                        return Err(format!("answered {}: {text}", answer.status).into());
                    }
                    last = format!("{}: {text}", answer.status);
                }
                Err(problem) => last = problem.to_string(),
            }
            thread::sleep(Duration::from_millis(20 + self.draw(80)));
        }
        Err(format!("no good answer in {INSISTS:?}, the last one {last}").into())
    }

    fn draw(&mut self, below: u64) -> u64 {
        self.chance = scatter(self.chance);
        self.chance % below
    }
}

fn over_budget(view: &Value) -> Result<Outcome, Problem> {
    let kind = view["error"]["kind"].as_str().unwrap_or_default();
    if kind.contains("Budget") {
        return Ok(Outcome::OverBudget);
    }
    Err(format!("refused: {view}").into())
}

fn has_ended(view: &Value) -> bool {
    !matches!(view["state"].as_str(), Some("queued" | "sent"))
}

fn read(answer: &Answer) -> Result<Value, Problem> {
    Ok(serde_json::from_slice(&answer.body)?)
}

/// Delegate actions are valid until then.
const MAX_HEIGHT: u64 = 900_000;
/// How long a caller waits for one answer before it sends the same bytes again.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long it does so.
const INSISTS: Duration = Duration::from_secs(300);
