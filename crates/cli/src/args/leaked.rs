//! Finds secrets among the arguments. A command line with one is refused before anything runs, and
//! the secret is never repeated.

use super::place::{Place, Places};
use crate::error::LeakedSecret;
use keyway::keys::{find_likely_secrets, find_secrets};
use std::ffi::OsString;

/// Refuses `args` (the program's name first) if they contain a secret: a whole argument, part of
/// one, or the words of a phrase in several. The link of a drop is allowed where a link is
/// expected: it is worth no more than its amount.
///
/// # Errors
/// [`LeakedSecret`] with the first position.
pub(super) fn refuse_secrets(places: &Places<'_>, args: &[OsString]) -> Result<(), LeakedSecret> {
    let mut line = String::new();
    let mut ends = Vec::new();
    for (arg, place) in args.iter().skip(1).zip(&places.places) {
        let arg = arg.to_string_lossy();
        if !is_link(&arg, place) {
            line.push_str(&arg);
        }
        ends.push(line.len());
        line.push(' ');
    }
    let alone = args.iter().skip(1).zip(&places.places).position(|(arg, place)| {
        let arg = arg.to_string_lossy();
        !is_link(&arg, place)
            && (holds_a_secret(&arg, place) || is_broken_secret(&arg) || is_no_name(&arg, place))
    });
    let across = || {
        // The middle of the phrase: words around it (`near`, `network`) may be in the word list,
        // too.
        let found = find_likely_secrets(&line).into_iter().next()?;
        let middle = found.start + found.len() / 2;
        ends.iter().position(|end| middle < *end)
    };
    match alone.or_else(across).and_then(|at| places.places.get(at)) {
        Some(place) => Err(leaked(places, place)),
        None => Ok(()),
    }
}

/// Bytes in base64 can look like a truncated secret.
fn holds_a_secret(arg: &str, place: &Place<'_>) -> bool {
    let found = match place.expects() {
        "BASE64" => find_secrets(arg),
        _ => find_likely_secrets(arg),
    };
    !found.is_empty()
}

/// Something that looks like 32 bytes where the name of a variable belongs. Elsewhere it could be a
/// hash or an implicit account; here it is a seed.
fn is_no_name(arg: &str, place: &Place<'_>) -> bool {
    if place.expects() != "VARIABLE" {
        return false;
    }
    let value = match place {
        Place::Flag(_) => arg.split_once('=').map_or("", |(_, value)| value),
        _ => arg,
    };
    let is_hex = value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_of_a_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_mixed = value.bytes().any(|byte| byte.is_ascii_lowercase())
        && value.bytes().any(|byte| byte.is_ascii_uppercase())
        && value.bytes().any(|byte| byte.is_ascii_digit());
    is_hex || value.len() >= SHORTEST_SEED && (is_mixed || !value.bytes().all(is_of_a_name))
}

/// The minimum number of base58 characters of 32 bytes, unless they begin with zeros.
const SHORTEST_SEED: usize = 40;

/// A secret that was copied with a line end in it.
fn is_broken_secret(arg: &str) -> bool {
    let joined: String = arg.split_whitespace().collect();
    joined.len() < arg.len() && !find_secrets(&joined).is_empty()
}

fn leaked(places: &Places<'_>, place: &Place<'_>) -> LeakedSecret {
    let expects = place.expects();
    let instead = match () {
        () if expects == "VARIABLE" => "write the name of an environment variable, without `$`",
        () if expects.starts_with("PUBLIC_KEY|") => {
            "write the public key, or the path of a key file"
        }
        () if expects.contains("FILE") || expects == "DIR" || expects == "PATH" => {
            "write the path of a file"
        }
        () if expects == "LINK" => "write a whole link, DROP#SECRET, or `-` to read one from stdin",
        () if matches!(expects, "ACCOUNT" | "SIGNER" | "RECEIVER" | "CONTRACT" | "DROP") => {
            "write the name of an account"
        }
        () if expects.contains("KEY") => "write the public key, as `keyway key list` shows it",
        () => {
            "to import a secret, `keyway key import` reads it from stdin or a file; to sign with one, --key-env reads it from a variable"
        }
    };
    LeakedSecret { place: format!("{} of `{}`", place.words(), places.path), instead }
}

