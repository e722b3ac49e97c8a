//! Decides what to do next with one signature, from the answers so far, so that nothing runs twice.
//!
//! The same bytes run at most once, so they may be sent any number of times. A new signature is another transaction: it is
//! made only if the first can never run. That is certain if a node refused the only copy, or if a final block rules the
//! bytes out *and* a look-up after that does not find them.
//!
//! A node that answers without knowing the fate of the bytes is asked only a few times, because its error is worth more to
//! the caller than a minute of waiting.
//!
//! These are pure functions; [`Submission`](super::Submission) makes the requests.

/// A signature that is being delivered.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// Whether a node may hold the bytes.
    arrived: bool,
    /// Whether a copy was sent and not answered; it may arrive at any time.
    silent: bool,
    /// The cause of the last refusal.
    refused: Option<RefusalKind>,
    /// How many answers left the fate open.
    unclear: u32,
    /// How many troubles there were.
    troubles: u32,
    patience: u32,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send the bytes.
    Send,
    /// Ask for the outcome, and wait for it.
    Ask,
    /// Find out from a final block whether the bytes can ever run.
    Prove(RefusalKind),
    /// Ask whether the hash is known, without waiting.
    LookUp,
    /// Repair the cause of the refusal and sign again: the bytes can never run.
    SignAgain(RefusalKind),
    /// End with the last refusal.
    Refused,
    /// End: nothing ever reached a node.
    Unreachable,
    /// End: the bytes may have run, or may still run.
    UnknownFate,
}

impl Step {
    /// Whether it ends the delivery of these bytes.
    pub(crate) fn is_last(self) -> bool {
        match self {
            Step::SignAgain(_) | Step::Refused | Step::Unreachable | Step::UnknownFate => true,
            Step::Send | Step::Ask | Step::Prove(_) | Step::LookUp => false,
        }
    }
}

/// The cause of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefusalKind {
    /// The nonce is used up.
    Nonce,
    /// The block hash is too old.
    Expired,
    /// The account does not have the key.
    KeyGone,
    /// The key's budget does not pay for the gas.
    Budget,
    /// The shard is congested.
    Congestion,
    /// Anything else: a new signature would not help.
    Lasting,
}

/// The result of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// A node has the bytes; `repeated` if there may be another copy.
    Taken { repeated: bool },
    /// No answer.
    Lost { may_have_arrived: bool },
    /// Nothing was sent, and no endpoint is left.
    Shut,
    /// An answer that leaves open whether the node has the bytes.
    Unclear,
    /// A refusal; `repeated` if it may be the answer to a second copy of the bytes.
    Refused { kind: RefusalKind, repeated: bool },
}

/// The result of asking for the outcome, if that is not the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The node waited, and knows nothing or not enough.
    Nothing,
    /// No answer.
    Lost,
    /// An answer that leaves it open.
    Unclear,
    /// The node would refuse the bytes now.
    Refused(RefusalKind),
}

/// Whether the bytes can ever run, according to a final block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Not in any later block.
    Never,
    /// Perhaps.
    NotYet,
    /// No answer.
    Lost,
}

/// The result of looking up a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LookupResult {
    /// It is in a block.
    Known,
    /// It is not.
    Unknown,
    /// No answer.
    Lost,
}

impl Delivery {
    /// Bytes that were never sent. The delivery ends after `patience` troubles.
    pub(crate) fn new(patience: u32) -> Self {
        Delivery { arrived: false, silent: false, refused: None, unclear: 0, troubles: 0, patience }
    }

    /// The same bytes, when others may have sent them, or may still send them.
    pub(crate) fn resumed(self) -> Self {
        Delivery { arrived: true, silent: true, ..self }
    }

    /// How many troubles there were.
    pub(crate) fn troubles(&self) -> u32 {
        self.troubles
    }

