//! The report as text.

mod powers;

use super::{CallKey, Doubt, LockReport, LockVerdict, LockedContract, Power};
use crate::{comeback, quoted, wrapped};
use near_primitives::types::AccountId;
use std::fmt::{self, Display, Formatter};

/// How many methods are listed; the rest are counted.
const METHODS_NAMED: usize = 8;

impl Display for LockVerdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotLocked => "not locked",
            Self::CanAddKeys => "can add keys",
            Self::CanReplaceItsCode => "can replace its code",
            Self::CanDeleteItself => "can delete itself",
            Self::CannotTell => "cannot tell",
            Self::Sealed => "sealed",
        })
    }
}

impl Display for LockReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.account_id, self.verdict)?;
        for doubt in &self.doubts {
            writeln!(f, "{}", wrapped("  doubt: ", &doubt.to_string()))?;
        }
        match self.full_access_keys.as_slice() {
            [] => writeln!(f, "  keys: none has full access")?,
            keys => writeln!(f, "  keys: {} with full access", keys.len())?,
        }
        for key in &self.call_keys {
            writeln!(f, "    {}\n{}", key.public_key, wrapped("      ", &key.scope()))?;
        }
        let contract = self.contract.describe(&self.account_id);
        writeln!(f, "{}", wrapped("  contract: ", &contract))?;
        if let (LockedContract::GlobalByAccount { .. }, Some(hash)) =
            (&self.contract, self.code_hash)
        {
            writeln!(f, "    its code now: {hash}")?;
        }
        let Some(powers) = &self.powers else { return Ok(()) };
        write!(f, "{powers}")?;
        if powers.has(Power::DeleteAccount) {
            let comeback = comeback(&self.account_id).to_string();
            writeln!(f, "{}", wrapped("  once deleted, ", &comeback))?;
        }
        Ok(())
    }
}

impl Display for Power {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AddFullAccessKey => "can add full-access keys",
            Self::AddFunctionCallKey => "can add function-call keys",
            Self::ReplaceCode => "can replace its code",
            Self::PublishCodeByName => "can publish a global contract under its name",
            Self::PublishCodeByHash => "can publish a global contract under its hash",
            Self::DeleteAccount => "can delete itself",
            Self::DeleteKey => "can delete keys",
            Self::Spend => "can spend its balance",
            Self::Stake => "can stake its balance",
            Self::CreateAccount => "can create accounts",
            Self::CallContracts => "can call contracts in its name, with deposits",
        })
    }
}

impl Display for CallKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.public_key, self.scope())
    }
}

impl CallKey {
    /// What it may call, and what pays for it.
    fn scope(&self) -> String {
        let own = if self.own_contract { "; passes for the account itself" } else { "" };
        format!("{}, gas from {}{own}", self.grant, self.gas)
    }
}

impl LockedContract {
    fn describe(&self, account_id: &AccountId) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Own { code_hash } => format!("its own, {code_hash}"),
            Self::Global { code_hash } => format!("global, {code_hash}: nobody can change it"),
            Self::GlobalByAccount { publisher } if publisher == account_id => {
                "global, published by itself".to_owned()
            }
            Self::GlobalByAccount { publisher } => {
                format!("global, published by {publisher}, who can replace it any time")
            }
        }
    }
}

impl Display for Doubt {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::CodeNotGiven => f.write_str("the code of its contract was not given"),
            Self::OtherCode { expected, given } => {
                write!(f, "the code given has hash {given}, the account's has {expected}")
            }
            Self::CodeNotProven => f.write_str(
                "its contract goes by who published it: nothing proves that this code is what runs",
            ),
            Self::Unreadable(error) => write!(f, "{error}"),
            Self::UnknownImports => {
                f.write_str("its contract asks for host functions that are not known")
            }
            Self::NotInitialized => f.write_str(
                "the account was never initialized: its name may stand for keys and a contract",
            ),
            Self::StateInitMayCome => {
                f.write_str("its name stands for a contract that anybody may still install")
            }
            Self::EthereumKey => f.write_str(
                "the holder of its Ethereum key acts for it, through its wallet contract",
            ),
        }
    }
}

fn list(names: &[String]) -> String {
    let named: Vec<_> = names.iter().take(METHODS_NAMED).map(|name| quoted(name)).collect();
    match names.len().saturating_sub(METHODS_NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
