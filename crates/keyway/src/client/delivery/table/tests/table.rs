use super::super::LookupResult::{Known, Unknown};
use super::super::Proof::{Never, NotYet};
use super::super::RefusalKind::{Budget, Congestion, Expired, KeyGone, Lasting, Nonce};
use super::super::*;

/// An event.
#[derive(Clone, Copy, Debug)]
enum See {
    Taken,
    /// Sending: no answer, and nothing was sent.
    Unsent,
    /// Sending: no answer, but a node may have the bytes.
    Silence,
    /// Sending: an answer that leaves it open.
    Unclear,
    /// Sending: no endpoint is left.
    Shut,
    /// The only copy was refused.
    Outright(RefusalKind),
    /// A second copy was refused.
    Repeated(RefusalKind),
    Asked(Asked),
    Proof(Proof),
    LookupResult(LookupResult),
}

/// Feeds the events and compares the steps that follow.
#[track_caller]
fn check(story: &[(See, Step)]) {
    check_from(Delivery::new(4), story);
}

#[track_caller]
fn check_from(mut delivery: Delivery, story: &[(See, Step)]) {
    let mut step = Step::Send;
    for (position, &(see, expected)) in story.iter().enumerate() {
        step = match (step, see) {
            (Step::Send, See::Taken) => delivery.sent(Sent::Taken { repeated: false }),
            (Step::Send, See::Unsent) => delivery.sent(Sent::Lost { may_have_arrived: false }),
            (Step::Send, See::Silence) => delivery.sent(Sent::Lost { may_have_arrived: true }),
            (Step::Send, See::Unclear) => delivery.sent(Sent::Unclear),
            (Step::Send, See::Shut) => delivery.sent(Sent::Shut),
            (Step::Send, See::Outright(kind)) => {
                delivery.sent(Sent::Refused { kind, repeated: false })
            }
            (Step::Send, See::Repeated(kind)) => {
                delivery.sent(Sent::Refused { kind, repeated: true })
            }
            (Step::Ask, See::Asked(asked)) => delivery.asked(asked),
            (Step::Prove(kind), See::Proof(proof)) => delivery.proved(kind, proof),
            (Step::LookUp, See::LookupResult(looked)) => delivery.looked(looked),
            impossible => panic!("{position}: {impossible:?}"),
        };
        assert_eq!(step, expected, "after {position}: {see:?} of {story:?}");
    }
}

const TAKEN: (See, Step) = (See::Taken, Step::Ask);

fn refused(kind: RefusalKind) -> See {
    See::Asked(Asked::Refused(kind))
}

#[test]
fn what_was_refused_outright_is_signed_again_at_once() {
    for kind in [Nonce, Expired, KeyGone] {
        check(&[(See::Outright(kind), Step::SignAgain(kind))]);
        check(&[(See::Unsent, Step::Send), (See::Outright(kind), Step::SignAgain(kind))]);
    }
}

#[test]
fn what_may_have_arrived_is_signed_again_only_after_a_proof_and_a_look_up() {
    for kind in [Nonce, Expired, KeyGone] {
        check(&[
            TAKEN,
            (refused(kind), Step::Prove(kind)),
            (See::Proof(Never), Step::LookUp),
            (See::LookupResult(Unknown), Step::SignAgain(kind)),
        ]);
        check(&[
            (See::Repeated(kind), Step::Prove(kind)),
            (See::Proof(Never), Step::LookUp),
            (See::LookupResult(Known), Step::Ask),
        ]);
        check(&[
            (See::Silence, Step::Ask),
            (See::Asked(Asked::Nothing), Step::Send),
            (See::Outright(kind), Step::Prove(kind)),
        ]);
    }
}

#[test]
fn what_ran_is_waited_for() {
    check(&[
        TAKEN,
        (refused(Nonce), Step::Prove(Nonce)),
        (See::Proof(Never), Step::LookUp),
        (See::LookupResult(Known), Step::Ask),
    ]);
    check(&[TAKEN, (refused(Lasting), Step::LookUp), (See::LookupResult(Known), Step::Ask)]);
}

#[test]
fn without_a_proof_nothing_is_signed_again() {
    let again = (See::Proof(NotYet), Step::Ask);
    let prove = (refused(Nonce), Step::Prove(Nonce));
    let end = (See::Proof(NotYet), Step::UnknownFate);
    check(&[TAKEN, prove, again, prove, again, prove, again, prove, end]);
}

#[test]
fn other_refusals_are_final_unless_it_ran() {
    check(&[(See::Outright(Lasting), Step::Refused)]);
    check(&[TAKEN, (refused(Lasting), Step::LookUp), (See::LookupResult(Unknown), Step::Refused)]);
}

