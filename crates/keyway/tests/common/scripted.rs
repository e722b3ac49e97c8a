//! A transport with scripted answers.

use keyway::transport::{Exchange, Reply, Request, Transport, TransportError, Trouble};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// Answers in order, and the methods that were called. Clones share both.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scripted {
    replies: Arc<Mutex<VecDeque<Result<Reply, TransportError>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// Adds an answer.
    pub(crate) fn says(self, answer: &Value, repeated: bool) -> Self {
        let body = answer.to_string().into_bytes();
        self.then(Ok(Reply { body, repeated, endpoint: 0 }))
    }

    /// Adds a result.
    pub(crate) fn returns(self, result: &Value) -> Self {
        self.says(&json!({"jsonrpc": "2.0", "id": 1, "result": result}), false)
    }

    /// Adds a failure.
    pub(crate) fn fails(self, may_have_arrived: bool) -> Self {
        let (endpoint, trouble) = ("script".to_owned(), Trouble::Broken("cut".to_owned()));
        self.then(Err(TransportError { endpoint, attempts: 1, trouble, may_have_arrived }))
    }

    /// The methods that were called.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn then(self, reply: Result<Reply, TransportError>) -> Self {
        self.replies.lock().unwrap().push_back(reply);
        self
    }
}

impl Transport for Scripted {
    fn send<'a>(&'a self, request: &'a Request) -> Exchange<'a> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        self.asked.lock().unwrap().push(body["method"].as_str().unwrap().to_owned());
        let reply = self.replies.lock().unwrap().pop_front().expect("the script is over");
        Box::pin(async move { reply })
    }
}

/// A recorded answer of nearcore.
pub(crate) fn recorded(about: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../data/nearcore.json")).unwrap();
    all.get(about).unwrap_or_else(|| panic!("nothing is recorded about {about}"))["response"]
        .clone()
}
