//! Reads from a state, for `query` and the `EXPERIMENTAL_view_…` methods: one function for each
//! request type.

use crate::lookup;
use crate::methods::reply::View;
use keyway_chain::SealedBlock;
use keyway_engine::{StateError, ViewError};
use keyway_state::ValueRef;
use keyway_state::read::{self, DataLimit};
use near_crypto::{PublicKey, PublicKeyHandle};
use near_jsonrpc_primitives::types::query::{QueryResponseKind, RpcQueryError, RpcQueryResponse};
use near_primitives::account::AccountContract;
use near_primitives::action::GlobalContractIdentifier;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, BlockReference, ProtocolVersion, StoreKey};
use near_primitives::views::{
    AccessKeyInfoView, AccessKeyList, AccountView, CallResult, ContractCodeView, GasKeyNoncesView,
    QueryRequest, StateItem, ViewStateResult,
};
use std::num::NonZeroU32;
use std::sync::Arc;

/// Contract data of an account bigger than this, in bytes of storage without its code, is shown in
/// pages only; a page holds no more either.
const STATE_BYTES: u64 = 50_000;
/// The most entries on a page of contract data.
const STATE_ITEMS: u32 = 10_000;
/// The most keys that a list of access keys holds, where the settings say nothing else.
const KEYS: usize = 100;
/// From this protocol version on, nodes refuse longer lists unless pages are requested.
const LISTS_ARE_LIMITED: ProtocolVersion = 87;

/// Looks up `request` in the state after the block that `reference` names.
///
/// # Errors
/// In nearcore's terms.
pub(super) fn look(
    view: &View<'_>,
    reference: &BlockReference,
    request: QueryRequest,
) -> Result<RpcQueryResponse, RpcQueryError> {
    let sealed = lookup::block(view.chain, reference)?;
    let at = At { view, sealed: &sealed };
    let kind = at.find(request)?;
    Ok(RpcQueryResponse { kind, block_height: at.height(), block_hash: at.hash() })
}

type Found = Result<QueryResponseKind, RpcQueryError>;

/// The state after one block.
struct At<'a> {
    view: &'a View<'a>,
    sealed: &'a SealedBlock,
}

/// Which contract data to list.
struct Range {
    prefix: StoreKey,
    after_key: Option<StoreKey>,
    limit: Option<NonZeroU32>,
    include_proof: bool,
}

