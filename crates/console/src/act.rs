//! Acting on a chain of one's own: from a form to actions, to a review, to a transaction.

mod actor;
mod draft;
mod loss;
mod review;
mod run;

pub use actor::Actors;
pub(crate) use draft::{Draft, Operation, arguments, draft};
pub(crate) use review::{Review, Way, intent as intent_of};
pub(crate) use run::{Sent, run};
