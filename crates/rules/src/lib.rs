//! NEAR's rules about access keys, written once, as functions from values to verdicts.
//!
//! There is no state, no contract VM, no I/O and no clock: the caller passes the [`Facts`]. Start with
//! [`check_form`] (is the transaction well formed?), [`judge`] (can this key sign it, and what does
//! it cost?) and [`survey`] (what does each rule say?). The node, the analyses and the signer all call
//! these functions, so they cannot disagree.

mod authorize;
mod cost;
mod delegate;
mod existence;
mod facts;
mod form;
mod judge;
mod limits;
mod protocol;
mod rank;
mod refund;
mod rule;
mod storage;
mod survey;
mod unsigned;
mod verdict;

pub use authorize::allowance::check_allowance;
pub use authorize::gas_key::check_gas_key_balance;
pub use authorize::nonce::{
    first_block as first_block_for_nonce, initial as initial_nonce, upper_bound as nonce_bound,
};
pub use authorize::permission::{check_permission, is_full_access};
pub use authorize::storage_stake::{
    ZERO_BALANCE_ACCOUNT_BYTES, missing_storage_stake, storage_stake,
};
pub use cost::fees::{action_exec_fee, delegated_send_fees};
pub use cost::{Bought, Cost, Payload, bought, gas_price_of, total_deposit, transaction_cost};
pub use delegate::check_delegate;
pub use existence::{ActionPlace, check_action_place, check_actor, check_existence, check_name};
pub use facts::Facts;
pub use form::{check_form, check_form_unsigned, check_new_receipt};
pub use judge::{check, judge};
pub use limits::Limits;
pub use protocol::{Protocol, UnsupportedProtocol};
pub use rank::KeyRank;
pub use refund::{GasRefund, account_creation_charge, burn_price, gas_refund, reward_price};
pub use rule::Rule;
pub use storage::{StorageUsage, key_bytes, storage_usage};
pub use survey::{JudgedRule, RuleVerdict, survey, survey_unsigned};
pub use unsigned::{Unsigned, with_blank_signature};
pub use verdict::{Charges, KeyCharge, Shortfall, Verdict};
