//! Brings queued requests and free lanes together.
//!
//! Delegate actions of one key run one after another, in the order in which they came: their nonces are in one row, and a
//! later one that runs first makes the earlier ones invalid.

use crate::deliver::{After, Came};
use crate::lanes::{Lane, Leased};
use crate::relay::Relay;
use crate::{Request, RequestId};
use keyway::AccountId;
use keyway::protocol::{AccessKeyPermission, Nonce, PublicKey};
use keyway_rules::check_permission;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// Where requests are handed to the dispatcher.
#[derive(Debug)]
pub(crate) struct Queue {
    events: mpsc::UnboundedSender<Event>,
    /// Requests that wait for a lane, or for an earlier one of their key.
    waiting: Arc<AtomicUsize>,
}

/// What the dispatcher hears of.
#[derive(Debug)]
pub(crate) enum Event {
    /// A request is queued.
    Queued(Box<Request>),
    /// A lane was leased.
    Leased(Box<Leased>),
    /// A task on a lane ended.
    Ended { request: Option<Box<Request>>, after: Box<After>, came: Came },
    /// Time to look at what waits.
    Tick,
}

impl Queue {
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Event>) {
        let (events, heard) = mpsc::unbounded_channel();
        (Queue { events, waiting: Arc::default() }, heard)
    }

    pub(crate) fn tell(&self, event: Event) {
        // The dispatcher ends only with the process.
        let _ = self.events.send(event);
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// The key that signed a delegate action.
type Sender = (AccountId, PublicKey);

/// What waits, and what is free.
pub(crate) struct Dispatcher {
    relay: Arc<Relay>,
    heard: mpsc::UnboundedReceiver<Event>,
    queue: VecDeque<Box<Request>>,
    free: Vec<Lane>,
    /// Requests that this instance knows of, so that a look at the store brings no second copy.
    known: HashSet<RequestId>,
    /// For each key whose delegate action is under way, those that wait for it.
    senders: HashMap<Sender, BTreeMap<(Nonce, RequestId), Box<Request>>>,
}

impl Dispatcher {
    pub(crate) fn new(relay: Arc<Relay>, heard: mpsc::UnboundedReceiver<Event>) -> Self {
        Dispatcher {
            relay,
            heard,
            queue: VecDeque::new(),
            free: Vec::new(),
            known: HashSet::new(),
            senders: HashMap::new(),
        }
    }

    pub(crate) async fn run(mut self) {
        let mut events = Vec::new();
        while self.heard.recv_many(&mut events, 256).await > 0 {
            for event in events.drain(..) {
                self.hear(event);
            }
            self.dispatch();
            let parked: usize = self.senders.values().map(BTreeMap::len).sum();
            self.relay.queue.waiting.store(self.queue.len() + parked, Ordering::Relaxed);
        }
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Tick => self.look_at_free_lanes(),
            Event::Queued(request) => {
                if self.known.insert(request.id) {
                    self.enqueue(request);
                }
            }
            Event::Leased(leased) => {
                let Leased { lane, unproved } = *leased;
                match unproved {
                    None => self.free.push(lane),
                    Some((id, signed)) => {
                        let relay = self.relay.clone();
                        tokio::spawn(async move {
                            let (after, came) = relay.recover(lane, id, signed).await;
                            let request = match came {
                                Came::Done => None,
                                // It is queued again, and nobody has it in hand.
                                Came::Again | Came::ByAnother | Came::Later => {
                                    relay.store.request(id).await.ok().flatten().map(Box::new)
                                }
                            };
                            let after = Box::new(after);
                            relay.queue.tell(Event::Ended { request, after, came });
                        });
                    }
                }
            }
            Event::Ended { request, after, came } => self.ended(request, *after, came),
        }
    }

    fn ended(&mut self, request: Option<Box<Request>>, after: After, came: Came) {
        match after {
            After::Free(lane) if self.relay.lanes.holds(&lane.fence) => self.free.push(lane),
            After::Free(lane) | After::Lost(lane) => self.relay.lanes.abandon(&lane.fence),
        }
        let Some(mut request) = request else { return };
        match came {
            Came::Done => {
                self.known.remove(&request.id);
                self.next_of(sender(&request));
            }
            Came::Again => {
                self.known.insert(request.id);
                request.signatures = request.signatures.saturating_add(1);
                self.queue.push_front(request);
            }
            Came::ByAnother => {
                self.known.insert(request.id);
                self.queue.push_front(request);
            }
            Came::Later => {
                // A look at the store brings it back, here or in another instance.
                self.known.remove(&request.id);
                self.next_of(sender(&request));
            }
        }
    }

    /// Forgets free lanes that are lost, and returns those whose keys are gone.
    fn look_at_free_lanes(&mut self) {
        let lanes = &self.relay.lanes;
        self.free.retain(|lane| lanes.holds(&lane.fence));
        let gone = |lane: &mut Lane| lanes.permission(lane.public_key()).is_none();
        for lane in self.free.extract_if(.., gone) {
            let relay = self.relay.clone();
            tokio::spawn(async move { relay.lanes.give_back(lane.fence).await });
        }
    }

    /// Queues a request, behind those of its key.
    fn enqueue(&mut self, request: Box<Request>) {
        if let Some((account_id, key, nonce)) = request.work.signed_by() {
            match self.senders.get_mut(&(account_id.clone(), key.clone())) {
                Some(parked) => {
                    parked.insert((nonce, request.id), request);
                    return;
                }
                None => {
                    self.senders.insert((account_id, key), BTreeMap::new());
                }
            }
        }
        self.queue.push_back(request);
    }

    /// Lets the next delegate action of a key go.
    fn next_of(&mut self, sender: Option<Sender>) {
        let Some(sender) = sender else { return };
        let Some(parked) = self.senders.get_mut(&sender) else { return };
        match parked.pop_first() {
            Some((_, request)) => self.queue.push_front(request),
            None => {
                self.senders.remove(&sender);
            }
        }
    }

    /// Starts what can be started.
    fn dispatch(&mut self) {
        let mut at = 0;
        while at < self.queue.len().min(LOOK_AHEAD) && !self.free.is_empty() {
            let request = &self.queue[at];
            match self.free.iter().rposition(|lane| self.fits(lane, request)) {
                None => at += 1,
                Some(found) => {
                    let lane = self.free.swap_remove(found);
                    if let Some(request) = self.queue.remove(at) {
                        self.start(lane, request);
                    }
                }
            }
        }
    }

    /// Whether a lane's key may sign what is asked for.
    fn fits(&self, lane: &Lane, request: &Request) -> bool {
        let (receiver_id, actions) = (request.work.receiver_id(), request.work.actions());
        match self.relay.lanes.permission(lane.public_key()) {
            None => false,
            Some(AccessKeyPermission::FullAccess | AccessKeyPermission::GasKeyFullAccess(_)) => {
                true
            }
            Some(permission) => check_permission(&permission, receiver_id, actions).is_ok(),
        }
    }

    fn start(&self, lane: Lane, request: Box<Request>) {
        let relay = self.relay.clone();
        tokio::spawn(async move {
            let (after, came) = relay.carry_fresh(lane, &request).await;
            let (request, after) = (Some(request), Box::new(after));
            relay.queue.tell(Event::Ended { request, after, came });
        });
    }
}

fn sender(request: &Request) -> Option<Sender> {
    request.work.signed_by().map(|(account_id, key, _)| (account_id, key))
}

impl Relay {
    /// Carries a request. One that waited is judged again first, because the chain went on.
    async fn carry_fresh(&self, lane: Lane, request: &Request) -> (After, Came) {
        let age =
            Duration::from_millis(crate::clock::unix_ms().saturating_sub(request.accepted_ms));
        if age > FRESH || request.signatures > 0 {
            match self.judge_again(request).await {
                Ok(()) => {}
                Err(came) => return (After::Free(lane), came),
            }
        }
        self.carry(lane, request).await
    }
}

/// How many requests are tried for the lanes that are free.
const LOOK_AHEAD: usize = 64;
/// How old a judgement may be when the request is signed.
const FRESH: Duration = Duration::from_secs(3);
