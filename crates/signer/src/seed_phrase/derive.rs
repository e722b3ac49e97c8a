//! SLIP-10 for ed25519: derives keys from a seed.

use super::HdPath;
use hmac::{Hmac, Mac};
use sha2::Sha512;
use zeroize::Zeroizing;

/// The ed25519 seed at `path` under `master`.
pub(super) fn ed25519(master: &[u8], path: &HdPath) -> Zeroizing<[u8; 32]> {
    let mut node = hmac_sha512(b"ed25519 seed", &[master]);
    for step in path.hardened_steps() {
        let (key, chain_code) = node.split_at(32);
        node = hmac_sha512(chain_code, &[&[0], key, &step.to_be_bytes()]);
    }
    let mut seed = Zeroizing::new([0; 32]);
    seed.copy_from_slice(&node[..32]);
    seed
}

fn hmac_sha512(key: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; 64]> {
    let mut mac =
        Hmac::<Sha512>::new_from_slice(key).expect("invariant: HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: &str) {
        let master: [u8; 16] = std::array::from_fn(|index| index as u8);
        let seed = ed25519(&master, &path.parse().unwrap());
        let hex: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected, "{path}");
    }

    /// Test vector 1 of SLIP-10, seed 000102030405060708090a0b0c0d0e0f.
    #[test]
    fn slip_10s_own_vectors() {
        check("m/0'", "68e0fe46dfb67e368c75379acec591dad19df3cde26e63b93a8e704f1dade7a3");
        check("m/0'/1'", "b1d0bad404bf35da785a64ca1ac54b2617211d2777696fbffaf208f746ae84f2");
        check("m/0'/1'/2'", "92a5b23c0b8a99e37d07df3fb9966917f5d06e02ddbd909c7e184371463e9fc9");
        check(
            "m/0'/1'/2'/2'/1000000000'",
            "8f94d394a8e8fd6b1bc2f3f49f5c47e385281d5c17e65324b0f62483e37e8793",
        );
    }
}
