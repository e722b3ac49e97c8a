//! What is written about each rule.

use super::Level;

/// What is written about a rule.
pub(super) struct Card {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) level: Level,
    pub(super) summary: &'static str,
    pub(super) remedy: &'static str,
}

/// In the order of the rules.
pub(super) const CARDS: [Card; 17] = [
    Card {
        id: "KW001",
        name: "no-gas-budget",
        level: Level::Warning,
        summary: "A function-call key without an allowance, or with one above the balance, can burn all of it as gas.",
        remedy: "Delete the key and add it again with an allowance.",
    },
    Card {
        id: "KW002",
        name: "any-method",
        level: Level::Warning,
        summary: "An empty method list allows every method of the contract, including methods of later versions.",
        remedy: "Delete the key and add it again with the methods that its app calls.",
    },
    Card {
        id: "KW003",
        name: "several-full-access-keys",
        level: Level::Warning,
        summary: "Each full-access key alone can empty the account and delete the other keys.",
        remedy: "Find out who holds each key; delete the keys that nobody can identify.",
    },
    Card {
        id: "KW004",
        name: "no-full-access-key",
        level: Level::Note,
        summary: "Without a full-access key only the account's contract can change its keys and code.",
        remedy: "Check what the contract can still do (`keyway locked`) to see whether this is intended.",
    },
    Card {
        id: "KW005",
        name: "never-used",
        level: Level::Note,
        summary: "The key's nonce still looks like the nonce of a newly added key.",
        remedy: "Delete the key, unless it is an emergency key or the account's last key.",
    },
    Card {
        id: "KW006",
        name: "idle",
        level: Level::Warning,
        summary: "The key's nonce has not moved since an earlier look at the account.",
        remedy: "Delete the key if its app is gone, but never the account's last full-access key.",
    },
    Card {
        id: "KW007",
        name: "own-contract",
        level: Level::Error,
        summary: "The key calls the account's own contract, which can do whatever a full-access key can.",
        remedy: "Restrict the key to methods that are safe for anyone to call, or delete it.",
    },
    Card {
        id: "KW008",
        name: "signer-contract",
        level: Level::Error,
        summary: "The key calls a contract that signs or votes for the account, and so can move assets held elsewhere.",
        remedy: "Delete the key; call such a contract with a full-access key, so that a wallet asks the owner each time.",
    },
    Card {
        id: "KW009",
        name: "below-one-call",
        level: Level::Warning,
        summary: "The key's remaining budget does not pay for the gas of one useful call.",
        remedy: "Add it again with a larger allowance, or fund the gas key; a key used only through relayers needs neither.",
    },
    Card {
        id: "KW010",
        name: "duplicate-grant",
        level: Level::Note,
        summary: "Another key of the account allows exactly the same calls.",
        remedy: "Equal keys are normal with one key for each login or worker; delete those that nobody uses.",
    },
    Card {
        id: "KW011",
        name: "open-credential",
        level: Level::Error,
        summary: "Other users of this machine can open the key file.",
        remedy: "Make the file readable by its owner only (mode 600); if others may have read it, rotate the key.",
    },
    Card {
        id: "KW012",
        name: "plain-text-credential",
        level: Level::Warning,
        summary: "The key file is not encrypted: a backup, a synced folder or any program can copy the key.",
        remedy: "Encrypt the key with a passphrase, or move it to the system's keychain.",
    },
    Card {
        id: "KW013",
        name: "credential-not-on-chain",
        level: Level::Note,
        summary: "The account does not have the key that is in the key file.",
        remedy: "Delete the file, unless the key is about to be added.",
    },
    Card {
        id: "KW014",
        name: "no-post-quantum-key",
        level: Level::Note,
        summary: "All full-access keys are of types that a large quantum computer could break.",
        remedy: "Add an ML-DSA-65 key with full access and keep its secret offline.",
    },
    Card {
        id: "KW015",
        name: "funds-on-gas-key",
        level: Level::Note,
        summary: "The gas key holds more than 1 NEAR, so neither it nor its account can be deleted; up to 1 NEAR would be burnt with it.",
        remedy: "Withdraw the balance that the key does not need for gas.",
    },
    Card {
        id: "KW016",
        name: "weak-key",
        level: Level::Error,
        summary: "The public key is degenerate: either anyone can sign for it or nobody can.",
        remedy: "Delete the key at once, and add one that was generated from a random secret.",
    },
    Card {
        id: "KW017",
        name: "fits-no-call",
        level: Level::Warning,
        summary: "The key lists a method that its contract does not have, or the contract does not exist.",
        remedy: "Delete the key, and add it again with the contract and methods that its app calls.",
    },
];
