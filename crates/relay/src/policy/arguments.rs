//! What a call's arguments may be.

use super::among::EMPTY;
use super::{AccountPattern, Among, ArgumentsProblem, json, shown};
use keyway::AccountId;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor, value::MapAccessDeserializer};
use serde_json::Value;
use serde_json_path::JsonPath;
use std::fmt;

/// What a call's arguments may be.
#[derive(Clone, Debug)]
pub enum Arguments {
    /// Anything, also what is not JSON; written `"any"`.
    Any,
    /// Nothing: no bytes, or `{}`; written `"none"`.
    None,
    /// A JSON object with these fields.
    Object {
        /// The fields that the object may have, and no others.
        fields: Among<String>,
        /// What must be true of its values.
        checks: Vec<Check>,
    },
}

impl Arguments {
    /// Checks a call's arguments.
    ///
    /// # Errors
    /// What does not fit, or that they are ambiguous.
    pub(super) fn judge(&self, bytes: &[u8]) -> Result<(), ArgumentsProblem> {
        match self {
            Self::Any => Ok(()),
            Self::None if bytes.is_empty() || bytes == b"{}" => Ok(()),
            Self::None => Err(ArgumentsProblem::NotNone { bytes: bytes.len() }),
            Self::Object { fields, checks } => {
                let value = json::read(bytes)?;
                let Value::Object(object) = &value else {
                    return Err(ArgumentsProblem::NotAnObject);
                };
                if let Some(name) =
                    object.keys().find(|name| !fields.allows(|known| known == *name))
                {
                    let (name, allowed) = (shown(name), shown(&fields.in_words()));
                    return Err(ArgumentsProblem::UnknownField { name, allowed });
                }
                checks.iter().try_for_each(|check| check.judge(&value))
            }
        }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let Self::Object { fields: Among::Any, checks } = self else { return Ok(()) };
        if checks.is_empty() {
            return Err(
                "`arguments` has any field and no check; write arguments = \"any\"".to_owned()
            );
        }
        Ok(())
    }
}

/// One demand on the values that a path selects.
#[derive(Clone, Debug)]
pub struct Check {
    /// The path (RFC 9535). It must select something.
    pub path: JsonPath,
    /// Whether it may select several values, all of which must fit. Otherwise it must select exactly one.
    pub each: bool,
    /// What each must be.
    pub demand: Demand,
}

/// What a value must be.
#[derive(Clone, Debug)]
pub enum Demand {
    /// One of these values, of the same type.
    OneOf(Vec<Value>),
    /// An integer, or a text of decimal digits, between two numbers, which are included.
    Between {
        /// At least this.
        least: i128,
        /// At most this.
        most: i128,
    },
    /// A text that names one of these accounts.
    Account(Among<AccountPattern>),
    /// A text of at most this many bytes.
    TextOfAtMost(usize),
}

impl Check {
    fn judge(&self, arguments: &Value) -> Result<(), ArgumentsProblem> {
        let path = || self.path.to_string();
        let selected = self.path.query(arguments).all();
        let (found, several) = (selected.len(), self.each);
        if found == 0 || (found > 1 && !several) {
            return Err(ArgumentsProblem::Selected { path: path(), found, several });
        }
        selected.into_iter().try_for_each(|value| {
            if self.demand.fits(value) {
                return Ok(());
            }
            let (got, needed) = (shown(&value.to_string()), self.demand.to_string());
            Err(ArgumentsProblem::Value { path: path(), got, needed })
        })
    }
}

impl Demand {
    fn fits(&self, value: &Value) -> bool {
        match self {
            Self::OneOf(list) => list.contains(value),
            Self::Between { least, most } => {
                integer(value).is_some_and(|number| (*least..=*most).contains(&number))
            }
            Self::Account(accounts) => {
                let account = value.as_str().and_then(|text| text.parse::<AccountId>().ok());
                account.is_some_and(|account| accounts.allows(|pattern| pattern.fits(&account)))
            }
            Self::TextOfAtMost(bytes) => value.as_str().is_some_and(|text| text.len() <= *bytes),
        }
    }
}

