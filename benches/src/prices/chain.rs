//! The chain: an input to its last block, as a server applies it to a copy.

use crate::{Hand, Problem, World};
use keyway_chain::Input;

pub(super) fn take(hand: &mut impl Hand, world: &World) -> Result<(), Problem> {
    hand.take_prepared(
        "chain/run a transfer to its final block, with its signature",
        || Ok((world.chain.clone(), Some(world.transfer()?))),
        |(chain, transfer)| {
            let transfer = transfer.take().ok_or("one transfer is submitted once")?;
            Ok(chain.apply(Input::transaction(transfer), 0)?)
        },
    )?;
    hand.take_prepared(
        "chain/seal an empty block",
        || Ok(world.chain.clone()),
        |chain| Ok(chain.apply(Input::Tick, 0)?),
    )?;
    let (mut chain, transfer) = (world.chain.clone(), world.transfer()?);
    let hash = transfer.get_hash();
    chain.apply(Input::transaction(transfer), 0)?;
    hand.take("chain/trace that transfer", || Ok(chain.trace(&hash)?))
}
