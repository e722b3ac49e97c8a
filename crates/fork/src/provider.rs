//! One endpoint with its pace and what it said last.

use crate::clock;
use crate::counts::Counters;
use crate::endpoint::Endpoint;
use crate::envelope::{self, Question, Said};
use crate::http::Http;
use crate::pace::Pace;
use reqwest::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// An endpoint that is asked at its own pace.
#[derive(Debug)]
pub(crate) struct Provider {
    endpoint: Endpoint,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    pace: Pace,
    requests: u64,
    trouble: Option<String>,
}

/// What a fork knows about one of its endpoints.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ProviderStatus {
    /// Scheme, host and port.
    pub endpoint: String,
    /// Requests that were sent to it.
    pub requests: u64,
    /// Requests a second that it is sent at most; lower after it refused some.
    pub pace: f64,
    /// Its last trouble, if it has not answered since.
    pub trouble: Option<String>,
}

impl Provider {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        let pace = if endpoint.is_loopback() { OWN_PACE } else { PUBLIC_PACE };
        let pace = Pace::new(pace, clock::now());
        Self { endpoint, state: Mutex::new(State { pace, requests: 0, trouble: None }) }
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Permission for one request; or how long to wait for it.
    pub(crate) fn take(&self) -> Result<(), Duration> {
        self.state().pace.take(clock::now())
    }

    /// Sends a request for which permission was taken.
    pub(crate) async fn ask<R: DeserializeOwned>(
        &self,
        http: &Http,
        question: &Question,
        id: &str,
        counters: &Counters,
    ) -> Said<R> {
        counters.requests.add(1);
        self.state().requests += 1;
        let posted = match http.post(&self.endpoint, question.body(id)).await {
            Ok(posted) => posted,
            Err(why) => return self.note(Said::Trouble(why), None),
        };
        counters.bytes.add(posted.body.len() as u64);
        let said = match posted.status {
            StatusCode::TOO_MANY_REQUESTS => Said::Limited,
            // A gateway that asks for patience limits requests, whatever it calls that.
            StatusCode::SERVICE_UNAVAILABLE if posted.retry_after.is_some() => Said::Limited,
            StatusCode::OK => envelope::read(&posted.body, id),
            status => envelope::error_in(&posted.body, Some(id))
                .unwrap_or_else(|| Said::Trouble(format!("HTTP status {}", status.as_u16()))),
        };
        self.note(said, posted.retry_after)
    }

    /// Notes that an answer could not be used, for a reason that only its reader could see.
    pub(crate) fn distrust(&self, why: &str) {
        self.state().trouble = Some(why.to_owned());
    }

    pub(crate) fn status(&self) -> ProviderStatus {
        let state = self.state();
        ProviderStatus {
            endpoint: self.endpoint.to_string(),
            requests: state.requests,
            pace: state.pace.rate(),
            trouble: state.trouble.clone(),
        }
    }

    fn note<R>(&self, said: Said<R>, retry_after: Option<Duration>) -> Said<R> {
        let (mut state, now) = (self.state(), clock::now());
        match &said {
            Said::Limited => {
                state.pace.refused(now, retry_after);
                state.trouble = Some("too many requests".to_owned());
            }
            Said::Trouble(why) | Said::Behind(why) | Said::Forgotten(why) => {
                state.trouble = Some(why.clone());
            }
            Said::Result(_) | Said::Absent { .. } | Said::Never(_) | Said::Unclear(_) => {
                state.pace.answered(now);
                state.trouble = None;
            }
        }
        said
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Requests a second to a node of one's own.
const OWN_PACE: f64 = 10_000.0;
/// Requests a second to anybody else, until the endpoint shows that it allows less.
const PUBLIC_PACE: f64 = 40.0;