/// An integer, as a number or as text. A fraction, an exponent, a sign +, a leading zero and what exceeds the type are none.
fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => {
            number.as_i64().map(i128::from).or(number.as_u64().map(i128::from))
        }
        Value::String(text) => {
            let number: i128 = text.parse().ok()?;
            (number.to_string() == *text).then_some(number)
        }
        _ => None,
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = if self.each { "each " } else { "" };
        write!(f, "{each}{} {}", shown(&self.path.to_string()), self.demand)
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneOf(list) => {
                let list: Vec<_> = list.iter().map(|value| shown(&value.to_string())).collect();
                write!(f, "is {}", super::among::alternatives(&list))
            }
            Self::Between { least: i128::MIN, most } => {
                write!(f, "is an integer of at most {most}")
            }
            Self::Between { least, most: i128::MAX } => {
                write!(f, "is an integer of at least {least}")
            }
            Self::Between { least, most } => write!(f, "is an integer from {least} to {most}"),
            Self::Account(accounts) => write!(f, "is an account among {}", accounts.in_words()),
            Self::TextOfAtMost(bytes) => write!(f, "is a text of at most {bytes} bytes"),
        }
    }
}

impl<'de> Deserialize<'de> for Arguments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Arguments;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"any\", \"none\", or a table with fields and checks")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Arguments, E> {
                match text {
                    "any" => Ok(Arguments::Any),
                    "none" => Ok(Arguments::None),
                    _ => {
                        Err(E::custom("write \"any\", \"none\", or a table with fields and checks"))
                    }
                }
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                map: A,
            ) -> Result<Arguments, A::Error> {
                let form = ObjectForm::deserialize(MapAccessDeserializer::new(map))?;
                if form.checks.len() > MAX_CHECKS {
                    let text = format!("more than {MAX_CHECKS} checks");
                    return Err(A::Error::custom(text));
                }
                Ok(Arguments::Object { fields: form.fields, checks: form.checks })
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectForm {
    fields: Among<String>,
    #[serde(default)]
    checks: Vec<Check>,
}

impl<'de> Deserialize<'de> for Check {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        CheckForm::deserialize(deserializer)?.read().map_err(D::Error::custom)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckForm {
    path: String,
    #[serde(default)]
    each: bool,
    equals: Option<Value>,
    one_of: Option<Vec<Value>>,
    at_least: Option<Value>,
    at_most: Option<Value>,
    account: Option<Among<AccountPattern>>,
    max_bytes: Option<usize>,
}

impl CheckForm {
    fn read(self) -> Result<Check, String> {
        let path = JsonPath::parse(&self.path).map_err(|error| {
            let path = shown(&self.path);
            format!("\"{path}\" is not a JSON path such as \"$.bet\": {}", error.message())
        })?;
        let mut demands = Vec::new();
        if let Some(value) = self.equals {
            demands.push(Demand::OneOf(vec![exact(value)?]));
        }
        if let Some(list) = self.one_of {
            if list.is_empty() {
                return Err(EMPTY.to_owned());
            }
            demands.push(Demand::OneOf(list.into_iter().map(exact).collect::<Result<_, _>>()?));
        }
        if self.at_least.is_some() || self.at_most.is_some() {
            let least = self.at_least.map_or(Ok(i128::MIN), |value| bound(&value))?;
            let most = self.at_most.map_or(Ok(i128::MAX), |value| bound(&value))?;
            if least > most {
                return Err(format!("at least {least} and at most {most} allows nothing"));
            }
            demands.push(Demand::Between { least, most });
        }
        demands.extend(self.account.map(Demand::Account));
        demands.extend(self.max_bytes.map(Demand::TextOfAtMost));
        let mut demands = demands.into_iter();
        match (demands.next(), demands.next()) {
            (Some(demand), None) => Ok(Check { path, each: self.each, demand }),
            _ => Err(format!(
                "the check of {} needs exactly one of equals, one_of, at_least with at_most, account and max_bytes",
                shown(&self.path)
            )),
        }
    }
}

/// A value that can be compared exactly.
fn exact(value: Value) -> Result<Value, String> {
    match &value {
        Value::Number(number) if number.is_f64() => {
            Err(format!("{number} is not an integer; fractions are not compared"))
        }
        Value::Array(_) | Value::Object(_) => Err(
            "only texts, integers, true and false are compared; check the parts by their own paths"
                .to_owned(),
        ),
        _ => Ok(value),
    }
}

fn bound(value: &Value) -> Result<i128, String> {
    integer(value).ok_or_else(|| {
        let value = shown(&value.to_string());
        format!("{value} is not an integer; write 10, or a large one as text: \"1000000000000000000000000\"")
    })
}

const MAX_CHECKS: usize = 100;
