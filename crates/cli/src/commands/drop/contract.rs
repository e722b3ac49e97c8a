//! Queries to the drop's contract, and its deployment.

use crate::error::{CliError, other_contract};
use crate::tools::{Context, SigningArgs};
use keyway::error::QueryError;
use keyway::protocol::{AccessKeyPermission, PublicKey};
use keyway::{AccountId, Client, Error, Gas, Intent, NearToken, Signer, call, deploy};
use near_crypto::PublicKeyHandle;
use serde::Deserialize;
use serde_json::json;

/// The contract that is deployed to an account without one.
pub(super) const WASM: &[u8] = include_bytes!("../../../../../contracts/wasm/drop.wasm");

/// The maximum number of links in one transaction.
pub(super) const BATCH: usize = 100;

/// Enough gas for a batch: about 40 Tgas burn, the rest is refunded.
pub(super) const BATCH_GAS: Gas = Gas::from_teragas(150);

/// A link as the contract stores it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Row {
    /// The account that paid.
    pub(super) funder_id: AccountId,
    /// Its amount in yoctoNEAR.
    pub(super) amount: NearToken,
    /// Nanoseconds since 1970, as text.
    pub(super) expires_at_ns: String,
    /// Whether its amount is being transferred.
    pub(super) claiming: bool,
}

impl Row {
    /// The expiry time in nanoseconds since 1970.
    pub(super) fn expires_at_ns(&self) -> u64 {
        self.expires_at_ns.parse().unwrap_or(u64::MAX)
    }
}

/// Deploys the contract to the account of `signer`. `owner` can withdraw the drop's surplus.
///
/// # Errors
/// The chain's error.
pub(super) async fn deploy_to(
    context: &Context,
    signer: &Signer,
    owner: &AccountId,
    wasm: Vec<u8>,
    signing: &SigningArgs,
) -> Result<(), CliError> {
    let drop = signer.account_id();
    let new = call(drop, "new").args_json(&json!({ "owner_id": owner }));
    let intent = Intent::on_self().then(deploy(wasm)).then(new);
    signing.execute(context, signer, intent, "deploying the drop's contract").await.map(|_| ())
}

/// The link with this key.
///
/// # Errors
/// [`CliError::NotFound`] if there is no such link; if there is no such drop.
pub(super) async fn link(
    context: &Context,
    drop: &AccountId,
    public_key: &PublicKey,
) -> Result<Row, CliError> {
    let view =
        context.client.view(drop, "links").args_json(&json!({ "public_keys": [public_key] }));
    let rows: Vec<Option<Row>> = view.json().await.map_err(not_a_drop(drop))?;
    let row = rows.into_iter().flatten().next();
    row.ok_or(CliError::NotFound(WORTHLESS))
}

/// The amount of a link, also of other linkdrop contracts that wallets support.
///
/// # Errors
/// As [`link`].
pub(super) async fn worth(
    context: &Context,
    drop: &AccountId,
    public_key: &PublicKey,
) -> Result<NearToken, CliError> {
    match link(context, drop, public_key).await {
        Err(CliError::OtherContract { .. }) => {}
        known => return known.map(|row| row.amount),
    }
    let view =
        context.client.view(drop, "get_key_balance").args_json(&json!({ "key": public_key }));
    match view.json().await {
        Ok(amount) => Ok(amount),
        // This contract panics for a key that it does not have.
        Err(Error::Query(QueryError::ContractFailed { .. })) => Err(CliError::NotFound(WORTHLESS)),
        Err(error) => Err(not_a_drop(drop)(error)),
    }
}

/// The error for an account that has another contract, or none.
pub(super) fn not_a_drop(drop: &AccountId) -> impl Fn(Error) -> CliError {
    other_contract(drop, "drop")
}

const WORTHLESS: &str = "this link is worth nothing: it was claimed, or its payer reclaimed it";

/// The unclaimed links of a drop.
///
/// # Errors
/// If the account does not exist or is not a drop, or no node answers.
pub(super) async fn open_links(
    client: &Client,
    drop: &AccountId,
) -> Result<Vec<(PublicKeyHandle, Row)>, CliError> {
    let keys = client.access_keys(drop).await?;
    let keys = keys.into_iter().filter(|key| may_claim(&key.access_key.permission));
    let keys: Vec<_> = keys.map(|key| key.public_key).collect();
    let mut links = Vec::new();
    for keys in keys.chunks(BATCH) {
        let view = client.view(drop, "links").args_json(&json!({ "public_keys": keys }));
        let rows: Vec<Option<Row>> = view.json().await.map_err(not_a_drop(drop))?;
        let rows = keys.iter().cloned().zip(rows);
        links.extend(rows.filter_map(|(key, row)| row.map(|row| (key, row))));
    }
    Ok(links)
}

/// Whether a key may be a link's; the contract decides.
fn may_claim(permission: &AccessKeyPermission) -> bool {
    let calls = permission.function_call_permission();
    calls.is_some_and(|calls| calls.method_names.iter().any(|name| name == "claim"))
}
