//! Derivation paths.

use std::fmt;
use std::str::FromStr;

/// The most steps of a path.
const MOST_STEPS: usize = 16;
/// Added to the number of a hardened step.
const HARDENED: u32 = 1 << 31;

/// The path of a key in the tree of a seed phrase; `m/44'/397'/0'` by default.
///
/// ```
/// use keyway_signer::HdPath;
///
/// assert_eq!(HdPath::default().to_string(), "m/44'/397'/0'");
/// let second: HdPath = "m/44'/397'/1'".parse()?;
/// assert_ne!(second, HdPath::default());
/// # Ok::<(), keyway_signer::HdPathError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HdPath(Vec<u32>);

impl HdPath {
    /// The numbers as the derivation uses them.
    pub(super) fn hardened_steps(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|step| step | HARDENED)
    }
}

impl Default for HdPath {
    /// `m/44'/397'/0'`: NEAR's first key.
    fn default() -> Self {
        Self(vec![44, 397, 0])
    }
}

impl FromStr for HdPath {
    type Err = HdPathError;

    fn from_str(text: &str) -> Result<Self, HdPathError> {
        let steps = text.strip_prefix("m/").ok_or(HdPathError::Start)?;
        let steps: Vec<&str> = steps.split('/').collect();
        if steps.len() > MOST_STEPS {
            return Err(HdPathError::TooLong { got: steps.len(), most: MOST_STEPS });
        }
        (1..)
            .zip(steps)
            .map(|(position, step)| parse_step(step, position))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn parse_step(step: &str, position: usize) -> Result<u32, HdPathError> {
    let number = step.strip_suffix('\'').ok_or(HdPathError::NotHardened { position })?;
    // Rust would accept a sign.
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.parse().ok().filter(|number| digits && *number < HARDENED);
    number.ok_or(HdPathError::Number { position })
}

impl fmt::Display for HdPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("m")?;
        self.0.iter().try_for_each(|step| write!(f, "/{step}'"))
    }
}

/// Why text is not a derivation path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HdPathError {
    /// It does not begin with `m/`.
    #[error("a derivation path begins with `m/`, like m/44'/397'/0'")]
    Start,
    /// A step without an apostrophe, which ed25519 does not have.
    #[error(
        "step {position} of the derivation path needs an apostrophe: ed25519 has only hardened steps"
    )]
    NotHardened {
        /// Which step, counted from 1.
        position: usize,
    },
    /// A step that is not a number below 2^31.
    #[error("step {position} of the derivation path is not a number from 0 to 2147483647")]
    Number {
        /// Which step, counted from 1.
        position: usize,
    },
    /// Too many steps.
    #[error("the derivation path has {got} steps, but at most {most} are allowed")]
    TooLong {
        /// Steps in the text.
        got: usize,
        /// Steps allowed.
        most: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn refused(text: &str, why: HdPathError) {
        assert_eq!(text.parse::<HdPath>(), Err(why), "{text}");
    }

    #[test]
    fn each_slip_has_its_error() {
        refused("", HdPathError::Start);
        refused("m", HdPathError::Start);
        refused("44'/397'/0'", HdPathError::Start);
        refused("m/", HdPathError::NotHardened { position: 1 });
        refused("m/44'/397/0'", HdPathError::NotHardened { position: 2 });
        refused("m/44'/397'/0'/", HdPathError::NotHardened { position: 4 });
        refused("m/+44'", HdPathError::Number { position: 1 });
        refused("m/'", HdPathError::Number { position: 1 });
        refused("m/2147483648'", HdPathError::Number { position: 1 });
        refused(&format!("m{}", "/0'".repeat(17)), HdPathError::TooLong { got: 17, most: 16 });
    }

    proptest! {
        #[test]
        fn any_path_goes_round(steps in proptest::collection::vec(0..HARDENED, 1..=MOST_STEPS)) {
            let path = HdPath(steps);
            prop_assert_eq!(path.to_string().parse::<HdPath>()?, path);
        }

        #[test]
        fn any_text_is_a_path_or_an_error(text in "\\PC*|m(/[0-9']{0,12}){0,20}") {
            if let Ok(path) = text.parse::<HdPath>() {
                prop_assert!(path.hardened_steps().all(|step| step >= HARDENED));
            }
        }
    }
}
