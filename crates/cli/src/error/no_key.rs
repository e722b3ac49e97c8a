//! No key at hand may sign: what was looked for, where, on which chain, and what to do next.

use keyway::AccountId;
use std::fmt;

/// No key at hand may sign for an account.
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
    /// Networks under whose names there are key files of the account.
    pub(crate) elsewhere: Vec<String>,
}

impl fmt::Display for NoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, wanted, place, chain, elsewhere } = self;
        write!(
            f,
            "no key at hand signs for {account} on {chain}: looked for {wanted}, in {place}; "
        )?;
        if !elsewhere.is_empty() {
            let networks = elsewhere.join(", ");
            write!(f, "there are key files of it for {networks}: --network names another chain; ")?;
        }
        write!(
            f,
            "take a key over with `keyway key import {account}`, or say where it is with --key-file FILE, --key-env VARIABLE, --encrypted or --keychain"
        )
    }
}
