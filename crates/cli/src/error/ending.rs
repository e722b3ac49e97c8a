//! How an error ends the program: the exit code, and the kind and text that scripts and people see.

use super::plain::plain;
use super::{CliError, NoControl, NoRotation, library};
use anstyle::{AnsiColor, Style};
use keyway::keys::printable;
use keyway_fork::ForkError;
use keyway_node::{DumpError, HomeError, NodeError};
use keyway_relay::StartError;
use keyway_relay::rotate::RotateLaneError;

impl CliError {
    /// The process's exit code: the table in `keyway --help`.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_)
            | Self::Leaked(_)
            | Self::HomeNeeded { .. }
            | Self::Shards { .. }
            | Self::PublicChain { .. }
            | Self::BalanceOfNobody
            | Self::DumpFlag { .. }
            | Self::ForNewChains { .. }
            | Self::AccountNeeded
            | Self::TooFewAccounts { .. }
            | Self::PublicNetwork
            | Self::PayerNeeded
            | Self::NoParent { .. }
            | Self::HashedKey { .. }
            | Self::Grant(_)
            | Self::SecretInArgument
            | Self::NoAccount
            | Self::NoActions
            | Self::TooMuch
            | Self::Forecast(_)
            | Self::Invalid(_)
            | Self::NoContract { .. }
            | Self::WouldPublish { .. }
            | Self::Value { .. } => 2,
            Self::AddressInUse { .. } | Self::Listen { .. } => 3,
            Self::Fork(error) => of_fork(error),
            Self::Node(error) | Self::Dump(DumpError::Node(error)) => of_node(error),
            Self::Dump(DumpError::Output(_)) => 5,
            Self::Relay(error) => of_relay(error),
            Self::Rotate(NoRotation::Lanes(error)) => of_lane_key(error),
            Self::Serve { .. }
            | Self::System { .. }
            | Self::Dump(_)
            | Self::File { .. }
            | Self::TooEarly { .. }
            | Self::HasContract { .. }
            | Self::Stdin { .. }
            | Self::StdoutNowhere
            | Self::Unread { .. }
            | Self::Stdout { .. } => 1,
            Self::Library(error) => of_library(error),
            Self::Foreseen(_)
            | Self::TooPoor { .. }
            | Self::ContractTooLarge { .. }
            | Self::AccountExists { .. }
            | Self::NoSuchKey { to_change: true, .. }
            | Self::NoSuchAccount { to_change: true, .. } => 6,
            Self::Links { source, .. } => source.exit_code(),
            Self::NoControl(why) => why.exit_code(),
            Self::Keys(_)
            | Self::Rotate(_)
            | Self::NoKey(_)
            | Self::KeyTrouble(_)
            | Self::NotAtHand { .. }
            | Self::Passphrase(_)
            | Self::NoCredentialsDir
            | Self::WhichKey { .. }
            | Self::NetworkName { .. } => 9,
            Self::NotDone(_) => 7,
            Self::NoSuchKey { .. }
            | Self::NoSuchAccount { .. }
            | Self::NoTransaction { .. }
            | Self::OtherContract { .. }
            | Self::NotFound(_) => 8,
            Self::NotConfirmed { .. } => 10,
            Self::NotProven(_) | Self::Found(_) => 12,
        }
    }

    /// A stable dotted name, as in [`keyway::Error::kind`]; ours begin with `Command`.
    pub(crate) fn kind(&self) -> &'static str {
        if let Self::Relay(error) = self
            && let StartError::Chain(error) = error.as_ref()
        {
            return error.kind();
        }
        match self {
            Self::Library(error) => error.kind(),
            Self::NoKey(_) => "Pool.Empty",
            Self::NoSuchAccount { .. } => "Query.Account.NotFound",
            Self::NoTransaction { .. } => "Query.Transaction.NotFound",
            Self::Foreseen(_)
            | Self::TooPoor { .. }
            | Self::ContractTooLarge { .. }
            | Self::AccountExists { .. }
            | Self::NoSuchKey { to_change: true, .. } => "Command.WouldFail",
            Self::Links { source, .. } => source.kind(),
            Self::NoControl(NoControl::Refused(_)) => "Command.Refused",
            Self::NotConfirmed { .. } => "Command.NotConfirmed",
            Self::NotProven(_) => "Command.NotProven",
            Self::Found(_) => "Command.Found",
            Self::NoSuchKey { .. } | Self::OtherContract { .. } | Self::NotFound(_) => {
                "Command.NotFound"
            }
            Self::NotDone(_) => "Command.Undone",
            Self::TooEarly { .. } => "Command.TooEarly",
            Self::File { .. }
            | Self::Stdin { .. }
            | Self::Stdout { .. }
            | Self::StdoutNowhere
            | Self::Unread { .. } => "Command.File",
            other if other.exit_code() == 2 => "Command.Arguments",
            other if other.exit_code() == 9 => "Command.Keys",
            _ => "Command.Failed",
        }
    }

    /// The error as one line of JSON.
    pub(crate) fn json(&self) -> String {
        let error = serde_json::json!({ "kind": self.kind(), "message": self.words() });
        serde_json::json!({ "error": error }).to_string()
    }

    /// The error and its causes on one line; below it the command's usage, if the command line was
    /// wrong.
    pub(crate) fn lines(&self) -> String {
        let style = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
        let line = format!("{style}error:{style:#} {}", self.words());
        match self {
            Self::Usage(usage) => usage.lines(&line),
            _ => line,
        }
    }

    /// The error and its causes, without the label.
    pub(crate) fn words(&self) -> String {
        let words = match self {
            Self::Library(error) => library::words(error).unwrap_or_else(|| self.chain()),
            _ => self.chain(),
        };
        // Text from a node or a contract must not look like a line of ours.
        printable(&plain(&words)).into_owned()
    }

    /// The error and its causes.
    fn chain(&self) -> String {
        let mut line = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            // Some errors contain their cause.
            let text = error.to_string();
            if !line.ends_with(&text) {
                line.push_str(&format!(": {text}"));
            }
            cause = error.source();
        }
        line
    }
}

