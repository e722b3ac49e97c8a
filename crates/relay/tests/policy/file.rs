//! What a policy file may say.

use super::CHESS;
use keyway_relay::policy::Policy;

/// `CHESS` with `from` replaced by `to` is not a policy.
#[track_caller]
fn wrong(from: &str, to: &str, why: &str) {
    assert!(CHESS.contains(from), "{from}");
    let error = Policy::read(&CHESS.replacen(from, to, 1)).unwrap_err().to_string();
    assert!(error.contains(why), "{error}");
}

#[test]
fn an_empty_list_is_an_error() {
    let empty = "the list is empty, which allows nothing; name what is allowed, or write \"any\"";
    wrong(r#"users = ["*.players.near", "<implicit>"]"#, "users = []", empty);
    wrong(r#"receivers = ["game.near"]"#, "receivers = []", empty);
    wrong(r#"methods = ["play", "leave"]"#, "methods = []", empty);
    wrong(r#"keys = "any""#, "keys = []", empty);
    wrong(r#"fields = ["bet", "to"]"#, "fields = []", empty);
    wrong(r#"ways = ["delegate"]"#, "ways = []", "`ways` is empty, which allows nothing");
    wrong("at_most = 10, at_least = 0", "one_of = []", empty);
    let no_rules = CHESS.split("[[apps").next().unwrap();
    let error = Policy::read(&format!("{no_rules}rules = []")).unwrap_err().to_string();
    assert!(error.contains("app `chess` has no rule"), "{error}");
    let no_apps = CHESS.split("[apps").next().unwrap();
    let error = Policy::read(&format!("{no_apps}[apps]")).unwrap_err().to_string();
    assert!(error.contains("the policy has no app"), "{error}");
}

#[test]
fn what_is_left_out_is_an_error_and_not_everything() {
    for line in CHESS.lines().filter(|line| line.contains(" = ")) {
        if line.starts_with("max_lifetime") {
            wrong(line, "", "it allows delegate actions, so it needs `max_lifetime_blocks`");
            continue;
        }
        let field = line.split(" = ").next().unwrap();
        wrong(line, "", &format!("missing field `{field}`"));
    }
}

#[test]
fn an_unknown_field_is_an_error() {
    wrong("[budget]", "[budget]\nper_week = \"1 NEAR\"", "unknown field `per_week`");
    wrong("name = \"moves\"", "name = \"moves\"\nuser = \"any\"", "unknown field `user`");
    let create = "action = \"create_account\"";
    wrong(create, "action = \"create_account\"\nmax = 1", "unknown field `max`");
    wrong("at_least = 0", "at_lest = 0", "unknown field `at_lest`");
    wrong(create, "action = \"stake\"", "unknown variant `stake`");
    wrong("[budget]", "[budgets]", "unknown field `budgets`");
}

#[test]
fn a_list_that_cannot_be_meant_is_an_error() {
    let users = r#"users = ["*.players.near", "<implicit>"]"#;
    wrong(users, r#"users = "*.players.near""#, "write a list, even of one, or \"any\"");
    wrong(users, r#"users = ["any"]"#, "write \"any\" alone, not in a list");
    let receivers = r#"receivers = ["game.near"]"#;
    wrong(receivers, r#"receivers = ["*"]"#, "is neither an account nor a pattern");
    wrong(receivers, r#"receivers = ["game.near", "game.near"]"#, "names something twice");
    let methods = r#"methods = ["play", "leave"]"#;
    wrong(methods, r#"methods = ["*"]"#, "write methods = \"any\" to allow all");
    wrong(methods, r#"methods = [""]"#, "it must have 1 to 256");
}

#[test]
fn a_number_or_name_that_cannot_be_meant_is_an_error() {
    wrong("max_actions = 2", "max_actions = 0", "`max_actions` is 0, which allows nothing");
    wrong("max_actions = 2", "max_actions = -1", "invalid value: integer `-1`");
    let blocks = "max_lifetime_blocks = 200";
    wrong(blocks, "max_lifetime_blocks = 0", "`max_lifetime_blocks` is 0");
    wrong("max_actions = 3", "max_actions = 3\nmax_lifetime_blocks = 1", "leave it out");
    let gas = "max_gas = \"30 Tgas\"";
    wrong(gas, "max_gas = \"30\"", "if you mean `30 Tgas`, write that");
    wrong(gas, "max_gas = \"0 Tgas\"", "`max_gas` is 0");
    let per_call = "per_call = \"0.02 NEAR\"";
    wrong(per_call, "per_call = \"0.02\"", "write \"0.02 NEAR\"");
    wrong(per_call, "per_call = 0.02", "invalid type: floating point");
    wrong("name = \"new players\"", "name = \"moves\"", "has two rules named `moves`");
    wrong("name = \"moves\"", "name = \"\"", "is not a name for a rule");
    wrong("[apps.chess]", "[apps.Chess]", "app name");
}

#[test]
fn a_check_that_cannot_be_meant_is_an_error() {
    let check = "at_most = 10, at_least = 0";
    wrong(check, "at_most = 1, at_least = 2", "at least 2 and at most 1 allows nothing");
    wrong(check, "equals = 1.5", "1.5 is not an integer");
    wrong(check, "equals = [1]", "only texts, integers, true and false are compared");
    wrong(check, "equals = 1, max_bytes = 2", "needs exactly one of");
    wrong(check, "at_most = 1.5", "1.5 is not an integer");
    wrong(&format!(", {check}"), "", "needs exactly one of");
    wrong("path = \"$.bet\"", "path = \"bet\"", "\"bet\" is not a JSON path");
    let fields =
        r#"fields = ["bet", "to"], checks = [{ path = "$.bet", at_most = 10, at_least = 0 }]"#;
    wrong(fields, "fields = \"any\"", "write arguments = \"any\"");
}

#[test]
fn an_error_has_its_place() {
    let error = Policy::read("[budget]\nper_day = 5\n").unwrap_err().to_string();
    assert!(error.starts_with("the policy cannot be read at line 2, column 11: "), "{error}");
    let long = format!("# {}\n{CHESS}", "x".repeat(1 << 20));
    let error = Policy::read(&long).unwrap_err().to_string();
    assert!(error.contains("and 1048576 is the most"), "{error}");
}

#[test]
fn a_policy_in_words() {
    let words = super::chess().in_words();
    assert_eq!(words, include_str!("chess.txt"), "{words}");
}
