use super::*;
use crate::{NearLiteral, transfer};

#[test]
fn handles_cross_threads() {
    fn check<T: Send + Sync>() {}
    check::<Sandbox>();
    check::<SandboxAccount>();
    check::<Impersonated>();
    check::<Snapshot>();
    check::<SandboxServer>();
}

#[test]
fn quick() {
    let sandbox = Sandbox::new();
    let alice = sandbox.account("alice.near").balance(10.near()).create().unwrap();
    alice.execute(transfer(2.near()).to("near")).unwrap();
    println!("{} {:?}", sandbox.height(), alice.balance());
}
