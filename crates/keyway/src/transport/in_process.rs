//! Requests to a chain in this process, without a port.

use super::verdict::{Verdict, judge};
use super::{Exchange, Reply, Request, Transport, TransportError, Trouble};
use keyway_rpc::Service;

/// JSON-RPC to a service in this process, with the same messages as over HTTP.
#[derive(Clone, Debug)]
pub struct InProcess {
    service: Service,
}

impl InProcess {
    /// Sends requests to this service.
    pub fn new(service: Service) -> Self {
        InProcess { service }
    }

    async fn exchange(&self, request: &Request) -> Result<Reply, TransportError> {
        let answer = self.service.answer(&request.body).await;
        match judge(answer.status, &answer.body) {
            Verdict::Answer | Verdict::AnswerElsewhere => {
                Ok(Reply { body: answer.body, repeated: false, endpoint: 0 })
            }
            Verdict::NodeTrouble(trouble) | Verdict::Refusal(trouble) => Err(failed(trouble)),
        }
    }
}

impl Transport for InProcess {
    fn send<'a>(&'a self, request: &'a Request) -> Exchange<'a> {
        Box::pin(self.exchange(request))
    }

    fn is_one_node(&self) -> bool {
        true
    }
}

fn failed(trouble: Trouble) -> TransportError {
    let endpoint = "this process".to_owned();
    TransportError { endpoint, attempts: 1, trouble, may_have_arrived: true }
}
