//! Contract calls: which code an account runs, what it can ask of the chain, and the VM run itself.

mod code;
mod compile;
mod convert;
mod host;
mod promises;
mod resume;
mod run;
mod storage;

pub(crate) use code::ContractCodeRef;
pub use code::eth_wallet_code_hash;
pub use compile::prepare_code;
pub(crate) use convert::{call_error, profile};
pub(crate) use host::Host;
pub(crate) use promises::Promises;
pub use resume::yielded_row;
pub(crate) use resume::{enqueue_timeouts, take_yield, time_out, yield_status};
pub(crate) use run::{Call, NoOutcome, run};
