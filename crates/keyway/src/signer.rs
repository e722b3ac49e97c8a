//! An account that signs: its keys, their nonces, and sending that is never done twice.

mod choose;
mod deliver;
mod lane;
mod proof;
mod unfit;

pub use unfit::{Unfit, UnfitKey};