#[test]
fn a_budget_that_is_used_up_is_another_keys_turn_only_when_the_bytes_were_refused_outright() {
    check(&[(See::Outright(Budget), Step::SignAgain(Budget))]);
    check(&[TAKEN, (refused(Budget), Step::LookUp), (See::LookupResult(Unknown), Step::Refused)]);
    let unknown = (See::LookupResult(Unknown), Step::UnknownFate);
    check(&[(See::Silence, Step::Ask), (refused(Budget), Step::LookUp), unknown]);
}

#[test]
fn a_copy_that_nobody_answered_for_may_run_after_a_refusal() {
    let unknown = (See::LookupResult(Unknown), Step::UnknownFate);
    let silence = (See::Silence, Step::Ask);
    let nothing = (See::Asked(Asked::Nothing), Step::Send);
    let refusal = (refused(Lasting), Step::LookUp);
    check(&[silence, refusal, unknown]);
    check(&[silence, nothing, TAKEN, refusal, unknown]);
    check(&[silence, nothing, (See::Outright(Lasting), Step::LookUp), unknown]);
    check(&[(See::Repeated(Lasting), Step::LookUp), unknown]);
}

#[test]
fn the_bytes_are_sent_again_while_there_is_patience() {
    let nothing = (See::Asked(Asked::Nothing), Step::Send);
    let end = (See::Asked(Asked::Nothing), Step::UnknownFate);
    check(&[TAKEN, nothing, TAKEN, nothing, TAKEN, nothing, TAKEN, end]);
    let busy = (See::Outright(Congestion), Step::Send);
    check(&[busy, busy, busy, (See::Outright(Congestion), Step::Refused)]);
    let unsent = (See::Unsent, Step::Send);
    check(&[unsent, unsent, unsent, (See::Unsent, Step::Unreachable)]);
}

#[test]
fn a_lost_answer_is_asked_for_again() {
    check(&[
        (See::Silence, Step::Ask),
        (See::Asked(Asked::Lost), Step::Ask),
        (refused(Expired), Step::Prove(Expired)),
        (See::Proof(Proof::Lost), Step::Prove(Expired)),
        (See::Proof(Never), Step::LookUp),
        (See::LookupResult(LookupResult::Lost), Step::UnknownFate),
    ]);
}

/// A bug: a node that answered in 70 ms that it is read-only was asked for three minutes.
#[test]
fn a_node_that_cannot_say_is_not_asked_for_long() {
    let unclear = (See::Unclear, Step::LookUp);
    let unknown = See::LookupResult(Unknown);
    check(&[unclear, (unknown, Step::Send), unclear, (unknown, Step::UnknownFate)]);
    check(&[unclear, (See::LookupResult(Known), Step::Ask)]);
    let ask = (See::Asked(Asked::Unclear), Step::Ask);
    check(&[TAKEN, ask, ask, (See::Asked(Asked::Unclear), Step::UnknownFate)]);
}

#[test]
fn what_a_node_could_not_say_is_not_signed_again_without_a_proof() {
    let unclear = (See::Unclear, Step::LookUp);
    let again = (See::LookupResult(Unknown), Step::Send);
    for kind in [Nonce, Expired, KeyGone] {
        check(&[unclear, again, (See::Outright(kind), Step::Prove(kind))]);
    }
    check(&[
        unclear,
        again,
        (See::Outright(Lasting), Step::LookUp),
        (See::LookupResult(Unknown), Step::UnknownFate),
    ]);
}

#[test]
fn where_nobody_is_nothing_is_tried_again() {
    check(&[(See::Shut, Step::Unreachable)]);
    let silence = (See::Silence, Step::Ask);
    check(&[silence, (See::Asked(Asked::Nothing), Step::Send), (See::Shut, Step::Ask)]);
}

#[test]
fn when_the_time_is_over_what_may_have_arrived_is_in_doubt() {
    let mut delivery = Delivery::new(4);
    assert_eq!(delivery.out_of_time(), Step::Unreachable);
    delivery.sent(Sent::Lost { may_have_arrived: false });
    assert_eq!(delivery.out_of_time(), Step::Unreachable);
    delivery.sent(Sent::Taken { repeated: false });
    assert_eq!(delivery.out_of_time(), Step::UnknownFate);
}

/// Another process may have sent the bytes before this one, or may send them later.
#[test]
fn a_refusal_of_bytes_that_others_may_have_proves_nothing() {
    for kind in [Nonce, Expired, KeyGone] {
        check_from(
            Delivery::new(4).resumed(),
            &[
                (See::Outright(kind), Step::Prove(kind)),
                (See::Proof(Never), Step::LookUp),
                (See::LookupResult(Unknown), Step::SignAgain(kind)),
            ],
        );
    }
    for kind in [Lasting, Budget] {
        check_from(
            Delivery::new(4).resumed(),
            &[(See::Outright(kind), Step::LookUp), (See::LookupResult(Unknown), Step::UnknownFate)],
        );
    }
    check_from(Delivery::new(4).resumed(), &[(See::Unsent, Step::Ask)]);
    check_from(Delivery::new(1).resumed(), &[(See::Unsent, Step::UnknownFate)]);
}