fn of_node(error: &NodeError) -> u8 {
    match error {
        NodeError::Home(HomeError::InUse { .. }) => 4,
        NodeError::Home(_) | NodeError::Journal(_) | NodeError::Store(_) => 5,
        NodeError::Replay { .. } => 8,
        _ => 1,
    }
}

fn of_fork(error: &ForkError) -> u8 {
    match error {
        ForkError::Address { .. }
        | ForkError::TooManyEndpoints { .. }
        | ForkError::NoNetwork { .. }
        | ForkError::OtherBlock { .. }
        | ForkError::GasInHome
        | ForkError::NotFinal { .. } => 2,
        ForkError::OtherNetwork { .. }
        | ForkError::OtherStart { .. }
        | ForkError::BadSettings { .. }
        | ForkError::NotKept { .. } => 5,
        ForkError::BadFile { .. } | ForkError::File { .. } | ForkError::NoClient { .. } => 1,
        _ => 8,
    }
}

fn of_relay(error: &StartError) -> u8 {
    match error {
        StartError::Config(_) | StartError::Policy(_) | StartError::NoRules(_) => 2,
        StartError::Listen { .. } => 3,
        StartError::Store(_) => 5,
        StartError::Chain(error) => of_library(error),
        StartError::NoKey { .. } => 9,
        _ => 1,
    }
}

fn of_lane_key(error: &RotateLaneError) -> u8 {
    match error {
        RotateLaneError::KeysAreNamed | RotateLaneError::OnlyErases { .. } => 2,
        RotateLaneError::NoInstance { .. } => 8,
        RotateLaneError::NoLane { .. } | RotateLaneError::TooLate { .. } => 9,
        _ => 1,
    }
}

fn of_library(error: &keyway::Error) -> u8 {
    use keyway::Error;
    match error {
        Error::Argument(_) | Error::Endpoint(_) => 2,
        Error::Refused(_) => 6,
        Error::Failed(_) => 7,
        Error::Query(_) | Error::Transport(_) => 8,
        Error::Pool(_) | Error::Key(_) => 9,
        Error::Fate(_) => 11,
        _ => 1,
    }
}
