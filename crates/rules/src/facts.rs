//! What the rules are given.

use crate::protocol::Protocol;
use near_primitives::account::{AccessKey, Account};
use near_primitives::types::{Balance, BlockHeight, Nonce};

/// Everything that decides about a transaction, beside the transaction itself.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Rules and prices in force.
    pub protocol: &'a Protocol,
    /// Price of gas in the block that the transaction would enter, yoctoNEAR per gas.
    pub gas_price: Balance,
    /// Height of that block; without it the upper bound of nonces is not checked, as nearcore's RPC
    /// does not check it.
    pub height: Option<BlockHeight>,
    /// The signer's account; `None` where it does not exist.
    pub account: Option<&'a Account>,
    /// The signing key; `None` where the account does not have it.
    pub access_key: Option<&'a AccessKey>,
    /// The last nonce of the gas key's row that the transaction names, if it names one that exists.
    pub row_nonce: Option<Nonce>,
}
