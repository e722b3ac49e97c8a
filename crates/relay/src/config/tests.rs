use super::*;
use zeroize::Zeroizing;

const WHOLE: &str = r#"
listen = "127.0.0.1:0"
store = "relay.redb"
policy = "policy.toml"

[chain]
endpoints = ["http://127.0.0.1:3030"]

[account]
id = "relay.near"
signer = { env = "RELAY_KEY" }

[apps.chess]
key_hashes = ["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]
webhook = { url = "http://127.0.0.1:9/hook", secret = { file = "hook.secret" } }
"#;

#[track_caller]
fn refused(from: &str, to: &str) -> String {
    assert!(WHOLE.contains(from), "{from}");
    Config::read(&WHOLE.replace(from, to)).unwrap_err().to_string()
}

#[test]
fn unknown_fields_and_empty_lists_are_refused() {
    assert!(refused("[chain]", "speed = 1\n[chain]").contains("unknown field `speed`"));
    assert!(refused("[account]", "[account]\nsecret = 'x'").contains("unknown field `secret`"));
    let nowhere = refused(r#"["http://127.0.0.1:3030"]"#, "[]");
    assert!(nowhere.starts_with("chain.endpoints is empty"), "{nowhere}");
    let nobody = refused("id = \"relay.near\"", "id = \"relay.near\"\nkeys = []");
    assert!(nobody.starts_with("account.keys is empty"), "{nobody}");
    let lanes = refused("id = \"relay.near\"", "id = \"relay.near\"\nlanes = 2000");
    assert_eq!(lanes, "account.lanes is 2000, and must be from 1 to 1024");
}

#[test]
fn hashes_and_addresses_are_checked() {
    assert!(refused("sha256:e3b0", "sha256:+3b0").contains("a key hash is `sha256:`"));
    assert!(refused("sha256:e3b0", "md5:e3b0").contains("a key hash is `sha256:`"));
    let with_password = refused("http://127.0.0.1:9/hook", "http://a:secret@127.0.0.1/");
    assert!(with_password.starts_with("apps.chess.webhook.url"), "{with_password}");
    assert!(!with_password.contains("secret@"), "{with_password}");
    assert_eq!(KeyHash::of("").to_string().parse_hash(), KeyHash::of(""));
}

trait ParseHash {
    fn parse_hash(self) -> KeyHash;
}

impl ParseHash for String {
    fn parse_hash(self) -> KeyHash {
        KeyHash::try_from(self).unwrap()
    }
}

#[test]
fn a_secret_that_does_not_belong_here_is_not_quoted() {
    let text = WHOLE.replace("{ env = \"RELAY_KEY\" }", "ed25519:SECRETSECRET");
    let error = Config::read(&text).unwrap_err().to_string();
    assert!(!error.contains("SECRETSECRET"), "{error}");
}

#[test]
fn paths_are_relative_to_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("relay.toml");
    std::fs::write(&path, WHOLE).unwrap();
    std::fs::write(dir.path().join("hook.secret"), "whisper\n").unwrap();
    let config = Config::load(&path).unwrap();
    assert_eq!(config.policy, dir.path().join("policy.toml"));
    assert!(!config.store.is_database());
    let app = &config.apps[&"chess".parse().unwrap()];
    let source = &app.webhook.as_ref().unwrap().secret;
    let secret = source.read("apps.chess.webhook.secret", &|_| None).unwrap();
    assert_eq!(secret.expose_secret(), "whisper");
    assert_eq!(format!("{secret:?}"), "Secret(…)");

    let missing = Config::load(&dir.path().join("other.toml")).unwrap_err();
    assert!(matches!(missing, ConfigError::File { .. }));
}

#[test]
fn a_secret_comes_from_the_environment() {
    let source = SecretSource::Env("HOOK".to_owned());
    let set = |value: &'static str| {
        move |name: &str| (name == "HOOK").then(|| Zeroizing::new(value.to_owned()))
    };
    assert_eq!(source.read("x", &set("abc")).unwrap().expose_secret(), "abc");
    let empty = source.read("x", &set("")).unwrap_err().to_string();
    assert_eq!(empty, "the secret of x is not in the environment variable HOOK: it is empty");
    let missing = source.read("x", &|_| None).unwrap_err().to_string();
    assert!(missing.ends_with("it is not set"), "{missing}");
}

#[test]
fn the_files_in_the_documentation_are_read() {
    let blocks = |page: &'static str| -> Vec<_> {
        page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
    };
    let relayer = blocks(include_str!("../../../../docs/relayer.md"));
    let [whole, database, top_up] = relayer.as_slice() else {
        panic!("{} blocks of TOML", relayer.len());
    };
    let hash = KeyHash::of("").to_string();
    let whole = whole.replace("sha256:…", &hash);
    assert!(Config::read(&whole).unwrap().top_up.is_none());
    assert!(Config::read(&format!("{whole}{top_up}")).unwrap().top_up.is_some());
    let file = whole.lines().find(|line| line.starts_with("store = ")).unwrap();
    Config::read(&whole.replace(file, database.trim())).unwrap();

    let remote = blocks(include_str!("../../../../docs/remote-signer.md"));
    let [service, account] = remote.as_slice() else {
        panic!("{} blocks of TOML", remote.len());
    };
    crate::signer_service::ServiceConfig::read(&service.replace("sha256:…", &hash)).unwrap();
    let own = "id = \"relay.testnet\"\nsigner = { key_file = \"relay.testnet.json\" }\n";
    assert!(whole.contains(own));
    let (_, account) = account.split_once("[account]\n").unwrap();
    let config = Config::read(&whole.replace(own, account)).unwrap();
    assert!(matches!(config.account.signer, SignerSource::Http(_)));
}
