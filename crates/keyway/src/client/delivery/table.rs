//! What to do next with one signature, from the answers so far: the rule that nothing runs twice.
//!
//! The same bytes run at most once, so they may be sent any number of times. A new signature is
//! another transaction: it is made only when the first can never run. That is so when a node
//! refused the first and only delivery, or when a final block rules the bytes out *and* a look-up
//! made after that does not know them.
//!
//! A node that answers without knowing what became of the bytes is asked a few times only: its answer
//! is worth more to the caller than a minute of waiting.
//!
//! Pure: the requests are made by [`Submission`](super::Submission).

/// A signature on its way.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// Whether a node may hold the bytes.
    arrived: bool,
    /// Whether a copy was sent and not answered: it may arrive at any time.
    silent: bool,
    /// What the last refusal was about.
    refused: Option<RefusalKind>,
    /// How often a node answered without knowing.
    unclear: u32,
    /// How often something went wrong.
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
    /// Repair what was refused and sign again: the bytes can never run.
    SignAgain(RefusalKind),
    /// End: the last refusal is the answer.
    Refused,
    /// End: nothing ever reached a node.
    Unreachable,
    /// End: the bytes may have run, or may run yet.
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

/// What a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefusalKind {
    /// The nonce is used up.
    Nonce,
    /// The block hash is too old.
    Expired,
    /// The account does not have the key.
    KeyGone,
    /// The key's budget does not buy the gas.
    Budget,
    /// The shard is congested.
    Congestion,
    /// Anything else: signing again would not help.
    Lasting,
}

/// The result of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// A node has the bytes; `repeated` when it may not have the only copy.
    Taken { repeated: bool },
    /// No answer.
    Lost { may_have_arrived: bool },
    /// Nothing was sent, and no endpoint is left.
    Shut,
    /// An answer that leaves open whether the node has the bytes.
    Unclear,
    /// A refusal; `repeated` when it may answer to a second copy of the bytes.
    Refused { kind: RefusalKind, repeated: bool },
}

/// The result of asking for the outcome, without one.
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

/// Whether the bytes can ever run, by a final block.
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
    /// Bytes that were never sent. After `patience` troubles it ends.
    pub(crate) fn new(patience: u32) -> Self {
        Delivery { arrived: false, silent: false, refused: None, unclear: 0, troubles: 0, patience }
    }

    /// How often something went wrong so far.
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
                // Without waiting: a node in trouble would let us wait for nothing.
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
            // The look-up comes after the proof, never before: what ran until then, it knows.
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
            // The copy without an answer may arrive when it is no longer refused.
            (LookupResult::Unknown, _) if self.silent => Step::UnknownFate,
            (LookupResult::Unknown, _) => Step::Refused,
        }
    }

    /// The answer to the only copy: no node holds the bytes.
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

    /// A refusal that an earlier copy, which ran, may have caused.
    fn refused(&mut self, kind: RefusalKind) -> Step {
        self.refused = Some(kind);
        match kind {
            RefusalKind::Nonce | RefusalKind::Expired | RefusalKind::KeyGone => Step::Prove(kind),
            RefusalKind::Congestion => self.trouble(Step::Send),
            // A refund may fill the budget again: nothing proves that these bytes never run.
            RefusalKind::Lasting | RefusalKind::Budget => Step::LookUp,
        }
    }

    /// No more time: whatever would come next.
    pub(crate) fn out_of_time(&self) -> Step {
        if self.arrived { Step::UnknownFate } else { Step::Unreachable }
    }

    /// Goes on with `next`, unless a node answered too often without knowing.
    fn unclear(&mut self, next: Step) -> Step {
        self.unclear = self.unclear.saturating_add(1);
        match next {
            Step::Ask if self.unclear > MAX_UNCLEAR => Step::UnknownFate,
            next => self.trouble(next),
        }
    }

    /// Goes on with `next` while there is patience.
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

/// How many answers without knowing are enough.
const MAX_UNCLEAR: u32 = 2;

#[cfg(test)]
mod tests {
    mod table;
}
