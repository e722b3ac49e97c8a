//! Blocks, receipts, actions and contract calls, on top of the [rules](keyway_rules).
//!
//! The engine does no I/O, reads no clock, draws no randomness and does not know how blocks are
//! kept. Start with [`apply_block`]; [`check_state`] judges one transaction before it is in a block.

mod actions;
mod admit;
mod amount;
mod block;
mod block_run;
mod context;
mod contract;
mod effects;
mod overlay;
mod receipt;
mod recorder;
mod records;
mod stakes;
mod state;
mod transaction;
mod view;

pub use admit::{check_state, check_state_impersonated};
pub use amount::MAX_AMOUNT;
pub use block::{BlockInput, BlockOutput, LeftOut, Row, Written, apply_block, rerun_block};
pub use context::{BlockContext, Stakes};
pub use contract::{eth_wallet_code_hash, prepare_code, yielded_row};
pub use receipt::postponed_rows;
pub use recorder::{ActionRun, ReceiptMoney, Recorder, StorageAccess};
pub use stakes::StakeUpdate;
pub use state::{PathNode, State, StateError, Value, ValueRef, ValueStore};
pub use transaction::OnRefusal;
pub use view::{ViewCall, ViewError, view_call, view_call_recorded};
