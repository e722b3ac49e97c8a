//! The permission of a new key, from the command line. Omitting a flag never allows anything.

use crate::error::CliError;
use crate::tools::parse_near;
use clap::Args;
use keyway::action::{
    AllowedFunctions, FunctionNames, GasBudget, Step, add_full_access_gas_key, add_full_access_key,
    add_function_call_gas_key, add_function_call_key, fund_gas_key,
};
use keyway::protocol::{AccessKeyPermission, Action, PublicKey};
use keyway::{Intent, NearToken};

/// The permission of a key.
#[derive(Args, Clone, Debug)]
pub(super) struct GrantArgs {
    /// Full access: everything that the account can do, including deleting it
    #[arg(
        long,
        group = "grant",
        // clap ignores `requires` if a conflicting argument is given, so conflicts are listed, too.
        conflicts_with_all = ["functions", "any_function", "allowance", "no_allowance_limit"],
        help_heading = "What the key may do"
    )]
    full_access: bool,
    /// Allow calls of this contract, without a deposit
    #[arg(
        long,
        group = "grant",
        alias = "contract-account-id",
        value_name = "ACCOUNT",
        help_heading = "What the key may do"
    )]
    contract: Option<String>,
    /// Allow these functions, separated by commas
    #[arg(
        long,
        alias = "function-names",
        value_delimiter = ',',
        value_parser = read_function,
        requires = "contract",
        group = "which",
        value_name = "NAMES",
        help_heading = "What the key may do"
    )]
    functions: Vec<String>,
    /// Allow every function of the contract, including those of later versions
    #[arg(long, requires = "contract", group = "which", help_heading = "What the key may do")]
    any_function: bool,
    /// Limit what the key can spend on gas in total, as in `0.25 NEAR`
    #[arg(
        long,
        value_parser = parse_near,
        requires = "contract",
        group = "budget",
        value_name = "AMOUNT",
        help_heading = "What the key may do"
    )]
    allowance: Option<NearToken>,
    /// Let the key spend the account's whole balance on gas
    #[arg(long, requires = "contract", group = "budget", help_heading = "What the key may do")]
    no_allowance_limit: bool,
    /// Make it a gas key, which pays for gas itself, with this many nonce rows
    #[arg(long, value_name = "ROWS", group = "budget", help_heading = "What the key may do")]
    gas_key: Option<u16>,
    /// Initial balance of the gas key, as in `1 NEAR`
    #[arg(
        long,
        value_parser = parse_near,
        requires = "gas_key",
        conflicts_with_all = ["allowance", "no_allowance_limit"],
        value_name = "AMOUNT",
        help_heading = "What the key may do"
    )]
    fund: Option<NearToken>,
}

/// A function's name. A blank or `;` in it would make a key that can call none of them.
fn read_function(name: &str) -> Result<String, String> {
    let name = name.trim();
    match name.contains(|c: char| c.is_whitespace() || c == ';') {
        true => Err("separate the functions by commas".to_owned()),
        false => Ok(name.to_owned()),
    }
}

impl GrantArgs {
    /// The actions that add `public_key` with this permission to the signer's own account.
    ///
    /// # Errors
    /// [`CliError::Grant`] with what is missing.
    pub(super) fn intent(&self, public_key: &PublicKey) -> Result<Intent, CliError> {
        let intent = Intent::on_self().then(self.step(public_key)?);
        Ok(match self.fund {
            Some(amount) => intent.then(fund_gas_key(public_key, amount)),
            None => intent,
        })
    }

    /// Whether any of the flags was given.
    pub(super) fn is_given(&self) -> bool {
        self.full_access || self.contract.is_some() || self.gas_key.is_some()
    }

    /// The key's permission, and its initial balance in yoctoNEAR.
    ///
    /// # Errors
    /// As [`GrantArgs::intent`].
    pub(super) fn permission(
        &self,
        public_key: &PublicKey,
    ) -> Result<(AccessKeyPermission, NearToken), CliError> {
        let Action::AddKey(add) = self.step(public_key)?.into_action()? else {
            return Err(CliError::Grant("--full-access, or --contract ACCOUNT"));
        };
        Ok((add.access_key.permission, self.fund.unwrap_or(NearToken::ZERO)))
    }

    fn step(&self, public_key: &PublicKey) -> Result<Step, CliError> {
        let Some(contract) = &self.contract else {
            return match (self.full_access, self.gas_key) {
                (true, Some(rows)) => Ok(add_full_access_gas_key(public_key, rows)),
                (true, None) => Ok(add_full_access_key(public_key)),
                (false, _) => Err(CliError::Grant("--full-access, or --contract ACCOUNT")),
            };
        };
        let functions = self.allowed_functions()?;
        if let Some(rows) = self.gas_key {
            let key = add_function_call_gas_key(public_key, contract, rows);
            return Ok(key.allowed_functions(functions).into());
        }
        let key = add_function_call_key(public_key, contract).allowed_functions(functions);
        Ok(key.gas_budget(self.budget()?).into())
    }

    fn allowed_functions(&self) -> Result<AllowedFunctions, CliError> {
        if self.any_function {
            return Ok(AllowedFunctions::AllNonPayable);
        }
        if self.functions.is_empty() {
            return Err(CliError::Grant("--functions NAMES, or --any-function"));
        }
        // A repeated name would be stored twice, and paid for.
        let mut names: Vec<&str> = Vec::new();
        for name in self.functions.iter().map(|name| name.trim()) {
            if name.is_empty() {
                let why = "there is an empty name in the list; write names as in play,score, or pass --any-function to allow every function".to_owned();
                return Err(CliError::Value { flag: "--functions", why });
            }
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(FunctionNames::new(names).map_err(keyway::Error::from)?.into())
    }

    fn budget(&self) -> Result<GasBudget, CliError> {
        match (self.allowance, self.no_allowance_limit) {
            (Some(amount), _) => Ok(GasBudget::limit(amount)),
            (None, true) => Ok(GasBudget::Unlimited),
            (None, false) => Err(CliError::Grant(
                "--allowance AMOUNT, or --no-allowance-limit, or --gas-key ROWS",
            )),
        }
    }
}
