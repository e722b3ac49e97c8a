//! A deserializer over JSON that refuses everything it would have to ignore.

use super::{Path, kind, meant, no_field, quotable};
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};
use std::fmt;
use std::iter::Enumerate;
use std::slice;

/// A value and its position.
#[derive(Clone, Copy)]
pub(super) struct Strict<'v, 'p> {
    value: &'v Value,
    path: Path<'p>,
}

/// An error with its position.
#[derive(Debug)]
pub(super) struct Wrong {
    what: String,
    /// Whether `what` contains the position already.
    placed: bool,
}

impl Error for Wrong {
    fn custom<T: fmt::Display>(what: T) -> Self {
        Self { what: what.to_string(), placed: false }
    }
}

impl std::error::Error for Wrong {}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// `what` with the quoted value `text` removed. A short value may also occur in other words, so
/// only its quoted form is removed.
fn without(what: &str, text: &str) -> String {
    const SHORT: usize = 8;
    let mut what = what.to_owned();
    for quote in ['"', '\'', '`'] {
        for said in [text, &text.escape_debug().to_string()] {
            what = what.replace(&format!("{quote}{said}{quote}"), "…");
        }
    }
    if text.len() < SHORT { what } else { what.replace(text, "…") }
}

impl<'v> Strict<'v, '_> {
    pub(super) fn new(value: &'v Value) -> Self {
        Self { value, path: Path::Root }
    }

    /// Adds the position to an error, unless it has one, and removes the value from it.
    fn place(self, wrong: Wrong) -> Wrong {
        if wrong.placed {
            return wrong;
        }
        let what = match self.value {
            Value::String(text) if !text.is_empty() => without(&wrong.what, text),
            _ => wrong.what,
        };
        Wrong { what: format!("{}: {what}", self.path.subject()), placed: true }
    }

    fn wrong<T>(self, what: String) -> Result<T, Wrong> {
        Err(Wrong { what, placed: true })
    }

    fn is_not<T>(self, expected: &str) -> Result<T, Wrong> {
        let (subject, kind) = (self.path.subject(), kind(self.value));
        self.wrong(format!("{subject} is {kind}, where {expected} belongs"))
    }

    /// The fields of a struct.
    fn fields<V: Visitor<'v>>(self, known: &[&str], visitor: V) -> Result<V::Value, Wrong> {
        let Value::Object(object) = self.value else { return self.is_not("an object") };
        match object.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => self.wrong(no_field(&self.path, name, known)),
            None => self.object(object, visitor),
        }
    }

    fn object<V: Visitor<'v>>(
        self,
        object: &'v Map<String, Value>,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let fields = Fields { fields: object.iter(), open: None, path: &self.path };
        visitor.visit_map(fields).map_err(|wrong| self.place(wrong))
    }
}

impl<'de> Deserializer<'de> for Strict<'de, '_> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.value {
            Value::Array(list) => {
                let mut items = Items { items: list.iter().enumerate(), path: &self.path };
                let read = visitor.visit_seq(&mut items).map_err(|wrong| self.place(wrong))?;
                match items.items.next() {
                    None => Ok(read),
                    Some((nth, _)) => {
                        self.wrong(format!("{} has more than {nth} items", self.path.subject()))
                    }
                }
            }
            Value::Object(object) => self.object(object, visitor),
            leaf => leaf.deserialize_any(visitor).map_err(|error| self.place(Wrong::custom(error))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self).map_err(|wrong| self.place(wrong))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.fields(fields, visitor)
    }

    /// `"Name"`, or `{"Name": …}` with one name.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let (name, content) = match self.value {
            Value::String(name) => (name, None),
            Value::Object(object) => match object.iter().collect::<Vec<_>>().as_slice() {
                [(name, content)] => (*name, Some(*content)),
                several => {
                    let (subject, names) = (self.path.subject(), several.len());
                    return self.wrong(format!("{subject} has {names} names, but takes one"));
                }
            },
            _ => return self.is_not("a name, alone or with its fields,"),
        };
        if !variants.contains(&name.as_str()) {
            let (subject, shown) = (self.path.subject(), quotable(name));
            let meant = meant(name, variants);
            return self.wrong(format!("{subject}: `{shown}` is not known here; {meant}"));
        }
        let variant = Variant { name, content, path: &self.path };
        visitor.visit_enum(variant).map_err(|wrong| self.place(wrong))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

fn read<'v, T: DeserializeSeed<'v>>(
    seed: T,
    value: &'v Value,
    path: Path<'_>,
) -> Result<T::Value, Wrong> {
    let place = Strict { value, path };
    seed.deserialize(place).map_err(|wrong| place.place(wrong))
}

struct Items<'v, 'p> {
    items: Enumerate<slice::Iter<'v, Value>>,
    path: &'p Path<'p>,
}

impl<'v> SeqAccess<'v> for &mut Items<'v, '_> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'v>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Wrong> {
        let Some((nth, value)) = self.items.next() else { return Ok(None) };
        read(seed, value, Path::Item(self.path, nth)).map(Some)
    }
}

struct Fields<'v, 'p> {
    fields: serde_json::map::Iter<'v>,
    /// The field whose name was parsed and whose value comes next.
    open: Option<(&'v str, &'v Value)>,
    path: &'p Path<'p>,
}

impl<'v> MapAccess<'v> for Fields<'v, '_> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'v>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Wrong> {
        let Some((name, value)) = self.fields.next() else { return Ok(None) };
        self.open = Some((name, value));
        let name: StrDeserializer<'_, Wrong> = name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'v>>(&mut self, seed: T) -> Result<T::Value, Wrong> {
        let (name, value) = self.open.take().ok_or_else(|| Wrong::custom("a value has no name"))?;
        read(seed, value, Path::Field(self.path, name))
    }
}

struct Variant<'v, 'p> {
    name: &'v str,
    content: Option<&'v Value>,
    path: &'p Path<'p>,
}

impl<'v, 'p> EnumAccess<'v> for Variant<'v, 'p> {
    type Error = Wrong;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'v>>(self, seed: T) -> Result<(T::Value, Self), Wrong> {
        let name: StrDeserializer<'_, Wrong> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'v> Variant<'v, '_> {
    fn content(&self) -> Result<Strict<'v, '_>, Wrong> {
        let path = Path::Field(self.path, self.name);
        match self.content {
            Some(value) => Ok(Strict { value, path }),
            None => {
                let what = format!("{} is there without its fields", path.subject());
                Err(Wrong { what, placed: true })
            }
        }
    }
}

impl<'v> VariantAccess<'v> for Variant<'v, '_> {
    type Error = Wrong;

    fn unit_variant(self) -> Result<(), Wrong> {
        match self.content {
            None => Ok(()),
            Some(_) => self.content()?.is_not("no field; the name alone, as a text,"),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'v>>(self, seed: T) -> Result<T::Value, Wrong> {
        let Strict { value, path } = self.content()?;
        read(seed, value, path)
    }

    fn tuple_variant<V: Visitor<'v>>(self, _len: usize, visitor: V) -> Result<V::Value, Wrong> {
        self.content()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'v>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.content()?.fields(fields, visitor)
    }
}
