//! What the parts of a node cost, one by one and without sockets.
//!
//! [`take_prices`] knows the work, a [`Hand`] what is counted: `cargo bench` takes times with the one
//! and instructions with the other.

mod account;
mod hand;
mod prices;
mod scatter;
mod table;
mod world;

pub use account::{Account, base64};
pub use hand::Hand;
pub use prices::{YARDSTICK, take_call, take_prices};
pub use scatter::scatter;
pub use table::table;
pub use world::World;

/// What went wrong, for the person who ran it.
pub type Problem = Box<dyn std::error::Error + Send + Sync>;
