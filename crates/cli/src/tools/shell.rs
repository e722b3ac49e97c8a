//! Text that goes into a command for people to copy.

/// `text` as a shell takes it for one word, whatever is in it.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn nothing_in_a_word_is_run() {
        assert_eq!(shell_word("plan/alice.near-1.json"), "plan/alice.near-1.json");
        assert_eq!(shell_word("ed25519:abc"), "ed25519:abc");
        assert_eq!(shell_word("my plan"), "'my plan'");
        assert_eq!(shell_word("$(rm x)"), "'$(rm x)'");
        assert_eq!(shell_word("a'b"), r"'a'\''b'");
        assert_eq!(shell_word(""), "''");
    }
}
