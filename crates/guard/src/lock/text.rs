//! The report in words.

mod powers;

use super::{CallKey, Doubt, LockReport, LockVerdict, LockedContract, Power};
use near_primitives::account::id::AccountType;
use near_primitives::types::AccountId;
use std::fmt::{self, Display, Formatter};

/// How many methods are named before the rest is counted.
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
            writeln!(f, "  doubt: {doubt}")?;
        }
        match self.full_access_keys.as_slice() {
            [] => writeln!(f, "  keys: none has full access")?,
            keys => writeln!(f, "  keys: {} with full access", keys.len())?,
        }
        for key in &self.call_keys {
            writeln!(f, "    {key}")?;
        }
        writeln!(f, "  contract: {}", self.contract.describe(&self.account_id))?;
        let Some(powers) = &self.powers else { return Ok(()) };
        write!(f, "{powers}")?;
        if powers.has(Power::DeleteAccount) {
            writeln!(f, "  once deleted, {}", recreation(&self.account_id))?;
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
        let grant = printable(&self.grant.to_string());
        write!(f, "{}: {grant}, gas from {}", self.public_key, self.gas)?;
        if self.own_contract {
            write!(f, "; passes for the account itself")?;
        }
        Ok(())
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

/// Who can have the account again once it is deleted.
fn recreation(account_id: &AccountId) -> String {
    let text = match account_id.get_account_type() {
        AccountType::NearImplicitAccount => {
            "a transfer to its name creates it again, with the key that the name is"
        }
        AccountType::EthImplicitAccount => {
            "a transfer to its name creates it again, for the holder of its Ethereum key"
        }
        AccountType::NearDeterministicAccount | AccountType::UniversalAccount => {
            "anybody can create it again in the state that its name stands for"
        }
        AccountType::NamedAccount => match account_id.get_parent_account_id() {
            Some(parent) => {
                return format!("{parent} can create it again, with keys and code of its choice");
            }
            None => "the registrar can create it again, with keys and code of its choice",
        },
    };
    text.to_owned()
}

fn list(names: &[String]) -> String {
    let named: Vec<_> = names.iter().take(METHODS_NAMED).map(|name| printable(name)).collect();
    match names.len().saturating_sub(METHODS_NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// Names come from code that anybody wrote: they must not steer a terminal.
fn printable(name: &str) -> String {
    name.escape_debug().to_string()
}
