//! Compares the analyses with a chain.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod cases;
mod dice;
mod explain;
mod forecast;
mod outlook;
mod remedies;
mod universal;
mod world;
