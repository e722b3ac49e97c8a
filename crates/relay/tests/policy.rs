//! What a policy allows, what it refuses, and what its file may say.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

#[path = "policy/arguments.rs"]
mod arguments;
#[path = "policy/budgets.rs"]
mod budgets;
#[path = "policy/file.rs"]
mod file;
#[path = "policy/property.rs"]
mod property;
#[path = "policy/reader.rs"]
mod reader;
#[path = "policy/rules.rs"]
mod rules;

use keyway::protocol::{Action, PublicKey};
use keyway::{AccountId, Gas, KeyPair, NearToken};
use keyway_relay::AppName;
use keyway_relay::policy::cases::ActionForm;
use keyway_relay::policy::{Grant, Policy, PolicyRefusal, Request, Spent, Way};

/// A policy that most tests start from.
const CHESS: &str = r#"
[budget]
per_day = "50 NEAR"
total = "1000 NEAR"

[apps.chess]
per_call = "0.02 NEAR"
per_user_per_day = "0.2 NEAR"
per_day = "10 NEAR"

[[apps.chess.rules]]
name = "moves"
ways = ["delegate"]
users = ["*.players.near", "<implicit>"]
keys = "any"
receivers = ["game.near"]
max_actions = 2
max_lifetime_blocks = 200

[[apps.chess.rules.allow]]
action = "call"
methods = ["play", "leave"]
max_gas = "30 Tgas"
max_deposit = "0 NEAR"
arguments = { fields = ["bet", "to"], checks = [{ path = "$.bet", at_most = 10, at_least = 0 }] }

[[apps.chess.rules]]
name = "new players"
ways = ["intent"]
users = "any"
keys = "any"
receivers = ["*.players.near"]
max_actions = 3

[[apps.chess.rules.allow]]
action = "create_account"

[[apps.chess.rules.allow]]
action = "transfer"
max_deposit = "0.01 NEAR"

[[apps.chess.rules.allow]]
action = "add_function_call_key"
receivers = ["game.near"]
methods = ["play", "leave"]
max_allowance = "0.25 NEAR"
"#;

/// A request in the making.
#[derive(Clone, Debug)]
struct Asked {
    app: AppName,
    delegate: bool,
    user: Option<AccountId>,
    key: PublicKey,
    lifetime_blocks: u64,
    receiver: AccountId,
    actions: Vec<Action>,
    cost: NearToken,
    spent: Spent,
}

impl Asked {
    /// A move that `CHESS` allows.
    fn a_move() -> Self {
        Self {
            app: "chess".parse().unwrap(),
            delegate: true,
            user: Some("bob.players.near".parse().unwrap()),
            key: KeyPair::random_ed25519().public_key().clone(),
            lifetime_blocks: 100,
            receiver: "game.near".parse().unwrap(),
            actions: vec![call("play", br#"{"bet":1}"#)],
            cost: NearToken::from_millinear(5),
            spent: Spent::default(),
        }
    }

    /// A new player that `CHESS` allows.
    fn a_player() -> Self {
        let key = KeyPair::random_ed25519().public_key().to_string();
        Self {
            delegate: false,
            user: Some("carol.near".parse().unwrap()),
            receiver: "carol.players.near".parse().unwrap(),
            actions: vec![
                action(r#"{"action":"create_account"}"#),
                action(r#"{"action":"transfer","deposit":"0.01 NEAR"}"#),
                action(&format!(
                    r#"{{"action":"add_function_call_key","public_key":"{key}","receiver":"game.near","methods":["play"],"allowance":"0.25 NEAR"}}"#
                )),
            ],
            ..Self::a_move()
        }
    }

    fn judge(&self, policy: &Policy) -> Result<Grant, PolicyRefusal> {
        let way = match (self.delegate, &self.user) {
            (true, user) => Way::Delegate {
                sender: user.as_ref().unwrap(),
                key: &self.key,
                lifetime_blocks: self.lifetime_blocks,
            },
            (false, user) => Way::Intent { user: user.as_ref() },
        };
        let relayer = relayer();
        let request = Request {
            app: &self.app,
            way,
            relayer: &relayer,
            receiver: &self.receiver,
            actions: &self.actions,
            cost: self.cost,
        };
        policy.judge(&request, &self.spent)
    }

    /// The rule of `CHESS` that allows it.
    #[track_caller]
    fn rule(&self) -> String {
        self.judge(&chess()).unwrap().rule
    }

    /// Why `CHESS` refuses it.
    #[track_caller]
    fn refusal(&self) -> PolicyRefusal {
        self.judge(&chess()).unwrap_err()
    }
}

fn chess() -> Policy {
    Policy::read(CHESS).unwrap()
}

fn relayer() -> AccountId {
    "relay.near".parse().unwrap()
}

fn action(json: &str) -> Action {
    serde_json::from_str::<ActionForm>(json).unwrap().action().unwrap()
}

fn call(method: &str, args: &[u8]) -> Action {
    let form = ActionForm::Call {
        method: method.to_owned(),
        args: None,
        args_text: Some(String::from_utf8(args.to_vec()).unwrap()),
        args_base64: None,
        gas: Gas::from_teragas(30),
        deposit: NearToken::ZERO,
    };
    form.action().unwrap()
}
