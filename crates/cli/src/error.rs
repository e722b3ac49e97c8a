//! What can go wrong.

mod ending;
mod from;
mod library;
mod no_key;
mod no_rotation;
mod plain;
mod usage;

pub(crate) use from::other_contract;
pub(crate) use no_key::NoKey;
pub(crate) use no_rotation::NoRotation;
pub(crate) use plain::plain;
pub(crate) use usage::{Help, LeakedSecret, UsageError};

use keyway::keys::PassphraseError;
use keyway::{AccountId, KeyServiceError};
use keyway_node::{DumpError, NodeError};
use near_crypto::PublicKeyHandle;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the program could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CliError {
    /// A command line that is wrong.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// A secret among the arguments.
    #[error(transparent)]
    Leaked(#[from] LeakedSecret),
    /// A command that works on a home was given none.
    #[error("`{command}` works on a home directory: name it with --home DIR")]
    HomeNeeded {
        /// The command.
        command: &'static str,
    },
    /// More shards than one, or none.
    #[error(
        "{asked} shards were asked for: this node serves chains of one shard; leave --num-shards out"
    )]
    Shards {
        /// How many were asked for.
        asked: u64,
    },
    /// A balance for accounts that were not asked for.
    #[error("--balance is what each development account owns: give their number with --accounts N")]
    BalanceOfNobody,
    /// A flag about a new chain, for one that is there.
    #[error(
        "{flag} is for a new chain, and {} has one: give it to `keyway --home DIR init` with another directory, or to `keyway run` without --home",
        home.display()
    )]
    ForNewChains {
        /// The flag.
        flag: &'static str,
        /// The home directory.
        home: PathBuf,
    },
    /// The name of a public chain for a local one.
    #[error("this node makes local chains, not {chain_id}: choose another --chain-id")]
    PublicChain {
        /// The name that was asked for.
        chain_id: String,
    },
    /// The node cannot be opened: its home, its journal or its store cannot be used.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The state cannot be dumped.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// Somebody else has the address.
    #[error(
        "{addr} is in use by another program: stop it, or choose another address with --rpc-addr IP:PORT (port 0 takes a free one)"
    )]
    AddressInUse {
        /// The address.
        addr: SocketAddr,
    },
    /// The system does not let us listen on the address.
    #[error("cannot listen on {addr}: choose another address with --rpc-addr IP:PORT")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// The server stopped on its own.
    #[error("the RPC server failed")]
    Serve {
        /// The system's reason.
        source: io::Error,
    },
    /// Threads, timers or signals cannot be had.
    #[error("the operating system refused a thread, a timer or a signal handler")]
    System {
        /// The system's reason.
        source: io::Error,
    },
    /// neard would dump something else.
    #[error("{flag} is not served: this command dumps the newest state whole; leave {flag} out")]
    DumpFlag {
        /// The flag.
        flag: &'static str,
    },
    /// What the library says: of the arguments, the keys, the chain or the way to it.
    #[error(transparent)]
    Library(#[from] keyway::Error),
    /// The place where keys are kept cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyServiceError),
    /// A passphrase cannot be had.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// There is no place for key files.
    #[error("there is no home directory for key files: name a directory with --credentials DIR")]
    NoCredentialsDir,
    /// A chain whose name cannot be a directory's.
    #[error(
        "the chain calls itself `{name}`, which cannot be the name of a directory of key files"
    )]
    NetworkName {
        /// The chain's name.
        name: String,
    },
    /// A key on a curve without implicit accounts.
    #[error("a key of this kind has no implicit account: name the account that it is for")]
    AccountNeeded,
    /// A grant that leaves something open.
    #[error("what the key may do is not complete: add {0}")]
    Grant(&'static str),
    /// A transaction that does nothing.
    #[error(
        "the transaction has no actions: add --transfer AMOUNT, --call FUNCTION or another one"
    )]
    NoActions,
    /// A call of which nothing can be foreseen.
    #[error(transparent)]
    Forecast(#[from] keyway::guard::ForecastError),
    /// A value that cannot be read.
    #[error("{flag} cannot be read: {why}")]
    Value {
        /// Where it was given.
        flag: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A transaction that was not sent, because it would fail.
    #[error("not sent, because {0}; --send-anyway sends it, and its gas is paid")]
    Foreseen(Box<keyway::Foreseen>),
    /// A file or an action whose code is no contract.
    #[error("{what} is not a contract: {why}")]
    NoContract {
        /// Where the code is.
        what: String,
        /// Why it is none.
        why: String,
    },
    /// Arguments that do not fit together, or not what is on the chain.
    #[error("{0}")]
    Invalid(String),
    /// Without the chain nobody knows which of several keys may sign.
    #[error(
        "{has} keys of {account} are at hand: choose the one that signs with --sign-with PUBLIC_KEY"
    )]
    WhichKey {
        /// Whose keys.
        account: AccountId,
        /// How many there are.
        has: usize,
    },
    /// A file cannot be used.
    #[error("cannot {doing} {}", path.display())]
    File {
        /// `read`, `write` or the like.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// An account that no account is above.
    #[error("{account_id} is not a sub-account: name its creator with --by ACCOUNT")]
    NoParent {
        /// The account that was asked for.
        account_id: AccountId,
    },
    /// The new account is there already.
    #[error("the account {account_id} already exists; choose another name")]
    AccountExists {
        /// The account that was asked for.
        account_id: AccountId,
    },
    /// A long key that the chain lists by its hash, and whose whole is not at hand.
    #[error(
        "{public_key} is the hash of a long key that is not at hand: the whole key is needed, which `keyway key delete` takes, too"
    )]
    HashedKey {
        /// The key's hash.
        public_key: near_crypto::PublicKeyHandle,
    },
    /// stdin cannot be read.
    #[error("stdin cannot be read")]
    Stdin {
        /// The system's reason.
        source: io::Error,
    },
    /// A signed message does not prove what it says.
    #[error("not proven: {0}")]
    NotProven(String),
    /// A check found what it was to fail on.
    #[error("{0}")]
    Found(String),
    /// No account to look at.
    #[error("name an account: none that exists on this network has a key file")]
    NoAccount,
    /// A secret where every program on the machine can read it.
    #[error(
        "a secret on the command line is seen by every program on this machine, and kept by the shell: treat this key as leaked, and type or pipe secrets instead"
    )]
    SecretInArgument,
    /// The account has no such key.
    #[error("{account} has no key {public_key}: see `keyway key list {account}`")]
    NoSuchKey {
        /// The account.
        account: AccountId,
        /// The key.
        public_key: PublicKeyHandle,
        /// Whether it was to be changed, and not only shown.
        to_change: bool,
    },
    /// No key at hand may sign.
    #[error("{0}")]
    NoKey(Box<NoKey>),
    /// There is no such account on the chain that was asked.
    #[error("{}", library::no_such_account(account, chain))]
    NoSuchAccount {
        /// The account.
        account: AccountId,
        /// Whether something was to be sent by it or to it, and not only asked.
        to_change: bool,
        /// The chain in words.
        chain: String,
    },
    /// The secret is not where it was looked for.
    #[error(
        "the secret of {public_key} of {account} was not found there: --from names another place"
    )]
    NotAtHand {
        /// The account.
        account: AccountId,
        /// The key.
        public_key: PublicKeyHandle,
    },
    /// One key cannot take the place of another.
    #[error(transparent)]
    Rotate(#[from] NoRotation),
    /// What stands in the way of a key, in words of its own.
    #[error("{0}")]
    KeyTrouble(String),
    /// Nobody agreed to what cannot be taken back.
    #[error("not done: this was not confirmed. {danger} In a script, {flag} confirms it")]
    NotConfirmed {
        /// What would have happened.
        danger: String,
        /// The flag that agrees.
        flag: &'static str,
    },
    /// The transaction ran, and a contract did not do what was asked.
    #[error("not done: {0}")]
    NotDone(&'static str),
    /// An account has another contract than the command is about, or none.
    #[error("{account} has no {kind} contract; is another account meant?")]
    OtherContract {
        /// The account.
        account: AccountId,
        /// `drop` or `recovery`.
        kind: &'static str,
    },
    /// Some of several links could not be made or claimed.
    #[error("{words}")]
    Links {
        /// Which, and what is true of them.
        words: String,
        /// Why.
        source: Box<CliError>,
    },
    /// An account is too poor for the storage of a contract and for the gas of deploying it.
    #[error(
        "{account} needs {} for the storage of the drop's contract and for gas, and can spend {}: {remedy}",
        keyway::format_near(*needed),
        keyway::format_near(*had)
    )]
    ContractTooLarge {
        /// The account.
        account: AccountId,
        /// What it can spend, yoctoNEAR.
        had: keyway::NearToken,
        /// What it takes, yoctoNEAR.
        needed: keyway::NearToken,
        /// What to do.
        remedy: String,
    },
    /// What would be published holds a secret.
    #[error(
        "{place} holds a secret key or a seed phrase, and what a transaction carries is public for ever: nothing was sent; is another file meant?"
    )]
    WouldPublish {
        /// Where it is.
        place: String,
    },
    /// An account cannot pay for what was asked.
    #[error("{account} needs {} and can spend {}", keyway::format_near(*needed), keyway::format_near(*had))]
    TooPoor {
        /// The account.
        account: AccountId,
        /// What it can spend, yoctoNEAR.
        had: keyway::NearToken,
        /// What it takes, yoctoNEAR.
        needed: keyway::NearToken,
    },
    /// What was asked for is not on the chain, or not any more.
    #[error("{0}")]
    NotFound(&'static str),
    /// The transaction is not among what the node still has.
    #[error(
        "no such transaction here: {hash}; this node keeps blocks from {first_block} on, an older transaction is at an archival node"
    )]
    NoTransaction {
        /// The transaction.
        hash: keyway::CryptoHash,
        /// The first block that the node has.
        first_block: u64,
    },
    /// The delay of a recovery is not over.
    #[error("the owner can still cancel: try again in {left}")]
    TooEarly {
        /// What is left of the delay, in words.
        left: String,
    },
    /// A contract would be replaced.
    #[error("{account} has a contract already, which would be lost: take an account without one")]
    HasContract {
        /// The account.
        account: AccountId,
    },
    /// More than there can be.
    #[error("the amounts overflow: use a smaller amount, or fewer links")]
    TooMuch,
    /// Fewer accounts than connections.
    #[error(
        "{connections} connections need as many accounts, and {accounts} were asked for: raise --accounts or lower --connections"
    )]
    TooFewAccounts {
        /// How many accounts were asked for.
        accounts: u16,
        /// How many connections were asked for.
        connections: u16,
    },
    /// Load on a network that belongs to everybody.
    #[error("public networks are not for load: name a node of your own with --network URL")]
    PublicNetwork,
    /// Nobody pays for the accounts of a benchmark.
    #[error(
        "nobody pays for the accounts: name an account with enough NEAR by --from ACCOUNT or --key-file FILE, such as the one of a home's validator_key.json"
    )]
    PayerNeeded,
    /// A secret would be printed where nobody reads it.
    #[error(
        "stdout is closed or /dev/null, and the secret is printed once and never again: send stdout to a file or a program; nothing was done"
    )]
    StdoutNowhere,
    /// Whoever read stdout was gone before the secret had arrived, and what the secret is for was done.
    #[error("nobody read the secret from stdout: {instead}")]
    Unread {
        /// Where the secret is instead, or what to do without it.
        instead: String,
        /// The system's reason.
        source: Box<CliError>,
    },
    /// stdout takes nothing.
    #[error("the answer cannot be written to stdout")]
    Stdout {
        /// The system's reason.
        source: io::Error,
    },
}
