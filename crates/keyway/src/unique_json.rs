//! JSON in which no object has a field twice: it would be unclear which one counts, and two readers may differ.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::Cell;
use std::fmt;

/// What a reader demands of a document besides unique fields. By default nothing.
pub trait Demands {
    /// What is wrong, as the reader says it.
    type Problem: fmt::Display;

    /// A list or an object in so many others.
    ///
    /// # Errors
    /// If that is too deep.
    fn depth(&self, _depth: usize) -> Result<(), Self::Problem> {
        Ok(())
    }

    /// The name of a field; `escaped` if it is written with escapes.
    ///
    /// # Errors
    /// If there must be no such name.
    fn name(&self, _name: &str, _escaped: bool) -> Result<(), Self::Problem> {
        Ok(())
    }

    /// A text that is no name.
    ///
    /// # Errors
    /// If there must be no such text.
    fn text(&self, _text: &str) -> Result<(), Self::Problem> {
        Ok(())
    }

    /// How the reader says that a field is repeated.
    fn repeated(&self, name: &str) -> Self::Problem;
}

/// Why a document is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread<P> {
    /// It is not JSON: why, with line and column.
    NotJson(String),
    /// Something in it is not as demanded: what, and the same with line and column.
    Problem(P, String),
}

/// Reads a document.
///
/// ```
/// use keyway::unique_json::{Demands, Unread, read};
///
/// struct Plain;
/// impl Demands for Plain {
///     type Problem = String;
///     fn repeated(&self, name: &str) -> String {
///         format!("`{name}` is repeated")
///     }
/// }
///
/// assert_eq!(read(br#"{"a":{"b":1}}"#, &Plain).unwrap()["a"]["b"], 1);
/// let Err(Unread::Problem(_, says)) = read(br#"{"a":1,"a":2}"#, &Plain) else { panic!() };
/// assert_eq!(says, "`a` is repeated at line 1 column 10");
/// ```
///
/// # Errors
/// If it is not JSON, has a repeated field, or is not as demanded.
pub fn read<D: Demands>(bytes: &[u8], demands: &D) -> Result<Value, Unread<D::Problem>> {
    let problem = Cell::new(None);
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let read = Item { demands, depth: 0, problem: &problem }
        .deserialize(&mut parser)
        .and_then(|value| parser.end().map(|()| value));
    read.map_err(|error| match problem.take() {
        None => Unread::NotJson(error.to_string()),
        Some(problem) => Unread::Problem(problem, error.to_string()),
    })
}

struct Item<'a, D: Demands> {
    demands: &'a D,
    depth: usize,
    /// Where the parser's own error type has no place for it.
    problem: &'a Cell<Option<D::Problem>>,
}

impl<D: Demands> Clone for Item<'_, D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D: Demands> Copy for Item<'_, D> {}

impl<D: Demands> Item<'_, D> {
    fn demand<E: Error>(self, met: Result<(), D::Problem>) -> Result<(), E> {
        met.map_err(|problem| {
            let error = E::custom(&problem);
            self.problem.set(Some(problem));
            error
        })
    }

    fn inner(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

impl<'de, D: Demands> DeserializeSeed<'de> for Item<'_, D> {
    type Value = Value;

    fn deserialize<T: Deserializer<'de>>(self, deserializer: T) -> Result<Value, T::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, D: Demands> Visitor<'de> for Item<'_, D> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("a number that overflows"))?;
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.demand(self.demands.text(value))?;
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.demand(self.demands.depth(self.depth))?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.inner())? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        self.demand(self.demands.depth(self.depth))?;
        let mut object = Map::new();
        while let Some(name) = fields.next_key_seed(Name(self))? {
            if object.contains_key(&name) {
                self.demand(Err(self.demands.repeated(&name)))?;
            }
            let value = fields.next_value_seed(self.inner())?;
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

/// The name of a field.
struct Name<'a, D: Demands>(Item<'a, D>);

impl<D: Demands> Name<'_, D> {
    fn named<E: Error>(self, name: &str, escaped: bool) -> Result<String, E> {
        self.0.demand(self.0.demands.name(name, escaped))?;
        Ok(name.to_owned())
    }
}

impl<'de, D: Demands> DeserializeSeed<'de> for Name<'_, D> {
    type Value = String;

    fn deserialize<T: Deserializer<'de>>(self, deserializer: T) -> Result<String, T::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, D: Demands> Visitor<'de> for Name<'_, D> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<String, E> {
        self.named(name, false)
    }

    /// A text with escapes is not borrowed.
    fn visit_str<E: Error>(self, name: &str) -> Result<String, E> {
        self.named(name, true)
    }
}
