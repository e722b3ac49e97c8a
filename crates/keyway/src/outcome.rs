//! What became of a transaction: the tree of its outcomes.
