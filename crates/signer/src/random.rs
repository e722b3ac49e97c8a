//! The operating system's randomness.

use zeroize::Zeroizing;

/// Random bytes. Without randomness no key can be made, so this panics, as the curves' libraries do.
pub(crate) fn bytes<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(&mut *bytes).expect("invariant: the operating system has randomness");
    bytes
}
