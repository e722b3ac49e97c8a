//! Questions to a chain, and transactions for it.
