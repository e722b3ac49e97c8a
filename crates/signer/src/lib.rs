//! Key pairs, and the places where they rest.
