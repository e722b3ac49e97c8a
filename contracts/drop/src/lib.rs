//! Links that anybody can turn into NEAR, or into an account with NEAR on it.
//!
//! A link is a key of this contract's own account. It may call `claim` and `create_account_and_claim`
//! and nothing else, so its holder needs no account and no NEAR: the drop pays the gas. Whoever makes
//! links brings all that they can cost: the amount, the gas ([`GAS_ALLOWANCE`], which is the key's
//! allowance too) and the storage ([`STORAGE`]). So no link ever touches the funds of another.
//!
//! | call | who | does |
//! | --- | --- | --- |
//! | `new(owner_id)` | this account | begins; the owner gets what gas and storage have left over |
//! | `add_links(public_keys, amount, expires_at_ns)` | anybody, paying `price_of(amount)` for each | up to 100 links |
//! | `claim(account_id)` | a link | sends the amount to an account that exists |
//! | `create_account_and_claim(new_account_id, new_public_key)` | a link | makes an account below this one |
//! | `reclaim(public_keys)` | who paid | takes expired links back |
//! | `withdraw_surplus()` | the owner | what no open link needs |
//! | `links(public_keys)`, `price_of(amount)`, `surplus()` | views | |
//!
//! # The life of a link
//! - *open*, once its key has been added to the account. A key that the account has already is refused
//!   by the chain, and the payment goes back.
//! - *claiming*, while the amount is on its way: a second claim finds the link closed.
//! - open again, if the amount could not arrive (no such account, or the new name is taken);
//! - gone, with its key, if it did, or if its funder took it back after it expired.
//!
//! # Why a link cannot do more
//! A link signs as this very account, so `#[private]` lets it pass. What keeps it from the callbacks is
//! the key's list of functions; a contract with such keys must name them all and never use an empty
//! list, which means everything. The deposit of a claim comes from the link's row and not from its
//! arguments, and the row is the signing key's, which nobody can choose.

use near_sdk::json_types::U64;
use near_sdk::store::LookupMap;
use near_sdk::{
    AccountId, Allowance, CurveType, Gas, NearToken, PanicOnDefault, Promise, PublicKey, env,
    is_promise_success, near, require,
};

/// Open links, and who owns the drop.
#[near(contract_state)]
#[derive(PanicOnDefault)]
pub struct Drop {
    owner_id: AccountId,
    links: LookupMap<PublicKey, Link>,
    /// What all open links may still cost.
    reserved: NearToken,
}

/// What a link is worth, and until when.
#[near(serializers = [borsh, json])]
#[derive(Clone)]
pub struct Link {
    /// Who paid, and may take it back once it has expired.
    pub funder_id: AccountId,
    /// What the claimer gets, yoctoNEAR.
    pub amount: NearToken,
    /// When it expires, in nanoseconds since 1970.
    pub expires_at_ns: U64,
    /// Whether the amount is on its way.
    pub claiming: bool,
}

#[near]
impl Drop {
    /// A drop without links. Only the account itself can begin it.
    #[init]
    #[private]
    pub fn new(owner_id: AccountId) -> Self {
        Self { owner_id, links: LookupMap::new(b"l"), reserved: NearToken::ZERO }
    }

    /// Makes a link of each key, worth `amount`, until `expires_at_ns`. The deposit must be
    /// `price_of(amount)` for each of them, neither less nor more. Attach 100 Tgas for 100 links.
    ///
    /// Returns whether it worked; if not, the deposit has gone back to the caller.
    #[payable]
    pub fn add_links(
        &mut self,
        public_keys: Vec<PublicKey>,
        amount: NearToken,
        expires_at_ns: U64,
    ) -> Promise {
        let count = public_keys.len();
        require!((1..=MAX_KEYS).contains(&count), format!("{count} keys: 1 to 100 are possible"));
        require!(!amount.is_zero(), "a link must be worth something");
        require!(expires_at_ns.0 > env::block_timestamp(), "the links would have expired already");
        let (price, deposit) = (times(price(amount), count), env::attached_deposit());
        require!(deposit == price, format!("attach exactly {price} instead of {deposit}"));
        self.reserved = plus(self.reserved, price);
        let funder_id = env::predecessor_account_id();
        let link = Link { funder_id, amount, expires_at_ns, claiming: false };
        add_keys(&public_keys).then(
            Self::ext(env::current_account_id())
                .with_static_gas(
                    ON_ADDED.saturating_add(ON_ADDED_EACH.saturating_mul(count as u64)),
                )
                .on_links_added(public_keys, link),
        )
    }

