//! The actions inside delegate actions.

use near_primitives::action::Action;
use near_primitives::action::delegate::VersionedDelegateActionRef;
use near_primitives::types::AccountId;

/// A delegate action with its inner actions.
///
/// near-primitives returns the inner actions only as copies, and a copy may hold a contract of
/// megabytes. So one copy is made for a whole calculation, and borrowed from here.
pub(crate) struct Delegate<'a> {
    pub(crate) action: VersionedDelegateActionRef<'a>,
    pub(crate) actions: Vec<Action>,
}

impl<'a> Delegate<'a> {
    /// The delegate action that `action` is, if it is one.
    pub(crate) fn of(action: &'a Action) -> Option<Self> {
        let action = delegated(action)?;
        Some(Self { actions: action.get_actions(), action })
    }

    pub(crate) fn receiver_id(&self) -> &AccountId {
        self.action.receiver_id()
    }
}

/// The delegate actions among `actions`, in order. Allocates nothing if there are none.
pub(crate) fn delegates(actions: &[Action]) -> Vec<Delegate<'_>> {
    actions.iter().filter_map(Delegate::of).collect()
}

/// The delegate action inside `action`, if it is one, without a copy of its actions.
pub(crate) fn delegated(action: &Action) -> Option<VersionedDelegateActionRef<'_>> {
    match action {
        Action::Delegate(signed) => Some((&signed.delegate_action).into()),
        Action::DelegateV2(signed) => Some((&signed.delegate_action).into()),
        _ => None,
    }
}
