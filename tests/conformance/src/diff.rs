//! Where two answers differ, path by path.

use std::collections::BTreeSet;

use serde_json::Value;

/// Longest piece of JSON that a line shows, in characters.
const SHOWN: usize = 300;

/// One line for each place where `got` is not `wanted`: its path and both values.
#[must_use]
pub fn differences(wanted: &Value, got: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(wanted, got, "", &mut found);
    found
}

fn compare(wanted: &Value, got: &Value, path: &str, found: &mut Vec<String>) {
    match (wanted, got) {
        (Value::Object(w), Value::Object(g)) => {
            for name in w.keys().chain(g.keys()).collect::<BTreeSet<_>>() {
                let path = format!("{path}/{name}");
                match (w.get(name), g.get(name)) {
                    (Some(w), Some(g)) => compare(w, g, &path, found),
                    (Some(w), None) => found.push(format!("{path}: missing, wanted {}", brief(w))),
                    (None, Some(g)) => found.push(format!("{path}: not wanted, got {}", brief(g))),
                    (None, None) => {}
                }
            }
        }
        (Value::Array(w), Value::Array(g)) if w.len() == g.len() => {
            for (i, (w, g)) in w.iter().zip(g).enumerate() {
                compare(w, g, &format!("{path}/{i}"), found);
            }
        }
        _ if wanted == got => {}
        _ => found.push(format!("{path}: wanted {}, got {}", brief(wanted), brief(got))),
    }
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::differences;

    #[test]
    fn each_place_has_its_line() {
        let wanted = json!({"a": [1, 2], "b": 3, "c": 4});
        let got = json!({"a": [1, 5], "c": 4, "d": 6});
        let lines = ["/a/1: wanted 2, got 5", "/b: missing, wanted 3", "/d: not wanted, got 6"];
        assert_eq!(differences(&wanted, &got), lines);
    }
}
