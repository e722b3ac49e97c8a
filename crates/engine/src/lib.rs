//! The rules of NEAR around access keys, written once, as functions from values to verdicts.
//!
//! The engine does no I/O, reads no clock, draws no randomness and knows nothing of blocks' storage.
//! Start with [`authorize`] (may this key sign this transaction?), [`survey`] (what does each rule
//! say?) and [`apply_block`].

mod actions;
mod admit;
mod amount;
mod authorize;
mod block;
mod contract;
mod cost;
mod effects;
mod form;
mod overlay;
mod protocol;
mod receipt;
mod records;
mod stakes;
mod state;
mod survey;
mod transaction;
mod view;

pub use actions::{ActionPlace, DelegateQuestion, check_action_place, check_delegate};
pub use admit::{check_state, check_state_impersonated};
pub use amount::MAX_AMOUNT;
pub use authorize::nonce::{first_block as first_block_for_nonce, initial as initial_nonce};
pub use authorize::permission::is_full_access;
pub use authorize::rule::Rule;
pub use authorize::storage_stake::ZERO_BALANCE_ACCOUNT_BYTES;
pub use authorize::{Charges, KeyCharge, Signer, Verdict, authorize};
pub use block::{BlockContext, BlockInput, BlockOutput, StakeUpdate, Stakes, apply_block};
pub use contract::eth_wallet_code_hash;
pub use cost::{Cost, transaction_cost};
pub use form::{check_form, check_form_unsigned};
pub use protocol::{Protocol, UnsupportedProtocol};
pub use receipt::gas_refund;
pub use state::{PathNode, State, StateError, Value};
pub use survey::{Answer, Finding, Question, survey, survey_unsigned};
pub use view::{ViewCall, ViewError, view_call};
