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
        summary: "An empty list of methods allows every method of the contract, those of later versions too.",
        remedy: "Delete the key and add it again with the methods that its app calls.",
    },
    Card {
        id: "KW003",
        name: "several-full-access-keys",
        level: Level::Warning,
        summary: "Each full-access key alone can empty the account and delete the other keys.",
        remedy: "Find out whose each key is; delete those that nobody can name.",
    },
    Card {
        id: "KW004",
        name: "no-full-access-key",
        level: Level::Note,
        summary: "Without a full-access key only the account's contract can change its keys and code.",
        remedy: "Ask for the lock's verdict: what the contract can still do tells whether this is meant.",
    },
    Card {
        id: "KW005",
        name: "never-used",
        level: Level::Note,
        summary: "The key's nonce is one that keys are added with.",
        remedy: "Delete the key, unless it is kept for an emergency or is the account's last.",
    },
    Card {
        id: "KW006",
        name: "idle",
        level: Level::Warning,
        summary: "The key's nonce has not moved since an earlier look at the account.",
        remedy: "Delete the key if its app is gone; never the account's last full-access key.",
    },
    Card {
        id: "KW007",
        name: "own-contract",
        level: Level::Error,
        summary: "A contract may do to its own account whatever a full-access key may.",
        remedy: "List methods that are harmless in anybody's hands, or delete the key.",
    },
    Card {
        id: "KW008",
        name: "signer-contract",
        level: Level::Error,
        summary: "A contract that signs or votes for the account can move what it holds elsewhere.",
        remedy: "Delete the key; call such a contract with a full-access key, which asks its owner.",
    },
    Card {
        id: "KW009",
        name: "below-one-call",
        level: Level::Warning,
        summary: "What the key may spend does not buy the gas of one useful call.",
        remedy: "Add it again with a larger allowance, or fund a gas key; what relayers pay for needs neither.",
    },
    Card {
        id: "KW010",
        name: "duplicate-grant",
        level: Level::Note,
        summary: "Another key of the account allows exactly the same calls.",
        remedy: "Equal keys are normal, one for each login or worker: delete those that nobody uses.",
    },
    Card {
        id: "KW011",
        name: "open-credential",
        level: Level::Error,
        summary: "Other users of the machine can open the key file.",
        remedy: "Make the file its owner's only (mode 600); if others were there, rotate the key.",
    },
    Card {
        id: "KW012",
        name: "plain-text-credential",
        level: Level::Warning,
        summary: "Whoever copies the key file has the key: a backup, a synced folder, any program.",
        remedy: "Seal the key with a passphrase or move it to the system's keychain.",
    },
    Card {
        id: "KW013",
        name: "credential-not-on-chain",
        level: Level::Note,
        summary: "The account does not have the key that the file holds.",
        remedy: "Delete the file, unless the key is about to be added.",
    },
    Card {
        id: "KW014",
        name: "no-post-quantum-key",
        level: Level::Note,
        summary: "All full-access keys are on curves that a large quantum computer breaks.",
        remedy: "Add an ML-DSA-65 key with full access and keep its secret offline.",
    },
    Card {
        id: "KW015",
        name: "funds-on-gas-key",
        level: Level::Note,
        summary: "A key or account cannot be deleted while more than 1 NEAR is on gas keys; less is burnt.",
        remedy: "Withdraw what the key does not need for gas.",
    },
    Card {
        id: "KW016",
        name: "weak-key",
        level: Level::Error,
        summary: "No secret belongs to the public key: anybody can sign for it, or nobody can.",
        remedy: "Delete the key at once; add one whose secret was drawn at random.",
    },
    Card {
        id: "KW017",
        name: "fits-no-call",
        level: Level::Warning,
        summary: "The key lists a method that its contract does not have, or there is no such contract.",
        remedy: "Delete the key and add it again with the contract and the methods that its app calls.",
    },
];
