//! Borsh, the few forms of it that transactions are made of.

pub(crate) fn blob(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_le_bytes(), bytes].concat()
}

pub(crate) fn text(value: &str) -> Vec<u8> {
    blob(value.as_bytes())
}

/// A list of already encoded items.
pub(crate) fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let length = u32::try_from(items.len()).unwrap_or(u32::MAX);
    [length.to_le_bytes().to_vec(), items.concat()].concat()
}

pub(crate) fn option(item: Option<Vec<u8>>) -> Vec<u8> {
    item.map_or_else(|| vec![0], |bytes| tagged(1, &bytes))
}

/// The tag of an enum's variant and the variant's fields.
pub(crate) fn tagged(tag: u8, fields: &[u8]) -> Vec<u8> {
    [&[tag], fields].concat()
}
