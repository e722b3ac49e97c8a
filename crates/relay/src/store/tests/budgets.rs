//! Budgets are reserved before, replaced after, and never exceeded by one yoctoNEAR.

use super::*;

pub(super) async fn all(store: &Arc<dyn Store>) {
    a_cost_replaces_its_reservation(store).await;
    all_counters_or_none(store).await;
    a_budget_is_never_exceeded(store).await;
}

fn charged(name: &str, amount: u128, charges: &[(BudgetKey, Option<u128>)]) -> NewRequest {
    let charge = |(key, limit): &(BudgetKey, Option<u128>)| Charge {
        key: key.clone(),
        limit: limit.map(yocto),
    };
    NewRequest { charges: charges.iter().map(charge).collect(), ..new_request(name, amount) }
}

async fn a_cost_replaces_its_reservation(store: &Arc<dyn Store>) {
    let keys = [
        BudgetKey::App(app("paid")),
        BudgetKey::UserDay(app("paid"), account("alice.near"), crate::budget::Day(30_000)),
    ];
    let both: Vec<_> = keys.iter().cloned().map(|key| (key, Some(10))).collect();
    let request = accepted(store, charged("paid", 7, &both)).await;
    let lane = lane("paid.near", None);
    let lease = leased(store, &lane, "a", LONG).await;
    let bytes = signed(&lane, 1);
    assert!(store.begin(&lease.fence, request.id, bytes.clone()).await.unwrap());
    let reserved = Tally { spent: yocto(0), reserved: yocto(7) };
    assert_eq!(store.tallies(&keys).await.unwrap(), [reserved; 2]);
    store.end(&lease.fence, request.id, succeeded(bytes.hash, 3), None).await.unwrap();
    let spent = Tally { spent: yocto(3), reserved: yocto(0) };
    assert_eq!(store.tallies(&keys).await.unwrap(), [spent; 2]);
}

async fn all_counters_or_none(store: &Arc<dyn Store>) {
    let (wide, narrow) = (BudgetKey::App(app("wide")), BudgetKey::App(app("narrow")));
    let charges = [(wide.clone(), Some(100)), (narrow.clone(), Some(10))];
    accepted(store, charged("wide", 10, &charges)).await;
    match store.accept(charged("wide", 1, &charges)).await.unwrap() {
        Accepted::OverBudget(key, exceeded) => {
            assert_eq!(key, narrow);
            let (reserved, needed, limit) = (yocto(10), yocto(1), yocto(10));
            assert_eq!(exceeded, Exceeded { spent: yocto(0), reserved, needed, limit });
        }
        other => panic!("{other:?}"),
    }
    let tallies = store.tallies(&[wide, narrow]).await.unwrap();
    assert_eq!([tallies[0].reserved, tallies[1].reserved], [yocto(10); 2]);
}

async fn a_budget_is_never_exceeded(store: &Arc<dyn Store>) {
    let key = BudgetKey::App(app("crowded"));
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (store, new) = (store.clone(), charged("crowded", 3, &[(key.clone(), Some(100))]));
            tokio::spawn(async move { store.accept(new).await.unwrap() })
        })
        .collect();
    let mut kept = 0;
    for task in tasks {
        match task.await.unwrap() {
            Accepted::New(_) => kept += 1,
            Accepted::OverBudget(..) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(kept, 33, "the 34th would take 102 of 100");
    let tallies = store.tallies(&[key]).await.unwrap();
    assert_eq!(tallies[0].reserved, yocto(99));
}
