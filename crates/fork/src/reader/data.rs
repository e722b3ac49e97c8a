//! Reads contract data: exact rows, and pages of rows where the node has pages.

use super::{Learned, Reader};
use crate::answers::StateAnswer;
use crate::error::ForkError;
use crate::known::Reach;
use crate::row::{Row, data_key};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use near_primitives::types::AccountId;
use serde_json::json;

/// What is asked of an account's contract data.
pub(crate) struct DataRequest<'a> {
    pub(crate) account_id: &'a AccountId,
    /// Keys that start with this …
    pub(crate) prefix: &'a [u8],
    /// … and come after this, which starts with the prefix.
    pub(crate) after: Option<&'a [u8]>,
    /// At most so many.
    pub(crate) limit: usize,
}

/// A page of contract data, and how far its rows are known now.
#[derive(Debug)]
pub(crate) struct DataPage {
    /// The contract's keys and the values.
    pub(crate) rows: Vec<(Vec<u8>, Vec<u8>)>,
    /// From the beginning of the prefix, or from `after`, to here.
    pub(crate) end: PageEnd,
}

/// Where a page ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PageEnd {
    /// More rows may follow this key.
    After(Vec<u8>),
    /// No more rows follow.
    Complete,
    /// The node has no pages: these are all rows with the prefix, also those before the page.
    Whole,
}

impl Reader {
    /// Reads one row of contract data. The answer can be a longer key, which says that the wanted
    /// one is absent, or all rows with the prefix, from a node that has no pages.
    pub(super) async fn data(
        &self,
        account_id: &AccountId,
        key: &[u8],
    ) -> Result<Learned, ForkError> {
        let request = DataRequest { account_id, prefix: key, after: None, limit: 1 };
        let page = self.data_page(&request).await?;
        let mut learned = page.learned(&request);
        // That the row itself is known needs no range.
        learned.ranges.retain(|(_, reach)| *reach == Reach::All);
        let trie_key = data_key(account_id, key);
        if !learned.rows.iter().any(|(found, _)| *found == trie_key) {
            learned.rows.push((trie_key, None));
        }
        Ok(learned)
    }

    /// Reads all contract data of an account, if one answer has room for it.
    pub(crate) async fn all_data(&self, account_id: &AccountId) -> Result<Learned, ForkError> {
        let request = DataRequest { account_id, prefix: b"", after: None, limit: PAGE_ROWS };
        Ok(self.data_page(&request).await?.learned(&request))
    }

