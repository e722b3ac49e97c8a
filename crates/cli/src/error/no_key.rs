//! The error if no key here can sign: what was looked for, where, on which chain, and what to do.

use keyway::AccountId;
use std::fmt;

/// No key here can sign for an account.
#[derive(Debug)]
pub(crate) struct NoKey {
    /// The account.
    pub(crate) account: AccountId,
    /// What was looked for.
    pub(crate) wanted: String,
    /// Where.
    pub(crate) place: String,
    /// On which chain.
    pub(crate) chain: String,
    /// Networks that have key files of the account.
    pub(crate) elsewhere: Vec<String>,
}

impl fmt::Display for NoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, wanted, place, chain, elsewhere } = self;
        write!(
            f,
            "no key on this machine can sign for {account} on {chain}: looked for {wanted}, in {place}; "
        )?;
        if !elsewhere.is_empty() {
            let networks = elsewhere.join(", ");
            write!(f, "it has key files for {networks}, which --network selects; ")?;
        }
        write!(
            f,
            "import a key with `keyway key import {account}`, or use --key-file FILE, --key-env VARIABLE, --encrypted or --keychain"
        )
    }
}
