//! Plans: what proptest generates and shrinks. Accounts and keys are numbers (see [`crate::keys`]),
//! tokens are yoctoNEAR.

use crate::driver::Op;

/// What a key may do.
#[derive(Clone, Debug)]
pub enum PermissionPlan {
    /// Everything.
    Full,
    /// Calls only.
    Call(CallPlan),
    /// Everything, with gas from its own balance.
    GasFull(GasPlan),
    /// Calls only, with gas from its own balance.
    GasCall(GasPlan, CallPlan),
}

/// The calls that a key may make.
#[derive(Clone, Debug)]
pub struct CallPlan {
    /// Left to spend, yoctoNEAR; ignored for gas keys.
    pub allowance: Option<u128>,
    /// Account number of the receiver.
    pub receiver: usize,
    /// Numbers of [`crate::driver::METHODS`]; none means any.
    pub methods: Vec<usize>,
}

/// A gas key's balance and its nonce rows.
#[derive(Clone, Debug)]
pub struct GasPlan {
    /// In its own balance, yoctoNEAR; zero where a transaction adds the key.
    pub balance: u128,
    /// Number of nonce rows.
    pub rows: u16,
}

/// An account at genesis.
#[derive(Clone, Debug)]
pub struct AccountPlan {
    /// Its balance, yoctoNEAR.
    pub amount: u128,
    /// Bytes of contract data.
    pub data: usize,
    /// The keys in its slots behind slot 0, which always holds a full-access key.
    pub keys: Vec<Option<PermissionPlan>>,
}

/// A transaction.
#[derive(Clone, Debug)]
pub struct TxPlan {
    /// Account number of the signer.
    pub signer: usize,
    /// Slot of the signing key.
    pub slot: usize,
    /// Account number of the receiver.
    pub receiver: usize,
    /// What it does. Keys in it are the receiver's.
    pub actions: Vec<ActionPlan>,
    /// What its nonce is above the key's; 1 is right.
    pub nonce_step: i64,
    /// The gas key's row, modulo its number of rows plus one in a hundred cases.
    pub row: u16,
    /// Strict nonce.
    pub strict: bool,
    /// What is wrong with its form.
    pub flaw: Flaw,
}

/// What is wrong with the form of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    None,
    /// Signed by another key.
    Signature,
    /// A nonce index where none belongs, none where one does.
    NonceKind,
    /// A base block that nobody knows.
    Base,
    /// Version 1 although version 0 would do.
    Version,
}

/// An action. Keys are numbers of the receiver's slots.
#[derive(Clone, Debug)]
pub enum ActionPlan {
    /// `CreateAccount`.
    Create,
    /// `DeployContract` of the driver, or of bytes that are no contract.
    Deploy {
        /// True for the driver.
        works: bool,
    },
    /// `FunctionCall`.
    Call {
        /// Number of [`crate::driver::METHODS`].
        method: usize,
        /// The program that the driver runs.
        program: Vec<Op>,
        /// Attached gas, teragas.
        tgas: u16,
        /// Attached tokens, yoctoNEAR.
        deposit: u128,
    },
    /// `Transfer`.
    Transfer(u128),
    /// `Stake`.
    Stake(u128),
    /// `AddKey`.
    AddKey(usize, PermissionPlan),
    /// `DeleteKey`.
    DeleteKey(usize),
    /// `DeleteAccount` in favour of an account.
    Delete(usize),
    /// `TransferToGasKey`.
    Fund(usize, u128),
    /// `WithdrawFromGasKey`.
    Withdraw(usize, u128),
    /// `DeployGlobalContract` of the driver, by account or by hash.
    DeployGlobal {
        /// True for the mode that names the account.
        by_account: bool,
    },
    /// `UseGlobalContract`, of the driver by hash or of an account.
    UseGlobal(Option<usize>),
    /// `DeterministicStateInit` of the `0s…` account.
    DeterministicInit(u128),
    /// `UniversalStateInit` of the `0u…` account.
    UniversalInit(u128),
    /// `Delegate` or `DelegateV2`, from the receiver to another account.
    Delegate(Box<DelegatePlan>),
}

/// A delegate action; its sender is the receiver of the transaction.
#[derive(Clone, Debug)]
pub struct DelegatePlan {
    /// Slot of the sender's key.
    pub slot: usize,
    /// Account number of the receiver.
    pub receiver: usize,
    /// The actions inside.
    pub actions: Vec<ActionPlan>,
    /// What its nonce is above the key's; 1 is right.
    pub nonce_step: i64,
    /// `DelegateV2`.
    pub v2: bool,
    /// The signature is right.
    pub signed: bool,
}