    /// Reads the nodes of all contract data of an account: those on the way from the root, then all
    /// below. None if the node does not give them.
    pub(crate) async fn proof(
        &self,
        account_id: &AccountId,
    ) -> Result<Option<Vec<Vec<u8>>>, ForkError> {
        let params = json!({"account_id": account_id, "prefix_base64": "", "include_proof": true});
        let what = format!("the proof of the data of {account_id}");
        let question = self.question("view_state", &what, params);
        let nodes = |answer: &StateAnswer| {
            let nodes = answer.proof.iter().map(|node| BASE64.decode(node));
            nodes.collect::<Result<Vec<_>, _>>().map_err(|_| "not base64".to_owned())
        };
        match self.ask(&question, |answer| nodes(answer).map(drop)).await {
            Ok(answer) => Ok(answer.and_then(|answer| nodes(&answer).ok())),
            // Too much data for a proof.
            Err(ForkError::CannotAnswer { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads a page of contract data; an empty one for an account that does not exist.
    pub(crate) async fn data_page(&self, request: &DataRequest<'_>) -> Result<DataPage, ForkError> {
        let DataRequest { account_id, prefix, after, limit } = *request;
        let mut params = json!({
            "account_id": account_id,
            "prefix_base64": BASE64.encode(prefix),
            "limit": limit,
        });
        if let Some(after) = after {
            params["after_key_base64"] = BASE64.encode(after).into();
        }
        let row = Row::Data(account_id.clone(), prefix.to_vec());
        let what = if limit == 1 { row.to_string() } else { format!("{row} and longer keys") };
        let question = self.question("view_state", &what, params);
        let check = |answer: &StateAnswer| DataPage::read(answer, request).map(drop);
        let answer = self.ask(&question, check).await?;
        let page = answer.map(|answer| DataPage::read(&answer, request)).transpose();
        let page =
            page.map_err(|trouble| ForkError::CannotAnswer { what, trouble, unclear: false })?;
        Ok(page.unwrap_or(DataPage { rows: Vec::new(), end: PageEnd::Whole }))
    }
}

impl DataPage {
    /// Reads an answer; or says why it cannot be one to this request.
    fn read(answer: &StateAnswer, request: &DataRequest<'_>) -> Result<Self, String> {
        let bytes = |text: &String| BASE64.decode(text).map_err(|_| "not base64".to_owned());
        let rows: Vec<(Vec<u8>, Vec<u8>)> = answer
            .values
            .iter()
            .map(|item| Ok((bytes(&item.key)?, bytes(&item.value)?)))
            .collect::<Result<_, String>>()?;
        if rows.iter().any(|(key, _)| !key.starts_with(request.prefix)) {
            return Err("contract data with another prefix".to_owned());
        }
        if !rows.is_sorted_by(|(one, _), (next, _)| one < next) {
            return Err("contract data out of order".to_owned());
        }
        let before = |(key, _): &(Vec<u8>, _)| request.after.is_some_and(|after| &key[..] <= after);
        let whole = rows.len() > request.limit || rows.first().is_some_and(before);
        let last = rows.last().map(|(key, _)| key);
        let end = match (answer.last_key.as_ref().map(bytes).transpose()?, last) {
            (Some(_), _) if whole => return Err("a page with rows that are not its own".to_owned()),
            (Some(next), Some(last)) if next >= *last => PageEnd::After(next),
            (Some(_), _) => return Err("a page that ends before its last row".to_owned()),
            (None, _) if whole => PageEnd::Whole,
            (None, Some(last)) if rows.len() == request.limit => PageEnd::After(last.clone()),
            (None, _) => PageEnd::Complete,
        };
        Ok(Self { rows, end })
    }

    /// What the page teaches.
    pub(crate) fn learned(self, request: &DataRequest<'_>) -> Learned {
        let key = |key: &[u8]| data_key(request.account_id, key);
        let prefix = key(request.prefix);
        let range = match (&self.end, request.after) {
            (PageEnd::Whole, _) | (PageEnd::Complete, None) => Some(Reach::All),
            (PageEnd::After(last), None) => Some(Reach::Key(key(last))),
            // Whether the rows before are known, only the caller can say.
            (_, Some(_)) => None,
        };
        Learned {
            rows: self.rows.iter().map(|(k, v)| (key(k), Some(v.as_slice().into()))).collect(),
            ranges: range.map(|reach| (prefix, reach)).into_iter().collect(),
        }
    }
}

/// Rows that nodes give at a time.
pub(crate) const PAGE_ROWS: usize = 10_000;

/// Bytes of contract data that nodes give at a time.
pub(crate) const PAGE_BYTES: u64 = 50_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(
        (prefix, after, limit): (&str, Option<&str>, usize),
        (keys, last_key): (&[&str], Option<&str>),
        expected: Result<PageEnd, &str>,
    ) {
        let encoded = |text: &str| BASE64.encode(text);
        let values: Vec<_> =
            keys.iter().map(|key| json!({"key": encoded(key), "value": encoded(key)})).collect();
        let mut answer = json!({"block_hash": "", "values": values});
        if let Some(last) = last_key {
            answer["last_key"] = encoded(last).into();
        }
        let answer: StateAnswer = serde_json::from_value(answer).unwrap();
        let account_id: AccountId = "a.near".parse().unwrap();
        let (prefix, after) = (prefix.as_bytes(), after.map(str::as_bytes));
        let request = DataRequest { account_id: &account_id, prefix, after, limit };
        let end = DataPage::read(&answer, &request).map(|page| page.end);
        assert_eq!(end, expected.map_err(str::to_owned));
    }

    fn after(key: &str) -> Result<PageEnd, &'static str> {
        Ok(PageEnd::After(key.into()))
    }

    #[test]
    fn pages_of_new_nodes_end_where_they_say() {
        check(("k", None, 1), (&["k"], Some("k")), after("k"));
        check(("k", None, 1), (&["kk"], None), after("kk"));
        check(("k", None, 2), (&["k", "kk"], Some("kk")), after("kk"));
        check(("k", None, 9), (&["k", "kk"], Some("kk")), after("kk"));
        check(("k", None, 9), (&["k", "kk"], None), Ok(PageEnd::Complete));
        check(("k", None, 1), (&[], None), Ok(PageEnd::Complete));
        check(("k", Some("k"), 9), (&["kk"], None), Ok(PageEnd::Complete));
    }

    #[test]
    fn old_nodes_give_all_rows_whatever_was_asked() {
        check(("k", None, 1), (&["k", "kk"], None), Ok(PageEnd::Whole));
        check(("k", Some("k"), 9), (&["k", "kk"], None), Ok(PageEnd::Whole));
        check(("k", Some("kk"), 9), (&["k", "kk"], None), Ok(PageEnd::Whole));
    }

    #[test]
    fn what_no_node_says_is_not_believed() {
        check(("k", None, 9), (&["l"], None), Err("contract data with another prefix"));
        check(("k", None, 9), (&["kk", "k"], None), Err("contract data out of order"));
        check(("k", None, 9), (&["k", "k"], None), Err("contract data out of order"));
        check(("k", None, 9), (&["kk"], Some("k")), Err("a page that ends before its last row"));
        check(("k", None, 9), (&[], Some("k")), Err("a page that ends before its last row"));
        let foreign = Err("a page with rows that are not its own");
        check(("k", None, 1), (&["k", "kk"], Some("kk")), foreign);
    }
}