    /// The second half of [`Drop::add_links`]: keys that were added become links.
    #[private]
    pub fn on_links_added(
        &mut self,
        #[serializer(borsh)] public_keys: Vec<PublicKey>,
        #[serializer(borsh)] link: Link,
    ) -> bool {
        let added = is_promise_success();
        if added {
            self.links.extend(public_keys.into_iter().map(|key| (key, link.clone())));
        } else {
            let price = times(price(link.amount), public_keys.len());
            self.reserved = minus(self.reserved, price);
            Promise::new(link.funder_id).transfer(price).detach();
        }
        added
    }

    /// Sends the amount to `account_id`. Called with a link's key; returns whether it arrived. If not,
    /// the link is good for another try.
    #[private]
    pub fn claim(&mut self, account_id: AccountId) -> Promise {
        require!(account_id != env::current_account_id(), "name your own account, not the drop's");
        let (key, amount) = self.begin_claim();
        finish_claim(Promise::new(account_id).transfer(amount), key)
    }

    /// Makes the account `new_account_id`, one below this account, with the amount and with
    /// `new_public_key` as its full-access key. Otherwise as [`Drop::claim`].
    #[private]
    pub fn create_account_and_claim(
        &mut self,
        new_account_id: AccountId,
        new_public_key: PublicKey,
    ) -> Promise {
        let here = env::current_account_id();
        require!(
            new_account_id.is_sub_account_of(&here),
            format!("choose a name that ends in .{here}")
        );
        let (key, amount) = self.begin_claim();
        let account = Promise::new(new_account_id).create_account();
        finish_claim(account.add_full_access_key(new_public_key).transfer(amount), key)
    }

    /// The second half of both claims: the link is gone, or open again.
    #[private]
    pub fn on_claimed(&mut self, public_key: PublicKey) -> bool {
        let arrived = is_promise_success();
        if arrived {
            self.close(&public_key);
        } else if let Some(link) = self.links.get_mut(&public_key) {
            link.claiming = false;
        }
        arrived
    }

    /// Takes expired links back: their keys are deleted, and amounts and storage go to the caller,
    /// who must have paid for all of them. The gas allowance stays, since nobody knows how much of it
    /// failed claims have burnt.
    pub fn reclaim(&mut self, public_keys: Vec<PublicKey>) -> Promise {
        let caller = env::predecessor_account_id();
        let mut sum = NearToken::ZERO;
        for key in &public_keys {
            let link = self.close(key);
            require!(
                link.funder_id == caller,
                format!("{key}: only {} can reclaim it", link.funder_id)
            );
            require!(
                is_expired(&link),
                format!("{key}: it expires at {} ns", link.expires_at_ns.0)
            );
            require!(!link.claiming, format!("{key}: it is being claimed"));
            sum = plus(sum, plus(link.amount, STORAGE));
        }
        Promise::new(caller).transfer(sum)
    }

    /// Sends the owner what no open link needs: what is left of gas and storage.
    pub fn withdraw_surplus(&mut self) -> Promise {
        require!(env::predecessor_account_id() == self.owner_id, "only the owner can withdraw");
        Promise::new(self.owner_id.clone()).transfer(self.surplus())
    }

