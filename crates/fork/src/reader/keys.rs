//! Reads lists of access keys, in pages where the node has pages.

use super::{Learned, Reader, written};
use crate::answers::KeysAnswer;
use crate::error::ForkError;
use crate::known::Reach;
use crate::progress::Event;
use crate::row::Row;
use near_crypto::{MlDsa65PublicKeyHandle, PublicKeyHandle};
use near_primitives::account::AccessKey;
use near_primitives::trie_key::trie_key_parsers::get_raw_prefix_for_access_keys;
use near_primitives::types::AccountId;
use serde_json::json;

impl Reader {
    /// Reads all access keys of an account, with the nonces of gas keys, as far as nodes can look them
    /// up.
    pub(crate) async fn keys(&self, account_id: &AccountId) -> Result<Learned, ForkError> {
        let what = format!("the access keys of {account_id}");
        let mut learned = Learned::default();
        let mut after: Option<PublicKeyHandle> = None;
        loop {
            let page = self.key_page(account_id, after.as_ref(), PAGE_KEYS, &what).await?;
            let Some(page) = page else { break };
            let end = page.end(after.as_ref(), PAGE_KEYS);
            for (handle, key) in page.keys {
                let nonces = key.gas_key_info().map(|info| info.num_nonces);
                learned
                    .row(&Row::AccessKey(account_id.clone(), handle.clone()), Some(written(&key)));
                if nonces.is_some_and(|nonces| nonces > 0) && self.full_keys.name(&handle).is_some()
                {
                    learned = learned.and(self.nonces(account_id, &handle, None).await?);
                }
            }
            if learned.rows.len() > MOST_ROWS {
                return Err(ForkError::TooMany { what, most: MOST_ROWS });
            }
            match end {
                None => break,
                next => after = next,
            }
            self.progress.tell(&Event::Listing { what: what.clone(), rows: learned.rows.len() });
        }
        learned.ranges.push((get_raw_prefix_for_access_keys(account_id), Reach::All));
        Ok(learned)
    }

    /// Reads the post-quantum key with this hash: the one after its predecessor.
    pub(super) async fn key_in_list(
        &self,
        account_id: &AccountId,
        hash: &MlDsa65PublicKeyHandle,
    ) -> Result<Learned, ForkError> {
        let wanted = PublicKeyHandle::MlDsa65(*hash);
        let row = Row::AccessKey(account_id.clone(), wanted.clone());
        let Some(before) = predecessor(hash) else { return self.keys(account_id).await };
        let page = self.key_page(account_id, Some(&before), 1, &row.to_string()).await?;
        let keys = page.map(|page| page.keys).unwrap_or_default();
        let found = keys.into_iter().find(|(handle, _)| *handle == wanted);
        Ok(Learned::one(&row, found.map(|(_, key)| written(&key))))
    }

    /// One answer; none if the account does not exist.
    async fn key_page(
        &self,
        account_id: &AccountId,
        after: Option<&PublicKeyHandle>,
        limit: usize,
        what: &impl ToString,
    ) -> Result<Option<KeyPage>, ForkError> {
        let mut params = json!({"account_id": account_id, "limit": limit});
        if let Some(after) = after {
            params["after_key"] = after.to_string().into();
        }
        let question = self.question("view_access_key_list", what, params);
        let check = |answer: &KeysAnswer| {
            let keys = || answer.keys.iter().map(|key| &key.public_key);
            match (keys().is_sorted_by(|one, next| one < next), &answer.last_key) {
                (false, _) => Err("a list of keys out of order".to_owned()),
                (true, Some(last)) if keys().next_back().is_none_or(|end| end > last) => {
                    Err("a list of keys that ends before its last key".to_owned())
                }
                _ => Ok(()),
            }
        };
        let answer = self.ask(&question, check).await?;
        Ok(answer.map(|answer| KeyPage {
            keys: answer
                .keys
                .into_iter()
                .map(|key| (key.public_key, AccessKey::from(key.access_key)))
                .collect(),
            last_key: answer.last_key,
        }))
    }
}

struct KeyPage {
    keys: Vec<(PublicKeyHandle, AccessKey)>,
    last_key: Option<PublicKeyHandle>,
}

impl KeyPage {
    /// After which key the next page begins; none if this is the last. A node that has no pages
    /// gives all keys, whatever was asked for.
    fn end(&self, after: Option<&PublicKeyHandle>, limit: usize) -> Option<PublicKeyHandle> {
        let (first, last) = (self.keys.first()?, self.keys.last()?);
        let whole = self.keys.len() > limit || after.is_some_and(|after| first.0 <= *after);
        match &self.last_key {
            _ if whole => None,
            Some(last) => Some(last.clone()),
            None => (self.keys.len() == limit).then(|| last.0.clone()),
        }
    }
}

/// The hash before this one; none for the first.
fn predecessor(hash: &MlDsa65PublicKeyHandle) -> Option<PublicKeyHandle> {
    let mut before = *hash;
    for byte in before.0.iter_mut().rev() {
        let (less, borrows) = byte.overflowing_sub(1);
        *byte = less;
        if !borrows {
            return Some(PublicKeyHandle::MlDsa65(before));
        }
    }
    None
}

/// Keys that are asked for at a time. Nodes give fewer: 100, by default.
const PAGE_KEYS: usize = 1000;
/// Keys and nonces that a fork fetches of one account.
const MOST_ROWS: usize = 250_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_before_another_is_found() {
        let mut bytes = [0; 32];
        assert_eq!(predecessor(&MlDsa65PublicKeyHandle(bytes)), None);
        bytes[30] = 1;
        let mut before = [0; 32];
        before[31] = 255;
        let before = PublicKeyHandle::MlDsa65(MlDsa65PublicKeyHandle(before));
        assert_eq!(predecessor(&MlDsa65PublicKeyHandle(bytes)), Some(before));
    }
}
