//! A way back into an account whose keys are lost, without trusting any one person with the account.
//!
//! The owner installs this contract on their own account and names helpers: friends, a second device,
//! a service. A helper has a key that may ask for a recovery and nothing else. Once so many helpers as
//! the owner chose ask for the same new key, a delay begins, which the owner chose too. After it the
//! new key becomes a full-access key. Until then the owner can cancel.
//!
//! | call | who | does |
//! | --- | --- | --- |
//! | `new(delay_ns, threshold)` | the owner | installs |
//! | `add_helper(public_key)` | the owner | lets the holder of a key ask for recovery |
//! | `remove_helper(public_key)` | the owner | deletes that key, and forgets its wish |
//! | `start_recovery(new_public_key)` | a helper | asks for this new key, instead of what they asked for |
//! | `withdraw_recovery()` | a helper | asks for nothing any more |
//! | `cancel_recovery()` | the owner | forgets all wishes |
//! | `finish_recovery(new_public_key)` | anybody | after the delay, adds the new key |
//! | `status()` | view | helpers, threshold, delay, what is asked for |
//!
//! # Who is the owner?
//! A helper's key signs as this very account. Caller, signer and account are the same for owner and
//! helper, and `#[private]`, which compares caller and account, lets both pass. Two things tell them
//! apart:
//!
//! - **The key's list of functions.** A helper's has two on it, so the chain refuses every other call.
//! - **One yoctoNEAR.** A function-call key can never attach a deposit, so a call that brings one was
//!   signed with a full-access key. The owner's calls ask for it. This holds also for a key that may
//!   call every function here, which some app may have got.
//!
//! # What helpers can do
//! As many helpers as the threshold says, together, take over the account of an owner who does not
//! look at it for the whole delay, or who has lost all keys: this is what recovery is. Fewer cannot.
//! **A threshold of 1 is trust in each helper alone**: once the keys are lost, nobody can cancel what
//! the first of them asks for. So choose two or more, and helpers who do not know each other; and a
//! delay within which you look, a day at least.
//!
//! Each helper has one wish, and changes no other's. So nobody blocks a recovery that enough others
//! ask for, nor makes it wait: the delay counts from when the last helper that was needed asked.
//! Asking again and again costs the account gas, no more than [`HELPER_ALLOWANCE`] for each helper.
//!
//! Recovery adds a key and deletes none. It is for keys that are lost, not for keys that are stolen: a
//! thief with a full-access key would cancel. Wishes for other keys stay, and so do wishes for a key
//! that the account has already: who is back looks at `status`, and cancels.
//!
//! # What the owner keeps in mind
//! - Take a helper's key away with `remove_helper`. If it is deleted in another way its row stays, and
//!   the same key, added again with full access, would still count as a helper's.
//! - With fewer helpers left than the threshold no recovery is possible, until another is added.

use near_sdk::json_types::U64;
use near_sdk::{
    Allowance, Gas, NearToken, PanicOnDefault, Promise, PublicKey, assert_one_yocto, env,
    is_promise_success, near, require,
};

/// Helpers and what they wish, how many must agree, and the delay.
#[near(contract_state)]
#[derive(PanicOnDefault)]
pub struct Recovery {
    helpers: Vec<Helper>,
    threshold: u8,
    delay_ns: u64,
}

/// A helper's key, and what its holder asks for.
#[near(serializers = [borsh])]
pub struct Helper {
    public_key: PublicKey,
    wish: Option<Wish>,
}

/// The key that shall get full access, and since when a helper asks for it, nanoseconds since 1970.
#[near(serializers = [borsh])]
pub struct Wish {
    new_public_key: PublicKey,
    since_ns: u64,
}

/// A key that is asked for.
#[near(serializers = [json])]
pub struct Request {
    /// The key that shall get full access.
    pub new_public_key: PublicKey,
    /// The keys of the helpers who ask for it.
    pub helpers: Vec<PublicKey>,
    /// From when on it can have it, in nanoseconds since 1970. None while too few ask.
    pub ready_at_ns: Option<U64>,
}

/// What `status` tells.
#[near(serializers = [json])]
pub struct Status {
    /// The keys that may ask for recovery.
    pub helpers: Vec<PublicKey>,
    /// How many helpers must ask for the same key.
    pub threshold: u8,
    /// How long the owner can cancel, nanoseconds.
    pub delay_ns: U64,
    /// What is asked for.
    pub requests: Vec<Request>,
}

