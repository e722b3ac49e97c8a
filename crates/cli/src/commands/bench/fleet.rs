//! The accounts of a benchmark, all below one account that is created for it.

use super::account::{Account, Lane, METHOD};
use crate::error::CliError;
use keyway::{
    AccountId, Client, GasBudget, Intent, KeyPair, NearToken, Signer, add_full_access_key,
    add_function_call_key, create_account, delete_account, deploy, transfer,
};
use std::future::Future;
use tokio::task::JoinSet;

/// The accounts that were created.
#[derive(Debug)]
pub(super) struct Fleet {
    /// The account to which the balances return.
    owner: AccountId,
    /// The parent of the other accounts, with the contract.
    flagship: Signer,
    members: Vec<Member>,
}

#[derive(Clone, Debug)]
struct Member {
    id: AccountId,
    full: KeyPair,
    limited: KeyPair,
}

impl Fleet {
    /// Creates `count` accounts with `fund` each.
    ///
    /// # Errors
    /// If `owner` cannot create or pay for them.
    pub(super) async fn make(
        owner: &Signer,
        count: u16,
        fund: NearToken,
    ) -> Result<Self, CliError> {
        let flagship = flagship(owner, count, fund).await?;
        let (id, contract) = (flagship.account_id().clone(), flagship.account_id());
        let mut members = Vec::new();
        for number in 0..count {
            let id = format!("{number}.{id}").parse().map_err(|_| CliError::PayerNeeded)?;
            let (full, limited) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
            members.push(Member { id, full, limited });
        }
        let made = members.iter().map(|member| {
            let (signer, contract) = (flagship.clone(), contract.to_string());
            let member = member.clone();
            async move { member.make(&signer, &contract, fund).await }
        });
        all(made).await?;
        Ok(Self { owner: owner.account_id().clone(), flagship, members })
    }

    /// The accounts, ready to sign.
    ///
    /// # Errors
    /// If the node does not return their nonces.
    pub(super) async fn accounts(&self) -> Result<Vec<Account>, CliError> {
        let client = self.flagship.client();
        let mut accounts = Vec::new();
        for (number, member) in self.members.iter().enumerate() {
            let peer = &self.members[(number + 1) % self.members.len()];
            accounts.push(Account {
                id: member.id.clone(),
                peer: peer.id.clone(),
                contract: self.flagship.account_id().clone(),
                full: lane(client, &member.id, &member.full).await?,
                limited: lane(client, &member.id, &member.limited).await?,
                signed: 0,
            });
        }
        Ok(accounts)
    }

    /// Deletes every account; their balances go back to the owner.
    ///
    /// # Errors
    /// The error of the first account that cannot be deleted.
    pub(super) async fn disband(self) -> Result<(), CliError> {
        let (owner, client) = (self.owner, self.flagship.client().clone());
        let gone = self.members.into_iter().map(|member| {
            let (client, owner) = (client.clone(), owner.clone());
            async move {
                let signer = Signer::new(client, &member.id, [member.full])?;
                signer.execute(Intent::on_self().then(delete_account(owner))).await?;
                Ok(())
            }
        });
        all(gone).await?;
        self.flagship.execute(Intent::on_self().then(delete_account(owner))).await?;
        Ok(())
    }
}

impl Member {
    async fn make(&self, signer: &Signer, contract: &str, fund: NearToken) -> Result<(), CliError> {
        let limited = add_function_call_key(self.limited.public_key(), contract)
            .functions([METHOD])
            .gas_budget(GasBudget::Unlimited);
        let intent = Intent::to(&self.id)
            .then(create_account())
            .then(transfer(fund))
            .then(add_full_access_key(self.full.public_key()))
            .then(limited);
        signer.execute(intent).await?;
        Ok(())
    }
}

/// The parent account, with enough balance for all others.
async fn flagship(owner: &Signer, count: u16, fund: NearToken) -> Result<Signer, CliError> {
    let key = KeyPair::random_ed25519();
    // Keys are random, so names derived from them do not collide with existing accounts.
    let name: String = key.public_key().to_string().to_ascii_lowercase();
    let id = format!("bench-{}.{}", &name[name.len() - 12..], owner.account_id());
    let each = fund.checked_add(OVERHEAD).and_then(|each| each.checked_mul(u128::from(count) + 2));
    let funds = each.ok_or(CliError::PayerNeeded)?;
    let intent = Intent::to(&id)
        .then(create_account())
        .then(transfer(funds))
        .then(add_full_access_key(key.public_key()))
        .then(deploy(NOOP));
    owner.execute(intent).await?;
    Ok(Signer::new(owner.client().clone(), &id, [key])?)
}

async fn lane(client: &Client, id: &AccountId, key: &KeyPair) -> Result<Lane, CliError> {
    let nonce = client.access_key(id, key.public_key()).await?.nonce;
    Ok(Lane { key: key.clone(), nonce })
}

/// Runs the futures, [`AT_ONCE`] at a time.
async fn all(
    tasks: impl Iterator<Item = impl Future<Output = Result<(), CliError>> + Send + 'static>,
) -> Result<(), CliError> {
    let mut running = JoinSet::new();
    for task in tasks {
        running.spawn(task);
        if running.len() >= AT_ONCE {
            joined(&mut running).await?;
        }
    }
    while !running.is_empty() {
        joined(&mut running).await?;
    }
    Ok(())
}

async fn joined(running: &mut JoinSet<Result<(), CliError>>) -> Result<(), CliError> {
    match running.join_next().await {
        Some(Err(error)) => Err(CliError::System { source: error.into() }),
        Some(Ok(done)) => done,
        None => Ok(()),
    }
}

/// How many accounts are created or deleted at once.
const AT_ONCE: usize = 16;

/// The maximum cost of creating and deleting an account.
const OVERHEAD: NearToken = NearToken::from_millinear(20);

/// `(module (func (export "noop")))`
const NOOP: &[u8] = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x08\x01\x04noop\0\0\x0a\x04\x01\x02\0\x0b";
