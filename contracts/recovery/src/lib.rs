//! A way back into an account whose keys are lost, without trusting anybody with the account today.
//!
//! The owner installs this contract on their own account and names helpers: a friend, a second
//! device, a service. A helper has a key that may call `start_recovery` and nothing else. After a
//! delay that the owner chose, the new key which the helper named becomes a full-access key. Until
//! then the owner can cancel.
//!
//! | call | who | does |
//! | --- | --- | --- |
//! | `new(delay_ns)` | the owner | installs |
//! | `add_helper(public_key)` | the owner | lets the holder of a key start recovery |
//! | `remove_helper(public_key)` | the owner | deletes that key, and ends what it has started |
//! | `start_recovery(new_public_key)` | a helper | begins the delay |
//! | `cancel_recovery()` | the owner | ends what is under way |
//! | `finish_recovery()` | anybody | after the delay, adds the new key |
//! | `status()` | view | helpers, delay, what is under way |
//!
//! # Who is the owner?
//! A helper's key signs as this very account. Caller, signer and account are the same for owner and
//! helper, and `#[private]`, which compares caller and account, lets both pass. Two things tell them
//! apart:
//!
//! - **The key's list of functions.** A helper's has `start_recovery` on it, so the chain refuses
//!   every other call.
//! - **One yoctoNEAR.** A function-call key can never attach a deposit, so a call that brings one was
//!   signed with a full-access key. The owner's calls ask for it. This holds also for a key that may
//!   call every function here, which some app may have got.
//!
//! # What a helper can do
//! A helper takes over the account of an owner who does not look at it for the whole delay: this is
//! what recovery is. So choose a delay within which you look; a day is the least. A helper cannot
//! shorten it: a second start is refused and does not replace the first. Starting again after each
//! time that the owner cancels costs the account gas, and no more than [`HELPER_ALLOWANCE`] in all.
//!
//! Recovery adds a key and deletes none. It is for keys that are lost, not for keys that are stolen: a
//! thief with a full-access key would cancel.

use near_sdk::json_types::U64;
use near_sdk::{
    Allowance, Gas, NearToken, PanicOnDefault, Promise, PublicKey, assert_one_yocto, env,
    is_promise_success, near, require,
};

/// Helpers, the delay, and what is under way.
#[near(contract_state)]
#[derive(PanicOnDefault)]
pub struct Recovery {
    helpers: Vec<PublicKey>,
    delay_ns: u64,
    pending: Option<Pending>,
}

/// A recovery that waits for its delay to end.
#[near(serializers = [borsh, json])]
#[derive(Clone)]
pub struct Pending {
    /// The key that started it.
    pub helper: PublicKey,
    /// The key that becomes a full-access key.
    pub new_public_key: PublicKey,
    /// From when on, in nanoseconds since 1970.
    pub ready_at_ns: U64,
}

/// What `status` tells.
#[near(serializers = [json])]
pub struct Status {
    /// The keys that may start recovery.
    pub helpers: Vec<PublicKey>,
    /// How long the owner can cancel, nanoseconds.
    pub delay_ns: U64,
    /// What is under way.
    pub pending: Option<Pending>,
}

#[near]
impl Recovery {
    /// Installs, with a delay of at least [`MIN_DELAY_NS`]. Attach one yoctoNEAR, as to all calls of
    /// the owner.
    #[init]
    #[private]
    #[payable]
    pub fn new(delay_ns: U64) -> Self {
        assert_one_yocto();
        require!(delay_ns.0 >= MIN_DELAY_NS, "the delay must be at least a day, 86400000000000 ns");
        Self { helpers: Vec::new(), delay_ns: delay_ns.0, pending: None }
    }

    /// Gives `public_key` the right to start recovery. It must not be a key of this account yet.
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

    /// The second half of [`Recovery::add_helper`].
    #[private]
    pub fn on_helper_added(&mut self, public_key: PublicKey) -> bool {
        let added = is_promise_success();
        if added {
            self.helpers.push(public_key);
        }
        added
    }

    /// Deletes a helper's key, and ends the recovery that it has started.
    #[private]
    #[payable]
    pub fn remove_helper(&mut self, public_key: PublicKey) -> Promise {
        assert_one_yocto();
        let place = self.helpers.iter().position(|helper| *helper == public_key);
        let place = place.unwrap_or_else(|| env::panic_str("this key is not a helper's"));
        self.helpers.remove(place);
        self.pending.take_if(|pending| pending.helper == public_key);
        Promise::new(env::current_account_id()).delete_key(public_key)
    }

    /// Begins the delay after which `new_public_key` gets full access. Only for helpers, who sign as
    /// this account; while another recovery is under way, for nobody.
    #[private]
    pub fn start_recovery(&mut self, new_public_key: PublicKey) -> Pending {
        let helper = env::signer_account_pk();
        let signer = env::signer_account_id();
        require!(
            signer == env::current_account_id() && self.helpers.contains(&helper),
            "only a helper's key can start recovery"
        );
        require!(self.pending.is_none(), "a recovery is under way; only the owner can cancel it");
        require!(new_public_key != helper, "the new key must be another than the helper's");
        let ready_at_ns = U64(env::block_timestamp().saturating_add(self.delay_ns));
        self.pending.insert(Pending { helper, new_public_key, ready_at_ns }).clone()
    }

    /// Ends what is under way.
    #[private]
    #[payable]
    pub fn cancel_recovery(&mut self) {
        assert_one_yocto();
        require!(self.pending.take().is_some(), "no recovery is under way");
    }

    /// Gives the new key full access, once the delay is over. Anybody may call this.
    ///
    /// If the key is on the account already nothing changes, and the recovery has ended.
    pub fn finish_recovery(&mut self) -> Promise {
        let pending = self.pending.take();
        let pending = pending.unwrap_or_else(|| env::panic_str("no recovery is under way"));
        let (now, ready_at) = (env::block_timestamp(), pending.ready_at_ns.0);
        require!(now >= ready_at, format!("the delay ends at {ready_at} ns; it is {now} ns"));
        // Otherwise the key could not be added, and the delay would have been waited for in vain.
        require!(
            has_room_for_a_key(),
            "the account's balance has no room for a key: send it 0.01 NEAR"
        );
        Promise::new(env::current_account_id()).add_full_access_key(pending.new_public_key)
    }

    /// Helpers, delay, and what is under way.
    pub fn status(&self) -> Status {
        Status {
            helpers: self.helpers.clone(),
            delay_ns: U64(self.delay_ns),
            pending: self.pending.clone(),
        }
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

const HELPER_MAY: &str = "start_recovery";

/// More than any key takes.
const KEY_BYTES: u64 = 200;

const CALLBACK_GAS: Gas = Gas::from_tgas(5);
