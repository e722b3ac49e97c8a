//! Messages of other libraries about a value, in the words of the command line.

/// `text` with each known message of a library replaced.
pub(crate) fn plain(text: &str) -> String {
    PLAIN.iter().fold(text.to_owned(), |text, (library, ours)| match text.contains(library) {
        true => text.replace(library, ours),
        false => text,
    })
}

const PLAIN: [(&str, &str); 14] = [
    ("its JSON is wrong at line 1, column 0", "it is empty"),
    ("invalid digit found in string", "it is not a whole number"),
    ("cannot parse integer from empty string", "it is empty"),
    ("number too large to fit in target type", "the number is too large"),
    ("invalid socket address syntax", "write an IP address and a port, as in 127.0.0.1:3030"),
    ("stream did not contain valid UTF-8", "it is not text"),
    ("File exists (os error 17)", "it exists already; choose another name"),
    ("invalid type: map, expected a sequence", "it is an object, and a list is needed"),
    ("invalid type: sequence, expected a map", "it is a list, and an object is needed"),
    ("EOF while parsing a value at line 1 column 0", "it is empty"),
    ("relative URL without a base", "write it with its scheme, as in https://rpc.example.org"),
    ("Unexpected length of input", "it ends too early, or is something else"),
    ("Not all bytes read", "there is more data after its end"),
    (
        "the Account ID contains an invalid character",
        "an account's name has lower-case letters and digits, with single `.`, `-` and `_` between them",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_library_speaks_to_people() {
        let number = "x".parse::<u16>().unwrap_err().to_string();
        assert_eq!(plain(&format!("--port: {number}")), "--port: it is not a whole number");
        let exists = std::io::Error::from_raw_os_error(17).to_string();
        assert!(!cfg!(unix) || plain(&exists) == "it exists already; choose another name");
        let address = "x".parse::<std::net::SocketAddr>().unwrap_err().to_string();
        assert!(plain(&address).contains("127.0.0.1:3030"), "{address}");
        let list = serde_json::from_str::<Vec<u8>>("{}").unwrap_err().to_string();
        assert!(plain(&list).starts_with("it is an object"), "{list}");
        let account = "A b".parse::<keyway::AccountId>().unwrap_err().to_string();
        assert!(plain(&account).contains("lower-case letters"), "{account}");
    }
}
