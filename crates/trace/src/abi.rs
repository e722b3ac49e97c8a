//! The ABI that a contract embeds: what its methods take and return, where that is borsh.
//!
//! A contract that was built with near-sdk's `abi` feature has a method `__contract_abi`, which returns a
//! JSON document compressed with zstd. The document is in the data of the wasm, and is found there
//! without running anything.

mod decode;
mod schema;

use crate::bytes::Bytes;
use decode::decoded;
use schema::Container;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::Read;

/// The methods of a contract whose arguments or results are borsh.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContractAbi {
    functions: BTreeMap<String, Function>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Function {
    args: Option<Vec<Arg>>,
    result: Option<Container>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Arg {
    name: String,
    type_schema: Container,
}

/// The document, as far as it matters here.
#[derive(Deserialize)]
struct Document {
    body: Body,
}

#[derive(Deserialize)]
struct Body {
    functions: Vec<Described>,
}

#[derive(Deserialize)]
struct Described {
    name: String,
    params: Option<Serialized>,
    result: Option<Serialized>,
}

/// Parameters or a result, in the form that `serialization_type` names.
#[derive(Deserialize)]
struct Serialized {
    serialization_type: String,
    #[serde(default)]
    args: Value,
    #[serde(default)]
    type_schema: Value,
}

impl ContractAbi {
    /// The ABI in a contract's wasm; none if it embeds none that can be read.
    #[must_use]
    pub fn of_wasm(wasm: &[u8]) -> Option<Self> {
        find(wasm, METHOD)?;
        let mut from = 0;
        for _ in 0..MOST_FRAMES {
            let at = from + find(wasm.get(from..)?, ZSTD)?;
            if let Some(abi) = Self::of_frame(wasm.get(at..)?) {
                return Some(abi);
            }
            from = at + ZSTD.len();
        }
        None
    }

    /// The ABI in what begins as a zstd frame.
    fn of_frame(frame: &[u8]) -> Option<Self> {
        let decoder = ruzstd::decoding::StreamingDecoder::new(frame).ok()?;
        let mut text = Vec::new();
        decoder.take(LARGEST).read_to_end(&mut text).ok()?;
        Self::of_json(&text)
    }

    /// The ABI in a JSON document, as `cargo near abi` writes it.
    #[must_use]
    pub fn of_json(text: &[u8]) -> Option<Self> {
        let document: Document = serde_json::from_slice(text).ok()?;
        let functions = document.body.functions.into_iter().map(|it| (it.name.clone(), it.borsh()));
        Some(Self { functions: functions.collect() })
    }

    /// The arguments of a method, `bytes`, as a JSON object in text of at most `limit` bytes; none if
    /// they are not the borsh that the ABI describes.
    #[must_use]
    pub fn args(&self, method: &str, bytes: &[u8], limit: usize) -> Option<Bytes> {
        let args = self.functions.get(method)?.args.as_ref()?;
        let (mut rest, mut object) = (bytes, Map::new());
        for Arg { name, type_schema } in args {
            object.insert(name.clone(), decoded(type_schema, &mut rest)?);
        }
        shown(Value::Object(object), rest, bytes, limit)
    }

    /// The same of what a method returned.
    #[must_use]
    pub fn result(&self, method: &str, bytes: &[u8], limit: usize) -> Option<Bytes> {
        let schema = self.functions.get(method)?.result.as_ref()?;
        let mut rest = bytes;
        let value = decoded(schema, &mut rest)?;
        shown(value, rest, bytes, limit)
    }
}

impl Described {
    fn borsh(self) -> Function {
        let is_borsh = |it: &Serialized| it.serialization_type == "borsh";
        let args = self.params.filter(is_borsh);
        let args = args.and_then(|params| serde_json::from_value(params.args).ok());
        let result = self.result.filter(is_borsh);
        let result = result.and_then(|result| serde_json::from_value(result.type_schema).ok());
        Function { args, result }
    }
}

/// What was read, if it was all of `bytes` and its text is short enough.
fn shown(value: Value, rest: &[u8], bytes: &[u8], limit: usize) -> Option<Bytes> {
    let text = Some(value.to_string()).filter(|text| rest.is_empty() && text.len() <= limit)?;
    Some(Bytes::decoded(bytes.len(), text))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// The name of the method that returns the ABI.
const METHOD: &[u8] = b"__contract_abi";

/// How a frame of zstd begins.
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// How many places that look like a frame are tried.
const MOST_FRAMES: usize = 4;

/// Bytes of a document; a small frame can hold a lot.
const LARGEST: u64 = 2 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Format;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    use serde_json::json;

    fn abi(definition: &str, definitions: Value) -> ContractAbi {
        let schema = json!({"declaration": definition, "definitions": definitions});
        let params = json!({"serialization_type": "borsh",
            "args": [{"name": "it", "type_schema": schema}]});
        let result = json!({"serialization_type": "borsh", "type_schema": schema});
        let play = json!({"name": "play", "kind": "call", "params": params, "result": result});
        let json_only = json!({"name": "score", "kind": "view",
            "params": {"serialization_type": "json", "args": []}});
        let text = json!({"schema_version": "0.4.0", "metadata": {},
            "body": {"functions": [play, json_only], "root_schema": {}}});
        ContractAbi::of_json(text.to_string().as_bytes()).unwrap()
    }

    #[track_caller]
    fn check(definition: &str, definitions: Value, bytes: &[u8], expected: Value) {
        let abi = abi(definition, definitions);
        let args = abi.args("play", bytes, 1_000).unwrap();
        assert_eq!((args.format, args.length), (Format::Borsh, bytes.len() as u64));
        assert_eq!(args.text, json!({"it": expected}).to_string());
        assert_eq!(abi.result("play", bytes, 1_000).unwrap().text, expected.to_string());
        assert_eq!(abi.args("play", &[bytes, &[0]].concat(), 1_000), None, "bytes are left");
    }

    #[test]
    fn schemas_of_borsh_1_are_followed() {
        let list = |elements: &str| {
            json!({"Sequence": {"length_width": 4,
            "length_range": {"start": 0, "end": 4_294_967_295_u64}, "elements": elements}})
        };
        let defined = json!({
            "Move": {"Struct": [["to", "AccountId"], ["by", "Option<i16>"], ["how", "How"]]},
            "AccountId": {"Struct": ["String"]},
            "String": list("u8"), "u8": {"Primitive": 1}, "i16": {"Primitive": 2},
            "Option<i16>": {"Enum": {"tag_width": 1, "variants":
                [[0, "None", "()"], [1, "Some", "i16"]]}},
            "How": {"Enum": {"tag_width": 1, "variants":
                [[0, "Fast", "How__Fast"], [1, "At", "How__At"]]}},
            "How__Fast": {"Struct": null}, "How__At": {"Struct": ["[u8; 2]"]},
            "[u8; 2]": {"Sequence": {"length_width": 0,
                "length_range": {"start": 2, "end": 2}, "elements": "u8"}},
            "()": {"Primitive": 0},
        });
        let bytes = [&[3, 0, 0, 0][..], b"bob", &[1, 0xfe, 0xff, 1, 7, 8]].concat();
        let expected = json!({"to": "bob", "by": -2, "how": {"At": "Bwg="}});
        check("Move", defined.clone(), &bytes, expected);
        let bytes = [&[3, 0, 0, 0][..], b"bob", &[0, 0]].concat();
        check("Move", defined, &bytes, json!({"to": "bob", "by": null, "how": "Fast"}));
        let pairs = json!({"Vec<(u32, bool)>": list("(u32, bool)"), "u32": {"Primitive": 4},
            "(u32, bool)": {"Tuple": ["u32", "bool"]}, "bool": {"Primitive": 1}});
        let bytes = [2, 0, 0, 0, 5, 0, 0, 0, 1, 6, 0, 0, 0, 0];
        check("Vec<(u32, bool)>", pairs, &bytes, json!([[5, true], [6, false]]));
    }

    #[test]
    fn schemas_of_earlier_sdks_are_followed() {
        let defined = json!({
            "Either": {"Enum": [["Left", "Either_Left"], ["Right", "Either_Right"]]},
            "Either_Left": {"Struct": ["Vec<u16>"]}, "Either_Right": {"Struct": ["Array<u32, 2>"]},
            "Vec<u16>": {"Sequence": "u16"}, "Array<u32, 2>": {"Array": {"length": 2,
            "elements": "u32"}},
        });
        check("Either", defined.clone(), &[0, 1, 0, 0, 0, 9, 0], json!({"Left": [9]}));
        check("Either", defined, &[1, 1, 0, 0, 0, 2, 0, 0, 0], json!({"Right": [1, 2]}));
        check("string", json!({}), b"\x02\0\0\0hi", json!("hi"));
    }

    /// As a JSON number a token amount would lose its last digits in JavaScript.
    #[test]
    fn numbers_of_64_bits_and_more_are_text() {
        let most = u128::MAX.to_string();
        check("u128", json!({"u128": {"Primitive": 16}}), &[0xff; 16], json!(most));
        check("i64", json!({"i64": {"Primitive": 8}}), &[0xff; 8], json!("-1"));
        check("u64", json!({}), &7_u64.to_le_bytes(), json!("7"));
    }

    #[test]
    fn a_schema_that_never_ends_and_bytes_that_do_not_fit_give_nothing() {
        let endless = json!({"A": {"Struct": ["A"]}, "V": {"Sequence": "()"}, "W": {"Tuple":
            ["W", "W"]}});
        for (declaration, bytes) in [
            ("A", &[][..]),
            ("W", &[]),
            ("V", &[0xff, 0xff, 0xff, 0xff]),
            ("u64", &[1]),
            ("bool", &[2]),
            ("unknown", &[1]),
            ("string", &[1, 0, 0, 0, 0xff]),
        ] {
            assert_eq!(abi(declaration, endless.clone()).args("play", bytes, 1_000), None);
        }
        let abi = abi("u8", json!({}));
        assert_eq!(abi.args("play", &[1], 5), None, "the text is too long");
        for method in ["score", "nothing"] {
            assert_eq!(abi.args(method, &[1], 1_000), None);
        }
    }

    #[test]
    fn the_abi_is_found_in_the_data_of_the_wasm() {
        let text = json!({"body": {"functions": [{"name": "play", "kind": "call", "params":
            {"serialization_type": "borsh", "args": [{"name": "n", "type_schema":
            {"declaration": "u8", "definitions": {"u8": {"Primitive": 1}}}}]}}]}});
        let packed = compress_to_vec(text.to_string().as_bytes(), CompressionLevel::Fastest);
        let wasm = [b"\0asm", METHOD, ZSTD, b"no frame", &packed, b"more"].concat();
        let abi = ContractAbi::of_wasm(&wasm).unwrap();
        assert_eq!(abi.args("play", &[3], 99).unwrap().text, "{\"n\":3}");
        assert_eq!(ContractAbi::of_wasm(&packed), None, "there is no such method");
        assert_eq!(ContractAbi::of_wasm(METHOD), None);
        // A megabyte of zeros in some bytes is not read on and on.
        let bomb = compress_to_vec(&vec![b' '; 8 << 20][..], CompressionLevel::Fastest);
        assert_eq!(ContractAbi::of_wasm(&[METHOD, &bomb].concat()), None);
    }
}
