//! Arguments of calls: JSON tricks never widen what is allowed.

use super::{Asked, CHESS, call};
use keyway_relay::policy::Policy;

#[track_caller]
fn refused(args: impl AsRef<[u8]>, why: &str) {
    let asked = Asked { actions: vec![call("play", args.as_ref())], ..Asked::a_move() };
    let refusal = asked.refusal();
    assert_eq!(refusal.kind(), "Policy.Arguments");
    let text = refusal.to_string();
    assert!(text.contains(&format!("action 1: arguments: {why}")), "{text}");
}

#[test]
fn the_bounds_are_exact() {
    for args in [r#"{"bet":0}"#, r#"{"bet":10}"#, r#"{"bet":"10","to":"e4"}"#, " {\"bet\" : 10 } "]
    {
        let asked = Asked { actions: vec![call("play", args.as_bytes())], ..Asked::a_move() };
        assert_eq!(asked.rule(), "moves", "{args}");
    }
    let bounds = "and it is allowed only if it is an integer from 0 to 10";
    refused(r#"{"bet":11}"#, &format!("$.bet has 11, {bounds}"));
    refused(r#"{"bet":-1}"#, &format!("$.bet has -1, {bounds}"));
}

#[test]
fn numbers_that_can_be_read_in_two_ways_are_refused() {
    for number in [
        "1.0",
        "1e1",
        "1E1",
        "10.5",
        "-0",
        "0.1e2",
        "\"010\"",
        "\"+1\"",
        "\" 1\"",
        "\"1.0\"",
        "\"1e1\"",
        "\"0x1\"",
        "\"\"",
        "\"-0\"",
        "\"\u{661}\"",
        "\"\u{ff11}\"",
        "true",
        "null",
        "[1]",
        "{}",
        "18446744073709551616",
        "340282366920938463463374607431768211457",
        "\"340282366920938463463374607431768211457\"",
        "-9223372036854775809",
        "1000000000000000000000000000000000000000000000000000000000000000000000000000001",
    ] {
        refused(format!(r#"{{"bet":{number}}}"#), "$.bet has ");
    }
    refused(r#"{"bet":1e999}"#, "they are not JSON: number out of range");
}

#[test]
fn fields_that_can_be_read_in_two_ways_are_refused() {
    refused(r#"{"bet":1,"bet":1000}"#, "field \"bet\" is repeated");
    refused(r#"{"bet":1000,"bet":1}"#, "field \"bet\" is repeated");
    let escapes = "the name of field \"bet\" is written with escapes";
    refused(r#"{"bet":1,"b\u0065t":1000}"#, escapes);
    refused(r#"{"\u0062et":1}"#, escapes);
    let strange = "is empty, or has other letters than visible ASCII";
    refused(
        "{\"bet\":1,\"b\u{435}t\":1000}",
        &format!("the name of field \"b\u{435}t\" {strange}"),
    );
    refused(
        "{\"bet\":1,\"bet\u{200d}\":1000}",
        &format!("the name of field \"bet\\u{{200d}}\" {strange}"),
    );
    refused(r#"{"bet":1,"":2}"#, &format!("the name of field \"\" {strange}"));
    refused(r#"{"bet":1,"Bet":1000}"#, "field \"Bet\" is not among bet, to");
    refused(r#"{"bet":1,"to":{"x":1,"x":2}}"#, "field \"x\" is repeated");
    refused(r#"{"bet":1,"to":"a\u0000b"}"#, "a text has a NUL in it");
    refused(r#"{"to":"e4"}"#, "$.bet selects 0 values, and exactly 1 is needed");
    refused(r#"[{"bet":1}]"#, "they are not a JSON object");
    refused(r#""bet""#, "they are not a JSON object");
    refused(r#"{"bet":1}{"bet":1000}"#, "they are not JSON: trailing characters");
    refused("{\"bet\":1}\0", "they are not JSON: trailing characters");
    refused("\u{feff}{\"bet\":1}", "they are not JSON");
    refused("", "they are not JSON: EOF");
    refused("bet=1", "they are not JSON");
}

#[test]
fn depth_and_length_have_limits() {
    let nested =
        |depth: usize| format!("{{\"bet\":1,\"to\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let asked = Asked { actions: vec![call("play", nested(31).as_bytes())], ..Asked::a_move() };
    assert_eq!(asked.rule(), "moves");
    refused(nested(32), "they are nested more than 32 deep");
    refused(nested(10_000), "they are nested more than 32 deep");
    let long = format!("{{\"bet\":1,\"to\":\"{}\"}}", "x".repeat(65_536));
    let bytes = long.len();
    refused(long, &format!("they have {bytes} bytes, and 65536 is the most that is looked into"));
}

#[test]
fn bytes_that_are_not_text_are_refused() {
    let form =
        r#"{"action":"call","method":"play","args_base64":"eyJiZXQiOjH/fQ==","gas":"1 Tgas"}"#;
    let asked = Asked { actions: vec![super::action(form)], ..Asked::a_move() };
    assert_eq!(asked.refusal().kind(), "Policy.Arguments");
}

/// What `CHESS` says with other arguments.
#[track_caller]
fn with(arguments: &str, args: &str) -> Result<(), String> {
    let start = CHESS.find("arguments = ").unwrap();
    let end = start + CHESS[start..].find('\n').unwrap();
    let text = format!("{}arguments = {arguments}{}", &CHESS[..start], &CHESS[end..]);
    let policy = Policy::read(&text).unwrap();
    let asked = Asked { actions: vec![call("play", args.as_bytes())], ..Asked::a_move() };
    asked.judge(&policy).map(drop).map_err(|refusal| refusal.to_string())
}

#[track_caller]
fn fails(arguments: &str, args: &str, why: &str) {
    let text = with(arguments, args).unwrap_err();
    assert!(text.contains(why), "{text}");
}

#[test]
fn values_are_compared_with_their_type() {
    let one_of = r#"{ fields = ["a"], checks = [{ path = "$.a", one_of = ["x", 1, true] }] }"#;
    for args in [r#"{"a":"x"}"#, r#"{"a":1}"#, r#"{"a":true}"#] {
        assert_eq!(with(one_of, args), Ok(()), "{args}");
    }
    for args in
        [r#"{"a":"1"}"#, r#"{"a":1.0}"#, r#"{"a":"true"}"#, r#"{"a":"X"}"#, r#"{"a":["x"]}"#]
    {
        fails(one_of, args, "only if it is \"x\" or 1 or true");
    }
    let equals = r#"{ fields = ["a"], checks = [{ path = "$.a", equals = "x" }] }"#;
    assert_eq!(with(equals, r#"{"a":"\u0078"}"#), Ok(()), "an escape in a value is that letter");
    fails(equals, "{\"a\":\"\u{445}\"}", "only if it is \"x\"");
}

#[test]
fn accounts_and_texts_are_limited() {
    let account =
        r#"{ fields = ["a"], checks = [{ path = "$.a", account = ["*.players.near"] }] }"#;
    assert_eq!(with(account, r#"{"a":"bob.players.near"}"#), Ok(()));
    for args in [
        r#"{"a":"players.near"}"#,
        r#"{"a":"Bob.players.near"}"#,
        "{\"a\":\"b\u{43e}b.players.near\"}",
        r#"{"a":7}"#,
    ] {
        fails(account, args, "only if it is an account among *.players.near");
    }
    let bytes = r#"{ fields = ["a"], checks = [{ path = "$.a", max_bytes = 3 }] }"#;
    assert_eq!(with(bytes, r#"{"a":"abc"}"#), Ok(()));
    fails(bytes, "{\"a\":\"ab\u{e4}\"}", "only if it is a text of at most 3 bytes");
}

#[test]
fn several_values_must_be_meant() {
    let one = r#"{ fields = ["a"], checks = [{ path = "$.a[*].n", at_most = 5 }] }"#;
    let each = r#"{ fields = ["a"], checks = [{ path = "$.a[*].n", at_most = 5, each = true }] }"#;
    let two = r#"{"a":[{"n":1},{"n":5}]}"#;
    fails(one, two, "selects 2 values, and exactly 1 is needed");
    assert_eq!(with(each, two), Ok(()));
    let six = r#"{"a":[{"n":1},{"n":6}]}"#;
    fails(each, six, "has 6, and it is allowed only if it is an integer of at most 5");
    fails(each, r#"{"a":[]}"#, "selects 0 values, and at least 1 is needed");
}

#[test]
fn none_and_any_mean_what_they_say() {
    assert_eq!(with("\"none\"", ""), Ok(()));
    assert_eq!(with("\"none\"", "{}"), Ok(()));
    fails("\"none\"", "{ }", "there are 3 bytes of arguments, and none are allowed");
    assert_eq!(with("\"any\"", "\0not JSON"), Ok(()));
    let fields = r#"{ fields = ["a"] }"#;
    assert_eq!(with(fields, r#"{}"#), Ok(()));
    fails(fields, r#"{"b":1}"#, "field \"b\" is not among a");
}
