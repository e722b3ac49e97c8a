//! Parts that pages are made of.

mod amount;
mod foreign;
mod form;
mod link;
mod time;

pub(crate) use amount::{gas, near, signed_near};
pub(crate) use foreign::{foreign, foreign_lines, plain};
pub(crate) use form::field;
pub(crate) use link::{account, block, hash, key, segment, short, transaction};
pub(crate) use time::{Now, at, date, instant};