    /// What no open link needs, yoctoNEAR.
    pub fn surplus(&self) -> NearToken {
        let locked = env::storage_byte_cost().saturating_mul(env::storage_usage().into());
        env::account_balance().saturating_sub(locked).saturating_sub(self.reserved)
    }

    /// What a link worth `amount` costs, yoctoNEAR.
    pub fn price_of(&self, amount: NearToken) -> NearToken {
        price(amount)
    }

    /// The links of these keys; none for a key that is no link (any more).
    pub fn links(&self, public_keys: Vec<PublicKey>) -> Vec<Option<Link>> {
        public_keys.iter().map(|key| self.links.get(key).cloned()).collect()
    }
}

impl Drop {
    /// The key that signed, and the amount of its link, which is closed from now on.
    fn begin_claim(&mut self) -> (PublicKey, NearToken) {
        let key = env::signer_account_pk();
        let link = self.links.get_mut(&key);
        let link = link.unwrap_or_else(|| env::panic_str("this key is no link"));
        require!(!link.claiming, "this link is being claimed");
        require!(!is_expired(link), "this link has expired");
        link.claiming = true;
        (key, link.amount)
    }

    /// Forgets a link and deletes its key.
    fn close(&mut self, key: &PublicKey) -> Link {
        let link = self.links.remove(key);
        let link = link.unwrap_or_else(|| env::panic_str(&format!("{key}: this key is no link")));
        self.reserved = minus(self.reserved, price(link.amount));
        Promise::new(env::current_account_id()).delete_key(key.clone()).detach();
        link
    }
}

/// One receipt for all keys: if the chain refuses one of them, it adds none.
fn add_keys(public_keys: &[PublicKey]) -> Promise {
    let here = env::current_account_id();
    let allowance = Allowance::limited(GAS_ALLOWANCE)
        .unwrap_or_else(|| env::panic_str("the allowance is above zero"));
    public_keys.iter().fold(Promise::new(here.clone()), |promise, key| {
        // Other curves have longer keys, which `STORAGE` would not pay for.
        require!(key.curve_type() == CurveType::ED25519, format!("{key}: not an ed25519 key"));
        promise.add_access_key_allowance(key.clone(), allowance, here.clone(), LINK_MAY)
    })
}

fn finish_claim(payment: Promise, key: PublicKey) -> Promise {
    let here = Drop::ext(env::current_account_id());
    payment.then(here.with_static_gas(ON_CLAIMED).on_claimed(key))
}

fn is_expired(link: &Link) -> bool {
    env::block_timestamp() >= link.expires_at_ns.0
}

fn price(amount: NearToken) -> NearToken {
    plus(amount, plus(GAS_ALLOWANCE, STORAGE))
}

fn plus(a: NearToken, b: NearToken) -> NearToken {
    a.checked_add(b).unwrap_or_else(|| env::panic_str("the amount is too large"))
}

fn minus(a: NearToken, b: NearToken) -> NearToken {
    a.checked_sub(b).unwrap_or_else(|| env::panic_str("more is spent than was reserved"))
}

fn times(amount: NearToken, count: usize) -> NearToken {
    let sum = amount.checked_mul(count as u128);
    sum.unwrap_or_else(|| env::panic_str("the amount is too large"))
}

/// What a link's key may spend on gas. Gas is bought at ten times the price that it burns at, so this
/// pays for one claim of 40 Tgas, or for another one after several that failed.
const GAS_ALLOWANCE: NearToken = NearToken::from_millinear(50);

/// What a link's key and row lock: below 500 bytes, also when all names are as long as can be.
const STORAGE: NearToken = NearToken::from_millinear(5);

/// All that a link may call.
const LINK_MAY: &str = "claim,create_account_and_claim";

/// A receipt can hold so many actions.
const MAX_KEYS: usize = 100;

const ON_CLAIMED: Gas = Gas::from_tgas(5);
const ON_ADDED: Gas = Gas::from_tgas(5);
const ON_ADDED_EACH: Gas = Gas::from_ggas(300);
