//! The rules: may this transaction run, and what does it do?

use crate::{Hand, Problem, World};
use keyway_engine::{BlockInput, check_state};
use keyway_rules::check_form_unsigned;
use near_primitives::transaction::SignedTransaction;

pub(super) fn take(hand: &mut impl Hand, world: &World) -> Result<(), Problem> {
    let (transfer, call) = (world.transfer()?, world.call()?);
    hand.take("engine/authorise a transfer, signature apart", || authorise(world, &transfer))?;
    hand.take("engine/authorise a function-call key's call, signature apart", || {
        authorise(world, &call)
    })?;
    let block = BlockInput { transactions: vec![transfer], ..BlockInput::default() };
    let next = world.next(&block)?;
    hand.take("engine/apply a block of one transfer", || world.run(&block))?;
    hand.take("engine/apply the block of its receipt", || world.run(&next))
}

/// Everything that is judged before a transaction enters a block, except the signature.
fn authorise(world: &World, tx: &SignedTransaction) -> Result<(), Problem> {
    let (chain, head) = (&world.chain, world.chain.head());
    let (price, height) = (head.header.next_gas_price(), Some(head.height() + 1));
    check_form_unsigned(chain.protocol(), tx)?;
    check_state(&head.state, chain.protocol(), price, height, tx)?.into_result()?;
    Ok(())
}
