//! Key files as the analyses take them.

use keyway::guard::{Credential, Credentials};
use keyway::keys::SurveyedFile;

/// Those of `files` whose key could be read.
pub(crate) fn credentials(files: &[SurveyedFile]) -> Credentials {
    Credentials { files: files.iter().filter_map(credential).collect() }
}

fn credential(file: &SurveyedFile) -> Option<Credential> {
    Some(Credential {
        path: file.path.display().to_string(),
        account_id: file.account_id.clone(),
        public_key: file.public_key.as_ref().ok()?.clone(),
        mode: file.mode,
        encrypted: file.encrypted,
    })
}
