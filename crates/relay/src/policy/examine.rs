//! Judges a request, rule by rule.

use super::broken::Whose;
use super::{ActionKind, App, Broken, Grant, Policy, PolicyRefusal, Request, Spent, Way};
use keyway::NearToken;

/// A request looked at rule by rule.
#[derive(Clone, Debug)]
pub struct Examined<'p> {
    /// The app that asked, if the policy has it.
    pub app: Option<&'p App>,
    /// What each rule of the app says, in the order of the file.
    pub rules: Vec<RuleVerdict<'p>>,
    /// What becomes of the request.
    pub verdict: Result<Grant, PolicyRefusal>,
}

/// What one rule says.
#[derive(Clone, Debug)]
pub struct RuleVerdict<'p> {
    /// Its name.
    pub rule: &'p str,
    /// The first thing that does not fit; none if the rule allows the request.
    pub broken: Option<Broken>,
}

impl Policy {
    /// Judges a request as [`Policy::judge`] does, and keeps what each rule says.
    #[must_use]
    pub fn examine(&self, request: &Request<'_>, spent: &Spent) -> Examined<'_> {
        let app = self.apps.get(request.app);
        let refused = |rule, other_rules, broken| {
            let broken = Box::new(broken);
            Err(PolicyRefusal { app: request.app.clone(), rule, other_rules, broken })
        };
        let rules: Vec<_> = app.map_or_else(Vec::new, |app| {
            let verdict = |rule: &'_ super::Rule| rule.judge(request).err();
            app.rules
                .iter()
                .map(|rule| RuleVerdict { rule: &rule.name, broken: verdict(rule) })
                .collect()
        });
        let verdict = match (app, first_rules(request)) {
            _ if self.budget.stopped => refused(None, 0, Broken::Stopped),
            (None, _) => refused(None, 0, Broken::UnknownApp),
            (_, Err(broken)) => refused(None, 0, broken),
            (Some(app), Ok(())) => match allowing(&rules) {
                Ok(rule) => match self.budgets(app, request, spent) {
                    Ok(()) => {
                        let limits = self.limits(app);
                        Ok(Grant { rule: rule.to_owned(), cost: request.cost, limits })
                    }
                    Err(broken) => refused(None, 0, broken),
                },
                Err((rule, broken)) => {
                    refused(Some(rule.to_owned()), rules.len().saturating_sub(1), broken.clone())
                }
            },
        };
        Examined { app, rules, verdict }
    }

    fn budgets(&self, app: &App, request: &Request<'_>, spent: &Spent) -> Result<(), Broken> {
        let cost = request.cost;
        if cost > app.per_call {
            return Err(Broken::PerCall { cost, limit: app.per_call });
        }
        if request.way.user().is_none() {
            return Err(Broken::NoUser);
        }
        let Spent { user_today, app_today, today, total } = *spent;
        let limits = self.limits(app);
        within(Whose::UserToday, user_today, cost, limits.user_today)?;
        within(Whose::AppToday, app_today, cost, limits.app_today)?;
        within(Whose::Today, today, cost, limits.today)?;
        within(Whose::Total, total, cost, limits.total)
    }
}

/// What no rule can allow.
fn first_rules(request: &Request<'_>) -> Result<(), Broken> {
    let relayer = request.relayer;
    if request.actions.is_empty() {
        return Err(Broken::NoActions);
    }
    if request.way.user() == Some(relayer) {
        return Err(Broken::RelayerAsUser { relayer: relayer.clone() });
    }
    let Way::Intent { .. } = request.way else { return Ok(()) };
    if request.receiver == relayer {
        return Err(Broken::RelayerAsReceiver { relayer: relayer.clone() });
    }
    let creates = ActionKind::of(&request.actions[0]) == Some(ActionKind::CreateAccount);
    let changes = |action| ActionKind::of(action).is_some_and(ActionKind::changes_the_account);
    match request.actions.iter().position(changes) {
        Some(nth) if !creates => Err(Broken::ChangesAnAccount { nth: nth + 1 }),
        _ => Ok(()),
    }
}

/// The first rule that allows the request, or else the one that came nearest.
fn allowing<'r>(rules: &'r [RuleVerdict<'_>]) -> Result<&'r str, (&'r str, &'r Broken)> {
    let mut nearest: Option<(&str, &Broken)> = None;
    for verdict in rules {
        let Some(broken) = &verdict.broken else { return Ok(verdict.rule) };
        if nearest.is_none_or(|(_, nearest)| broken.reach() > nearest.reach()) {
            nearest = Some((verdict.rule, broken));
        }
    }
    Err(nearest.expect("an app has a rule"))
}

fn within(whose: Whose, spent: NearToken, cost: NearToken, limit: NearToken) -> Result<(), Broken> {
    match spent.checked_add(cost) {
        Some(sum) if sum <= limit => Ok(()),
        _ => Err(Broken::Budget { whose, spent, cost, limit }),
    }
}
