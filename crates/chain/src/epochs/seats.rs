//! Which proposals become validators, and what a seat costs.

use near_primitives::epoch_manager::EpochConfig;
use near_primitives::num_rational::Rational32;
use near_primitives::types::Balance;
use near_primitives::types::validator_stake::ValidatorStake;
use primitive_types::U256;
use std::cmp::Reverse;

/// The outcome of a selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seats {
    /// Who validates, by falling stake, then by name.
    pub(crate) validators: Vec<ValidatorStake>,
    /// Who does not, in the same order.
    pub(crate) unselected: Vec<ValidatorStake>,
    /// The stake that would have bought the cheapest seat, yoctoNEAR.
    pub(crate) price: Balance,
}

/// Fills the seats of an epoch. Chunk producers, block producers and chunk validators are chosen
/// from the same list by the same rule; only their numbers differ.
pub(crate) fn fill_seats(config: &EpochConfig, mut proposals: Vec<ValidatorStake>) -> Seats {
    proposals.sort_by_key(|proposal| (Reverse(proposal.stake()), proposal.account_id().clone()));
    let ratio = config.minimum_stake_ratio;
    let roles = [
        config.num_chunk_producer_seats,
        config.num_block_producer_seats,
        config.num_chunk_validator_seats,
    ]
    .map(|seats| fill_role(&proposals, seats, ratio));
    let most = roles.iter().map(|role| role.filled).max().unwrap_or(0);
    let price = roles.iter().map(|role| role.price).min().unwrap_or(Balance::ZERO);
    let unselected = proposals.split_off(most);
    Seats { validators: proposals, unselected, price }
}

struct Role {
    filled: usize,
    price: Balance,
}

/// Takes proposals from the top until the seats are full or a proposal is too small a part of the
/// sum so far.
fn fill_role(ordered: &[ValidatorStake], seats: u64, min_ratio: Rational32) -> Role {
    let seats = usize::try_from(seats).unwrap_or(usize::MAX);
    let mut total = U256::zero();
    let mut filled = 0usize;
    for proposal in ordered.iter().take(seats) {
        let stake = U256::from(proposal.stake().as_yoctonear());
        let sum = total + stake;
        if sum.is_zero() || stake * denominator(min_ratio) <= sum * numerator(min_ratio) {
            break;
        }
        total = sum;
        filled += 1;
    }
    let last = filled.checked_sub(1).and_then(|last| ordered.get(last));
    let price = match last {
        Some(last) if filled == seats => U256::from(last.stake().as_yoctonear()) + 1,
        _ => ratio_price(total, min_ratio),
    };
    Role { filled, price: to_balance(price) }
}

/// The smallest stake that would pass the ratio beside `total`, rounded up.
fn ratio_price(total: U256, min_ratio: Rational32) -> U256 {
    let rest = denominator(min_ratio).saturating_sub(numerator(min_ratio)).max(U256::one());
    let scaled = total * numerator(min_ratio);
    scaled / rest + U256::from(u8::from(!(scaled % rest).is_zero()))
}

pub(crate) fn numerator(ratio: Rational32) -> U256 {
    U256::from(u32::try_from(*ratio.numer()).unwrap_or(0))
}

pub(crate) fn denominator(ratio: Rational32) -> U256 {
    U256::from(u32::try_from(*ratio.denom()).unwrap_or(1).max(1))
}

/// Back to yoctoNEAR; what exceeds 128 bits cannot be held by anybody and becomes the maximum.
pub(crate) fn to_balance(value: U256) -> Balance {
    let fits = value <= U256::from(u128::MAX);
    Balance::from_yoctonear(if fits { value.low_u128() } else { u128::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::chain::{epoch_config, stake};

    #[test]
    fn one_validator_has_the_seat_price_of_the_ratio() {
        let seats = fill_seats(&epoch_config(), vec![stake("test.near", 50_000_000)]);
        assert_eq!(seats.validators.len(), 1);
        // 5e31 · 160 / (1_000_000 − 160), rounded up.
        assert_eq!(seats.price.as_yoctonear(), 8_001_280_204_832_773_243_718_995_040);
    }

    #[test]
    fn larger_stakes_come_first_and_names_decide_ties() {
        let proposals = vec![stake("c.near", 1), stake("b.near", 5), stake("a.near", 5)];
        let seats = fill_seats(&epoch_config(), proposals);
        let names: Vec<_> = seats.validators.iter().map(|v| v.account_id().as_str()).collect();
        assert_eq!(names, ["a.near", "b.near", "c.near"]);
    }

    #[test]
    fn a_stake_below_the_ratio_gets_no_seat() {
        let proposals = vec![stake("test.near", 50_000_000), stake("small.near", 8_000)];
        let seats = fill_seats(&epoch_config(), proposals);
        assert_eq!(seats.validators.len(), 1);
        assert_eq!(seats.unselected[0].account_id().as_str(), "small.near");
    }

    #[test]
    fn full_seats_cost_one_yocto_more_than_the_last() {
        let mut config = epoch_config();
        config.num_block_producer_seats = 1;
        config.num_chunk_producer_seats = 1;
        config.num_chunk_validator_seats = 1;
        let seats = fill_seats(&config, vec![stake("a.near", 5), stake("b.near", 4)]);
        assert_eq!(seats.price.as_yoctonear(), 5 * 10u128.pow(24) + 1);
        assert_eq!(seats.unselected.len(), 1);
    }

    #[test]
    fn nobody_to_choose_is_no_panic() {
        let seats = fill_seats(&epoch_config(), Vec::new());
        assert_eq!(seats, Seats { validators: vec![], unselected: vec![], price: Balance::ZERO });
    }
}
