use super::super::*;
use crate::{NearLiteral, transfer};
use near_primitives::types::Balance;
use proptest::prelude::*;
use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

static SANDBOX: LazyLock<Sandbox> = LazyLock::new(Sandbox::new);

fn balances() -> impl Strategy<Value = u128> {
    prop_oneof![any::<u128>(), Just(u128::MAX)]
}

proptest! {
    #[test]
    fn no_name_makes_an_account_panic(name in ".{0,70}", balance in balances()) {
        let sandbox = SANDBOX.clone();
        let balance = Balance::from_yoctonear(balance);
        let made = sandbox.create_account(&name).balance(balance).contract([1, 2, 3]).create();
        prop_assert_eq!(made.is_ok(), name.parse::<AccountId>().is_ok_and(|id| {
            id != "near" && id != "test.near" && balance != Balance::MAX
        }));
    }

    #[test]
    fn no_question_panics(name in ".{0,70}", method in ".{0,20}", args in any::<Vec<u8>>()) {
        let sandbox = SANDBOX.clone();
        let balance = sandbox.balance(&name);
        prop_assert!(matches!(balance, Err(Error::Argument(_) | Error::Query(_))), "{balance:?}");
        let viewed = sandbox.view(&name, &*method).args(args.clone()).bytes();
        prop_assert!(matches!(viewed, Err(Error::Argument(_) | Error::Query(_))), "{viewed:?}");
        let _ = sandbox.access_keys(&name);
        let _ = sandbox.contract_state(&name, &args);
        let _ = sandbox.root().call(&name, &*method).args(args).execute();
        let _ = sandbox.impersonate(&name).and_then(|somebody| {
            somebody.execute(transfer(1.near()).to(&name))
        });
    }

    #[test]
    fn no_setting_panics(version in any::<u32>(), secs in any::<u64>(), blocks in any::<u64>()) {
        let mut builder = Sandbox::builder().protocol_version(version).epoch_length(blocks);
        builder = builder.validity_period(blocks);
        if let Some(time) = UNIX_EPOCH.checked_add(Duration::from_secs(secs)) {
            builder = builder.time(time);
        }
        if let Ok(sandbox) = builder.build() {
            sandbox.seal_block().unwrap();
        }
    }

    #[test]
    fn no_time_panics(secs in any::<u64>(), blocks in any::<u64>()) {
        let sandbox = SANDBOX.clone();
        let _ = sandbox.advance(Duration::from_secs(secs));
        let _ = sandbox.fast_forward(blocks % 1_000);
        let _ = sandbox.fast_forward(blocks);
        let _ = sandbox.advance(Duration::from_nanos(secs));
        sandbox.seal_block().unwrap();
    }
}
