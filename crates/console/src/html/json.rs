//! JSON with line ends and indentation. It works on the text, so that large numbers stay what they are.

/// Valid JSON, one member a line.
pub(crate) fn indented(json: &str) -> String {
    let mut shown = String::with_capacity(json.len() * 2);
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut letters = json.chars().peekable();
    while let Some(letter) = letters.next() {
        if quoted {
            shown.push(letter);
            quoted = escaped || letter != '"';
            escaped = !escaped && letter == '\\';
            continue;
        }
        match letter {
            '"' => {
                quoted = true;
                shown.push(letter);
            }
            '{' | '[' => {
                shown.push(letter);
                while letters.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                match letters.next_if(|next| matches!(next, '}' | ']')) {
                    Some(end) => shown.push(end),
                    None => {
                        depth += 1;
                        line(&mut shown, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut shown, depth);
                shown.push(letter);
            }
            ',' => {
                shown.push(letter);
                line(&mut shown, depth);
            }
            ':' => shown.push_str(": "),
            blank if blank.is_ascii_whitespace() => {}
            other => shown.push(other),
        }
    }
    shown
}

fn line(shown: &mut String, depth: usize) {
    shown.push('\n');
    // Deeply nested arrays would otherwise take the square of their length.
    shown.push_str(&"  ".repeat(depth.min(DEEPEST)));
}

const DEEPEST: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn members_have_lines_of_their_own() {
        let text = r#"{"a":[1,{"b":"x, \"y\": {"}],"c":{} , "d":[ ]}"#;
        let lines = "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x, \\\"y\\\": {\"\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}";
        assert_eq!(indented(text), lines);
        assert_eq!(
            indented("340282366920938463463374607431768211455"),
            "340282366920938463463374607431768211455"
        );
    }

    #[test]
    fn deep_nesting_does_not_take_the_square_of_its_length() {
        let deep = "[".repeat(2_000) + &"]".repeat(2_000);
        assert!(indented(&deep).len() < 40 * deep.len());
    }

    proptest::proptest! {
        #[test]
        fn the_value_stays_the_same(text in "[a-z\"\\\\{}\\[\\],: ]{0,40}", number in proptest::num::i64::ANY) {
            let value = serde_json::json!({"k": [text, number, null, {}, [], {"x": [true]}]});
            let shown = indented(&value.to_string());
            proptest::prop_assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), value);
        }
    }
}
