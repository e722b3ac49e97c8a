//! A program with a NEAR chain inside that survives a restart: `Node::open`, submit, close, open.

use keyway_chain::{Applied, LocalAccount, seeded_key};
use keyway_node::{Home, NewHome, Node, Options};
use near_primitives::action::{Action, TransferAction};
use near_primitives::transaction::{SignedTransaction, Transaction, TransactionV0};
use near_primitives::types::{AccountId, Balance};
use std::error::Error;
use std::path::Path;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let parent = tempfile::tempdir()?;
    let dir = parent.path().join("home");
    create(&dir)?;

    let node = Node::open(&Home::read(&dir)?, Options::default())?;
    // When it returns, the transaction ran to its end and is on the disk.
    let applied = node.submit(transfer(&node, Balance::from_near(3))?).await?;
    let Applied::Included(hash) = applied else { return Err("it was sent before".into()) };
    // Without `close` nothing would be lost: the next start would apply the transaction again.
    node.close()?;
    drop(node);

    let node = Node::open(&Home::read(&dir)?, Options::default())?;
    let chain = node.snapshot();
    let found = chain.transaction(&hash)?.ok_or("the transaction is gone")?;
    assert!(chain.is_final(&found.block));
    let near = keyway_state::read::account(&chain.head().state, &"near".parse()?)?;
    assert_eq!(near.map(|near| near.amount()), Some(Balance::from_near(1_000_000_003)));
    Ok(())
}

/// A home whose chain has Alice, with 10 NEAR and a key that everybody can derive.
fn create(dir: &Path) -> Result<(), Box<dyn Error>> {
    let alice = LocalAccount {
        account_id: "alice.near".parse()?,
        public_key: seeded_key("alice.near").public_key(),
        amount: Balance::from_near(10),
        locked: Balance::ZERO,
    };
    Home::create(dir, &NewHome { accounts: vec![alice], ..NewHome::default() })?;
    Ok(())
}

/// A transfer from Alice to `near`.
fn transfer(node: &Node, deposit: Balance) -> Result<SignedTransaction, Box<dyn Error>> {
    let (alice, key): (AccountId, _) = ("alice.near".parse()?, seeded_key("alice.near"));
    let transaction = Transaction::V0(TransactionV0 {
        signer_id: alice.clone(),
        public_key: key.public_key(),
        nonce: 1,
        receiver_id: "near".parse()?,
        block_hash: *node.snapshot().final_head().hash(),
        actions: vec![Action::Transfer(TransferAction { deposit })],
    });
    let signature = key.sign(transaction.get_hash_and_size().0.as_ref());
    Ok(SignedTransaction::new(signature, transaction))
}
