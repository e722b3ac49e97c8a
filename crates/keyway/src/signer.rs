//! An account that signs: its keys, their nonces, and sending that is never done twice.
