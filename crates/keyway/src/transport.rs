//! How requests reach a chain: over HTTP, or to one in this process.
