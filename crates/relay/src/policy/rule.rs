//! One rule of an app: who may ask for what.

use super::among::listed;
use super::{AccountPattern, ActionKind, Allow, Among, Broken, Request, Way, WayName};
use keyway::protocol::{BlockHeightDelta, PublicKey};
use serde::Deserialize;

/// A rule allows a request if all of it fits: how it came, the user and the key, the receiver, and every action.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, for refusals and logs.
    pub name: String,
    /// How requests may come.
    pub ways: Vec<WayName>,
    /// The users. For an intent with a list of users, the app must name the user.
    pub users: Among<AccountPattern>,
    /// The keys that may sign delegate actions.
    pub keys: Among<PublicKey>,
    /// The accounts that the actions may be for.
    pub receivers: Among<AccountPattern>,
    /// The most actions in one request.
    pub max_actions: usize,
    /// For how many more blocks a delegate action may be valid at most. Required where `ways` has `delegate`.
    pub max_lifetime_blocks: Option<BlockHeightDelta>,
    /// The actions, each with its limits.
    pub allow: Vec<Allow>,
}

impl Rule {
    /// Checks one request, in the order of the fields.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub(super) fn judge(&self, request: &Request<'_>) -> Result<(), Broken> {
        let way = request.way.name();
        if !self.ways.contains(&way) {
            return Err(Broken::Way { got: way, allowed: listed(&self.ways) });
        }
        self.judge_user(request)?;
        if !self.receivers.allows(|pattern| pattern.fits(request.receiver)) {
            let allowed = self.receivers.in_words();
            return Err(Broken::Receiver { got: request.receiver.clone(), allowed });
        }
        if request.actions.len() > self.max_actions {
            let (got, limit) = (request.actions.len(), self.max_actions);
            return Err(Broken::TooManyActions { got, limit });
        }
        request.actions.iter().enumerate().try_for_each(|(nth, action)| {
            let broken = |why| Broken::Action { nth: nth + 1, why: Box::new(why) };
            self.judge_action(action).map_err(broken)
        })
    }

    fn judge_user(&self, request: &Request<'_>) -> Result<(), Broken> {
        let allowed = || self.users.in_words();
        match (request.way.user(), &self.users) {
            (_, Among::Any) => {}
            (None, Among::Only(_)) => return Err(Broken::NoUser),
            (Some(user), users) => {
                if !users.allows(|pattern| pattern.fits(user)) {
                    return Err(Broken::User { got: user.clone(), allowed: allowed() });
                }
            }
        }
        let Way::Delegate { key, lifetime_blocks, .. } = request.way else { return Ok(()) };
        if !self.keys.allows(|allowed| allowed == key) {
            return Err(Broken::Key { got: key.clone() });
        }
        let limit = self.max_lifetime_blocks.unwrap_or(0);
        if lifetime_blocks > limit {
            return Err(Broken::Lifetime { got: lifetime_blocks, limit });
        }
        Ok(())
    }

    /// One entry of `allow` must allow the action; otherwise the refusal is of the entry that came nearest.
    fn judge_action(&self, action: &keyway::protocol::Action) -> Result<(), Broken> {
        let kind = ActionKind::of(action);
        let mut nearest = Broken::Kind {
            got: kind.map_or("an action that no policy can allow", ActionKind::name),
            allowed: listed(&self.allow.iter().map(Allow::kind).collect::<Vec<_>>()),
        };
        for allow in self.allow.iter().filter(|allow| Some(allow.kind()) == kind) {
            match allow.judge(action) {
                Ok(()) => return Ok(()),
                Err(broken) if broken.reach() > nearest.reach() => nearest = broken,
                Err(_) => {}
            }
        }
        Err(nearest)
    }

    /// Checks what the form of the file cannot.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.ways.is_empty() {
            return Err(
                "`ways` is empty, which allows nothing; write \"delegate\", \"intent\" or both"
                    .to_owned(),
            );
        }
        let delegate = self.ways.contains(&WayName::Delegate);
        match self.max_lifetime_blocks {
            None if delegate => {
                return Err("it allows delegate actions, so it needs `max_lifetime_blocks`, for example 200".to_owned());
            }
            Some(_) if !delegate => {
                return Err("`max_lifetime_blocks` is for delegate actions, which `ways` does not allow; leave it out".to_owned());
            }
            Some(0) => return Err("`max_lifetime_blocks` is 0, which allows nothing".to_owned()),
            _ => {}
        }
        if !delegate && self.keys != Among::Any {
            return Err(
                "`keys` is for delegate actions, which `ways` does not allow; write keys = \"any\""
                    .to_owned(),
            );
        }
        if self.max_actions == 0 {
            return Err("`max_actions` is 0, which allows nothing".to_owned());
        }
        if self.allow.is_empty() {
            return Err(
                "`allow` is empty, which allows nothing; write [[….rules.allow]] with an action"
                    .to_owned(),
            );
        }
        self.allow.iter().try_for_each(Allow::check)
    }
}
