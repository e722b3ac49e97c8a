//! Strict JSON: an unknown or repeated field is an error.
//!
//! serde ignores unknown fields. If a field limits a permission, a typo in its name would silently
//! remove the limit.

mod exact;
mod tree;
mod unique;

use keyway::keys::printable;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;
use tree::Strict;

/// Parses a document. Every field must belong to `T` and occur once.
///
/// # Errors
/// What is wrong, with its position. Values are not repeated, because they may be secrets.
pub(crate) fn read_strict<T: DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    T::deserialize(Strict::new(&unique::parse(text)?)).map_err(|wrong| wrong.to_string())
}

/// The same, and every field of `T` must be present, in the form in which `T` is serialized: there
/// are no defaults.
///
/// # Errors
/// As [`read_strict`].
pub(crate) fn read_exact<T: DeserializeOwned + Serialize>(text: &[u8]) -> Result<T, String> {
    let said = unique::parse(text)?;
    let value = T::deserialize(Strict::new(&said)).map_err(|wrong| wrong.to_string())?;
    let written = serde_json::to_value(&value).map_err(|error| error.to_string())?;
    exact::compare(&said, &written, &Path::Root)?;
    Ok(value)
}

/// A position in a document.
#[derive(Clone, Copy, Debug)]
enum Path<'a> {
    Root,
    Field(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Field(Path::Root, name) => f.write_str(&quotable(name)),
            Path::Field(parent, name) => write!(f, "{parent}.{}", quotable(name)),
            Path::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

impl Path<'_> {
    /// The position as the subject of a sentence.
    fn subject(&self) -> String {
        match self {
            Path::Root => "the document".to_owned(),
            place => place.to_string(),
        }
    }
}

/// The error for an unknown field `name`, with the name that was probably meant.
fn no_field<S: AsRef<str>>(path: &Path<'_>, name: &str, known: &[S]) -> String {
    format!("{} has no field `{}`; {}", path.subject(), quotable(name), meant(name, known))
}

/// The name that was probably meant by `name`, or else all possible names.
fn meant<S: AsRef<str>>(name: &str, known: &[S]) -> String {
    let plain = |text: &str| text.replace(['_', '-', ' '], "").to_lowercase();
    let near = |known: &str| strsim::damerau_levenshtein(&plain(name), &plain(known));
    let nearest = known.iter().map(AsRef::as_ref).min_by_key(|known| near(known));
    match nearest {
        None => "no field is allowed here".to_owned(),
        Some(nearest) if near(nearest) <= nearest.len() / 3 => {
            format!("did you mean `{nearest}`?")
        }
        Some(_) => {
            let known: Vec<_> = known.iter().map(|name| format!("`{}`", name.as_ref())).collect();
            format!("the fields are {}", known.join(", "))
        }
    }
}

/// A name in a form that can be repeated: printable, and too short for a secret.
fn quotable(name: &str) -> String {
    const SHOWN: usize = 40;
    if name.chars().count() > SHOWN { "…".to_owned() } else { printable(name).into_owned() }
}

/// What kind of JSON a value is.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