fn is_link(arg: &str, place: &Place<'_>) -> bool {
    let expected = matches!(place, Place::Value(_) | Place::Position(_));
    expected && place.expects() == "LINK" && (arg.contains('#') || arg.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::command_line;
    use keyway::KeyPair;
    use keyway::keys::{Curve, SeedPhrase};

    #[track_caller]
    fn check(args: &[&str]) -> Result<(), String> {
        let root = command_line();
        let args: Vec<OsString> = ["keyway"].iter().chain(args).map(OsString::from).collect();
        refuse_secrets(&Places::of(&root, &args), &args).map_err(|error| error.to_string())
    }

    /// Whether `text` contains enough of the secret to be usable.
    fn shows(text: &str, secret: &str) -> bool {
        secret.split_whitespace().any(|word| {
            let body = word.rsplit([':', '#']).next().unwrap_or(word);
            let part = body.get(..12).unwrap_or(body);
            // Words of a phrase may also be words of our messages.
            part.len() > 8 && text.contains(part)
        })
    }

    /// One secret of each form.
    fn secrets() -> Vec<String> {
        let key = |curve| KeyPair::random(curve).expose_secret_text().to_string();
        let ed25519 = key(Curve::Ed25519);
        let bare = ed25519.split_once(':').unwrap().1.to_owned();
        vec![
            format!("ED25519:{bare}"),
            format!(" '{ed25519}' "),
            format!("{{\"private_key\":\"{ed25519}\"}}"),
            ed25519[..ed25519.len() - 3].to_owned(),
            ed25519.replace(':', "%3A"),
            format!("{}\n{}", &ed25519[..40], &ed25519[40..]),
            format!("{} {}", &bare[..40], &bare[40..]),
            ed25519,
            bare,
            key(Curve::Secp256k1),
            SeedPhrase::generate().expose_words().to_string(),
        ]
    }

    #[test]
    fn no_place_of_any_command_takes_or_repeats_a_secret() {
        let root = command_line();
        let mut lines = Vec::new();
        gather(&root, &mut Vec::new(), &mut lines);
        assert!(lines.len() > 300, "{}", lines.len());
        for (number, line) in lines.iter().enumerate() {
            let secrets = secrets();
            // Each form is used at some of the positions, so that all forms are covered.
            for secret in secrets.iter().skip(number % 3).step_by(3) {
                let args: Vec<_> = line.iter().map(|arg| arg.replace(HERE, secret)).collect();
                let args: Vec<_> = args.iter().map(String::as_str).collect();
                let refused = check(&args).expect_err(&line.join(" "));
                assert!(refused.contains("treat it as leaked"), "{refused}");
                assert!(!shows(&refused, secret), "{line:?}: {refused}");
            }
        }
    }

    /// The command line of each position that an argument can have.
    fn gather(command: &clap::Command, path: &mut Vec<String>, lines: &mut Vec<Vec<String>>) {
        let mut add = |args: &[String]| lines.push([&path[..], args].concat());
        add(&[HERE.to_owned()]);
        add(&["--nosuch".to_owned(), HERE.to_owned()]);
        add(&[format!("--{HERE}")]);
        for arg in command.get_arguments() {
            match arg.get_long() {
                None => add(&[HERE.to_owned()]),
                Some(long) => {
                    add(&[format!("--{long}"), HERE.to_owned()]);
                    add(&[format!("--{long}={HERE}")]);
                }
            }
        }
        for command in command.get_subcommands() {
            path.push(command.get_name().to_owned());
            gather(command, path, lines);
            path.pop();
        }
    }

    const HERE: &str = "HERE";

    #[test]
    fn words_of_a_phrase_are_found_over_several_arguments() {
        let phrase = SeedPhrase::generate().expose_words().to_string();
        let line = ["key", "import", "bob.near"].into_iter().chain(phrase.split(' '));
        let refused = check(&line.collect::<Vec<_>>()).unwrap_err();
        assert!(refused.contains("treat it as leaked"), "{refused}");
        let refused = check(&["key", "show", "ed25519:", &secrets()[6]]).unwrap_err();
        assert!(refused.starts_with("PUBLIC_KEY of `keyway key show`"), "{refused}");
    }

    #[test]
    fn the_place_is_named_and_what_belongs_there() {
        let secret = &secrets()[5];
        let refused = check(&["tx", "send", "a.near", "b.near", "--key-env", secret]).unwrap_err();
        assert!(refused.starts_with("the value of --key-env of `keyway tx send`"), "{refused}");
        assert!(refused.contains("the name of an environment variable"), "{refused}");
        let refused = check(&["blast-radius", secret]).unwrap_err();
        assert!(refused.contains("treat it as leaked"), "{refused}");
    }

    #[test]
    fn a_link_may_stand_where_links_do_and_nowhere_else() {
        let link = format!("drop.near#{}", secrets()[5]);
        assert!(check(&["drop", "claim", &link, "--to", "bob.near"]).is_ok());
        assert!(check(&["drop", "claim", "--to", "bob.near", &link]).is_ok());
        for elsewhere in [
            &["drop", "claim", "-", "--to", &link][..],
            &["drop", "claim", &secrets()[5]],
            &["key", "list", &link],
        ] {
            let refused = check(elsewhere).unwrap_err();
            assert!(refused.contains("treat it as leaked"), "{refused}");
        }
    }

    #[test]
    fn what_is_public_may_stand_anywhere() {
        for curve in [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65] {
            let key = KeyPair::random(curve).public_key().to_string();
            assert_eq!(check(&["key", "show", "alice.near", &key]), Ok(()));
        }
        let hash = keyway::protocol::CryptoHash::hash_bytes(b"x").to_string();
        assert_eq!(check(&["tx", "show", &hash, &"ab".repeat(32)]), Ok(()));
    }

    /// A seed has 32 bytes, like hashes and implicit accounts, but none of those is a variable's
    /// name.
    #[test]
    fn a_seed_is_no_name_of_a_variable() {
        let base58 = keyway::protocol::CryptoHash::hash_bytes(b"x").to_string();
        for seed in ["ab".repeat(32), "0".repeat(64), base58, format!("{}=", "aB3/".repeat(11))] {
            for flag in ["--key-env", "--from-env"] {
                let command = if flag == "--key-env" { ["tx", "send"] } else { ["key", "import"] };
                let joined = format!("{flag}={seed}");
                for args in [&[flag, &seed][..], &[&joined]] {
                    let line = [&command[..], &["a.near"], args].concat();
                    let refused = check(&line).expect_err(flag);
                    assert!(!refused.contains(&seed[..12]), "{refused}");
                }
            }
        }
        for name in ["NEAR_KEY", "near_testnet_deployer_key_of_the_build_machine_2", "K"] {
            assert_eq!(check(&["tx", "send", "a.near", "b.near", "--key-env", name]), Ok(()));
        }
        let hash = "ab".repeat(32);
        assert_eq!(check(&["key", "list", &hash]), Ok(()));
    }

    #[test]
    fn bytes_in_base64_are_not_taken_for_a_cut_secret() {
        let bytes = &secrets()[8][..60];
        let line = ["call", "a.near", "f", "--view", "--args-base64", bytes];
        assert_eq!(check(&line), Ok(()));
        let line = ["call", "a.near", "f", "--view", "--args-file", bytes];
        let refused = check(&line).unwrap_err();
        assert!(refused.starts_with("the value of --args-file"), "{refused}");
    }
}
