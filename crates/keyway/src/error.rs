//! Everything that can go wrong, as one tree of types.