impl At<'_> {
    fn find(&self, request: QueryRequest) -> Found {
        match request {
            QueryRequest::ViewAccount { account_id } => self.account(account_id),
            QueryRequest::ViewCode { account_id } => self.code(account_id),
            QueryRequest::ViewState { account_id, prefix, after_key, limit, include_proof } => {
                let range = Range { prefix, after_key, limit, include_proof };
                self.state(account_id, &range)
            }
            QueryRequest::ViewAccessKey { account_id, public_key } => {
                self.access_key(&account_id, public_key)
            }
            QueryRequest::ViewAccessKeyList { account_id, after_key, limit } => {
                self.access_keys(&account_id, after_key.as_ref(), limit)
            }
            QueryRequest::ViewGasKeyNonces { account_id, public_key } => {
                self.gas_key_nonces(&account_id, public_key)
            }
            QueryRequest::CallFunction { account_id, method_name, args } => {
                self.call(account_id, &method_name, args.as_ref())
            }
            QueryRequest::ViewGlobalContractCode { code_hash } => {
                self.global_code(GlobalContractIdentifier::CodeHash(code_hash))
            }
            QueryRequest::ViewGlobalContractCodeByAccountId { account_id } => {
                self.global_code(GlobalContractIdentifier::AccountId(account_id))
            }
        }
    }

    fn account(&self, account_id: AccountId) -> Found {
        let account = self.existing(account_id)?;
        Ok(QueryResponseKind::ViewAccount(AccountView::from(account)))
    }

    fn code(&self, account_id: AccountId) -> Found {
        let account = self.existing(account_id.clone())?;
        let code = match account.contract().into_owned() {
            AccountContract::None => None,
            AccountContract::Local(hash) => {
                let code = read::contract_code(&self.sealed.state, &account_id);
                loaded(code, Some(hash))?
            }
            AccountContract::Global(hash) => {
                self.global(&GlobalContractIdentifier::CodeHash(hash))?
            }
            AccountContract::GlobalByAccount(owner) => {
                self.global(&GlobalContractIdentifier::AccountId(owner))?
            }
        };
        let code = code.ok_or_else(|| RpcQueryError::NoContractCode {
            contract_account_id: account_id,
            block_height: self.height(),
            block_hash: self.hash(),
        })?;
        Ok(QueryResponseKind::ViewCode(code))
    }

    fn global_code(&self, identifier: GlobalContractIdentifier) -> Found {
        let code =
            self.global(&identifier)?.ok_or_else(|| RpcQueryError::NoGlobalContractCode {
                identifier,
                block_height: self.height(),
                block_hash: self.hash(),
            })?;
        Ok(QueryResponseKind::ViewCode(code))
    }

    fn state(&self, account_id: AccountId, range: &Range) -> Found {
        let account = self.existing(account_id.clone())?;
        let paged = range.limit.is_some() || range.after_key.is_some();
        let limit = if paged {
            let items = range.limit.map_or(STATE_ITEMS, |limit| limit.get().min(STATE_ITEMS));
            DataLimit { items: items as usize, bytes: STATE_BYTES }
        } else {
            let code = read::contract_code(&self.sealed.state, &account_id).map_err(unreadable)?;
            let code = code.map_or(0, |code| code.len() as u64);
            if account.storage_usage().saturating_sub(code) > STATE_BYTES {
                return Err(RpcQueryError::TooLargeContractState {
                    contract_account_id: account_id,
                    block_height: self.height(),
                    block_hash: self.hash(),
                });
            }
            DataLimit::NONE
        };
        let after = range.after_key.as_deref().map(Vec::as_slice);
        let page = read::contract_data(
            &self.sealed.state,
            &account_id,
            range.prefix.as_ref(),
            after,
            limit,
        )
        .map_err(unreadable)?;
        let item = |(key, value): (Vec<u8>, keyway_state::Value)| StateItem {
            key: key.into(),
            value: value.to_vec().into(),
        };
        let values: Vec<_> = page.items.into_iter().map(item).collect();
        let last_key = values.last().filter(|_| page.more).map(|item| item.key.clone());
        let proof =
            if range.include_proof { self.proof(&account_id, &range.prefix)? } else { Vec::new() };
        Ok(QueryResponseKind::ViewState(ViewStateResult { values, proof, last_key }))
    }

    fn proof(
        &self,
        account_id: &AccountId,
        prefix: &StoreKey,
    ) -> Result<Vec<Arc<[u8]>>, RpcQueryError> {
        let nodes = read::contract_data_proof(&self.sealed.state, account_id, prefix.as_ref());
        Ok(nodes.map_err(unreadable)?.into_iter().map(Into::into).collect())
    }

    fn access_key(&self, account_id: &AccountId, public_key: PublicKey) -> Found {
        match read::access_key(&self.sealed.state, account_id, &public_key).map_err(unreadable)? {
            Some(access_key) => Ok(QueryResponseKind::AccessKey(access_key.into())),
            None => Err(RpcQueryError::UnknownAccessKey {
                public_key,
                block_height: self.height(),
                block_hash: self.hash(),
            }),
        }
    }

    /// A page when a paging parameter is there; else all keys, or an error when they are more than
    /// nodes of the protocol version list, or than the settings allow.
    fn access_keys(
        &self,
        account_id: &AccountId,
        after: Option<&PublicKeyHandle>,
        limit: Option<NonZeroU32>,
    ) -> Found {
        let paged = after.is_some() || limit.is_some();
        let set = self.view.settings.view_access_keys_limit;
        let limited = paged || self.view.chain.protocol().version >= LISTS_ARE_LIMITED;
        let most = set.unwrap_or(if limited { KEYS } else { usize::MAX });
        let limit = limit.map_or(most, |limit| most.min(limit.get() as usize));
        let page =
            read::access_keys(&self.sealed.state, account_id, after, limit).map_err(unreadable)?;
        if page.more && !paged {
            return Err(RpcQueryError::TooManyAccessKeys {
                requested_account_id: account_id.clone(),
                limit: u32::try_from(limit).unwrap_or(u32::MAX),
                block_height: self.height(),
                block_hash: self.hash(),
            });
        }
        let last_key = page.items.last().filter(|_| page.more).map(|(key, _)| key.clone());
        let keys = page
            .items
            .into_iter()
            .map(|(key, access_key)| AccessKeyInfoView::new(key, access_key.into()));
        Ok(QueryResponseKind::AccessKeyList(AccessKeyList { keys: keys.collect(), last_key }))
    }

    fn gas_key_nonces(&self, account_id: &AccountId, public_key: PublicKey) -> Found {
        if let Some(fork) = &self.view.settings.fork {
            fork.learn_key(&public_key);
        }
        match read::gas_key_nonces(&self.sealed.state, account_id, &public_key)
            .map_err(unreadable)?
        {
            Some(nonces) => Ok(QueryResponseKind::GasKeyNonces(GasKeyNoncesView { nonces })),
            None => Err(RpcQueryError::UnknownGasKey {
                public_key,
                block_height: self.height(),
                block_hash: self.hash(),
            }),
        }
    }

    fn call(&self, account_id: AccountId, method: &str, args: &[u8]) -> Found {
        match self.view.chain.view_call(self.sealed, &account_id, method, args) {
            Ok(call) => Ok(QueryResponseKind::CallResult(CallResult {
                result: call.result,
                logs: call.logs,
            })),
            Err(error) => Err(self.call_error(error)),
        }
    }

    fn call_error(&self, error: ViewError) -> RpcQueryError {
        let vm_error = error.to_string();
        let (block_height, block_hash) = (self.height(), self.hash());
        match error {
            ViewError::UnknownAccount { account_id } => RpcQueryError::UnknownAccount {
                requested_account_id: account_id,
                block_height,
                block_hash,
            },
            ViewError::Failed { cause: error, .. } => {
                RpcQueryError::ContractExecutionError { vm_error, error, block_height, block_hash }
            }
            ViewError::State(error) => unreadable(error),
            other => RpcQueryError::InternalError { error_message: other.to_string() },
        }
    }

    fn existing(
        &self,
        account_id: AccountId,
    ) -> Result<near_primitives::account::Account, RpcQueryError> {
        read::account(&self.sealed.state, &account_id).map_err(unreadable)?.ok_or_else(|| {
            RpcQueryError::UnknownAccount {
                requested_account_id: account_id,
                block_height: self.height(),
                block_hash: self.hash(),
            }
        })
    }

    fn global(
        &self,
        identifier: &GlobalContractIdentifier,
    ) -> Result<Option<ContractCodeView>, RpcQueryError> {
        let code = read::global_contract_code(&self.sealed.state, identifier);
        let hash = match identifier {
            GlobalContractIdentifier::CodeHash(hash) => Some(*hash),
            GlobalContractIdentifier::AccountId(_) => None,
        };
        loaded(code, hash)
    }

    fn height(&self) -> u64 {
        self.sealed.height()
    }

    fn hash(&self) -> CryptoHash {
        *self.sealed.hash()
    }
}

/// The code behind a reference, with its account's hash of it, or else the code's own.
fn loaded(
    code: Result<Option<ValueRef<'_>>, StateError>,
    hash: Option<CryptoHash>,
) -> Result<Option<ContractCodeView>, RpcQueryError> {
    let Some(code) = code.map_err(unreadable)? else { return Ok(None) };
    let hash = hash.unwrap_or(code.hash());
    Ok(Some(ContractCodeView { code: code.load().map_err(unreadable)?.to_vec(), hash }))
}

fn unreadable(error: StateError) -> RpcQueryError {
    RpcQueryError::InternalError { error_message: error.to_string() }
}
