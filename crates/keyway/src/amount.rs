//! Amounts and gas, written as people say them.
