//! The rules by name, and how a sequence of them is read.

use near_primitives::errors::InvalidTxError;

/// A rule that a transaction must keep to be taken by the chain.
///
/// Which rules apply depends on the key: see [`survey`](crate::survey).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// Each action and all together are of sound form.
    Actions,
    /// The protocol version knows transactions, nonces and keys of this kind.
    Version,
    /// The transaction is not too large.
    Size,
    /// The signature is the key's, over this transaction.
    Signature,
    /// What it costs is a number.
    Cost,
    /// The signer's account exists.
    Signer,
    /// The account has the key.
    Key,
    /// A gas key's transaction names a nonce index, another's none.
    NonceKind,
    /// The gas key has the nonce that the index names.
    NonceRow,
    /// The nonce comes after the key's last one.
    Nonce,
    /// The nonce is below the block's bound.
    NonceBound,
    /// The account can pay for gas and deposits.
    Balance,
    /// The key's allowance covers what the account pays.
    Allowance,
    /// The gas key can pay for the gas.
    GasKeyBalance,
    /// The account can pay the deposits of a gas key's transaction.
    Deposits,
    /// What is left of the balance covers the account's storage.
    StorageStake,
    /// A key for calls signs one call and nothing else.
    OneCall,
    /// A key for calls attaches no deposit.
    NoDeposit,
    /// A key for calls calls its own receiver.
    Receiver,
    /// A key for calls calls a method of its list.
    Method,
}

impl Rule {
    /// All rules. Which order they have depends on the key.
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

    /// A name that stays: `nonce_bound`, `gas_key_balance`.
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

/// A rule of a sequence. Its check stands on its own legs: where it needs what another rule
/// guards, it fails as that one does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<F> {
    pub(crate) rule: Rule,
    /// The rule without which this one says nothing of its own.
    pub(crate) needs: Option<Rule>,
    pub(crate) check: F,
}

/// What a rule says.
pub(crate) type Ruling = Result<(), InvalidTxError>;

impl<F> Entry<F> {
    pub(crate) const fn new(rule: Rule, check: F) -> Self {
        Self { rule, needs: None, check }
    }

    pub(crate) const fn after(needs: Rule, rule: Rule, check: F) -> Self {
        Self { rule, needs: Some(needs), check }
    }
}
