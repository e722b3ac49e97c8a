//! An account that signs the transactions of a measurement.

use crate::Problem;
use near_crypto::{InMemorySigner, KeyType, PublicKey, SecretKey, Signer};
use near_primitives::action::{Action, DeployContractAction, FunctionCallAction, TransferAction};
use near_primitives::hash::CryptoHash;
use near_primitives::serialize::to_base64;
use near_primitives::transaction::{SignedTransaction, Transaction, TransactionV0};
use near_primitives::types::{AccountId, Balance, Gas};

/// An account with its full-access key, and the key's nonce.
#[derive(Debug)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    signer: Signer,
    /// Of the last transaction.
    pub nonce: u64,
}

impl Account {
    /// The account `id` with its secret key.
    ///
    /// # Errors
    /// When either is malformed.
    pub fn new(id: &str, secret_key: &str) -> Result<Self, Problem> {
        let (id, key): (AccountId, SecretKey) = (id.parse()?, secret_key.parse()?);
        let signer = InMemorySigner::from_secret_key(id.clone(), key);
        Ok(Self { id, signer, nonce: 0 })
    }

    /// One of the accounts that every chain in memory has.
    pub fn development() -> Self {
        let id: AccountId = DEVELOPMENT.parse().expect("the constant is a valid account id");
        let key = SecretKey::from_seed(KeyType::ED25519, DEVELOPMENT);
        let signer = InMemorySigner::from_secret_key(id.clone(), key);
        Self { id, signer, nonce: 0 }
    }

    /// Another key of the same account, derived from `seed`.
    ///
    /// # Errors
    /// When `id` is no account id.
    pub fn seeded(seed: &str, id: &str) -> Result<Self, Problem> {
        let id: AccountId = id.parse()?;
        let key = SecretKey::from_seed(KeyType::ED25519, seed);
        Ok(Self { signer: InMemorySigner::from_secret_key(id.clone(), key), id, nonce: 0 })
    }

    /// The public key.
    pub fn public_key(&self) -> PublicKey {
        self.signer.public_key()
    }

    /// A transfer of one yoctoNEAR to an implicit account.
    pub fn transfer(&mut self, base: CryptoHash) -> SignedTransaction {
        let receiver = "0".repeat(64).parse().expect("64 digits are an implicit account");
        self.transfer_to(receiver, base)
    }

    /// A transfer of one yoctoNEAR.
    pub fn transfer_to(&mut self, receiver: AccountId, base: CryptoHash) -> SignedTransaction {
        let deposit = Balance::from_yoctonear(1);
        self.sign(receiver, base, Action::Transfer(TransferAction { deposit }))
    }

    /// Puts `code` on the account.
    pub fn deploy(&mut self, code: &[u8], base: CryptoHash) -> SignedTransaction {
        let deploy = DeployContractAction { code: code.to_vec() };
        self.sign(self.id.clone(), base, Action::DeployContract(deploy))
    }

    /// Calls `method` of the account's own contract.
    pub fn function_call(&mut self, method: &str, base: CryptoHash) -> SignedTransaction {
        self.call_of(self.id.clone(), method, base)
    }

    /// Calls `method` of `contract`.
    ///
    /// # Errors
    /// When `contract` is no account id.
    pub fn call(
        &mut self,
        contract: &str,
        method: &str,
        base: CryptoHash,
    ) -> Result<SignedTransaction, Problem> {
        Ok(self.call_of(contract.parse()?, method, base))
    }

    fn call_of(&mut self, to: AccountId, method: &str, base: CryptoHash) -> SignedTransaction {
        let call = FunctionCallAction {
            method_name: method.to_owned(),
            args: Vec::new(),
            gas: CALL_GAS,
            deposit: Balance::ZERO,
        };
        self.sign(to, base, Action::FunctionCall(Box::new(call)))
    }

    /// A transaction of this account with its next nonce.
    pub fn sign(&mut self, to: AccountId, base: CryptoHash, action: Action) -> SignedTransaction {
        self.nonce += 1;
        let transaction = Transaction::V0(TransactionV0 {
            signer_id: self.id.clone(),
            public_key: self.signer.public_key(),
            nonce: self.nonce,
            receiver_id: to,
            block_hash: base,
            actions: vec![action],
        });
        let signature = self.signer.sign(transaction.get_hash_and_size().0.as_ref());
        SignedTransaction::new(signature, transaction)
    }
}

/// A transaction as `send_tx` takes it.
pub fn base64(transaction: &SignedTransaction) -> String {
    to_base64(&borsh::to_vec(transaction).expect("memory takes all writes"))
}

/// What a call is given.
pub(crate) const CALL_GAS: Gas = Gas::from_teragas(30);

const DEVELOPMENT: &str = "alice.near";
