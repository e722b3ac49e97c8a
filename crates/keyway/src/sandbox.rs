//! A chain in this process, for tests.
