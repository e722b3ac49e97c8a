//! Errors are values: match them by type, by their numbers, or by a name that does not change.

use keyway::{
    Error, KeyPair, NearLiteral, Refusal, Sandbox, add_full_access_key, add_function_call_key,
    transfer,
};

fn main() -> Result<(), Error> {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    let key = KeyPair::random_ed25519();

    // An invalid argument: nothing was sent.
    match alice.execute(add_function_call_key(key.public_key(), "Not An Account")) {
        Err(Error::Argument(error)) => assert_eq!(error.field(), "contract"),
        other => panic!("{other:?}"),
    }

    // Refused: the transaction never ran, and cost nothing.
    let before = alice.balance()?;
    match alice.execute(transfer(99.near()).to("near")) {
        Err(Error::Refused(Refusal::BalanceNotEnough { balance, cost, .. })) => {
            assert_eq!(balance, before);
            assert!(cost > 99.near());
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(alice.balance()?, before);

    // Failed: the gas is spent, everything else is as before.
    alice.execute(add_full_access_key(key.public_key()))?;
    match alice.execute(add_full_access_key(key.public_key())) {
        Err(error @ Error::Failed(_)) => {
            assert_eq!(error.kind(), "Failed.Action.AddKey.AlreadyExists");
            assert!(error.to_string().contains("alice.near"));
        }
        other => panic!("{other:?}"),
    }
    assert!(alice.balance()? < before);
    Ok(())
}
