//! A game that an app plays in the player's name.
//!
//! The player gives the app a key that may call `play` here and nothing else, with a budget for gas.
//! The app then signs each round as the player's account, who is asked once and not at every round. A
//! function-call key can never send NEAR, so `play` takes no deposit. The contract sees the player as
//! the caller; it needs no rule about keys at all.
//!
//! **Who pays for storage?** Each player is a row, and a row locks a little of the game's own balance,
//! because `play` takes no deposit. So the game says when it is full, before it would fail for want of
//! balance, and whoever leaves gives the row back. Top the account up for more players.
//!
//! | call | who | does |
//! | --- | --- | --- |
//! | `play(heads)` | anybody | one round; the player's new score |
//! | `leave()` | anybody | deletes the player's score |
//! | `score_of(account_id)` | view | a player's score |

use near_sdk::store::LookupMap;
use near_sdk::{AccountId, NearToken, PanicOnDefault, env, near, require};

/// How often somebody has played, and won.
#[near(serializers = [borsh, json])]
#[derive(Clone, Copy, Default)]
pub struct Score {
    /// Rounds played.
    pub rounds: u32,
    /// Rounds won.
    pub won: u32,
}

/// The scores of all players.
#[near(contract_state)]
#[derive(PanicOnDefault)]
pub struct Game {
    scores: LookupMap<AccountId, Score>,
}

#[near]
impl Game {
    /// A game without players. Only the account itself can begin it.
    #[init]
    #[private]
    pub fn new() -> Self {
        Self { scores: LookupMap::new(b"s") }
    }

    /// Tosses a coin. The caller wins by having named the side that shows.
    ///
    /// Enough for a game: who makes blocks could choose the side, so let no money depend on it.
    pub fn play(&mut self, heads: bool) -> Score {
        let player = env::predecessor_account_id();
        let mut score = self.score_of(player.clone());
        if score.rounds == 0 {
            require!(
                free_balance() >= ROW,
                "the game is full: its balance pays for no more players"
            );
        }
        score.rounds += 1;
        if (env::random_seed_array()[0] % 2 == 0) == heads {
            score.won += 1;
        }
        self.scores.insert(player, score);
        score
    }

    /// Forgets the caller's score, which makes room for another player.
    pub fn leave(&mut self) {
        self.scores.remove(&env::predecessor_account_id());
    }

    /// What `account_id` has reached; nothing for who has never played.
    pub fn score_of(&self, account_id: AccountId) -> Score {
        self.scores.get(&account_id).copied().unwrap_or_default()
    }
}

/// What the game has beyond its storage, yoctoNEAR.
fn free_balance() -> NearToken {
    let locked = env::storage_byte_cost().saturating_mul(env::storage_usage().into());
    env::account_balance().saturating_sub(locked)
}

/// What a row with the longest name locks: below 200 bytes.
const ROW: NearToken = NearToken::from_micronear(2_000);
