use super::super::*;
use crate::KeyFacts;
use crate::tests::fixture::{alice, calls, chain, full, id, key};
use crate::unsigned::unsigned;
use near_crypto::{KeyType, SecretKey, Signature};
use near_primitives::action::delegate::{DelegateAction, SignedDelegateAction};
use near_primitives::action::{
    AddKeyAction, CreateAccountAction, DeleteKeyAction, DeployContractAction, FunctionCallAction,
    TransferAction,
};
use near_primitives::types::Gas;

fn transfer() -> Action {
    Action::Transfer(TransferAction { deposit: Balance::from_near(1) })
}

fn call(method: &str, milli: u128) -> Action {
    Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: method.to_owned(),
        args: Vec::new(),
        gas: Gas::from_teragas(10),
        deposit: Balance::from_millinear(milli),
    }))
}

fn nobody() -> Neighbour {
    Neighbour { facts: None, callable: Callable::NoAccount }
}

fn account(name: &str, keys: Vec<KeyFacts>, methods: Option<&[&str]>) -> Neighbour {
    let facts = AccountFacts { account_id: id(name), ..alice(keys) };
    let callable = match methods {
        Some(names) => Callable::Methods(names.iter().map(|&name| name.to_owned()).collect()),
        None => Callable::NoContract,
    };
    Neighbour { facts: Some(facts), callable }
}

fn failure(to: &str, actions: Vec<Action>, known: Vec<(&str, Neighbour)>) -> Option<Failure> {
    let (from, to) = (id("alice.near"), id(to));
    let transaction = unsigned(&from, &key("a"), None, &to, actions);
    let known = known.into_iter().map(|(name, known)| (id(name), known)).collect();
    outlook(&chain(), &transaction, &known)
}

#[track_caller]
fn fails(to: &str, actions: Vec<Action>, known: Neighbour, expected: &str) {
    let failure = failure(to, actions, vec![(to, known)]).expect("it fails");
    assert_eq!(failure.to_string(), expected);
    assert!(!failure.delegated);
}

#[track_caller]
fn passes(to: &str, actions: Vec<Action>, known: Neighbour) {
    assert_eq!(failure(to, actions, vec![(to, known)]), None);
}

#[test]
fn what_is_not_there_fails_unless_it_is_made() {
    let implicit = "0101010101010101010101010101010101010101010101010101010101010101";
    fails("ghost.near", vec![transfer()], nobody(), "there is no account ghost.near");
    fails("ghost.near", vec![call("play", 0)], nobody(), "there is no account ghost.near");
    passes(implicit, vec![transfer()], nobody());
    let two = vec![transfer(), transfer()];
    fails(implicit, two, nobody(), &format!("there is no account {implicit}"));
    passes("bob.near", vec![transfer()], account("bob.near", vec![], None));
    // An unknown account is not judged.
    assert_eq!(failure("ghost.near", vec![transfer()], vec![]), None);
}

