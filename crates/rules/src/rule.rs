//! The names of the rules, and sequences of rules.

use near_primitives::errors::InvalidTxError;
use serde::{Serialize, Serializer};

/// A rule that a transaction must keep to enter a block.
///
/// Which rules apply depends on the key: see [`survey`](crate::survey).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// Each action, and the list of them, is well formed.
    Actions,
    /// This protocol version supports the transaction's kind, nonce and key type.
    Version,
    /// The transaction is not too large.
    Size,
    /// The signature is the key's, over this transaction's hash.
    Signature,
    /// The cost does not overflow.
    Cost,
    /// The signer's account exists.
    Signer,
    /// The account has the key.
    Key,
    /// A gas key's transaction names a nonce index; any other key's names none.
    NonceKind,
    /// The gas key has the nonce row that the index names.
    NonceRow,
    /// The nonce is above the key's last one.
    Nonce,
    /// The nonce is below the upper bound for the block's height.
    NonceBound,
    /// The account can pay for gas and deposits.
    Balance,
    /// The key's allowance covers the cost.
    Allowance,
    /// The gas key can pay for the gas.
    GasKeyBalance,
    /// The account can pay the deposits of a gas key's transaction.
    Deposits,
    /// The balance that is left covers the account's storage.
    StorageStake,
    /// A function-call key signs one function call and nothing else.
    OneCall,
    /// A function-call key attaches no deposit.
    NoDeposit,
    /// A function-call key calls only its receiver.
    Receiver,
    /// A function-call key calls only the methods that it lists.
    Method,
}

impl Rule {
    /// All rules. Their order depends on the kind of key.
    pub const ALL: [Self; 20] = [
        Self::Actions,
        Self::Version,
        Self::Size,
        Self::Signature,
        Self::Cost,
        Self::Signer,
        Self::Key,
        Self::NonceKind,
        Self::NonceRow,
        Self::Nonce,
        Self::NonceBound,
        Self::Balance,
        Self::Allowance,
        Self::GasKeyBalance,
        Self::Deposits,
        Self::StorageStake,
        Self::OneCall,
        Self::NoDeposit,
        Self::Receiver,
        Self::Method,
    ];

    /// A stable name, such as `nonce_bound` or `gas_key_balance`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Actions => "actions",
            Self::Version => "version",
            Self::Size => "size",
            Self::Signature => "signature",
            Self::Cost => "cost",
            Self::Signer => "signer",
            Self::Key => "key",
            Self::NonceKind => "nonce_kind",
            Self::NonceRow => "nonce_row",
            Self::Nonce => "nonce",
            Self::NonceBound => "nonce_bound",
            Self::Balance => "balance",
            Self::Allowance => "allowance",
            Self::GasKeyBalance => "gas_key_balance",
            Self::Deposits => "deposits",
            Self::StorageStake => "storage_stake",
            Self::OneCall => "one_call",
            Self::NoDeposit => "no_deposit",
            Self::Receiver => "receiver",
            Self::Method => "method",
        }
    }
}

impl Serialize for Rule {
    /// As its [name](Rule::name).
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A rule of a sequence. Its check can be called alone: if a rule that it depends on is broken, it
/// fails with that rule's error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<F> {
    pub(crate) rule: Rule,
    /// The rule that must be kept before this one can be judged.
    pub(crate) needs: Option<Rule>,
    pub(crate) check: F,
}

/// What a rule says of a transaction.
pub(crate) type RuleResult = Result<(), InvalidTxError>;

impl<F> Entry<F> {
    pub(crate) const fn new(rule: Rule, check: F) -> Self {
        Self { rule, needs: None, check }
    }

    pub(crate) const fn after(needs: Rule, rule: Rule, check: F) -> Self {
        Self { rule, needs: Some(needs), check }
    }
}
