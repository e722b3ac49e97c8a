//! Settings of a new chain, in a home directory or in memory.

use crate::protocol;
use crate::tools::parse_near;
use clap::Args;
use keyway::NearToken;
use near_primitives::types::ProtocolVersion;

/// Flags of `init`, and of `run` without a home.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct NewChainArgs {
    /// Number of development accounts, whose keys are public knowledge [default: 10 in memory, none
    /// in a home]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub(crate) accounts: Option<u16>,
    /// Balance of each development account [default: 10000 NEAR]
    #[arg(long, value_name = "AMOUNT", value_parser = read_balance)]
    pub(crate) balance: Option<NearToken>,
    /// Protocol version of the chain; `keyway --version` shows the supported ones [default:
    /// KEYWAY_PROTOCOL_VERSION, or the newest]
    #[arg(long, value_name = "N", value_parser = protocol::read)]
    pub(crate) protocol_version: Option<ProtocolVersion>,
}

impl NewChainArgs {
    /// The flags that were given.
    pub(crate) fn given(&self) -> impl Iterator<Item = &'static str> {
        let flags = [
            (self.accounts.is_some(), "--accounts"),
            (self.balance.is_some(), "--balance"),
            (self.protocol_version.is_some(), "--protocol-version"),
        ];
        flags.into_iter().filter(|(given, _)| *given).map(|(_, flag)| flag)
    }
}

/// An amount that is small enough for a thousand accounts: their sum must fit the chain.
fn read_balance(text: &str) -> Result<NearToken, String> {
    let balance = parse_near(text)?;
    match balance <= MOST {
        true => Ok(balance),
        false => Err("a development account can have at most 1,000,000,000 NEAR".to_owned()),
    }
}

const MOST: NearToken = NearToken::from_near(1_000_000_000);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_balances_are_no_more_than_there_can_be() {
        assert!(read_balance("1000000000 NEAR").is_ok());
        assert!(read_balance("1000000000.1 NEAR").unwrap_err().contains("at most"));
        assert!(MOST.checked_mul(1000).is_some_and(|all| all.as_yoctonear() < 1 << 120));
    }
}
