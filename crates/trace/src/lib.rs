//! What a transaction did, as a value: every receipt with its gas by cost, storage, money and
//! result.
//!
//! A [`Trace`] is made by `keyway-chain`, which runs a transaction's receipts again on the states of
//! their blocks. Here are its form, which is also its JSON, and what can be read from it without a
//! chain: the [cause](Trace::cause) of a failure, stacks for flame graphs, differences between two
//! traces, and gas snapshots.

mod abi;
mod bytes;
mod cause;
mod difference;
mod flame;
mod frame;
mod gas;
mod history;
mod money;
mod panic;
mod snapshot;
mod storage;
mod value;
mod view;

pub use abi::ContractAbi;
pub use bytes::{Bytes, Format};
pub use cause::Cause;
pub use difference::{Changed, Difference, differences};
pub use flame::{folded, speedscope};
pub use frame::{
    AccountChange, ActionTrace, Event, Frame, FrameKind, FrameResult, InputResult, KeyChange, Log,
    PromiseInput,
};
pub use gas::{CostCategory, GasCost, by_category, merge_costs};
pub use history::{KeyEvent, KeyEventKind, KeyHistory};
pub use money::{Money, MoneyEntry, MoneyReason, Yocto};
pub use panic::{PanicPlace, panic_place};
pub use snapshot::{CallGas, Grown, SnapshotDiff, Snapshots};
pub use storage::{StorageEntry, StorageUse};
pub use value::{Conversion, ConversionKey, Status, Trace, TracedTransaction};
pub use view::{ViewResult, ViewTrace};
