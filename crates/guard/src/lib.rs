//! Pure analyses of access keys: why a key may or may not, what it can still do, what is wrong with
//! an account's keys, and what somebody can do who found one.
//!
//! Values in, findings out: no network, no file, no clock. Every verdict is the engine's.

mod explain;
mod facts;
mod forecast;
mod nonce_reading;
mod scene;
mod units;
mod unsigned;

pub use explain::{
    Explanation, Judged, Measure, Price, Remedy, Repair, Ruling, explain, explain_signed,
};
pub use facts::{AccountFacts, ChainFacts, KeyFacts};
pub use forecast::{Forecast, ForecastError, Source, Usage, forecast};
pub use nonce_reading::{NonceReading, read_nonce};
pub use unsigned::unsigned;
