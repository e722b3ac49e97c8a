//! The pages, one file each.

pub(crate) mod act;
pub(crate) mod control;
pub(crate) mod explain;
pub(crate) mod form;
pub(crate) mod home;
pub(crate) mod what_if;
