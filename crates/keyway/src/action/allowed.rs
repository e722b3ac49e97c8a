//! The functions that a function-call key may call, and its gas budget.

use super::limits;
use super::read;
use crate::error::{ArgumentError, ArgumentProblem, ArgumentSite};
use near_primitives::types::Balance as NearToken;

/// The functions of a contract that a key may call, never with a deposit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AllowedFunctions {
    /// Every function that needs no deposit, including functions that the contract gets later.
    AllNonPayable,
    /// These functions.
    Only(FunctionNames),
}

/// The names of at least one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionNames(Vec<String>);

/// What a function-call key may spend on gas. The price is charged when a call is sent; a refund returns what the call
/// does not burn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GasBudget {
    /// No limit but the account's balance.
    Unlimited,
    /// This amount, above 0.
    Limit(NearToken),
}

impl GasBudget {
    /// A budget of this amount. (0 is refused when the key is added.)
    #[must_use]
    pub fn limit(amount: NearToken) -> Self {
        Self::Limit(amount)
    }

    /// The protocol's allowance; none means unlimited.
    pub(super) fn allowance(self) -> Result<Option<NearToken>, ArgumentProblem> {
        match self {
            Self::Unlimited => Ok(None),
            Self::Limit(amount) if amount.is_zero() => Err(ArgumentProblem::ZeroGasBudget),
            Self::Limit(amount) => Ok(Some(amount)),
        }
    }
}

impl From<NearToken> for GasBudget {
    fn from(amount: NearToken) -> Self {
        Self::Limit(amount)
    }
}

/// A gas budget: a [`GasBudget`] or an amount, or the error of an invalid amount.
pub trait IntoGasBudget {
    /// The budget.
    ///
    /// # Errors
    /// If the amount is invalid.
    fn into_gas_budget(self) -> Result<GasBudget, ArgumentError>;
}

impl<T: Into<GasBudget>> IntoGasBudget for T {
    fn into_gas_budget(self) -> Result<GasBudget, ArgumentError> {
        Ok(self.into())
    }
}

impl IntoGasBudget for Result<NearToken, ArgumentError> {
    fn into_gas_budget(self) -> Result<GasBudget, ArgumentError> {
        self.map(GasBudget::Limit)
    }
}

impl FunctionNames {
    /// These names.
    ///
    /// ```
    /// use keyway::FunctionNames;
    /// assert_eq!(FunctionNames::new(["play"])?.as_slice(), ["play"]);
    /// let none: [&str; 0] = [];
    /// assert_eq!(FunctionNames::new(none).unwrap_err().field(), "functions");
    /// # Ok::<(), keyway::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    /// If there is no name, if a name is empty or above 256 bytes, or if all of them (plus one byte for
    /// each) are above 2000 bytes.
    pub fn new<I>(names: I) -> Result<Self, ArgumentError>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let wrong =
            |problem| ArgumentError::new(ArgumentSite::AddFunctionCallKey, "functions", problem);
        if names.is_empty() {
            return Err(wrong(ArgumentProblem::EmptyFunctions));
        }
        let mut total = 0_usize;
        for name in &names {
            if name.is_empty() {
                return Err(wrong(ArgumentProblem::Empty));
            }
            at_most(name.len(), limits().method_name_bytes)?;
            total = total.saturating_add(name.len()).saturating_add(1);
        }
        at_most(total, limits().method_names_bytes)?;
        Ok(Self(names))
    }

    /// The names.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

fn at_most(bytes: usize, limit: u64) -> Result<(), ArgumentError> {
    read::at_most(ArgumentSite::AddFunctionCallKey, "functions", bytes, limit)
}

impl AllowedFunctions {
    /// The protocol's list, in which none means every function.
    pub(super) fn into_method_names(self) -> Vec<String> {
        match self {
            Self::AllNonPayable => Vec::new(),
            Self::Only(FunctionNames(names)) => names,
        }
    }
}

impl From<FunctionNames> for AllowedFunctions {
    fn from(names: FunctionNames) -> Self {
        Self::Only(names)
    }
}
