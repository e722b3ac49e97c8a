//! Controls a chain of its own: the time, blocks by hand, edits of the state, a dump.

use keyway::{NearLiteral, Sandbox, transfer};
use std::time::{Duration, UNIX_EPOCH};

fn main() -> Result<(), keyway::Error> {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;

    // At a date, which then stands still: blocks follow each other by a nanosecond.
    let may = UNIX_EPOCH + Duration::from_secs(1_809_129_600);
    sandbox.set_time(may)?;
    sandbox.freeze_time()?;
    alice.execute(transfer(1.near()).to("near"))?;
    assert!(sandbox.now() < may + Duration::from_secs(2));

    // Ten blocks, an hour apart.
    let (height, before) = (sandbox.height(), sandbox.now());
    sandbox.mine(10, Duration::from_secs(3_600))?;
    assert_eq!(sandbox.height(), height + 10);
    assert_eq!(sandbox.now(), before + Duration::from_secs(36_000));

    // From one dump come chains that make the same blocks.
    let mut dump = Vec::new();
    sandbox.dump(&mut dump)?;
    let again = Sandbox::load(dump.as_slice())?;
    sandbox.set_balance("alice.near", 7.near())?;
    again.set_balance("alice.near", 7.near())?;
    assert_eq!(sandbox.chain().head().hash(), again.chain().head().hash());

    // Without a transaction, and without a trace but in the block's changes.
    sandbox.delete_account("alice.near")?;
    assert_eq!(
        sandbox.balance("alice.near").expect_err("it is deleted").kind(),
        "Query.Account.NotFound"
    );
    Ok(())
}
