//! What the rules say of an intent before it is sent.
