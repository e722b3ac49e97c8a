//! Actions as objects: `{"type": "transfer", "amount": "1 NEAR"}`.

use crate::number::{Amount, Bytes, GasAmount};
use crate::problem::Problem;
use borsh::BorshDeserialize;
use keyway::protocol::{self, CryptoHash};
use keyway::{GasBudget, Intent, Step};
use near_primitives::action::delegate::SignedDelegateAction;
use serde::Deserialize;

/// An action. The names are those of the library's functions.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is an argument of the function of the same name")]
pub enum Action {
    CreateAccount {},
    Transfer {
        amount: Amount,
    },
    Call(Call),
    AddFullAccessKey {
        public_key: String,
    },
    AddFunctionCallKey(FunctionCallKey),
    AddFullAccessGasKey {
        public_key: String,
        nonces: u16,
    },
    AddFunctionCallGasKey(FunctionCallKey),
    FundGasKey {
        public_key: String,
        amount: Amount,
    },
    WithdrawFromGasKey {
        public_key: String,
        amount: Amount,
    },
    DeleteKey {
        public_key: String,
    },
    Deploy {
        code: Bytes,
    },
    DeployGlobalByHash {
        code: Bytes,
    },
    DeployGlobalByAccount {
        code: Bytes,
    },
    UseGlobalByHash {
        hash: String,
    },
    UseGlobalByAccount {
        owner: String,
    },
    Stake {
        amount: Amount,
        validator_key: String,
    },
    DeleteAccount {
        beneficiary: String,
    },
    /// A delegate action that another account signed.
    Delegate {
        signed: Bytes,
    },
}

/// A function call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The contract; the receiver of the transaction if it is left out.
    contract: Option<String>,
    method: String,
    /// The arguments as JSON text.
    args_json: Option<String>,
    args: Option<Bytes>,
    gas: Option<GasAmount>,
    deposit: Option<Amount>,
}

/// What a function-call key or gas key may do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionCallKey {
    public_key: String,
    contract: String,
    functions: Option<Vec<String>>,
    #[serde(default)]
    any_function: bool,
    gas_budget: Option<Budget>,
    /// For a gas key: how many nonce rows it has.
    nonces: Option<u16>,
}

/// What a key may spend on gas.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Budget {
    Unlimited(Unlimited),
    Limit(Amount),
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum Unlimited {
    #[serde(rename = "unlimited")]
    Unlimited,
}

/// The actions of a transaction with their receiver; without one, it is what the actions imply.
///
/// # Errors
/// If an argument is invalid.
pub(crate) fn intent(receiver: Option<&str>, actions: &[Action]) -> Result<Intent, Problem> {
    let steps = actions.iter().map(|action| action.step(receiver));
    let steps = steps.collect::<Result<Vec<Step>, Problem>>()?;
    Ok(match receiver {
        Some(receiver) => steps.into_iter().fold(Intent::to(receiver), Intent::then),
        None => Intent::from(steps),
    })
}

impl Action {
    fn step(&self, receiver: Option<&str>) -> Result<Step, Problem> {
        Ok(match self {
            Self::CreateAccount {} => keyway::create_account(),
            Self::Transfer { amount } => keyway::transfer(amount.get()?),
            Self::Call(call) => call.step(receiver)?,
            Self::AddFullAccessKey { public_key } => keyway::add_full_access_key(public_key),
            Self::AddFunctionCallKey(key) => key.with_allowance()?,
            Self::AddFullAccessGasKey { public_key, nonces } => {
                keyway::add_full_access_gas_key(public_key, *nonces)
            }
            Self::AddFunctionCallGasKey(key) => key.with_balance()?,
            Self::FundGasKey { public_key, amount } => {
                keyway::fund_gas_key(public_key, amount.get()?)
            }
            Self::WithdrawFromGasKey { public_key, amount } => {
                keyway::withdraw_from_gas_key(public_key, amount.get()?)
            }
            Self::DeleteKey { public_key } => keyway::delete_key(public_key),
            Self::Deploy { code } => keyway::deploy(code.0.clone()),
            Self::DeployGlobalByHash { code } => keyway::deploy_global_by_hash(code.0.clone()),
            Self::DeployGlobalByAccount { code } => {
                keyway::deploy_global_by_account(code.0.clone())
            }
            Self::UseGlobalByHash { hash } => keyway::use_global_by_hash(read_hash(hash)?),
            Self::UseGlobalByAccount { owner } => keyway::use_global_by_account(owner),
            Self::Stake { amount, validator_key } => keyway::stake(amount.get()?, validator_key),
            Self::DeleteAccount { beneficiary } => keyway::delete_account(beneficiary),
            Self::Delegate { signed } => Step::raw(protocol::Action::from(read_delegate(signed)?)),
        })
    }
}