#[near]
impl Recovery {
    /// Installs, with a delay of at least [`MIN_DELAY_NS`]; `threshold` helpers, 1 to 8, must ask for
    /// the same key. Attach one yoctoNEAR, as to all calls of the owner.
    #[init]
    #[private]
    #[payable]
    pub fn new(delay_ns: U64, threshold: u8) -> Self {
        assert_one_yocto();
        require!(delay_ns.0 >= MIN_DELAY_NS, "the delay must be at least a day, 86400000000000 ns");
        require!((1..=MAX_HELPERS).contains(&threshold.into()), "the threshold must be 1 to 8");
        Self { helpers: Vec::new(), threshold, delay_ns: delay_ns.0 }
    }

    /// Gives `public_key` the right to ask for recovery. It must not be a key of this account yet.
    ///
    /// Returns whether it worked. A key becomes a helper only once it has been added: so no other key
    /// of the account is ever taken for a helper's, nor deleted as one.
    #[private]
    #[payable]
    pub fn add_helper(&mut self, public_key: PublicKey) -> Promise {
        assert_one_yocto();
        require!(self.helpers.len() < MAX_HELPERS, "there are 8 helpers already: remove one first");
        let account = env::current_account_id();
        let allowance = Allowance::limited(HELPER_ALLOWANCE)
            .unwrap_or_else(|| env::panic_str("the allowance is above zero"));
        Promise::new(account.clone())
            .add_access_key_allowance(public_key.clone(), allowance, account.clone(), HELPER_MAY)
            .then(Self::ext(account).with_static_gas(CALLBACK_GAS).on_helper_added(public_key))
    }

    /// The second half of [`Recovery::add_helper`]. Several may be under way at once, so the limit is
    /// looked at again: the key of one too many is deleted.
    #[private]
    pub fn on_helper_added(&mut self, public_key: PublicKey) -> bool {
        if !is_promise_success() {
            return false;
        }
        let has_place = self.helpers.len() < MAX_HELPERS;
        if has_place {
            self.helpers.push(Helper { public_key, wish: None });
        } else {
            Promise::new(env::current_account_id()).delete_key(public_key).detach();
        }
        has_place
    }

    /// Deletes a helper's key, and forgets its wish.
    #[private]
    #[payable]
    pub fn remove_helper(&mut self, public_key: PublicKey) -> Promise {
        assert_one_yocto();
        let place = self.helpers.iter().position(|helper| helper.public_key == public_key);
        let place = place.unwrap_or_else(|| env::panic_str("this key is not a helper's"));
        self.helpers.remove(place);
        Promise::new(env::current_account_id()).delete_key(public_key)
    }

    /// Asks for full access for `new_public_key`, in place of what this helper asked for before. Only
    /// for helpers, who sign as this account.
    #[private]
    pub fn start_recovery(&mut self, new_public_key: PublicKey) -> Request {
        let is_helpers = self.helpers.iter().any(|helper| helper.public_key == new_public_key);
        let helper = self.signing_helper();
        require!(!is_helpers, "the new key must not be a helper's");
        // Who repeats a wish does not wait anew.
        if helper.wish.as_ref().is_none_or(|wish| wish.new_public_key != new_public_key) {
            let since_ns = env::block_timestamp();
            helper.wish = Some(Wish { new_public_key: new_public_key.clone(), since_ns });
        }
        self.request(new_public_key)
    }

    /// Takes back what this helper asks for, and nothing else. Only for helpers.
    #[private]
    pub fn withdraw_recovery(&mut self) {
        let wish = self.signing_helper().wish.take();
        require!(wish.is_some(), "this helper asks for nothing");
    }

    /// Forgets what all helpers ask for.
    #[private]
    #[payable]
    pub fn cancel_recovery(&mut self) {
        assert_one_yocto();
        let wishes = self.helpers.iter_mut().filter_map(|helper| helper.wish.take());
        require!(wishes.count() > 0, "no recovery is under way");
    }

