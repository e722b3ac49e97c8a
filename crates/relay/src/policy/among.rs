//! A list of what is allowed, or the word `any`.

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// What is allowed: everything, which must be written as `"any"`, or what a list names. A list is never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Among<T> {
    /// Everything.
    Any,
    /// One of these.
    Only(Vec<T>),
}

impl<T> Among<T> {
    /// Whether everything is allowed, or `fits` one of the list.
    pub fn allows(&self, fits: impl FnMut(&T) -> bool) -> bool {
        match self {
            Self::Any => true,
            Self::Only(list) => list.iter().any(fits),
        }
    }
}

impl<T: fmt::Display> Among<T> {
    /// The list as words, each in the form of `fmt::Display`; long lists are cut.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Any => "any".to_owned(),
            Self::Only(list) => listed(list),
        }
    }
}

/// The first of a list, joined by commas, and how many more there are.
pub(super) fn listed<T: fmt::Display>(list: &[T]) -> String {
    let first: Vec<_> = list.iter().take(LISTED).map(T::to_string).collect();
    match list.len().checked_sub(LISTED) {
        None | Some(0) => first.join(", "),
        Some(more) => format!("{} and {more} more", first.join(", ")),
    }
}

/// A list joined by `or`.
pub(super) fn alternatives(list: &[String]) -> String {
    listed(list).replace(", ", " or ")
}

impl<'de, T: Deserialize<'de> + PartialEq> Deserialize<'de> for Among<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

struct Reader<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + PartialEq> Visitor<'de> for Reader<T> {
    type Value = Among<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or \"any\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Among<T>, E> {
        match text {
            "any" => Ok(Among::Any),
            _ => Err(E::custom("write a list, even of one, or \"any\"")),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Among<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            if list.contains(&item) {
                return Err(A::Error::custom("the list names something twice"));
            }
            if list.len() == MAX_ITEMS {
                let text = format!("the list has more than {MAX_ITEMS} items");
                return Err(A::Error::custom(text));
            }
            list.push(item);
        }
        if list.is_empty() {
            return Err(A::Error::custom(EMPTY));
        }
        Ok(Among::Only(list))
    }
}

pub(super) const EMPTY: &str =
    "the list is empty, which allows nothing; name what is allowed, or write \"any\"";
const MAX_ITEMS: usize = 1_000;
const LISTED: usize = 5;
