//! An account that signs: its keys, their nonces, and sending that is never done twice.

mod unfit;

pub use unfit::{Unfit, UnfitKey};
