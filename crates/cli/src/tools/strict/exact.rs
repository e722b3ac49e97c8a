//! Checks that a document contains exactly what was parsed from it.

use super::{Path, kind, no_field};
use serde_json::Value;

/// Compares the document as given, `said`, with its parsed value serialized again, `written`.
///
/// # Errors
/// The first difference: an ignored field, a missing field, a value in another form.
pub(super) fn compare(said: &Value, written: &Value, path: &Path<'_>) -> Result<(), String> {
    match (said, written) {
        (Value::Object(said), Value::Object(written)) => {
            let known: Vec<_> = written.keys().collect();
            for (name, value) in said {
                let Some(read) = written.get(name) else {
                    return Err(no_field(path, name, &known));
                };
                compare(value, read, &Path::Field(path, name))?;
            }
            match written.iter().find(|(name, _)| !said.contains_key(*name)) {
                None => Ok(()),
                Some((name, default)) => {
                    let subject = path.subject();
                    Err(format!(
                        "{subject} has no `{name}`, which is required; if you mean {default}, write that"
                    ))
                }
            }
        }
        (Value::Array(said), Value::Array(written)) if said.len() == written.len() => {
            let mut items = said.iter().zip(written).enumerate();
            items.try_for_each(|(nth, (said, read))| compare(said, read, &Path::Item(path, nth)))
        }
        // Gas: nodes write a number, some tools a string of digits.
        (Value::String(digits), Value::Number(number))
        | (Value::Number(number), Value::String(digits))
            if *digits == number.to_string() =>
        {
            Ok(())
        }
        (said, written) if said == written => Ok(()),
        (_, written) => {
            let subject = path.subject();
            Err(format!("{subject} does not have the form that nodes write; {}", form(written)))
        }
    }
}

/// How to write it. A long text may be a secret in the wrong place.
fn form(written: &Value) -> String {
    match written {
        Value::String(text) if text.len() > 40 => "write it with its prefix".to_owned(),
        Value::Object(_) | Value::Array(_) => format!("write {} here", kind(written)),
        plain => format!("write {plain}"),
    }
}
