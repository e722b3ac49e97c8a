//! The pages, one file each.

pub(crate) mod account;
pub(crate) mod act;
pub(crate) mod block;
pub(crate) mod control;
pub(crate) mod explain;
pub(crate) mod form;
pub(crate) mod home;
pub(crate) mod search;
pub(crate) mod transaction;
pub(crate) mod what_if;
