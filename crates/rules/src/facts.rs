//! The facts that the rules are applied to.

use crate::protocol::Protocol;
use near_primitives::account::{AccessKey, Account};
use near_primitives::types::{Balance, BlockHeight, Nonce};

/// Everything that a verdict depends on, beside the transaction itself.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The rules and prices in force.
    pub protocol: &'a Protocol,
    /// The price of gas in the block that the transaction would enter, yoctoNEAR per gas.
    pub gas_price: Balance,
    /// The height of that block. Without it the upper bound of nonces is not checked; nearcore's RPC
    /// does not check it either.
    pub height: Option<BlockHeight>,
    /// The signer's account; `None` if it does not exist.
    pub account: Option<&'a Account>,
    /// The signing key; `None` if the account does not have it.
    pub access_key: Option<&'a AccessKey>,
    /// The last nonce of the gas key's nonce row that the transaction names, if it names one that exists.
    pub row_nonce: Option<Nonce>,
}
