//! Checks that a transaction would not publish a secret.

use crate::error::CliError;
use keyway::keys::find_secrets;
use keyway::protocol::Action;

/// Refuses `bytes` from `place`, which are about to be published, if they contain a secret key or a
/// seed phrase.
///
/// # Errors
/// [`CliError::WouldPublish`].
pub(crate) fn see_no_secret(place: &str, bytes: &[u8]) -> Result<(), CliError> {
    match find_secrets(&String::from_utf8_lossy(bytes)).is_empty() {
        true => Ok(()),
        false => Err(CliError::WouldPublish { place: place.to_owned() }),
    }
}

/// The same for the content of `action`, number `number` in `place`. WebAssembly code may contain
/// word lists, so it is skipped.
///
/// # Errors
/// As [`see_no_secret`].
pub(crate) fn see_no_secret_in(
    place: &str,
    number: usize,
    action: &Action,
) -> Result<(), CliError> {
    let bytes: &[u8] = match action {
        Action::FunctionCall(call) => &call.args,
        Action::DeployContract(deploy) => &deploy.code,
        Action::DeployGlobalContract(deploy) => &deploy.code,
        _ => return Ok(()),
    };
    if bytes.starts_with(b"\0asm") {
        return Ok(());
    }
    see_no_secret(&format!("action {number} of {place}"), bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyway::{KeyPair, Step, call};

    #[test]
    fn a_secret_is_not_published_and_a_signature_is() {
        let pair = KeyPair::random_ed25519();
        let secret = pair.expose_secret_text();
        let file = format!("{{\"private_key\":\"{}\"}}", *secret);
        let error = see_no_secret("--args-file", file.as_bytes()).unwrap_err();
        assert!(error.words().starts_with("--args-file contains a secret"), "{}", error.words());
        assert_eq!(error.exit_code(), 2);
        let signature = pair.sign(b"x").unwrap().to_string();
        assert!(see_no_secret("--args", signature.as_bytes()).is_ok());
        let call = Step::from(call("game.near", "play").args(file.into_bytes()));
        let error = see_no_secret_in("--actions", 2, &call.into_action().unwrap()).unwrap_err();
        assert!(error.words().starts_with("action 2 of --actions"), "{}", error.words());
    }
}
