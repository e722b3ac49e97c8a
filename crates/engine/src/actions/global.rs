//! Global contracts (NEP-591): code that many accounts use, by hash or by its owner's id.

use super::deploy;
use super::scope::Scope;
use crate::context::BlockContext;
use crate::contract::prepare_code;
use crate::effects::Stop;
use crate::overlay::Overlay;
use crate::state::StateError;
use near_primitives::account::AccountContract;
use near_primitives::action::{
    DeployGlobalContractAction, GlobalContractDeployMode, GlobalContractIdentifier,
};
use near_primitives::errors::ActionErrorKind;
use near_primitives::hash::hash;
use near_primitives::receipt::{GlobalContractDistributionReceipt, Receipt};
use near_primitives::trie_key::{GlobalContractCodeIdentifier, TrieKey};
use near_primitives::types::{Compute, ShardId, StateChangeCause};

/// `DeployGlobalContract`: burns the storage price, and distributes the code.
pub(super) fn deploy(
    scope: &mut Scope<'_, '_>,
    action: &DeployGlobalContractAction,
) -> Result<(), Stop> {
    let account_id = scope.account_id().clone();
    let per_byte = scope.storage_config().global_contract_storage_amount_per_byte;
    let price = per_byte.saturating_mul(action.code.len() as u128);
    let account = scope.account_mut();
    let rest = account.amount().checked_sub(price).ok_or_else(|| {
        ActionErrorKind::LackBalanceForState { account_id: account_id.clone(), amount: price }
    })?;
    account.set_amount(rest);
    scope.effects.burn_tokens(price);

    let id = match action.deploy_mode {
        GlobalContractDeployMode::CodeHash => {
            GlobalContractIdentifier::CodeHash(hash(&action.code))
        }
        GlobalContractDeployMode::AccountId => {
            GlobalContractIdentifier::AccountId(account_id.clone())
        }
    };
    // Counted at once, so that of two deployments in flight the later one wins.
    let nonce_key = TrieKey::GlobalContractNonce { identifier: id.clone().into() };
    let nonce = scope.overlay.read::<u64>(&nonce_key)?.unwrap_or(0).saturating_add(1);
    scope.overlay.write(nonce_key, &nonce);
    let receipt = GlobalContractDistributionReceipt::new(
        id,
        ShardId::new(0),
        Vec::new(),
        action.code.clone(),
        nonce,
    );
    let receipt = Receipt::new_global_contract_distribution(account_id, receipt);
    scope.effects.new_receipts.push(receipt);
    Ok(())
}

/// `UseGlobalContract`: calls of the account run that code from now on.
pub(super) fn use_contract(
    scope: &mut Scope<'_, '_>,
    identifier: &GlobalContractIdentifier,
) -> Result<(), Stop> {
    let key = TrieKey::GlobalContractCode { identifier: identifier.clone().into() };
    if !scope.overlay.contains(&key)? {
        let identifier = identifier.clone();
        return Err(ActionErrorKind::GlobalContractDoesNotExist { identifier }.into());
    }
    let old = deploy::contract_bytes(scope)?;
    scope.free(old);
    if scope.contract().is_local() {
        let account_id = scope.account_id().clone();
        scope.overlay.remove(TrieKey::ContractCode { account_id });
    }
    scope.occupy(identifier.len() as u64)?;
    scope.set_contract(match identifier {
        GlobalContractIdentifier::CodeHash(code_hash) => AccountContract::Global(*code_hash),
        GlobalContractIdentifier::AccountId(owner) => {
            AccountContract::GlobalByAccount(owner.clone())
        }
    })?;
    Ok(())
}

/// Stores distributed code, unless newer code for the same identifier came first. Returns the compute
/// that it takes, which counts against the block's limit but is not charged as gas.
pub(crate) fn store_distributed(
    overlay: &mut Overlay<'_>,
    block: &BlockContext,
    receipt: &Receipt,
    distribution: &GlobalContractDistributionReceipt,
) -> Result<Compute, StateError> {
    let identifier: GlobalContractCodeIdentifier = distribution.id().clone().into();
    let nonce_key = TrieKey::GlobalContractNonce { identifier: identifier.clone() };
    let stored = overlay.read::<u64>(&nonce_key)?.unwrap_or(0);
    if distribution.nonce() < stored {
        return Ok(0);
    }
    overlay.write(nonce_key, &distribution.nonce());
    overlay.set(TrieKey::GlobalContractCode { identifier }, distribution.code().to_vec());
    overlay.commit(&StateChangeCause::ReceiptProcessing { receipt_hash: receipt.get_hash() });
    let code = distribution.code();
    prepare_code(&block.protocol, &*block.contracts, code, hash(code));
    let fees = &block.protocol.config.fees;
    let bytes = distribution.code().len() as u64;
    Ok(fees
        .deploy_global_contract_execution_per_byte
        .saturating_mul(bytes)
        .saturating_add(fees.deploy_global_contract_execution_base))
}
