//! Adds a key without limits on functions and gas. Both must be written: leaving one out is an error.

use keyway::protocol::AccessKeyPermission;
use keyway::{Error, GasBudget, KeyPair, NearLiteral, Sandbox, add_function_call_key};

fn main() -> Result<(), Error> {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    let key = KeyPair::random_ed25519();
    let grant = || add_function_call_key(key.public_key(), "game.near");

    // Leaving it out, an empty list and a budget of zero are errors, not permissions.
    let no_budget = grant().any_function();
    let no_functions = grant().functions([""; 0]).gas_budget(GasBudget::Unlimited);
    let nothing = grant().any_function().gas_budget(GasBudget::limit(0.near()));
    for doubtful in [no_budget, no_functions, nothing] {
        let error = alice.execute(doubtful).expect_err("the chain refuses it");
        assert!(matches!(error, Error::Argument(_)), "{error}");
    }

    alice.execute(grant().any_function().gas_budget(GasBudget::Unlimited))?;
    let added = sandbox.access_key("alice.near", key.public_key())?;
    let AccessKeyPermission::FunctionCall(permission) = added.permission else {
        panic!("{added:?}");
    };
    assert_eq!(permission.allowance, None);
    assert!(permission.method_names.is_empty());
    Ok(())
}
