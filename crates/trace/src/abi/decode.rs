//! Reads borsh bytes as JSON, by a schema. Both may come from whoever wrote the contract.

use super::schema::{Container, Definition, Fields, Sequence};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Number, Value, json};

/// The value of a type at the beginning of `bytes`, which then begin after it; none if they do not fit
/// the schema, or it is too deep or too much.
///
/// Bytes are base64, and numbers of 64 bits and more are text, as in NEAR's JSON.
pub(super) fn decoded(schema: &Container, bytes: &mut &[u8]) -> Option<Value> {
    let mut reader = Reader { schema, bytes, left: MOST_VALUES };
    reader.value(&schema.declaration, 0)
}

struct Reader<'s, 'r, 'b> {
    schema: &'s Container,
    bytes: &'r mut &'b [u8],
    /// How many values may follow.
    left: u32,
}

impl<'s, 'b> Reader<'s, '_, 'b> {
    fn value(&mut self, declaration: &'s str, depth: u32) -> Option<Value> {
        self.left = self.left.checked_sub(1)?;
        let depth = Some(depth + 1).filter(|depth| *depth <= DEEPEST)?;
        let schema = self.schema;
        if is_string(declaration) {
            let length = self.number(4)?;
            let text = std::str::from_utf8(self.take(usize::try_from(length).ok()?)?).ok()?;
            return Some(text.into());
        }
        match schema.definitions.get(declaration) {
            None => self.primitive(declaration, None),
            Some(Definition::Primitive(width)) => self.primitive(declaration, Some(*width)),
            Some(Definition::Array { length, elements }) => self.list(*length, elements, depth),
            Some(Definition::Sequence(Sequence::Elements(elements))) => {
                let length = self.number(4)?;
                self.list(length, elements, depth)
            }
            Some(Definition::Sequence(Sequence::Ranged {
                length_width,
                length_range: range,
                elements,
            })) => {
                let length = match length_width {
                    0 => range.end,
                    width => self.number(*width)?,
                };
                let length =
                    Some(length).filter(|length| (range.start..=range.end).contains(length));
                self.list(length?, elements, depth)
            }
            Some(Definition::Tuple(tuple)) => self.tuple(tuple.elements(), depth),
            Some(Definition::Enum(variants)) => {
                let tag = self.number(variants.tag_width())?;
                let (name, of) = variants.of(tag)?;
                let is_option = declaration.starts_with("Option<");
                Some(match self.value(of, depth)? {
                    Value::Null if is_option => Value::Null,
                    value if is_option => value,
                    Value::Null => name.into(),
                    value => json!({name: value}),
                })
            }
            Some(Definition::Struct(None)) => Some(Value::Null),
            Some(Definition::Struct(Some(Fields::Unnamed(fields)))) => match fields.as_slice() {
                [] => Some(Value::Null),
                [one] => self.value(one, depth),
                several => self.tuple(several, depth),
            },
            Some(Definition::Struct(Some(Fields::Named(fields)))) => {
                let mut object = Map::new();
                for (name, of) in fields {
                    object.insert(name.clone(), self.value(of, depth)?);
                }
                Some(Value::Object(object))
            }
        }
    }

    fn tuple(&mut self, elements: &'s [String], depth: u32) -> Option<Value> {
        elements.iter().map(|of| self.value(of, depth)).collect::<Option<_>>().map(Value::Array)
    }

    fn list(&mut self, length: u64, elements: &'s str, depth: u32) -> Option<Value> {
        if elements == "u8" {
            let bytes = self.take(usize::try_from(length).ok()?)?;
            return Some(BASE64_STANDARD.encode(bytes).into());
        }
        let mut list = Vec::new();
        for _ in 0..length {
            list.push(self.value(elements, depth)?);
        }
        Some(Value::Array(list))
    }

    /// A value of a built-in type, or of one that is only so many bytes.
    fn primitive(&mut self, name: &str, width: Option<u8>) -> Option<Value> {
        Some(match (name, width) {
            ("()" | "nil", _) | (_, Some(0)) => Value::Null,
            ("bool", _) => match self.number(1)? {
                0 => false.into(),
                1 => true.into(),
                _ => return None,
            },
            ("u8", _) => self.number(1)?.into(),
            ("u16", _) => self.number(2)?.into(),
            ("u32", _) => self.number(4)?.into(),
            ("u64", _) => self.number(8)?.to_string().into(),
            ("u128", _) => u128::from_le_bytes(self.array()?).to_string().into(),
            ("i8", _) => i8::from_le_bytes(self.array()?).into(),
            ("i16", _) => i16::from_le_bytes(self.array()?).into(),
            ("i32", _) => i32::from_le_bytes(self.array()?).into(),
            ("i64", _) => i64::from_le_bytes(self.array()?).to_string().into(),
            ("i128", _) => i128::from_le_bytes(self.array()?).to_string().into(),
            ("f32", _) => Number::from_f64(f32::from_le_bytes(self.array()?).into())?.into(),
            ("f64", _) => Number::from_f64(f64::from_le_bytes(self.array()?))?.into(),
            (_, Some(width)) => BASE64_STANDARD.encode(self.take(usize::from(width))?).into(),
            (_, None) => return None,
        })
    }

    /// An unsigned number of at most 8 bytes.
    fn number(&mut self, width: u8) -> Option<u64> {
        let mut whole = [0; 8];
        let bytes = self.take(usize::from(width))?;
        whole.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(u64::from_le_bytes(whole))
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        *self.bytes = rest;
        Some(taken)
    }
}

fn is_string(declaration: &str) -> bool {
    matches!(declaration, "String" | "string" | "str")
}

/// How many values one schema may give.
const MOST_VALUES: u32 = 10_000;

/// How deep they may be in each other.
const DEEPEST: u32 = 32;
