//! What a transfer to an implicit account costs while the account is not there, whatever its kind.

use keyway_protocol_tests::{NEAR, World, act, fees, tx};

/// Gas that the transaction burns.
pub(crate) const SENT: u64 = fees::RECEIPT + fees::TRANSFER + fees::CREATE_SEND;
/// Gas that its receipt burns.
pub(crate) const LATER: u64 = fees::RECEIPT + fees::TRANSFER + fees::CREATE_EXEC;

/// Bob sends one NEAR to `name`, which is not there, and pays for its creation.
#[track_caller]
pub(crate) fn is_made_by_a_transfer(world: &mut World, name: &str) {
    let before = world.balance("bob.near");
    let done = world.send(&tx("bob.near", name, [act::transfer(NEAR)])).ok();
    assert_eq!(done.transaction.gas_burnt.as_gas(), SENT);
    assert_eq!(world.balance(name), NEAR);
    let creation = fees::NEW_ACCOUNT - fees::burn(fees::CREATE_EXEC);
    assert_eq!(before - world.balance("bob.near"), NEAR + fees::burn(SENT + LATER) + creation);
}
