//! How much: per call, per user, per app, per day, in all.

use super::{Asked, CHESS, chess};
use keyway::{NearLiteral, NearToken};
use keyway_relay::policy::{Policy, Spent};

#[track_caller]
fn refused(asked: &Asked, kind: &str, text: &str) {
    let refusal = asked.refusal();
    assert_eq!(refusal.kind(), format!("Policy.{kind}"));
    assert_eq!(refusal.to_string(), format!("refused by the policy: {text} (app `chess`)"));
}

#[test]
fn one_request_has_a_limit() {
    let asked = |cost| Asked { cost, ..Asked::a_move() };
    assert_eq!(asked(20.millinear()).rule(), "moves");
    let more = asked(NearToken::from_yoctonear(20.millinear().as_yoctonear() + 1));
    refused(
        &more,
        "PerCall",
        "it can cost 0.020000000000000000000001 NEAR, and 0.02 NEAR is the most for one request",
    );
}

#[test]
fn each_budget_can_be_spent_to_the_last_yoctonear() {
    let less = |limit: NearToken| limit.checked_sub(5.millinear()).unwrap();
    let more = |spent: NearToken| spent.checked_add(1.yoctonear()).unwrap();
    let asked = |spent| Asked { spent, ..Asked::a_move() };
    let none = Spent::default();
    let (user, app) = (less(200.millinear()), less(10.near()));
    let (day, total) = (less(50.near()), less(1000.near()));
    let full = Spent { user_today: user, app_today: app, today: day, total };
    assert_eq!(asked(full).rule(), "moves");
    let it = |rest| format!("it can cost 0.005 NEAR, and {rest} are spent or reserved");
    refused(
        &asked(Spent { user_today: more(user), ..none }),
        "Budget.UserToday",
        &it("0.195000000000000000000001 NEAR of 0.2 NEAR for this user today"),
    );
    refused(
        &asked(Spent { app_today: more(app), ..none }),
        "Budget.AppToday",
        &it("9.995000000000000000000001 NEAR of 10 NEAR for the app today"),
    );
    refused(
        &asked(Spent { today: more(day), ..none }),
        "Budget.Today",
        &it("49.995000000000000000000001 NEAR of 50 NEAR for all apps today"),
    );
    refused(
        &asked(Spent { total: more(total), ..none }),
        "Budget.Total",
        &it("999.995000000000000000000001 NEAR of 1000 NEAR in all"),
    );
    let overflows = asked(Spent { total: NearToken::MAX, ..none });
    assert_eq!(overflows.refusal().kind(), "Policy.Budget.Total");
}

#[test]
fn a_grant_has_the_limits_under_which_its_cost_is_reserved() {
    let grant = Asked::a_move().judge(&chess()).unwrap();
    assert_eq!(grant.cost, 5.millinear());
    let limits = Spent {
        user_today: 200.millinear(),
        app_today: 10.near(),
        today: 50.near(),
        total: 1000.near(),
    };
    assert_eq!(grant.limits, limits);
}

#[test]
fn a_stopped_relayer_refuses_everything() {
    let policy = Policy::read(&CHESS.replacen("[budget]", "[budget]\nstopped = true", 1)).unwrap();
    let refusal = Asked::a_move().judge(&policy).unwrap_err();
    assert_eq!(refusal.kind(), "Policy.Stopped");
}
