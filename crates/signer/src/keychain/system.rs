//! The keychain of this operating system.

use super::KeychainError;
use keyring_core::CredentialStore;
use std::collections::HashMap;
use std::sync::Arc;

/// Opens it.
pub(super) fn store() -> Result<Arc<CredentialStore>, KeychainError> {
    #[cfg(target_os = "macos")]
    use apple_native_keyring_store::keychain::Store;
    #[cfg(all(unix, not(target_os = "macos")))]
    use dbus_secret_service_keyring_store::Store;
    #[cfg(windows)]
    use windows_native_keyring_store::Store;

    match Store::new() {
        Ok(store) => Ok(store),
        Err(error) => Err(KeychainError::None { reason: error.to_string() }),
    }
}

/// A search for everything under `service`; the result may contain more.
pub(super) fn search(service: &str) -> HashMap<&str, &str> {
    // Windows matches a pattern against the whole name; in it, the dots of `service` match any character.
    let name = if cfg!(windows) { "pattern" } else { "service" };
    HashMap::from([(name, service)])
}
