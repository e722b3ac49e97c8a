//! Delivers bytes that were signed and stored before, and says what became of them.

use super::{Client, End, Patience, Submission, WaitUntil};
use crate::error::Error;
use crate::outcome::Outcome;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::BlockHeight;

/// How a delivery ended. Each case is proved.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Delivered {
    /// The transaction is in a block.
    Outcome(Box<Outcome>),
    /// It can never run, because its nonce is used up, its base block has expired, or its key does not have the budget or
    /// is gone. Another signature, without that cause, is another transaction, and may run.
    Never(Error),
    /// It was refused, and can never run. Another signature would be refused, too.
    Refused(Error),
}

/// Who may have sent a transaction before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copies {
    /// Nobody: the bytes are new, and nobody else has them.
    None,
    /// Somebody, at any time: another process, or this one before it was restarted. A refusal then proves nothing, because
    /// an earlier copy may have run or may still arrive; only a final block does.
    Perhaps,
}

impl Client {
    /// Delivers a transaction that was stored before, until its fate is proved. `base` is the height of its base block.
    ///
    /// It differs from [`Client::send`] in what it knows: with the height of the base block it can prove that the
    /// transaction has expired, and with [`Copies::Perhaps`] it can be called after a crash.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::client::{Copies, Delivered};
    /// use keyway::{NearLiteral, Sandbox, WaitUntil, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").create()?;
    /// let (client, base) = (sandbox.client(), sandbox.height());
    /// let signed = alice.sign(transfer(1.near()).to("near"))?;
    ///
    /// let first = client.deliver(&signed, base, Copies::None, WaitUntil::Executed).await?;
    /// let again = client.deliver(&signed, base, Copies::Perhaps, WaitUntil::Executed).await?;
    /// assert!(matches!((first, again), (Delivered::Outcome(a), Delivered::Outcome(b)) if a == b));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Fate`] if the transaction ran or may still run: call this again with [`Copies::Perhaps`], and sign nothing
    /// in its place. Any other error if it never reached a node.
    pub async fn deliver(
        &self,
        transaction: &SignedTransaction,
        base: BlockHeight,
        copies: Copies,
        wait: WaitUntil,
    ) -> Result<Delivered, Error> {
        let patience = self.shared.patience;
        self.deliver_with(transaction, base, copies, wait, patience).await
    }

    /// The same with another patience than this client's.
    ///
    /// # Errors
    /// As [`Client::deliver`].
    pub async fn deliver_with(
        &self,
        transaction: &SignedTransaction,
        base: BlockHeight,
        copies: Copies,
        wait: WaitUntil,
        patience: Patience,
    ) -> Result<Delivered, Error> {
        let mut submission = Submission::new(self, transaction.clone(), Some(base), wait, patience);
        if copies == Copies::Perhaps {
            submission = submission.resumed();
        }
        let step = submission.send().await;
        Ok(match submission.until_proved(step).await? {
            End::Outcome(outcome) => Delivered::Outcome(outcome),
            End::SignAgain(_, error) => Delivered::Never(error),
            End::Refused(error) => Delivered::Refused(error),
        })
    }
}
