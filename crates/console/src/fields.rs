//! The fields of a form, as a browser sends them, and what is wrong with them.

use keyway::protocol::PublicKey;
use keyway::{AccountId, ArgumentError, Gas, IntoPublicKey, NearToken, parse_gas, parse_near};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The fields of a form or of an address's query, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Fields(BTreeMap<String, String>);

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The field's name.
    pub(crate) field: &'static str,
    /// What is wrong, and what to write.
    pub(crate) says: String,
}

impl Fields {
    /// The value of `name` without spaces around it; empty if there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.exact(name).trim()
    }

    /// The value of `name` as it was sent; empty if there is none.
    pub(crate) fn exact(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether a box is checked.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }

    /// Whether any of these has a value.
    pub(crate) fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.is_on(name))
    }
}

/// Reads typed values from fields, and remembers every problem, so that a person sees all at once.
#[derive(Debug)]
pub(crate) struct Reader<'f> {
    fields: &'f Fields,
    problems: Vec<Problem>,
}

impl<'f> Reader<'f> {
    pub(crate) fn new(fields: &'f Fields) -> Self {
        Self { fields, problems: Vec::new() }
    }

    /// The fields that are read.
    pub(crate) fn fields(&self) -> &'f Fields {
        self.fields
    }

    /// Notes that something is wrong with a field.
    pub(crate) fn wrong(&mut self, field: &'static str, says: impl Into<String>) {
        self.problems.push(Problem { field, says: says.into() });
    }

    /// A required text.
    pub(crate) fn text(&mut self, field: &'static str) -> Option<&'f str> {
        let text = self.fields.text(field);
        if text.is_empty() {
            self.wrong(field, "is required");
            return None;
        }
        Some(text)
    }

    /// A required account.
    pub(crate) fn account(&mut self, field: &'static str) -> Option<AccountId> {
        let text = self.text(field)?;
        let read = text.parse::<AccountId>().map_err(|_| NOT_AN_ACCOUNT);
        self.value(field, read)
    }

    /// A required amount of NEAR.
    pub(crate) fn near(&mut self, field: &'static str) -> Option<NearToken> {
        let text = self.text(field)?;
        self.value(field, parse_near(text).map_err(sentence))
    }

    /// An amount of NEAR; zero if the field is empty.
    pub(crate) fn near_or_zero(&mut self, field: &'static str) -> Option<NearToken> {
        match self.fields.text(field) {
            "" => Some(NearToken::ZERO),
            _ => self.near(field),
        }
    }

    /// Required gas.
    pub(crate) fn gas(&mut self, field: &'static str) -> Option<Gas> {
        let text = self.text(field)?;
        self.value(field, parse_gas(text).map_err(sentence))
    }

    /// A required public key. The problem does not quote the text, which might be a secret key.
    pub(crate) fn public_key(&mut self, field: &'static str) -> Option<PublicKey> {
        let text = self.text(field)?;
        self.value(field, text.into_public_key().map_err(|problem| problem.to_string()))
    }

    /// A required whole number.
    pub(crate) fn number<N: std::str::FromStr>(&mut self, field: &'static str) -> Option<N> {
        let text = self.text(field)?;
        self.value(field, text.parse().map_err(|_| "is not a whole number in the range allowed"))
    }

    /// A value, or a problem of the field.
    pub(crate) fn value<T>(
        &mut self,
        field: &'static str,
        read: Result<T, impl Into<String>>,
    ) -> Option<T> {
        read.map_err(|says| self.wrong(field, says)).ok()
    }

    /// The value, or everything that is wrong.
    ///
    /// # Errors
    /// The problems, at least one.
    pub(crate) fn end<T>(mut self, value: Option<T>) -> Result<T, Vec<Problem>> {
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            Some(_) => Err(self.problems),
            None => {
                if self.problems.is_empty() {
                    self.wrong("", "something is missing");
                }
                Err(self.problems)
            }
        }
    }
}

/// An error of the library, as it is said beside a field.
pub(crate) fn sentence(error: impl Into<ArgumentError>) -> String {
    error.into().sentence()
}

const NOT_AN_ACCOUNT: &str =
    "is not an account id: write 2 to 64 of a-z and 0-9, with single '-', '_' or '.' between";

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        )
    }

    #[test]
    fn every_problem_is_found() {
        let fields = fields(&[("from", "Alice"), ("amount", "1"), ("gas", "30"), ("count", "x")]);
        let mut read = Reader::new(&fields);
        let _ = (read.account("from"), read.near("amount"), read.gas("gas"), read.account("to"));
        let _ = read.number::<u16>("count");
        let problems = read.end(Some(())).unwrap_err();
        let fields: Vec<_> = problems.iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["from", "amount", "gas", "to", "count"]);
        assert!(problems[1].says.contains("it has no unit"), "{}", problems[1].says);
        assert!(problems[2].says.contains("`30 Tgas`"), "{}", problems[2].says);
    }

    #[test]
    fn a_secret_key_in_the_wrong_field_is_not_quoted() {
        let secret = keyway::KeyPair::random_ed25519().expose_secret_text();
        let fields = fields(&[("key", &secret)]);
        let mut read = Reader::new(&fields);
        assert_eq!(read.public_key("key"), None);
        let problems = read.end(None::<()>).unwrap_err();
        assert!(!problems[0].says.contains(&secret[8..20]), "{}", problems[0].says);
    }
}
