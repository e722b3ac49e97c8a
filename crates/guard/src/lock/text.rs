//! The report in words.

use super::{
    CallKey, ContractPowers, Doubt, LockReport, LockVerdict, LockedContract, Power, Reached,
};
use near_primitives::account::id::AccountType;
use near_primitives::types::AccountId;
use std::fmt::{self, Display, Formatter};

/// How many methods are named before the rest is counted.
const METHODS_NAMED: usize = 8;
/// How many steps of a way are named at each end before the middle is counted.
const STEPS_NAMED: usize = 6;

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

impl Display for ContractPowers {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.methods {
            0 => writeln!(f, "  methods: none, so none of its code can run")?,
            methods => writeln!(f, "  methods: {methods}")?,
        }
        for reached in &self.reached {
            writeln!(f, "  {reached}")?;
        }
        if !self.unreached.is_empty() {
            writeln!(f, "  imported, reached by no method: {}", list(&self.unreached))?;
        }
        if !self.unknown_imports.is_empty() {
            writeln!(f, "  imported, not known to be offered: {}", list(&self.unknown_imports))?;
        }
        if !self.reached.is_empty() {
            writeln!(
                f,
                "  every call that the code could make is counted, whoever may make it, and on \
                 whatever account: that is chosen at run time"
            )?;
        }
        Ok(())
    }
}

impl Display for Reached {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.power, self.host_function)?;
        writeln!(f, "    way: {}", self.way())?;
        write!(f, "    from: {}", list(&self.methods))
    }
}

impl Reached {
    /// The path on one line, its middle left out where it is long.
    fn way(&self) -> String {
        let left_out = self.path.len().saturating_sub(2 * STEPS_NAMED);
        let mut way = String::new();
        for (at, step) in self.path.iter().enumerate() {
            if left_out > 0 && at == STEPS_NAMED {
                way += &format!(" -> ({left_out} more)");
            }
            if left_out > 0 && (STEPS_NAMED..STEPS_NAMED + left_out).contains(&at) {
                continue;
            }
            way += match (at, step.through_table) {
                (0, _) => "",
                (_, true) => " -> (through a table) ",
                (_, false) => " -> ",
            };
            way += &printable(&step.function);
        }
        way
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