    /// Gives the new key full access, once enough helpers ask for it and the delay is over. Anybody may
    /// call this. Returns whether it worked; if not, as for a key that the account has already, nothing
    /// has changed.
    pub fn finish_recovery(&mut self, new_public_key: PublicKey) -> Promise {
        let ready_at = self.request(new_public_key.clone()).ready_at_ns;
        let ready_at =
            ready_at.unwrap_or_else(|| env::panic_str("too few helpers ask for this key"));
        let (now, ready_at) = (env::block_timestamp(), ready_at.0);
        require!(now >= ready_at, format!("the delay ends at {ready_at} ns; it is {now} ns"));
        require!(
            has_room_for_a_key(),
            "the account's balance has no room for a key: send it 0.01 NEAR"
        );
        let account = env::current_account_id();
        let here = Self::ext(account.clone()).with_static_gas(CALLBACK_GAS);
        Promise::new(account)
            .add_full_access_key(new_public_key.clone())
            .then(here.on_finished(new_public_key))
    }

    /// The second half of [`Recovery::finish_recovery`]: the wishes that came true are forgotten.
    #[private]
    pub fn on_finished(&mut self, new_public_key: PublicKey) -> bool {
        let added = is_promise_success();
        if added {
            for helper in &mut self.helpers {
                helper.wish.take_if(|wish| wish.new_public_key == new_public_key);
            }
        }
        added
    }

    /// Helpers, threshold, delay, and what is asked for.
    pub fn status(&self) -> Status {
        let mut requests: Vec<Request> = Vec::new();
        for wish in self.helpers.iter().filter_map(|helper| helper.wish.as_ref()) {
            let key = &wish.new_public_key;
            if requests.iter().all(|request| request.new_public_key != *key) {
                requests.push(self.request(key.clone()));
            }
        }
        Status {
            helpers: self.helpers.iter().map(|helper| helper.public_key.clone()).collect(),
            threshold: self.threshold,
            delay_ns: U64(self.delay_ns),
            requests,
        }
    }
}

impl Recovery {
    /// The helper whose key signed. In a delegate action signer and key are the relayer's.
    fn signing_helper(&mut self) -> &mut Helper {
        let (signer, key) = (env::signer_account_id(), env::signer_account_pk());
        let mut helpers = self.helpers.iter_mut();
        let found = helpers.find(|helper| helper.public_key == key);
        found
            .filter(|_| signer == env::current_account_id())
            .unwrap_or_else(|| env::panic_str("only a helper's key can ask for recovery"))
    }

    /// Who asks for this key, and when it can have full access: a delay after as many helpers as the
    /// threshold says asked.
    fn request(&self, new_public_key: PublicKey) -> Request {
        let asks = |helper: &Helper| {
            let wish = helper.wish.as_ref().filter(|wish| wish.new_public_key == new_public_key);
            wish.map(|wish| (wish.since_ns, helper.public_key.clone()))
        };
        let mut asking: Vec<(u64, PublicKey)> = self.helpers.iter().filter_map(asks).collect();
        asking.sort_by_key(|(since_ns, _)| *since_ns);
        let enough = asking.get(usize::from(self.threshold).saturating_sub(1));
        let ready_at_ns = enough.map(|(since_ns, _)| U64(since_ns.saturating_add(self.delay_ns)));
        let helpers = asking.into_iter().map(|(_, key)| key).collect();
        Request { new_public_key, helpers, ready_at_ns }
    }
}

/// Whether the account's balance covers the storage of one more key.
fn has_room_for_a_key() -> bool {
    let bytes = env::storage_usage().saturating_add(KEY_BYTES);
    env::account_balance() >= env::storage_byte_cost().saturating_mul(bytes.into())
}

/// The least delay: a day, in nanoseconds.
pub const MIN_DELAY_NS: u64 = 24 * 60 * 60 * 1_000_000_000;

/// What a helper's key may spend on gas, in all. Gas is bought at ten times the price that it burns at,
/// so this pays for one start of 30 Tgas, and for a few dozen after another.
pub const HELPER_ALLOWANCE: NearToken = NearToken::from_millinear(50);

/// Each helper is a row in the contract's state, which every call reads.
const MAX_HELPERS: usize = 8;

const HELPER_MAY: &str = "start_recovery,withdraw_recovery";

/// More than any key takes.
const KEY_BYTES: u64 = 200;

const CALLBACK_GAS: Gas = Gas::from_tgas(5);
