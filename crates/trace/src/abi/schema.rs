//! The form of a borsh value, as ABI documents write it: by borsh 1, and by earlier versions.

use serde::Deserialize;
use std::collections::BTreeMap;

/// A type, and those that it is made of.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Container {
    pub(super) declaration: String,
    #[serde(default)]
    pub(super) definitions: BTreeMap<String, Definition>,
}

/// What a type is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) enum Definition {
    /// So many bytes.
    Primitive(u8),
    Sequence(Sequence),
    Array {
        length: u64,
        elements: String,
    },
    Tuple(Tuple),
    Enum(Variants),
    Struct(Option<Fields>),
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Sequence {
    Ranged {
        length_width: u8,
        length_range: Range,
        elements: String,
    },
    /// A length of four bytes.
    Elements(String),
}

/// How many elements there can be, both ends included.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Range {
    pub(super) start: u64,
    pub(super) end: u64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Tuple {
    List(Vec<String>),
    Named { elements: Vec<String> },
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Variants {
    Numbered {
        tag_width: u8,
        variants: Vec<(i64, String, String)>,
    },
    /// A tag of one byte, from 0.
    InOrder(Vec<(String, String)>),
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Fields {
    Named(Vec<(String, String)>),
    Unnamed(Vec<String>),
}

impl Tuple {
    pub(super) fn elements(&self) -> &[String] {
        match self {
            Self::List(elements) | Self::Named { elements } => elements,
        }
    }
}

impl Variants {
    /// The bytes of the tag.
    pub(super) fn tag_width(&self) -> u8 {
        match self {
            Self::Numbered { tag_width, .. } => *tag_width,
            Self::InOrder(_) => 1,
        }
    }

    /// The name and the type of the variant with this tag.
    pub(super) fn of(&self, tag: u64) -> Option<(&str, &str)> {
        match self {
            Self::Numbered { variants, .. } => {
                let tag = i64::try_from(tag).ok()?;
                let found = variants.iter().find(|(number, ..)| *number == tag);
                found.map(|(_, name, of)| (name.as_str(), of.as_str()))
            }
            Self::InOrder(variants) => {
                let found = variants.get(usize::try_from(tag).ok()?);
                found.map(|(name, of)| (name.as_str(), of.as_str()))
            }
        }
    }
}
