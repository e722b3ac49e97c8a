//! Actions and intents: what a signer is asked to do, checked when it is written.
