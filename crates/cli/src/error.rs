//! The command line's errors.

mod ending;
mod from;
mod library;
mod no_control;
mod no_key;
mod no_rotation;
mod plain;
mod usage;

pub(crate) use from::other_contract;
pub(crate) use no_control::NoControl;
pub(crate) use no_key::NoKey;
pub(crate) use no_rotation::NoRotation;
pub(crate) use plain::plain;
pub(crate) use usage::{Help, LeakedSecret, UsageError};

use keyway::{AccountId, KeyServiceError, format_near, keys::PassphraseError};
use keyway_node::{DumpError, NodeError};
use near_crypto::PublicKeyHandle;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the program could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CliError {
    /// A wrong command line.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// A secret among the arguments.
    #[error(transparent)]
    Leaked(#[from] LeakedSecret),
    /// A command that needs a home was given none.
    #[error("`{command}` needs a home directory: name it with --home DIR")]
    HomeNeeded {
        /// The command.
        command: &'static str,
    },
    /// A number of shards other than one.
    #[error("{asked} shards were requested, but this node supports only 1: omit --num-shards")]
    Shards {
        /// The requested number.
        asked: u64,
    },
    /// A balance without a number of accounts.
    #[error(
        "--balance is the balance of each development account: set their number with --accounts N"
    )]
    BalanceOfNobody,
    /// A flag for a new chain, with an existing chain.
    #[error(
        "{flag} is for a new chain, and {} contains one: use it with `keyway --home DIR init` for a new directory, or with `keyway run` without --home",
        home.display()
    )]
    ForNewChains {
        /// The flag.
        flag: &'static str,
        /// The home directory.
        home: PathBuf,
    },
    /// A local chain with the name of a public one.
    #[error("this node cannot run a chain named {chain_id}: choose another --chain-id")]
    PublicChain {
        /// The requested name.
        chain_id: String,
    },
    /// The node cannot be opened: its home, journal or store cannot be used.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The network cannot be forked.
    #[error(transparent)]
    Fork(#[from] keyway_fork::ForkError),
    /// The state cannot be dumped.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// Another program uses the address.
    #[error(
        "{addr} is in use by another program: stop it, or choose another address with --rpc-addr IP:PORT (port 0 picks a free one)"
    )]
    AddressInUse {
        /// The address.
        addr: SocketAddr,
    },
    /// The system does not allow listening on the address.
    #[error("cannot listen on {addr}: choose another address with --rpc-addr IP:PORT")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// The server stopped on its own.
    #[error("the RPC server failed")]
    Serve {
        /// The system's error.
        source: io::Error,
    },
    /// The system cannot provide threads, timers or signals.
    #[error("the operating system refused a thread, a timer or a signal handler")]
    System {
        /// The system's error.
        source: io::Error,
    },
    /// A neard flag that selects what is dumped.
    #[error("{flag} is not supported: this command exports the whole newest state; omit {flag}")]
    DumpFlag {
        /// The flag.
        flag: &'static str,
    },
    /// A relayer cannot start.
    #[error(transparent)]
    Relay(Box<keyway_relay::StartError>),
    /// An error of the library.
    #[error(transparent)]
    Library(#[from] keyway::Error),
    /// A place for keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyServiceError),
    /// No passphrase is available.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// There is no directory for key files.
    #[error("there is no home directory for key files: name a directory with --credentials DIR")]
    NoCredentialsDir,
    /// The chain's name cannot be the name of a directory.
    #[error("the chain's name is `{name}`, which cannot be the name of a directory for key files")]
    NetworkName {
        /// The chain's name.
        name: String,
    },
    /// A type of key without implicit accounts.
    #[error("a key of this type has no implicit account: name the account that it is for")]
    AccountNeeded,
    /// An incomplete permission.
    #[error("the key's permission is incomplete: add {0}")]
    Grant(&'static str),
    /// A transaction without actions.
    #[error(
        "the transaction has no actions: add --transfer AMOUNT, --call FUNCTION or another action"
    )]
    NoActions,
    /// A call that cannot be forecast.
    #[error(transparent)]
    Forecast(#[from] keyway::guard::ForecastError),
    /// An invalid value.
    #[error("{flag} is invalid: {why}")]
    Value {
        /// Where the value was given.
        flag: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A transaction that was not sent because it would fail.
    #[error("not sent, because {0}; --send-anyway sends it, and its gas is spent")]
    Foreseen(Box<keyway::Foreseen>),
    /// Code that is not a contract.
    #[error("{what} is not a contract: {why}")]
    NoContract {
        /// Where the code is from.
        what: String,
        /// The reason.
        why: String,
    },
    /// Arguments that contradict each other or the chain.
    #[error("{0}")]
    Invalid(String),
    /// Several keys could sign, and the chain is not asked which one can.
    #[error(
        "{account} has {has} keys on this machine: choose the one to sign with by --sign-with PUBLIC_KEY"
    )]
    WhichKey {
        /// The account.
        account: AccountId,
        /// The number of keys.
        has: usize,
    },
    /// A file cannot be used.
    #[error("cannot {doing} {}", path.display())]
    File {
        /// `read`, `write` or the like.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A top-level account, which has no parent account.
    #[error("{account_id} has no parent account: name its creator with --by ACCOUNT")]
    NoParent {
        /// The requested account.
        account_id: AccountId,
    },
    /// The new account exists already.
    #[error("the account {account_id} already exists; choose another name")]
    AccountExists {
        /// The requested account.
        account_id: AccountId,
    },
    /// A long key of which only the hash is known.
    #[error(
        "{public_key} is the hash of a long key that is not on this machine: the whole key is needed, and `keyway key delete` accepts it"
    )]
    HashedKey {
        /// The key's hash.
        public_key: near_crypto::PublicKeyHandle,
    },
    /// stdin cannot be read.
    #[error("stdin cannot be read")]
    Stdin {
        /// The system's error.
        source: io::Error,
    },
    /// A signed message that proves nothing.
    #[error("not proven: {0}")]
    NotProven(String),
    /// A check failed.
    #[error("{0}")]
    Found(String),
    /// No account to work on.
    #[error("name an account: no account with a key file exists on this network")]
    NoAccount,
    /// A secret as an argument.
    #[error(
        "every program on this machine can read a secret on the command line, and the shell stores it: treat this key as leaked, and type or pipe secrets instead"
    )]
    SecretInArgument,
    /// The account does not have the key.
    #[error("{account} has no key {public_key}: see `keyway key list {account}`")]
    NoSuchKey {
        /// The account.
        account: AccountId,
        /// The key.
        public_key: PublicKeyHandle,
        /// Whether the key was to be changed, not only shown.
        to_change: bool,
    },
    /// No key here can sign.
    #[error("{0}")]
    NoKey(Box<NoKey>),
    /// The account does not exist on the chain.
    #[error("{}", library::no_such_account(account, chain))]
    NoSuchAccount {
        /// The account.
        account: AccountId,
        /// Whether something was to be sent by it or to it.
        to_change: bool,
        /// The chain in words.
        chain: String,
    },
    /// The secret was not found.
    #[error(
        "the secret of {public_key} of {account} was not found there: name another place with --from"
    )]
    NotAtHand {
        /// The account.
        account: AccountId,
        /// The key.
        public_key: PublicKeyHandle,
    },
    /// A key cannot be replaced.
    #[error(transparent)]
    Rotate(#[from] NoRotation),
    /// Another problem with a key.
    #[error("{0}")]
    KeyTrouble(String),
    /// Something irreversible was not confirmed.
    #[error("not done: this was not confirmed. {danger} In a script, {flag} confirms it")]
    NotConfirmed {
        /// What would happen.
        danger: String,
        /// The flag that confirms it.
        flag: &'static str,
    },
    /// The transaction ran, but the contract did not do what was asked.
    #[error("not done: {0}")]
    NotDone(&'static str),
    /// The account has no contract, or not one of the right kind.
    #[error("{account} has no {kind} contract; did you mean another account?")]
    OtherContract {
        /// The account.
        account: AccountId,
        /// `drop` or `recovery`.
        kind: &'static str,
    },
    /// Some of several links could not be created or claimed.
    #[error("{words}")]
    Links {
        /// Which links, and what happened to them.
        words: String,
        /// The cause.
        source: Box<CliError>,
    },
    /// The account's balance does not suffice for a contract's storage and the gas to deploy it.
    #[error(
        "{account} needs {} for the storage of the drop's contract and for gas, but can spend only {}: {remedy}",
        format_near(*needed), format_near(*had)
    )]
    ContractTooLarge {
        /// The account.
        account: AccountId,
        /// What it can spend, in yoctoNEAR.
        had: keyway::NearToken,
        /// What it needs, in yoctoNEAR.
        needed: keyway::NearToken,
        /// What to do.
        remedy: String,
    },
    /// A secret would be published.
    #[error(
        "{place} contains a secret key or a seed phrase, and everything in a transaction is public for ever: nothing was sent; did you mean another file?"
    )]
    WouldPublish {
        /// Where it is.
        place: String,
    },
    /// The account's balance does not suffice for the links of a drop.
    #[error(
        "{account} needs {}, but can spend only {}: send it {} more, or create fewer links",
        format_near(*needed), format_near(*had), format_near(needed.saturating_sub(*had))
    )]
    TooPoor {
        /// The account.
        account: AccountId,
        /// What it can spend, in yoctoNEAR.
        had: keyway::NearToken,
        /// What it needs, in yoctoNEAR.
        needed: keyway::NearToken,
    },
    /// What was asked for does not exist on the chain, or no longer.
    #[error("{0}")]
    NotFound(&'static str),
    /// The node does not have the transaction.
    #[error(
        "the node does not know the transaction {hash}; it keeps blocks from {first_block} on, so ask an archival node about an older one"
    )]
    NoTransaction {
        /// The transaction.
        hash: keyway::protocol::CryptoHash,
        /// The first block that the node has.
        first_block: u64,
    },
    /// The delay of a recovery is not over.
    #[error("the owner can still cancel: try again in {left}")]
    TooEarly {
        /// The rest of the delay, in words.
        left: String,
    },
    /// A contract would be replaced.
    #[error("{account} has a contract, which would be replaced: use an account without a contract")]
    HasContract {
        /// The account.
        account: AccountId,
    },
    /// The sum of the amounts overflows.
    #[error("the amounts overflow: use a smaller amount, or fewer links")]
    TooMuch,
    /// Fewer accounts than connections.
    #[error(
        "{connections} connections need at least as many accounts, but --accounts is {accounts}: raise --accounts or lower --connections"
    )]
    TooFewAccounts {
        /// The value of `--accounts`.
        accounts: u16,
        /// The value of `--connections`.
        connections: u16,
    },
    /// A benchmark of a public network.
    #[error("a public network must not be load-tested: name your own node with --network URL")]
    PublicNetwork,
    /// A chain cannot be controlled as asked.
    #[error(transparent)]
    NoControl(#[from] NoControl),
    /// No account pays for the benchmark.
    #[error(
        "no account pays for the benchmark: name one with enough NEAR by --from ACCOUNT or --key-file FILE, such as a home's validator_key.json"
    )]
    PayerNeeded,
    /// A secret would be printed where nobody can read it.
    #[error(
        "stdout is closed or /dev/null, but the secret is printed only once: send stdout to a file or a program; nothing was done"
    )]
    StdoutNowhere,
    /// The reader of stdout disappeared before the secret, which is in use, had arrived.
    #[error("nobody read the secret from stdout: {instead}")]
    Unread {
        /// Where the secret is instead, or how to do without it.
        instead: String,
        /// The system's error.
        source: Box<CliError>,
    },
    /// stdout cannot be written.
    #[error("the answer cannot be written to stdout")]
    Stdout {
        /// The system's error.
        source: io::Error,
    },
}
