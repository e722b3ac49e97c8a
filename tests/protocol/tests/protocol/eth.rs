//! Eth-implicit accounts: `0x…`, without keys, run by the chain's wallet contract.

use crate::implicit::{LATER, SENT, is_made_by_a_transfer};
use keyway_protocol_tests::{NEAR, World, act, fees, id, tx};
use near_primitives::errors::{ActionErrorKind, CompilationError, FunctionCallError};

const ETH: &str = "0x1234567890abcdef1234567890abcdef12345678";

/// The wallet of every chain but mainnet and testnet.
const WALLET: &str = "FAq9tQRbwJPTV3PQLn2F7AUD3FW2Fw1V8ZeZuazfeu1v";

#[test]
fn a_transfer_makes_one_with_the_wallet_and_no_keys() {
    let mut world = World::at(88);
    is_made_by_a_transfer(&mut world, ETH);
    assert_eq!(world.bytes(ETH), 132);
    let wallet = world.account(ETH).global_contract_hash().unwrap();
    assert_eq!(wallet.to_string(), WALLET);
    let keys = keyway_state::read::access_keys(world.state(), &id(ETH), None, 10).unwrap();
    assert_eq!(keys.items, []);
}

#[test]
fn a_second_transfer_costs_the_creation_fees_but_not_the_account() {
    let mut world = World::at(88);
    world.send(&tx("bob.near", ETH, [act::transfer(NEAR)])).ok();
    let before = world.balance("bob.near");
    world.send(&tx("bob.near", ETH, [act::transfer(NEAR)])).ok();
    assert_eq!(before - world.balance("bob.near"), NEAR + fees::burn(SENT + LATER));
}

#[test]
fn until_the_wallet_is_deployed_its_calls_find_no_code() {
    let mut world = World::at(88);
    world.send(&tx("bob.near", ETH, [act::transfer(NEAR)])).ok();
    let done = world.send(&tx("bob.near", ETH, [act::call("rlp_execute", 0)]));
    let error = CompilationError::CodeDoesNotExist { account_id: id(ETH) };
    let error = FunctionCallError::CompilationError(error);
    assert_eq!(done.error(), ActionErrorKind::FunctionCallError(error));
}

#[test]
fn nobody_creates_one_by_name() {
    let mut world = World::at(88);
    let done = world.send(&tx("bob.near", ETH, [act::create(), act::transfer(NEAR)]));
    let error = ActionErrorKind::OnlyImplicitAccountCreationAllowed { account_id: id(ETH) };
    assert_eq!(done.failure(), Some((Some(0), error)));
}
