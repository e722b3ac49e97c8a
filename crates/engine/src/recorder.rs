//! An observer of a block that is applied again to see what its receipts did.
//!
//! Without an observer nothing is collected: the engine only tests an `Option`. What an observer
//! keeps, and how much of it, is the observer's decision; it cannot change what the block does.

use near_primitives::account::AccountContract;
use near_primitives::errors::ActionErrorKind;
use near_primitives::receipt::Receipt;
use near_primitives::transaction::ExecutionOutcomeWithId;
use near_primitives::types::{Balance, Gas};
use near_vm_runner::ProfileDataV3;
use near_vm_runner::logic::types::PromiseResult;

/// Watches the receipts of a block while they run. One thread calls it, but the VM requires `Sync`.
///
/// The calls for one receipt are in this order: [`Recorder::begin`], then for each action its
/// storage accesses and [`Recorder::action`], then [`Recorder::end`]. Receipts do not overlap.
pub trait Recorder: Sync {
    /// A receipt that waits for no more data begins. `inputs` are the results it waited for.
    fn begin(&self, receipt: &Receipt, inputs: &[PromiseResult]);

    /// A contract accessed its storage.
    fn storage(&self, access: StorageAccess<'_>);

    /// An action ended; a failure ends the receipt.
    fn action(&self, action: ActionRun<'_>);

    /// A transaction became a receipt or was refused, or a receipt ended: `money` is none for a
    /// transaction.
    fn end(&self, outcome: &ExecutionOutcomeWithId, money: Option<ReceiptMoney>);
}

/// What a contract did with an entry of its storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageAccess<'a> {
    /// It asked whether the key has a value.
    Has {
        /// The key, as the contract names it.
        key: &'a [u8],
        /// The answer.
        found: bool,
    },
    /// It read the value.
    Read {
        /// The key, as the contract names it.
        key: &'a [u8],
        /// The value; none if there is none.
        value: Option<&'a [u8]>,
    },
    /// It wrote a value.
    Write {
        /// The key, as the contract names it.
        key: &'a [u8],
        /// The value that was there.
        before: Option<&'a [u8]>,
        /// The value that is there now.
        after: &'a [u8],
    },
    /// It removed the value.
    Remove {
        /// The key, as the contract names it.
        key: &'a [u8],
        /// The value that was there.
        before: Option<&'a [u8]>,
    },
}

/// One action of a receipt, after it ran.
#[derive(Clone, Copy, Debug)]
pub struct ActionRun<'a> {
    /// Gas that it burnt, with what its contract burnt.
    pub burnt: Gas,
    /// Gas that it burnt or handed to new receipts.
    pub used: Gas,
    /// Gas by cost, of what its contract burnt. The rest of `burnt` are the fees for executing the
    /// action itself.
    pub profile: &'a ProfileDataV3,
    /// The account's contract before the action.
    pub contract: &'a AccountContract,
    /// What its contract logged.
    pub logs: &'a [String],
    /// Why it failed.
    pub failure: Option<&'a ActionErrorKind>,
}

/// Where the tokens that paid for a receipt went, yoctoNEAR. Refunds are receipts of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReceiptMoney {
    /// What left the supply.
    pub burnt: Balance,
    /// The part of the burnt gas that the contract's account got.
    pub reward: Balance,
    /// What the protocol added for calls that attach 1 yoctoNEAR.
    pub subsidized: Balance,
}