impl Call {
    fn step(&self, receiver: Option<&str>) -> Result<Step, Problem> {
        let contract = self.contract.as_deref().or(receiver).ok_or_else(|| {
            Problem::argument("Argument.Missing", "call: contract is required: name the contract")
        })?;
        let mut call = keyway::call(contract, &self.method);
        call = match (&self.args_json, &self.args) {
            (Some(text), _) => call.args(text.as_bytes()),
            (None, Some(bytes)) => call.args(bytes.0.clone()),
            (None, None) => call,
        };
        if let Some(gas) = &self.gas {
            call = call.gas(gas.get()?);
        }
        if let Some(deposit) = &self.deposit {
            call = call.deposit(deposit.get()?);
        }
        Ok(call.into())
    }
}

impl FunctionCallKey {
    fn with_allowance(&self) -> Result<Step, Problem> {
        if self.nonces.is_some() {
            let message = "add_function_call_key: nonces are of gas keys; leave them out, or use add_function_call_gas_key";
            return Err(Problem::argument("Argument.NotUsable", message));
        }
        let mut key = keyway::add_function_call_key(&self.public_key, &self.contract);
        key = match &self.functions {
            Some(functions) => key.functions(functions),
            None if self.any_function => key.any_function(),
            None => key,
        };
        Ok(match &self.gas_budget {
            Some(Budget::Unlimited(_)) => key.gas_budget(GasBudget::Unlimited).into(),
            Some(Budget::Limit(amount)) => key.gas_budget(amount.get()?).into(),
            None => key.into(),
        })
    }

    fn with_balance(&self) -> Result<Step, Problem> {
        if self.gas_budget.is_some() {
            let message = "add_function_call_gas_key: a gas key has no gas_budget, it pays from its own balance; leave the budget out, and pay with fund_gas_key";
            return Err(Problem::argument("Argument.NotUsable", message));
        }
        let nonces = self.nonces.ok_or_else(|| {
            let message = "add_function_call_gas_key: nonces is required: write 1 to 1024";
            Problem::argument("Argument.Missing", message)
        })?;
        let key = keyway::add_function_call_gas_key(&self.public_key, &self.contract, nonces);
        Ok(match &self.functions {
            Some(functions) => key.functions(functions).into(),
            None if self.any_function => key.any_function().into(),
            None => key.into(),
        })
    }
}

/// The hash in base58.
///
/// # Errors
/// If it is not one.
pub(crate) fn read_hash(text: &str) -> Result<CryptoHash, Problem> {
    text.parse().map_err(|_| {
        let message = format!("{text:?} is not a hash: write 32 bytes in base58");
        Problem::argument("Argument.NotUsable", message)
    })
}

/// The delegate action in borsh.
///
/// # Errors
/// If it is not one.
pub(crate) fn read_delegate(signed: &Bytes) -> Result<SignedDelegateAction, Problem> {
    SignedDelegateAction::try_from_slice(&signed.0).map_err(|error| {
        let message = format!("these bytes are not a signed delegate action: {error}");
        Problem::argument("Argument.NotUsable", message)
    })
}