    pub(crate) fn sent(&mut self, sent: Sent) -> Step {
        match sent {
            Sent::Taken { repeated } => {
                self.arrived = true;
                self.silent |= repeated;
                Step::Ask
            }
            Sent::Lost { may_have_arrived } => {
                self.arrived |= may_have_arrived;
                self.silent |= may_have_arrived;
                let next = if self.arrived { Step::Ask } else { Step::Send };
                self.trouble(next)
            }
            Sent::Shut if self.arrived => self.trouble(Step::Ask),
            Sent::Shut => Step::Unreachable,
            Sent::Unclear => {
                self.arrived = true;
                self.silent = true;
                // Without waiting, because a node in trouble would make us wait for nothing.
                self.unclear(Step::LookUp)
            }
            Sent::Refused { kind, repeated } => {
                let only_delivery = !self.arrived && !repeated;
                self.arrived |= repeated;
                self.silent |= repeated;
                if only_delivery { self.refused_outright(kind) } else { self.refused(kind) }
            }
        }
    }

    pub(crate) fn asked(&mut self, asked: Asked) -> Step {
        match asked {
            Asked::Nothing => self.trouble(Step::Send),
            Asked::Lost => self.trouble(Step::Ask),
            Asked::Unclear => self.unclear(Step::Ask),
            Asked::Refused(kind) => self.refused(kind),
        }
    }

    pub(crate) fn proved(&mut self, kind: RefusalKind, proof: Proof) -> Step {
        match proof {
            // The look-up comes after the proof, never before, so that it covers everything that ran until then.
            Proof::Never => Step::LookUp,
            Proof::NotYet => self.trouble(Step::Ask),
            Proof::Lost => self.trouble(Step::Prove(kind)),
        }
    }

    pub(crate) fn looked(&mut self, looked: LookupResult) -> Step {
        match (looked, self.refused) {
            (LookupResult::Known, _) => self.trouble(Step::Ask),
            (LookupResult::Lost, _) => self.trouble(Step::LookUp),
            (
                LookupResult::Unknown,
                Some(kind @ (RefusalKind::Nonce | RefusalKind::Expired | RefusalKind::KeyGone)),
            ) => Step::SignAgain(kind),
            // The node does not know whether it has the bytes; send them again.
            (LookupResult::Unknown, None) if self.unclear < MAX_UNCLEAR => self.trouble(Step::Send),
            // The copy without an answer may arrive when it would no longer be refused.
            (LookupResult::Unknown, _) if self.silent => Step::UnknownFate,
            (LookupResult::Unknown, _) => Step::Refused,
        }
    }

    /// A refusal of the only copy: no node has the bytes.
    fn refused_outright(&mut self, kind: RefusalKind) -> Step {
        self.refused = Some(kind);
        match kind {
            RefusalKind::Nonce
            | RefusalKind::Expired
            | RefusalKind::KeyGone
            | RefusalKind::Budget => Step::SignAgain(kind),
            RefusalKind::Congestion => self.trouble(Step::Send),
            RefusalKind::Lasting => Step::Refused,
        }
    }

    /// A refusal that may be caused by an earlier copy, which ran.
    fn refused(&mut self, kind: RefusalKind) -> Step {
        self.refused = Some(kind);
        match kind {
            RefusalKind::Nonce | RefusalKind::Expired | RefusalKind::KeyGone => Step::Prove(kind),
            RefusalKind::Congestion => self.trouble(Step::Send),
            // A refund may fill the budget again, so nothing proves that these bytes never run.
            RefusalKind::Lasting | RefusalKind::Budget => Step::LookUp,
        }
    }

    /// The time is over: the last step, whatever would come next.
    pub(crate) fn out_of_time(&self) -> Step {
        if self.arrived { Step::UnknownFate } else { Step::Unreachable }
    }

    /// Continues with `next`, unless too many answers left the fate open.
    fn unclear(&mut self, next: Step) -> Step {
        self.unclear = self.unclear.saturating_add(1);
        match next {
            Step::Ask if self.unclear > MAX_UNCLEAR => Step::UnknownFate,
            next => self.trouble(next),
        }
    }

    /// Continues with `next` while there is patience.
    fn trouble(&mut self, next: Step) -> Step {
        self.troubles = self.troubles.saturating_add(1);
        match (self.troubles < self.patience, self.arrived, self.refused) {
            (true, ..) => next,
            (false, false, Some(RefusalKind::Congestion)) => Step::Refused,
            (false, false, _) => Step::Unreachable,
            (false, true, _) => Step::UnknownFate,
        }
    }
}

/// The most answers that may leave the fate open.
const MAX_UNCLEAR: u32 = 2;

#[cfg(test)]
mod tests {
    mod table;
}