#[test]
fn a_new_account_is_its_parents_to_make() {
    let create = || Action::CreateAccount(CreateAccountAction {});
    passes("new.alice.near", vec![create(), transfer()], nobody());
    let there = account("new.alice.near", vec![], None);
    fails("new.alice.near", vec![create()], there, "new.alice.near already exists");
    let not_its_own = "only bob.near can create new.bob.near";
    fails("new.bob.near", vec![create()], nobody(), not_its_own);
    let deploy = Action::DeployContract(DeployContractAction {
        code: wat::parse_str(r#"(module (func (export "new")))"#).unwrap(),
    });
    let with_code = |method| vec![create(), deploy.clone(), call(method, 0)];
    passes("new.alice.near", with_code("new"), nobody());
    let missing = "new.alice.near has no function old";
    fails("new.alice.near", with_code("old"), nobody(), missing);
}

#[test]
fn a_function_is_looked_for_where_the_code_is_known() {
    let game = || account("game.near", vec![], Some(&["play"]));
    passes("game.near", vec![call("play", 0)], game());
    let missing = "game.near has no function quit";
    fails("game.near", vec![call("quit", 0)], game(), missing);
    let bare = account("game.near", vec![], None);
    fails("game.near", vec![call("play", 0)], bare, "game.near has no contract");
}

#[test]
fn keys_are_added_once_and_only_by_their_account() {
    let add = |name| {
        let access_key = full(name).access_key;
        Action::AddKey(Box::new(AddKeyAction { public_key: key(name), access_key }))
    };
    let delete = |name| Action::DeleteKey(Box::new(DeleteKeyAction { public_key: key(name) }));
    let own = || account("alice.near", vec![full("a")], None);
    passes("alice.near", vec![add("b")], own());
    passes("alice.near", vec![delete("a"), add("a")], own());
    let there = format!("alice.near already has the key {}", key("a"));
    fails("alice.near", vec![add("a")], own(), &there);
    let missing = format!("alice.near has no key {}", key("b"));
    fails("alice.near", vec![delete("b")], own(), &missing);
    let bob = account("bob.near", vec![], None);
    let not_its_own = "alice.near cannot do this to bob.near: only the account itself can";
    fails("bob.near", vec![add("b")], bob, not_its_own);
}

/// Bob's delegate action, signed with his key `app`.
fn delegate(edit: impl FnOnce(&mut DelegateAction)) -> Action {
    let app = app();
    let mut delegate_action = DelegateAction {
        sender_id: id("bob.near"),
        receiver_id: id("game.near"),
        actions: vec![call("play", 0).try_into().unwrap()],
        nonce: app.access_key.nonce + 1,
        max_block_height: u64::MAX,
        public_key: key("app"),
    };
    edit(&mut delegate_action);
    let hash = delegate_action.get_nep461_hash();
    let signature = SecretKey::from_seed(KeyType::ED25519, "app").sign(hash.as_ref());
    Action::Delegate(Box::new(SignedDelegateAction { delegate_action, signature }))
}

fn app() -> KeyFacts {
    calls("app", "game.near", &["play"], Some(0))
}

fn relayed(to: &str, action: Action) -> Option<Failure> {
    let bob = account("bob.near", vec![app()], None);
    let game = account("game.near", vec![], Some(&["play", "quit"]));
    let carol = account("carol.near", vec![], None);
    let known = vec![("bob.near", bob), ("game.near", game), ("carol.near", carol)];
    failure(to, vec![action], [known, vec![("ghost.near", nobody())]].concat())
}

#[track_caller]
fn delegate_fails(edit: impl FnOnce(&mut DelegateAction), expected: &str) {
    let failure = relayed("bob.near", delegate(edit)).expect("it fails");
    assert_eq!((failure.to_string().as_str(), failure.delegated), (expected, true));
}

#[test]
fn a_delegate_action_is_judged_as_when_it_runs() {
    assert_eq!(relayed("bob.near", delegate(|_| {})), None);
    let last = app().access_key.nonce;
    let used_up = format!("its nonce {last} is used up: the key's last is {last}");
    delegate_fails(|it| it.nonce = last, &used_up);
    delegate_fails(
        |it| it.nonce = u64::MAX,
        "its nonce 18446744073709551615 must be below 5000001000000 now",
    );
    delegate_fails(|it| it.max_block_height = 5_000_000, "it has expired");
    let with = |actions: Vec<Action>| {
        move |it: &mut DelegateAction| {
            it.actions = actions.into_iter().map(|action| action.try_into().unwrap()).collect();
        }
    };
    delegate_fails(with(vec![call("play", 1)]), "its key cannot attach a deposit");
    let one = "its key may sign one function call and nothing else";
    delegate_fails(with(vec![call("play", 0), call("play", 0)]), one);
    delegate_fails(with(vec![transfer()]), one);
    delegate_fails(with(vec![call("quit", 0)]), "it calls quit, which its key does not list");
    let elsewhere = "it calls carol.near, and its key may call game.near";
    delegate_fails(|it| it.receiver_id = id("carol.near"), elsewhere);
    let no_key = format!("bob.near has no key {}, which signed it", key("b"));
    let signed = |it: &DelegateAction| {
        SecretKey::from_seed(KeyType::ED25519, "b").sign(it.get_nep461_hash().as_ref())
    };
    let Action::Delegate(mut by_other) = delegate(|it| it.public_key = key("b")) else { panic!() };
    by_other.signature = signed(&by_other.delegate_action);
    assert_eq!(relayed("bob.near", Action::Delegate(by_other)).unwrap().to_string(), no_key);
}

#[test]
fn a_relayer_that_sends_it_elsewhere_or_unsigned_is_told() {
    let failure = relayed("game.near", delegate(|_| {})).unwrap();
    let expected =
        "it was signed by bob.near, but the transaction goes to game.near; send it to bob.near";
    assert_eq!(failure.to_string(), expected);
    let Action::Delegate(mut unsigned) = delegate(|_| {}) else { panic!() };
    unsigned.signature = Signature::empty(KeyType::ED25519);
    let failure = relayed("bob.near", Action::Delegate(unsigned)).unwrap();
    assert_eq!(failure.to_string(), "its signature does not match its key");
}

#[test]
fn what_a_delegate_action_does_is_looked_at_too() {
    let full_access = |actions: Vec<Action>, receiver: &str| {
        let edit = |it: &mut DelegateAction| {
            it.receiver_id = id(receiver);
            it.actions = actions.into_iter().map(|action| action.try_into().unwrap()).collect();
        };
        let bob = account("bob.near", vec![full("app")], None);
        let known = vec![("bob.near", bob), ("ghost.near", nobody())];
        failure("bob.near", vec![delegate(edit)], known)
    };
    let failure = full_access(vec![transfer()], "ghost.near").unwrap();
    assert_eq!(failure.to_string(), "there is no account ghost.near");
    assert_eq!((failure.account_id.as_str(), failure.delegated), ("ghost.near", true));
    assert_eq!(full_access(vec![transfer()], "bob.near"), None);
}

#[test]
fn it_asks_about_every_account_and_key_that_matters() {
    let transaction =
        unsigned(&id("alice.near"), &key("a"), None, &id("bob.near"), vec![delegate(|_| {})]);
    let wanted = neighbours(&transaction);
    assert_eq!(wanted[&id("bob.near")], Wanted { calls: false, keys: vec![key("app")] });
    assert_eq!(wanted[&id("game.near")], Wanted { calls: true, keys: vec![] });
    assert_eq!(wanted.len(), 2);
}
